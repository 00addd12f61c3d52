"""Locks between processes, on one machine or on several that share a file system."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import stat
from pathlib import Path
from typing import IO, Iterator

_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def lock_file(file: int, wait: bool = False) -> bool:
    """Lock an open file until it is closed or its process ends, also by ``kill -9``.

    Raises BlockingIOError if another process has the lock, unless ``wait`` is true. Returns False
    on a file system without locks (Lustre mounted without ``flock``).
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in _NO_LOCKS_HERE:
            return False
        raise
    return True


def open_locked(path: Path) -> int:
    """Open a file for reading and writing, created if missing, and lock it.

    Raises BlockingIOError if another process has the lock, and OSError (ELOOP or EMLINK) for
    anything but a plain file with one name, such as a symbolic link.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    while True:
        file = os.open(path, flags, 0o666)
        try:
            _require_plain_file(path, file)
            lock_file(file)
            # Between opening and locking, its last writer may have moved or removed it.
            if _is_still_at(path, file):
                return file
        except BaseException:
            os.close(file)
            raise
        os.close(file)


def _require_plain_file(path: Path, file: int) -> None:
    state = os.fstat(file)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        raise OSError(errno.EMLINK, "it is not a plain file with one name", str(path))


def _is_still_at(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(os.lstat(path), os.fstat(file))
    except FileNotFoundError:
        return False


@contextlib.contextmanager
def exclusive_lock(path: Path) -> Iterator[None]:
    """Hold the lock of a path during the block, after waiting for other processes."""
    with _open_lock_file(path) as file:
        lock_file(file.fileno(), wait=True)
        yield


def is_locked(path: Path) -> bool:
    """Return True if a process on any machine has the lock; False without locks."""
    if not path.exists():
        return False
    with _open_lock_file(path) as file:
        try:
            lock_file(file.fileno())
        except BlockingIOError:
            return True
    return False


def _open_lock_file(path: Path) -> IO[bytes]:
    """Open a lock file; one of another user may be read-only (umask 022)."""
    try:
        return open(path, "a+b")
    except PermissionError:
        return open(path, "rb")
