"""Telling a server that gives nothing any more from a file that does not come."""

from __future__ import annotations

import contextlib
import threading
from typing import Callable, Iterator

from ..errors import TransferError
from ..net.errors import ConnectionFailed, TooManyConnections, Unanswered

_NO_ANSWER = (ConnectionFailed, TooManyConnections, Unanswered)
_FILES = 3  # given up in a row, while nothing moved


class Silence:
    """What the threads of a run hear from the server; ``moved`` counts the bytes that came.

    A server that accepts connections and never says a word is found out with the first file that
    is given up, one that falls silent later with the third in a row: a file or two may be ill.
    """

    def __init__(self, moved: Callable[[], int]) -> None:
        self.moved = moved
        self._lock = threading.Lock()
        self._has_answered = False
        self._files = 0

    def failed(self, error: TransferError) -> None:
        """A try failed, which may be an answer too."""
        if not isinstance(error, _NO_ANSWER):
            self._has_answered = True

    def ended(self) -> None:
        """The server gave a file, or refused it."""
        with self._lock:
            self._has_answered = True
            self._files = 0

    def given_up(self, moved_before: int) -> bool:
        """A file was given up after tries in a row, which began when so much had moved.

        True when nothing will come of the others either.
        """
        with self._lock:
            if self.moved() > moved_before:
                self._has_answered = True
                self._files = 0
                return False
            self._files += 1
            return not self._has_answered or self._files >= _FILES


class DataWay:
    """Whether data connections to a server can be opened, as far as its sessions know."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._works = False
        self.failures = 0  # in a row, and 0 for ever once one has been opened
        self.reason = ""  # of the last failure

    @contextlib.contextmanager
    def tried(self) -> Iterator[None]:
        """One is opened in here; of tries side by side that fail, the first counts."""
        before = self.failures
        try:
            yield
        except (OSError, EOFError, ConnectionFailed) as error:
            with self._lock:
                if not self._works and self.failures == before:
                    self.failures += 1
                    self.reason = str(error) or type(error).__name__
            raise
        with self._lock:
            self._works, self.failures = True, 0
