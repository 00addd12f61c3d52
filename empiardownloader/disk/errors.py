"""Errors of the local disk, as sentences with a remedy, for all files or for one."""

from __future__ import annotations

import contextlib
import errno
import os
from pathlib import Path
from typing import Iterator

from ..errors import FatalError, FileError, no_descriptors
from ..units import format_size
from .paths import nearest_existing

FULL = (errno.ENOSPC, errno.EDQUOT)
#: Whatever the file, it will not do better: a failing or vanished disk.
_FOR_ALL_FILES = (
    errno.EROFS,
    errno.EIO,
    errno.ENODEV,
    errno.ENXIO,
    errno.ESTALE,
    errno.ENOTCONN,
    errno.ESHUTDOWN,
)
_ADVICE = {
    errno.EACCES: "it is another user's: have it removed, or made writable for you",
    errno.EPERM: "it is another user's: have it removed, or made writable for you",
    errno.EISDIR: "a folder is in its place: move it away",
    errno.ENOTDIR: "a file is in its folder's place: move it away",
    errno.EEXIST: "a file is in its folder's place: move it away",
    errno.ENOTEMPTY: "a folder is in its place: move it away",
    errno.ELOOP: "a symbolic link is in its place, and is not followed: remove it",
    errno.EMLINK: "what is in its place is no plain file: remove it",
    errno.EFBIG: "the file system takes no file of this size: choose another folder",
    errno.ENAMETOOLONG: "the file system takes no name of this length: choose another folder",
    errno.EINVAL: "the file system may not take this name: choose another folder",
    errno.EILSEQ: "the file system does not take this name: choose another folder",
}


class NoSpace(FatalError):
    """The local disk is full, or the files would not fit on it."""


class FolderNotWritable(FatalError):
    """The local folder cannot be written to."""


class FileNotWritable(FileError):
    """The local folder is writable, but this file cannot be written."""


@contextlib.contextmanager
def map_disk_errors(folder: Path) -> Iterator[None]:
    """Map errors of the local disk to sentences with a remedy.

    ``folder`` is the folder of all files. NoSpace and FolderNotWritable mean that no file can be
    written there, FileNotWritable that others can, TooManyOpenFiles that it may work later.
    """
    try:
        yield
    except OSError as error:
        shortage = no_descriptors([error])
        if shortage is not None:
            raise shortage from error
        if error.errno == errno.EDQUOT:
            raise NoSpace(
                f"Your quota on the disk of {folder} is used up: make room and continue"
            ) from error
        if error.errno == errno.ENOSPC:
            raise NoSpace(_full_sentence(folder)) from error
        if error.errno in _FOR_ALL_FILES or not _takes_files(folder):
            raise FolderNotWritable(_not_writable_sentence(folder, error)) from error
        advice = _ADVICE.get(error.errno or 0, "check its permissions and its disk")
        place = error.filename2 or error.filename or folder
        raise FileNotWritable(f"{place} cannot be written ({error.strerror}): {advice}") from error


def _not_writable_sentence(folder: Path, error: OSError) -> str:
    place = nearest_existing(folder)
    if not place.is_dir():
        return f"Cannot write to {folder}: {place} is a file, not a folder. Choose another folder"
    return (
        f"Cannot write to {folder} ({error.strerror}): check its permissions and disk, or choose "
        "another folder"
    )


def _full_sentence(folder: Path) -> str:
    disk = os.statvfs(nearest_existing(folder))
    if disk.f_files and not disk.f_favail:
        return f"The disk of {folder} takes no more files (inodes): make room and continue"
    free = format_size(disk.f_bavail * disk.f_frsize)
    return f"The disk of {folder} is full ({free} free): make room and continue"


def _takes_files(folder: Path) -> bool:
    place = nearest_existing(folder)
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
