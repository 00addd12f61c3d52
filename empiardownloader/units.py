"""Bytes and seconds as people read them."""

from __future__ import annotations

import re
from typing import Optional

_POWERS = {"": 1.0, "K": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15}
# A number without any unit may be of any: it is none.
_SIZE = re.compile(
    r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?=[KMGTPB])([KMGTP]?)B?(?:ytes?)?(?:/s)?\s*", re.IGNORECASE
)


def size_of_text(text: str) -> Optional[float]:
    """'1.9 TB', '20M' or '500 kB/s' in bytes, decimal units; None for anything else."""
    match = _SIZE.fullmatch(text)
    return float(match.group(1)) * _POWERS[match.group(2).upper()] if match else None


def format_size(count: float) -> str:
    """1536000 as '1.5 MB': decimal units, as EMPIAR and disks count."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if abs(size) < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def format_duration(seconds: float) -> str:
    """4000 as '1 h 6 min': two units at most."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
