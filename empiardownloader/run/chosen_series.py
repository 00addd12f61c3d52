"""The tilt series of a run: their selection, and the record kept for the output."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..disk.atomic import atomic_file
from ..lookup.entry_files import EntryFiles
from ..lookup.entry_tilt_series import first_with_frames
from ..lookup.find_tilt_series import TiltSeriesFinder
from ..lookup.series_mdoc import modified_seconds, series_mdoc_text
from ..lookup.tilt_series import TiltSeries
from ..transfer import FileRequest

#: Seconds. Compose Tilt Series waits for the next tilt while an mdoc is younger than 180 s.
MIN_AGE = 240
_NOTES_SHOWN = 10


@dataclass(frozen=True)
class SeriesOptions:
    """The form's choices for tilt series; axis in degrees, dose in e/Å² per tilt."""

    names: str = ""
    limit: Optional[int] = 1
    axis: Optional[float] = None
    dose: Optional[float] = None


@dataclass(frozen=True)
class ChosenTilt:
    """One tilt of a series: its local name, angle in degrees, doses in e/Å²."""

    name: str
    order: int
    angle: float
    dose: float
    dose_before: float


@dataclass(frozen=True)
class ChosenSeries:
    """One series of a run, its tilts in order of acquisition."""

    ts_id: str
    axis: Optional[float]
    tilts: Tuple[ChosenTilt, ...]
    missing: Tuple[str, ...] = ()


def find_series(
    files: EntryFiles, pattern: str, options: SeriesOptions, known_names: Mapping[str, str]
) -> Tuple[List[TiltSeries], List[str]]:
    """Return the series that the form means, and sentences on the entry's mdocs."""
    finder = TiltSeriesFinder(files, pattern, known_names)
    limit = None if options.names else options.limit
    if limit is None and not options.names:
        return finder.everything(), finder.notes
    return list(first_with_frames(finder, options.names, limit)), finder.notes


def stored_series(
    series: Sequence[TiltSeries], options: SeriesOptions, name_of: Callable[[FileRequest], str]
) -> Dict[str, Any]:
    """Return the values of the series that the output needs, in a form for JSON."""
    return {
        "given": [options.axis, options.dose],
        "dose": _typical_dose(series, options),
        "series": [_stored(one, options, name_of) for one in series],
    }


def restored_series(stored: Optional[Mapping[str, Any]]) -> List[ChosenSeries]:
    """Restore the series of :func:`stored_series`; none if the file is missing or damaged."""
    try:
        return [
            ChosenSeries(
                str(one["tsId"]),
                one["axis"],
                tuple(ChosenTilt(**tilt) for tilt in one["tilts"]),
                tuple(one["missing"]),
            )
            for one in (stored or {}).get("series", ())
        ]
    except (KeyError, TypeError):
        return []


def write_mdocs(
    folder: Path,
    series: Sequence[TiltSeries],
    options: SeriesOptions,
    name_of: Callable[[FileRequest], str],
    pixel_size: Optional[float],
) -> None:
    """Write ``<tsId>.mdoc`` for each series, as Compose Tilt Series reads it."""
    for one in series:
        text = series_mdoc_text(
            one, name_of=name_of, axis=options.axis, dose=options.dose, pixel_size=pixel_size
        )
        write_mdoc(folder / f"{one.ts_id}.mdoc", text, one.mdoc.modified if one.mdoc else "")


def write_mdoc(path: Path, text: str, modified: str = "") -> None:
    """Write an mdoc. modified: its date in the server's listing, which it gets if it is told."""
    latest = time.time() - MIN_AGE
    told: Optional[float] = modified_seconds(modified)
    date = latest if told is None else min(told, latest)
    with atomic_file(path) as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.utime(file.fileno(), (date, date))


def notes_on(series: Sequence[TiltSeries], options: SeriesOptions) -> List[str]:
    """Return warnings about the series, one line for all series that share it."""
    by_note: Dict[str, List[str]] = {}
    for one in series:
        for note in one.notes:
            if not _is_answered(note, options):
                by_note.setdefault(note, []).append(one.ts_id)
    lines = [
        f"{ids[0]}{f' and {len(ids) - 1} more' if len(ids) > 1 else ''}: {note}"
        for note, ids in by_note.items()
    ]
    more = len(lines) - _NOTES_SHOWN
    return lines[:_NOTES_SHOWN] + ([f"and {more} more remarks on tilt series"] if more > 0 else [])


def _is_answered(note: str, options: SeriesOptions) -> bool:
    """Return True for a remark on a value that the form gives."""
    if options.dose is not None and note.startswith("no dose"):
        return True
    return options.axis is not None and (note.startswith(("no tilt axis", "tilt axis")))


def _typical_dose(series: Sequence[TiltSeries], options: SeriesOptions) -> Optional[float]:
    """Return the mean dose per tilt of the first series that has doses."""
    if options.dose is not None:
        return options.dose
    for one in series:
        doses = [tilt.dose for tilt in one.tilts if tilt.dose is not None]
        if doses:
            return round(sum(doses) / len(doses), 4)
    return None


def _stored(
    one: TiltSeries, options: SeriesOptions, name_of: Callable[[FileRequest], str]
) -> Dict[str, Any]:
    before, tilts = 0.0, []
    for tilt in one.exposures:
        dose = (tilt.dose if options.dose is None else options.dose) or 0.0
        if tilt.file and tilt.angle is not None:
            name = name_of(tilt.file)
            tilts.append(asdict(ChosenTilt(name, tilt.order, tilt.angle, dose, round(before, 4))))
        before += dose
    axis = one.axis if options.axis is None else options.axis
    return {"tsId": one.ts_id, "axis": axis, "tilts": tilts, "missing": one.missing}
