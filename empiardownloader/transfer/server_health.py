"""Decides how long to go on asking a server, for all threads of a run.

A run that has received anything is patient for hours, as a server may be down for a night. Without
a first byte, a minute and a half are enough to report the failure. A file that fails while others
succeed is given up after some tries.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import Callable, Iterator, Optional
from weakref import WeakKeyDictionary

from ..errors import LimitReached, TooManyOpenFiles, TransferError
from ..net.errors import ConnectionFailed, NoResponse
from ..net.retry import RetryPolicy

logger = logging.getLogger(__name__)

#: Seconds without a byte: pwem's import waits as long for files of a microscope.
PATIENCE = 12 * 3600.0
#: Seconds in which nothing has ever come.
INITIAL_PATIENCE = 90.0

#: Tries of a server that has never brought anything. Many institutes drop whatever goes to port 21,
#: and each such try lasts as long as the connect time-out.
INITIAL_POLICY = RetryPolicy(attempts=3)

_NO_ANSWER = (ConnectionFailed, LimitReached, NoResponse)


@dataclass
class Setbacks:
    """Failed tries in a row of one file, none of which received a new byte."""

    received: int  # bytes of all files when the row began
    seen: int  # the same at the last failure
    tries: int = 0
    counted: int = 0  # those that speak against the file and not against the server


@dataclass
class _Row:
    """Failures of one thread since the last byte of any file."""

    tries: int = 0
    slept: float = 0.0  # seconds


class ServerHealth:
    """The common experience of all threads with a server; ``received`` counts bytes."""

    def __init__(
        self,
        received: Callable[[], int],
        policy: RetryPolicy,
        patience: float = PATIENCE,
        initial_patience: float = INITIAL_PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._received = received
        self._policy = policy
        self._patience = patience
        self._initial_patience = initial_patience
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = 0
        self._silent_since = clock()
        # By thread, and not by its number, which the next thread may have.
        self._rows: WeakKeyDictionary[threading.Thread, _Row] = WeakKeyDictionary()
        #: False: the server sends other bytes than those from the offset that it was asked for.
        self.offsets_work = True

    def setbacks(self) -> Setbacks:
        """Return a row of no failures."""
        return Setbacks(self._received(), self._received())

    def failed(self, error: TransferError, file: Optional[Setbacks] = None) -> None:
        """Count a failed try of this thread, and of a file."""
        with self._lock:
            self._look()
            self._row().tries += 1
            if file is None:
                return
            file.tries += 1
            # An answer other than the file speaks against the file as soon as others have come,
            # a refused connection only if others come meanwhile.
            before = file.seen if isinstance(error, _NO_ANSWER) else file.received
            file.counted += self._seen > before
            file.seen = self._seen

    def failures(self) -> int:
        """Return how often this thread has failed since the last byte of any file."""
        with self._lock:
            self._look()
            return self._row().tries

    def brings_nothing(self, error: TransferError) -> bool:
        """Return True if another server with the same files should be tried, if there is one."""
        if isinstance(error, TooManyOpenFiles):
            return False  # no other server helps
        # A busy server is there, and may have room soon.
        is_new = not self._received() and not isinstance(error, LimitReached)
        return (INITIAL_POLICY if is_new else self._policy).exhausted(self.failures())

    def begin_anew(self) -> None:
        """Forget failures, as the next tries use another server; the time of silence stays."""
        with self._lock:
            self._rows.clear()

    def gives_up(self, file: Setbacks) -> bool:
        """Return True if only this file fails."""
        return self._policy.exhausted(file.counted)

    def is_unusable(self) -> bool:
        """Return True if no byte was received for too long."""
        with self._lock:
            return self._silence() >= self._limit()

    def wait(self, file: Setbacks, error: TransferError) -> float:
        """Return the seconds to wait before the next try, which are counted as slept."""
        with self._lock:
            row = self._row()
            asked = getattr(error, "retry_after", 0.0)
            seconds = max(self._policy.wait(max(file.tries, row.tries)), asked)
            row.slept += seconds
            return seconds

    def silence(self) -> float:
        """Return the seconds since the last byte of any file, or since the start."""
        with self._lock:
            self._look()
            return self._silence()

    def time_left(self) -> float:
        """Return the seconds until the server is given up if it stays silent."""
        with self._lock:
            return max(0.0, self._limit() - self._silence())

    def offsets_are_wrong(self, path: str) -> None:
        """Ask this server for whole files only, from now on."""
        if self.offsets_work:
            logger.warning("%s: the server sends other bytes than those asked for: interrupted "
                           "files begin again", path)  # fmt: skip
        self.offsets_work = False

    def _look(self) -> None:
        received = self._received()
        if received != self._seen:
            self._seen, self._silent_since = received, self._clock()
            self._rows.clear()

    def _silence(self) -> float:
        # The clock may be less than what was slept: a machine's clock can stand while it sleeps.
        slept = max((row.slept for row in self._rows.values()), default=0.0)
        return max(self._clock() - self._silent_since, slept)

    def _limit(self) -> float:
        return self._patience if self._seen else self._initial_patience

    def _row(self) -> _Row:
        return self._rows.setdefault(threading.current_thread(), _Row())


class DataConnections:
    """The experience of all sessions with data connections to an FTP server."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works = False
        self.failures = 0  # in a row, and 0 for ever once one has carried something
        self.reason = ""  # of the last failure

    @contextlib.contextmanager
    def tried(self) -> Iterator[None]:
        """Count a data connection that fails in this block; of simultaneous ones only the first.

        A refusing reply counts only if the caller reports it, with `failed`.
        """
        before = self.failures
        try:
            yield
        except (OSError, EOFError, ConnectionFailed) as error:
            self.failed(error, before)
            raise

    def failed(self, error: Exception, before: int) -> None:
        """Count a failure, unless others were counted after there were ``before``."""
        with self._lock:
            if not self._works and self.failures == before:
                self.failures += 1
                self.reason = str(error) or type(error).__name__

    def carried(self) -> None:
        """Note that a listing or a byte of a file was received."""
        if not self._works:
            with self._lock:
                self._works, self.failures = True, 0
