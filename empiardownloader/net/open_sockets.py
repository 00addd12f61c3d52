"""Ending another thread's wait for a server: Ctrl+C is not to wait for a silent one."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Iterator, Optional
from weakref import WeakSet

_local = threading.local()


class OpenSockets:
    """The sockets of the threads that work within `collecting`."""

    def __init__(self) -> None:
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._lock = threading.Lock()
        self._is_shut_down = threading.Event()

    @contextlib.contextmanager
    def collecting(self) -> Iterator[None]:
        """Collect the sockets that this thread opens within the block."""
        _local.open_sockets = self
        try:
            yield
        finally:
            _local.open_sockets = None

    def add(self, opened: socket.socket) -> None:
        """Add a socket; it is shut down at once if the others have been."""
        with self._lock:
            self._sockets.add(opened)
        if self._is_shut_down.is_set():
            _shut_down(opened)

    def shut_down(self) -> None:
        """Make all sockets, also those to come, look as if the server had closed them."""
        self._is_shut_down.set()
        with self._lock:
            opened = list(self._sockets)
        for each in opened:
            _shut_down(each)

    def is_shut_down(self) -> bool:
        """Return True if the threads are to end."""
        return self._is_shut_down.is_set()

    def wait(self, seconds: float) -> None:
        """Wait until the sockets are shut down, for at most some seconds."""
        self._is_shut_down.wait(seconds)


def current() -> Optional[OpenSockets]:
    """Return what collects this thread's sockets, if anything does."""
    return getattr(_local, "open_sockets", None)


def note(opened: socket.socket) -> None:
    """Add a socket to what collects this thread's, if anything does."""
    collected_by = current()
    if collected_by is not None:
        collected_by.add(opened)


def sleep(seconds: float) -> None:
    """Sleep, in a thread whose sockets are collected only until they are shut down."""
    collected_by = current()
    if collected_by is None:
        time.sleep(seconds)
    else:
        collected_by.wait(seconds)


def _shut_down(opened: socket.socket) -> None:
    with contextlib.suppress(OSError):  # not connected, or closed meanwhile
        # Not SSLSocket's own, which takes the session from the thread that reads.
        socket.socket.shutdown(opened, socket.SHUT_RDWR)
