"""Free and allocated space of the local disk."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

from ..units import format_size
from .errors import NoSpace, map_disk_errors


def allocated_bytes(folder: Path) -> int:
    """Return the disk space of the parts in a folder, in bytes; gaps in them do not count.

    A part that another run removes meanwhile counts nothing.
    """
    total = 0
    for part in folder.glob("*.part"):
        try:
            state = os.lstat(part)
        except OSError:
            continue
        if stat.S_ISREG(state.st_mode):
            total += min(state.st_size, state.st_blocks * 512)
    return total


def require_free_space(folder: Path, needed: int) -> None:
    """Raise NoSpace unless the disk below ``folder`` has ``needed`` more bytes free."""
    if needed <= 0:
        return  # a folder that needs not be written to may be one that cannot be
    with map_disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if needed > free:
        raise NoSpace(
            f"Not enough disk space in {folder}: {format_size(needed)} to download, "
            f"{format_size(free)} free: make room, or choose fewer movies, and continue"
        )
