"""Paths of local files whose names come from a server."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from ..errors import FileError

_BREAKING = ("Cc", "Zl", "Zp")  # Unicode's categories of control characters and line ends


class UnsafeName(FileError):
    """A name from the server that could lead out of its folder or break a command line."""


def nearest_existing(folder: Path) -> Path:
    """Return the folder, or the nearest folder above it that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if os.path.exists(place))


def safe_join(folder: Path, name: str) -> Path:
    """Return the path of a local name below ``folder``; raises UnsafeName if it leads out."""
    steps = name.split("/")
    if "\\" in name or any(step in ("", ".", "..") for step in steps) or _breaks_lines(name):
        raise UnsafeName(f"{name!r}: a name that could lead out of {folder} is refused")
    return folder.joinpath(*steps)


def _breaks_lines(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:  # no name that a file can have
        return True
    return any(unicodedata.category(letter) in _BREAKING for letter in name)
