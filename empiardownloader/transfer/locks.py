"""Locks between processes, on one machine or on several that share a file system."""

from __future__ import annotations

import contextlib
import errno
import fcntl
from pathlib import Path
from typing import Iterator

_NO_LOCKS_HERE = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS)


def lock(file: int, wait: bool = False) -> None:
    """Lock an open file until it is closed, or its process ends, also by ``kill -9``.

    BlockingIOError where another process has it, unless we wait. A file system that has no locks
    (Lustre, mounted without ``flock``) lets everybody in.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno not in _NO_LOCKS_HERE:
            raise


@contextlib.contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in a block of the same path."""
    with open(path, "ab") as file:
        lock(file.fileno(), wait=True)
        yield
