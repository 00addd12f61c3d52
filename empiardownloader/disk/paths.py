"""Paths of local files whose names come from a server."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import FileError


class UnsafeName(FileError):
    """A name from the server that could lead out of its folder or break a command line."""


def nearest(folder: Path) -> Path:
    """The folder, or where there is none yet, what there is above it."""
    return next(place for place in (folder, *folder.absolute().parents) if os.path.exists(place))


def inside(folder: Path, name: str) -> Path:
    """The path of a local name below ``folder``; UnsafeName for one that leads out of it."""
    clean = name and not name.startswith("/") and "\\" not in name
    steps = name.split("/")
    if not clean or any(step in ("", ".", "..") for step in steps) or not name.isprintable():
        raise UnsafeName(f"{name!r}: a name that could lead out of {folder} is refused")
    return folder.joinpath(*steps)
