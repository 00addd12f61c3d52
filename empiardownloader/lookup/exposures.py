"""Exposures of a tilt series in order of time, from its mdoc or its movies' mdocs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PureWindowsPath
from typing import Dict, List, Mapping, Optional, Sequence, Set, Tuple

from ..files.find_mdocs import frame_name, version_word
from ..files.tilt_names import parse_tilt_name, spans_a_series
from ..files.tree import RemoteFile
from ..metadata.mdoc import Mdoc, MdocSection


@dataclass(frozen=True)
class Exposure:
    """One exposure: possible names of its frames, the likeliest first; angle in degrees.

    angle: from the name if the section has none. folders: of SubFramePath on the microscope's
    computer. dose: e/Å², None if not calibrated.
    """

    names: Tuple[str, ...]
    angle: Optional[float]
    dose: Optional[float] = None
    time: Optional[datetime] = None
    folders: Tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The likeliest name of the frames, '' if there is none."""
        return self.names[0] if self.names else ""


@dataclass(frozen=True)
class SeriesMdoc:
    """A parsed mdoc of a tilt series, or those of its movies combined; the first one's file."""

    file: RemoteFile
    mdoc: Mdoc
    exposures: Tuple[Exposure, ...]
    is_combined: bool = False

    @property
    def is_override(self) -> bool:
        """Return True for an mdoc that replaces another one of the same name."""
        return version_word(self.file.name) == "override"

    @property
    def last_time(self) -> datetime:
        """The time of the last exposure; the earliest possible date if unknown."""
        return max(self.times, default=datetime.min)

    @property
    def frame_names(self) -> Set[str]:
        """The names of all frames, in lower case."""
        return {exposure.name.lower() for exposure in self.exposures if exposure.name}

    @property
    def times(self) -> Set[datetime]:
        """The times of all exposures, as far as they are known."""
        return {exposure.time for exposure in self.exposures if exposure.time}

    @property
    def shots(self) -> Set[Tuple[str, Optional[datetime]]]:
        """The name in lower case and the time of each exposure whose frames have a name."""
        return {(shot.name.lower(), shot.time) for shot in self.exposures if shot.name}


def series_mdoc(file: RemoteFile, mdoc: Mdoc) -> Optional[SeriesMdoc]:
    """Return a tilt series' mdoc, or None for a montage, a map or a movie's mdoc."""
    if mdoc.is_montage:
        return None
    exposures = [_exposure(section, ()) for section in mdoc.tilts]
    return _as_series(file, mdoc, exposures)


def combined_mdocs(mdocs: Sequence[Tuple[RemoteFile, Mdoc]]) -> Optional[SeriesMdoc]:
    """Return the mdocs of a series' movies as one, or None if their angles are no series'."""
    exposures = []
    for file, mdoc in mdocs:
        if mdoc.movie_section:
            exposures.append(_exposure(mdoc.movie_section, (frame_name(file.name),)))
    series = _as_series(mdocs[0][0], mdocs[0][1], exposures) if exposures else None
    return replace(series, is_combined=True) if series else None


def _as_series(file: RemoteFile, mdoc: Mdoc, exposures: Sequence[Exposure]) -> Optional[SeriesMdoc]:
    if not spans_a_series([one.angle for one in exposures if one.angle is not None]):
        return None
    return SeriesMdoc(file, mdoc, tuple(_in_time(_without_copies(exposures))))


def _exposure(section: MdocSection, own_names: Tuple[str, ...]) -> Exposure:
    path = PureWindowsPath(section.frame_path)
    names = [name for name in dict.fromkeys((section.frame_name, *own_names)) if name]
    named = parse_tilt_name(names[0]) if names else None
    angle = section.tilt_angle
    if angle is None and named and named.is_certain:
        angle = named.angle
    return Exposure(
        tuple(names),
        None if angle is None else angle + 0.0,  # -0.0 becomes 0.0
        section.dose,
        section.date_time,
        tuple(path.parts[1:-1] if path.anchor else path.parts[:-1]),
        section.values,
    )


def _without_copies(exposures: Sequence[Exposure]) -> List[Exposure]:
    """Drop a section that repeats another one with its frames and its time."""
    kept: Dict[object, Exposure] = {}
    for number, exposure in enumerate(exposures):
        key = (exposure.name.lower(), exposure.time) if exposure.name else number
        kept.setdefault(key, exposure)
    return list(kept.values())


def _in_time(exposures: Sequence[Exposure]) -> List[Exposure]:
    """Sort by date; an exposure without one stays behind its predecessor in the file."""
    keys: List[datetime] = []
    for exposure in exposures:
        keys.append(exposure.time or (keys[-1] if keys else datetime.min))
    order = sorted(range(len(exposures)), key=lambda index: keys[index])
    return [exposures[index] for index in order]
