"""How far a transfer is: the one object that a summary and a progress bar read."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Callable, Deque, Optional, Tuple

from ..units import bytes_text, seconds_text

_WINDOW = 30.0  # seconds over which the rate is taken
_GRAIN = 0.5  # seconds between two samples


@dataclass(frozen=True)
class Snapshot:
    """One moment of a transfer; sizes in bytes, rate in bytes per second."""

    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    rate: float
    #: Seconds since the last byte, and why, when a try has failed since; 0.0 and "" otherwise.
    silent_for: float = 0.0
    trouble: str = ""

    @property
    def seconds_left(self) -> Optional[float]:
        """Time to the end at this rate; None while nothing moves."""
        return (self.bytes_total - self.bytes_done) / self.rate if self.rate > 0 else None

    def __str__(self) -> str:
        text = (
            f"{self.files_done} of {self.files_total} files, "
            f"{bytes_text(self.bytes_done)} of {bytes_text(self.bytes_total)}"
        )
        if self.rate > 0 and self.bytes_done < self.bytes_total:
            text += f", {bytes_text(self.rate)}/s"
            if self.seconds_left is not None:
                text += f", {seconds_text(self.seconds_left)} left"
        if self.trouble:
            text += f"; no data for {seconds_text(self.silent_for)} ({self.trouble})"
        return text


class Progress:
    """Counts bytes and files from several threads; its memory does not grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._bytes_done = self._bytes_total = 0
        self._files_done = self._files_total = 0
        self._samples: Deque[Tuple[float, int]] = deque()
        self._moved_at = clock()
        self._trouble = ""
        self._fetched = 0  # over the line, what was thrown away included: the rate is the line's

    def expect(self, size: int) -> None:
        """One more file of this size is to come."""
        with self._lock:
            self._bytes_total += size
            self._files_total += 1

    def present(self, size: int) -> None:
        """This much of a file was already here."""
        with self._lock:
            self._bytes_done += size

    def moved(self, count: int) -> None:
        """This many bytes came over the line; a negative count when a part was thrown away."""
        with self._lock:
            self._bytes_done += count
            self._fetched += max(count, 0)
            now = self._clock()
            if count > 0:
                self._moved_at, self._trouble = now, ""
            if not self._samples or now - self._samples[-1][0] >= _GRAIN:
                self._samples.append((now, self._fetched))
            while now - self._samples[0][0] > _WINDOW:
                self._samples.popleft()

    def failed(self, why: str) -> None:
        """A try has failed; it counts as trouble until the next byte."""
        with self._lock:
            self._trouble = why

    def fetched(self) -> int:
        """How many bytes came over the line, what was thrown away included."""
        return self._fetched

    def corrected(self, change: int) -> None:
        """A file turned out to be this many bytes longer than listed."""
        with self._lock:
            self._bytes_total += change

    def completed(self) -> None:
        """One more file is whole and in its place."""
        with self._lock:
            self._files_done += 1

    def snapshot(self) -> Snapshot:
        """The present state."""
        with self._lock:
            return Snapshot(
                self._bytes_done,
                self._bytes_total,
                self._files_done,
                self._files_total,
                self._rate(),
                self._clock() - self._moved_at if self._trouble else 0.0,
                self._trouble,
            )

    def _rate(self) -> float:
        if not self._samples:
            return 0.0
        since, fetched = self._samples[0]
        elapsed = self._clock() - since
        # One sample says nothing of the speed; an old one that the line is silent.
        return (self._fetched - fetched) / elapsed if elapsed > _GRAIN else 0.0
