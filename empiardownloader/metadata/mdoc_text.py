"""Text of an mdoc file that scipion-em-tomo, Warp and RELION read."""

from __future__ import annotations

from datetime import datetime
from typing import Dict, Iterable, List, Mapping, Optional, Sequence

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def mdoc_text(
    values: Mapping[str, str], titles: Iterable[str], sections: Sequence[Mapping[str, str]]
) -> str:
    """Return an mdoc with its sections numbered from 0 in the given order.

    scipion-em-tomo splits each line at its only '=': further ones in a value become ':', and line
    ends are removed.
    """
    lines = [*_lines(values), ""]
    for title in titles:
        lines += [f"[T = {title}]", ""]
    for number, section in enumerate(sections):
        lines += [f"[ZValue = {number}]", *_lines(section), ""]
    return "\n".join(lines)


def axis_title(axis: float) -> str:
    """Return the title with the tilt axis in degrees, in SerialEM's form."""
    return f"    Tilt axis angle = {round(axis, 3):g}, binning = 1  spot = 1  camera = 0"


def date_text(time: datetime) -> str:
    """Return a date in the form that scipion-em-tomo sorts by: 30-Nov-15  15:21:38."""
    return f"{time.day:02d}-{_MONTHS[time.month - 1]}-{time:%y  %H:%M:%S}"


def section_values(values: Mapping[str, str], **changed: Optional[str]) -> Dict[str, str]:
    """Return a section's values with some replaced; None removes one."""
    merged = {**values, **changed}
    return {key: value for key, value in merged.items() if value is not None}


def _lines(values: Mapping[str, str]) -> List[str]:
    return [
        f"{key} = {value.replace('=', ':')}"
        for key, value in values.items()
        if not set("\r\n\0") & set(value)
    ]
