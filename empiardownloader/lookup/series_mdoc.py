"""The mdoc of a tilt series as it is written here: local names, order of time, given values."""

from __future__ import annotations

import calendar
import re
from datetime import datetime
from typing import Callable, Dict, Iterator, Mapping, Optional

from ..files.local_names import local_name
from ..transfer import FileRequest
from .tilt_series import Tilt, TiltSeries

_AXIS = re.compile(r"tilt\s*axis\s*angle", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]+")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def series_mdoc_text(
    series: TiltSeries,
    *,
    name_of: Callable[[FileRequest], str] = lambda file: file.name,
    axis: Optional[float] = None,
    dose: Optional[float] = None,
    pixel_size: Optional[float] = None,
) -> str:
    """Return the mdoc of a series, as scipion-em-tomo, Warp and RELION read it.

    Every exposure keeps its section, also one whose frames are missing: the accumulated dose
    counts it. name_of: the local name of frames. axis (degrees) and dose (e/Å² of each tilt)
    replace the mdoc's. pixel_size: Å, for a series without an mdoc.
    """
    values = dict(series.values)
    if series.mdoc is None:
        values = {"PixelSpacing": f"{pixel_size:g}"} if pixel_size else {}
        values["ImageFile"] = f"{series.ts_id}.mrc"
    titles = list(series.titles)
    if axis is not None:
        titles = [title for title in titles if not _AXIS.search(title)]
        titles.append(
            f"    Tilt axis angle = {round(axis, 3):g}, binning = 1  spot = 1  camera = 0"
        )
    dated = all(tilt.exposure and tilt.exposure.time for tilt in series.exposures)
    lines = [*_lines(values), ""]
    for title in titles:
        lines += [f"[T = {title}]", ""]
    tilts = [tilt for tilt in series.exposures if tilt.angle is not None]
    for number, tilt in enumerate(tilts):
        section = _section(series, tilt, name_of, dose, dated)
        lines += [f"[ZValue = {number}]", *_lines(section), ""]
    return "\n".join(lines)


def modified_seconds(text: str) -> Optional[float]:
    """Return a listing's date (UTC) in seconds since 1970, or None for another text.

    Of the forms 20191004161354 (MLSD) and 2019-10-04 16:13 (an HTTP index).
    """
    digits = "".join(_DIGITS.findall(text.partition(".")[0]))[:14].ljust(14, "0")
    try:
        numbers = [int(digits[:4]), *(int(digits[at : at + 2]) for at in range(4, 14, 2))]
        return float(calendar.timegm((*numbers, 0, 0, 0))) if numbers[1] and numbers[2] else None
    except ValueError:
        return None


def _section(
    series: TiltSeries,
    tilt: Tilt,
    name_of: Callable[[FileRequest], str],
    dose: Optional[float],
    dated: bool,
) -> Dict[str, str]:
    name = name_of(tilt.file) if tilt.file else _name_of_missing(series, tilt)
    exposure = tilt.exposure
    time = exposure.time if exposure and dated else None
    given = dose if dose is not None else tilt.dose
    written = exposure.values if exposure else {}
    values: Dict[str, Optional[str]] = {
        **written,
        "TiltAngle": f"{tilt.angle:g}",
        "SubFramePath": name,
        "ExposureDose": f"{given:g}" if given is not None else written.get("ExposureDose"),
        "DateTime": _date_text(time) if time else None,
    }
    return {key: value for key, value in values.items() if value is not None}


def _date_text(time: datetime) -> str:
    """Return a date in the form that scipion-em-tomo sorts by: 30-Nov-15  15:21:38."""
    return f"{time.day:02d}-{_MONTHS[time.month - 1]}-{time:%y  %H:%M:%S}"


def _lines(values: Mapping[str, str]) -> Iterator[str]:
    # scipion-em-tomo splits each line at its only '='.
    for key, value in values.items():
        if not set("\r\n\0") & set(value):
            yield f"{key} = {value.replace('=', ':')}"


def _name_of_missing(series: TiltSeries, tilt: Tilt) -> str:
    name = local_name(tilt.name, "")
    is_free = tilt.name and name not in {file.name for file in series.files}
    return name if is_free else f"{series.ts_id}_exposure_{tilt.order}_missing.mrc"
