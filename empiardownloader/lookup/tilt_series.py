"""The tilt series of an image set: each one's mdoc, and the files that hold its frames."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Dict, List, Mapping, Optional, Sequence, Tuple

from ..files.tilt_names import NamedSeries, parse_tilt_name
from ..files.tree import RemoteFile
from ..metadata.mdoc import Mdoc
from ..transfer import FileRequest
from .exposures import Exposure, SeriesMdoc

#: Degrees within which two exposures count as one tilt taken twice.
_SAME_ANGLE = 0.2

#: Degrees by which a frame's name and its section may differ.
_NAME_DIFFERS = 2.0

#: Relative difference of pixel sizes that is told.
_PIXEL_DIFFERS = 0.02

_NAMES_SHOWN = 3


@dataclass(frozen=True)
class Tilt:
    """One exposure of a series.

    order: of acquisition, from 1, counting every exposure. angle: degrees. dose: e/Å² of this
    exposure, None if not calibrated. file: its frames, None if they are missing.
    """

    name: str
    order: int
    angle: Optional[float]
    dose: Optional[float] = None
    file: Optional[FileRequest] = None
    exposure: Optional[Exposure] = None


@dataclass(frozen=True)
class TiltSeries:
    """A tilt series of the entry.

    exposures: all, in order of acquisition. axis: degrees, None if the mdoc has none. mdoc: the
    file, None if the series is known from names only. notes: suspicious values.
    """

    ts_id: str
    exposures: Tuple[Tilt, ...]
    mdoc: Optional[RemoteFile] = None
    axis: Optional[float] = None
    values: Mapping[str, str] = field(default_factory=dict)
    titles: Tuple[str, ...] = ()
    notes: Tuple[str, ...] = ()

    @property
    def tilts(self) -> Tuple[Tilt, ...]:
        """The exposures whose frames are in the entry."""
        return tuple(tilt for tilt in self.exposures if tilt.file)

    @property
    def files(self) -> List[FileRequest]:
        """The frames to download, in order of acquisition."""
        return [tilt.file for tilt in self.exposures if tilt.file]

    @property
    def missing(self) -> List[str]:
        """The names of frames that the entry does not have."""
        there = {tilt.name for tilt in self.tilts}
        lost = [tilt for tilt in self.exposures if not tilt.file and tilt.name not in there]
        return [tilt.name or f"exposure {tilt.order}" for tilt in lost]

    @property
    def total_bytes(self) -> int:
        """The size of all frames, as far as it is known."""
        return sum(file.size or 0 for file in self.files)


def from_mdoc(
    ts_id: str,
    mdoc: SeriesMdoc,
    files: Mapping[int, FileRequest],
    extra: List[RemoteFile],
    pixel_size: Optional[float] = None,
) -> TiltSeries:
    """Return the series of an mdoc; files: the frames of its exposures, by their place in it.

    extra: frames of the series' name that no section names. pixel_size: the entry's, in Å.
    """
    tilts = tuple(
        Tilt(
            exposure.name,
            at + 1,
            exposure.angle,
            exposure.dose,
            files.get(at) if exposure.angle is not None else None,
            exposure,
        )
        for at, exposure in enumerate(mdoc.exposures)
    )
    series = TiltSeries(
        ts_id, tilts, mdoc.file, mdoc.mdoc.tilt_axis, mdoc.mdoc.values, mdoc.mdoc.titles
    )
    return _with_notes(series, mdoc.mdoc, extra, pixel_size)


def from_names(named: NamedSeries, files: Mapping[str, FileRequest]) -> TiltSeries:
    """Return a series without an mdoc; files: its frames by their paths."""
    tilts: List[Tilt] = []
    for at, frame in enumerate(named.frames):
        tilt = parse_tilt_name(frame.name)
        angle = tilt.angle if tilt else None
        tilts.append(Tilt(frame.name, at + 1, angle, file=files[frame.path]))
    notes = ["no mdoc: angles and order are those of the names; no tilt axis, no dose"]
    if not named.is_ordered:
        notes.append("the names do not tell the order of acquisition: theirs is used")
    notes += _twice(tilts)
    return TiltSeries(named.ts_id, tuple(tilts), notes=tuple(notes))


def axis_note(axis: Optional[float], titles: Tuple[str, ...]) -> str:
    """Return a sentence on a tilt axis that is missing or may be turned, or ''."""
    if axis is None:
        return "no tilt axis in the mdoc: the next protocol needs it"
    if any(title.strip().lower().startswith("tomography") for title in titles):
        turned = -axis - 90
        return f"tilt axis {axis:g}° as Tomography 5 writes it ({turned:g}° in SerialEM's sense)"
    return ""


def _with_notes(
    series: TiltSeries, mdoc: Mdoc, extra: List[RemoteFile], pixel_size: Optional[float]
) -> TiltSeries:
    notes = [
        _missing_note(series),
        _no_angle_note(series),
        axis_note(series.axis, series.titles),
        _dose_note(series),
        _pixel_note(mdoc, pixel_size),
        *_twice(series.exposures),
        _rewritten_note(series),
        _angles_note(series),
        _extra_note(extra),
    ]
    return replace(series, notes=tuple(filter(None, notes)))


def _missing_note(series: TiltSeries) -> str:
    missing = series.missing
    count = len(series.exposures)
    return f"{len(missing)} of {count} tilts missing: {_shown(missing)}" if missing else ""


def _no_angle_note(series: TiltSeries) -> str:
    without = [tilt.name for tilt in series.exposures if tilt.angle is None]
    return f"no angle, left out: {_shown(without)}" if without else ""


def _dose_note(series: TiltSeries) -> str:
    without = sum(tilt.dose is None for tilt in series.exposures)
    if not without:
        return ""
    if without == len(series.exposures):
        return "no dose in the mdoc (not calibrated)"
    return f"no dose for {without} of {len(series.exposures)} tilts"


def _pixel_note(mdoc: Mdoc, pixel_size: Optional[float]) -> str:
    written, binning = mdoc.pixel_size, mdoc.binning
    if not written or not pixel_size or abs(written / pixel_size - 1) <= _PIXEL_DIFFERS:
        return ""
    binned = f" (binned by {binning:g})" if binning and binning != 1 else ""
    return f"pixel size {written:g} Å in the mdoc{binned}, {pixel_size:g} Å in EMPIAR"


def _twice(tilts: Sequence[Tilt]) -> List[str]:
    angles = sorted(tilt.angle for tilt in tilts if tilt.angle is not None)
    twice = [low for low, high in zip(angles, angles[1:]) if high - low < _SAME_ANGLE]
    if not twice:
        return []
    shown = _shown([f"{angle:.1f}°" for angle in twice])
    return [f"taken more than once: the tilt at {shown}"]


def _rewritten_note(series: TiltSeries) -> str:
    there = {tilt.name for tilt in series.tilts}
    lost = [tilt.name for tilt in series.exposures if not tilt.file and tilt.name in there]
    return f"named twice in the mdoc, the later exposure is used: {_shown(lost)}" if lost else ""


def _angles_note(series: TiltSeries) -> str:
    others = []
    for tilt in series.tilts:
        named = parse_tilt_name(tilt.file.path.rpartition("/")[2]) if tilt.file else None
        if named is None or not named.is_certain or tilt.angle is None:
            continue
        if abs(named.angle - tilt.angle) > _NAME_DIFFERS:
            others.append(f"{tilt.name} ({tilt.angle:g}°)")
    return f"angles of names and mdoc differ: {_shown(others)}" if others else ""


def _extra_note(extra: List[RemoteFile]) -> str:
    names = [frame.name for frame in extra]
    return f"in no section of the mdoc, left out: {_shown(names)}" if names else ""


def _shown(names: List[str]) -> str:
    unique: Dict[str, None] = dict.fromkeys(names)
    shown = ", ".join(list(unique)[:_NAMES_SHOWN])
    more = len(unique) - _NAMES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
