"""The origin of a local file in the archive, stored with it as an extended attribute."""

from __future__ import annotations

import functools
import logging
import os
from pathlib import Path
from typing import Optional, Tuple

from .request import FileRequest

logger = logging.getLogger(__name__)

_ATTRIBUTE = "user.empiar.origin"


def write_origin(place: Path, request: FileRequest) -> bool:
    """Store entry and path with a file; return False if its file system has no attributes."""
    text = f"{request.entry}\n{request.path}"
    try:
        os.setxattr(place, _ATTRIBUTE, text.encode("utf-8", "surrogateescape"))
    except (OSError, AttributeError):  # AttributeError: not Linux
        return False
    return True


def keep_origin(place: Path, request: FileRequest) -> None:
    """Store entry and path with a file at its destination, or warn once for its folder."""
    if not write_origin(place, request):
        _warn_that_none_is_kept(place.parent)


@functools.lru_cache(maxsize=None)
def _warn_that_none_is_kept(folder: Path) -> None:
    logger.warning(
        "%s: this disk does not keep the origin of files (extended attributes): "
        "whether a file is here already is decided by its name and size",
        folder,
    )


def origin_of(place: Path) -> Optional[Tuple[str, str]]:
    """Return the entry and the path of a file; None if unknown, for example after a copy."""
    try:
        text = os.getxattr(place, _ATTRIBUTE).decode("utf-8", "surrogateescape")
    except (OSError, AttributeError):
        return None
    entry, _, path = text.partition("\n")
    return entry, path


def is_of_other_origin(place: Path, request: FileRequest) -> bool:
    """Return True if a file is known to be another one of the archive.

    Image sets and entries repeat names and sizes.
    """
    origin = origin_of(place)
    if origin is None:
        return False
    entry, path = origin
    return path != request.path or bool(entry and request.entry and entry != request.entry)
