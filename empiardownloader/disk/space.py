"""Free and allocated space of the local disk."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from ..units import bytes_text
from .errors import NoSpace, local

_FULL = (errno.ENOSPC, errno.EDQUOT)


def room_taken(folder: Path) -> int:
    """Bytes of the disk that the parts in a folder take; what is still missing in them does not."""
    states = [part.stat() for part in folder.glob("*.part")] if folder.is_dir() else []
    return sum(min(state.st_size, state.st_blocks * 512) for state in states)


def check_space(folder: Path, needed: int) -> None:
    """Raise NoSpace unless the disk below ``folder`` has room for ``needed`` more bytes."""
    if needed <= 0:
        return  # a folder that needs not be written to may be one that cannot be
    with local(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if needed > free:
        raise NoSpace(
            f"The movies need {bytes_text(needed)} and {folder} has {bytes_text(free)} free: "
            "make room, or ask for fewer movies, and continue"
        )
