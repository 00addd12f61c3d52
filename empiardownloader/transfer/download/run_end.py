"""The end of a run before its last file: a request to stop, Ctrl+C, or an error for all files."""

from __future__ import annotations

import threading
from typing import Callable, Optional

from ...errors import Interrupted
from ...net.open_sockets import OpenSockets
from ..server_health import ServerHealth
from .result import DownloadResult

_SILENCE = 5.0  # seconds without a byte after a stop: active files are not waited for


class RunEnd:
    """Decides whether files may start and whether active ones may go on, for all threads."""

    def __init__(
        self,
        result: DownloadResult,
        health: ServerHealth,
        stop_requested: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self.sockets = OpenSockets()
        self._result = result
        self._health = health
        self._stop_requested = stop_requested
        self._clock = clock
        self._interrupted = threading.Event()
        self._stopped_at: Optional[float] = None

    def is_stopped(self) -> bool:
        """Return True if the caller asked for the end: no other file starts."""
        if self._stop_requested():
            self._result.stopped = True
        return self._result.stopped

    def may_start_file(self) -> bool:
        """Return True if another file may start."""
        return not (self.is_stopped() or self._result.fatal_error or self._interrupted.is_set())

    def is_running(self) -> bool:
        """Return True unless the run was interrupted."""
        return not self._interrupted.is_set()

    def check_running(self) -> None:
        """Raise Interrupted if the run was interrupted."""
        if self._interrupted.is_set():
            raise Interrupted("the download was interrupted")

    def sleep(self, seconds: float) -> object:
        """Sleep until the run is interrupted, for at most some seconds."""
        return self._interrupted.wait(seconds)

    def interrupt(self) -> None:
        """End all threads, also those that wait for a server."""
        self._result.stopped = True
        self._interrupted.set()
        self.sockets.shut_down()

    def is_stopped_in_silence(self) -> bool:
        """Return True if the server has sent nothing for some seconds after a stop."""
        if not self._stop_requested():
            self._stopped_at = None
            return False
        if self._stopped_at is None:
            self._stopped_at = self._clock()
        # Silence before the stop does not count: the server may be about to go on.
        since_stop = self._clock() - self._stopped_at
        return min(self._health.silence(), since_stop) >= _SILENCE
