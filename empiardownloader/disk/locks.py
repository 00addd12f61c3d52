"""Locks between processes, on one machine or on several that share a file system."""

from __future__ import annotations

import contextlib
import errno
import fcntl
from pathlib import Path
from typing import IO, Iterator

_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def lock(file: int, wait: bool = False) -> None:
    """Lock an open file until it is closed, or its process ends, also by ``kill -9``.

    BlockingIOError where another process has it, unless we wait. A file system that has no locks
    (Lustre, mounted without ``flock``) lets everybody in.
    """
    _flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _flock(file: int, how: int) -> None:
    try:
        fcntl.flock(file, how)
    except OSError as error:
        if error.errno not in _NO_LOCKS_HERE:
            raise


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in a block of the same path."""
    with open(path, "ab") as file:
        lock(file.fileno(), wait=True)
        yield


def hold(path: Path) -> IO[bytes]:
    """Show that somebody is at work here until the file is closed; several may, at the same time.

    Waits for those who look whether somebody is, who take no time.
    """
    file = open(path, "a+b")  # noqa: SIM115 (it is the caller's)
    _flock(file.fileno(), fcntl.LOCK_SH)
    return file


def is_held(path: Path) -> bool:
    """Whether somebody is at work here, on whatever machine; False where there are no locks."""
    try:
        with open(path, "r+b") as file:
            lock(file.fileno())
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
