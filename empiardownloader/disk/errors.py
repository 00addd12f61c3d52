"""Errors of the local disk, as sentences with a remedy."""

from __future__ import annotations

import contextlib
import errno
import shutil
from pathlib import Path
from typing import Iterator

from ..errors import FatalError
from ..units import bytes_text
from .paths import nearest


class NoSpace(FatalError):
    """The local disk is full, or the files would not fit on it."""


class FolderNotWritable(FatalError):
    """The local folder does not take files."""


@contextlib.contextmanager
def local(folder: Path) -> Iterator[None]:
    """Turn errors of the local disk into sentences with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EDQUOT:
            raise NoSpace(
                f"Your quota on the disk of {folder} is used up: make room and continue"
            ) from error
        if error.errno == errno.ENOSPC:
            free = shutil.disk_usage(nearest(folder)).free
            raise NoSpace(
                f"The disk of {folder} is full ({bytes_text(free)} free): make room and continue"
            ) from error
        raise FolderNotWritable(
            f"{folder} does not take files ({error.strerror}): check its permissions and disk, "
            "or choose another folder"
        ) from error
