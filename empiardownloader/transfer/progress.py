"""The progress of a transfer: one object that the summary and the progress bar read."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Callable, Deque, Optional, Tuple

from ..units import format_duration, format_size

_WINDOW = 30.0  # seconds over which the rate is taken
_GRAIN = 0.5  # seconds between two samples
_SILENT_AFTER = 10.0  # seconds without a byte, after a failed try


@dataclass(frozen=True)
class ProgressSnapshot:
    """The state of a transfer at one moment; sizes in bytes, rate in bytes per second."""

    bytes_done: int
    bytes_total: int
    files_done: int
    files_total: int
    rate: float
    #: After a failed try: seconds since the last byte, the reason, and seconds of patience left.
    silent_for: float = 0.0
    trouble: str = ""
    gives_up_in: float = 0.0

    @property
    def seconds_left(self) -> Optional[float]:
        """The time to the end at this rate; None while no data arrive."""
        return (self.bytes_total - self.bytes_done) / self.rate if self.rate > 0 else None

    @property
    def is_silent(self) -> bool:
        """True if no data arrive and tries fail."""
        return bool(self.trouble) and self.silent_for >= _SILENT_AFTER

    @property
    def silence(self) -> str:
        """The reason while no data arrive, else ''."""
        if not self.is_silent:
            return ""
        return silence_text(self.silent_for, self.trouble, time.time() + self.gives_up_in)

    @property
    def speed(self) -> str:
        """Rate and time left, or the reason of silence; '' before the start and at the end."""
        if self.silence:
            return self.silence
        if self.seconds_left is None or self.bytes_done >= self.bytes_total:
            return ""
        return f"{format_size(self.rate)}/s, {format_duration(self.seconds_left)} left"

    def text(self, noun: str = "files") -> str:
        """Return files, bytes, and the speed or the reason of silence, in one line."""
        text = (
            f"{self.files_done} of {self.files_total} {noun}, "
            f"{format_size(self.bytes_done)} of {format_size(self.bytes_total)}"
        )
        return ", ".join(filter(None, (text, self.speed)))

    def __str__(self) -> str:
        return self.text()


def silence_text(seconds: float, reason: str, until: float) -> str:
    """'no data for 4 min (connection refused); trying again until 15:12'.

    until: when the run gives up, in seconds since the epoch.
    """
    long = f"{seconds:.0f} s" if seconds < 60 else f"{seconds // 60:.0f} min"
    if seconds >= 3600:
        long = format_duration(seconds)
    today = time.strftime("%x") == time.strftime("%x", time.localtime(until))
    clock = time.strftime("%H:%M" if today else "%a %d %b %H:%M", time.localtime(until))
    return f"no data for {long} ({reason}); trying again until {clock}"


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
        self._gives_up_at = 0.0
        self._bytes_received = 0  # received, thrown away included: the rate is that of the line

    def add_file(self, *sizes: int) -> None:
        """Add files of these sizes, in bytes, to those to download: all at once."""
        with self._lock:
            self._bytes_total += sum(sizes)
            self._files_total += len(sizes)

    def add_existing(self, size: int) -> None:
        """Count bytes of a file that were downloaded before."""
        with self._lock:
            self._bytes_done += size

    def add_received(self, count: int) -> None:
        """Count bytes that were received; a negative count when a part was thrown away."""
        with self._lock:
            self._bytes_done += count
            if count <= 0:
                return
            self._bytes_received += count
            now = self._clock()
            self._moved_at, self._trouble = now, ""
            if not self._samples or now - self._samples[-1][0] >= _GRAIN:
                self._samples.append((now, self._bytes_received))
            while len(self._samples) > 1 and now - self._samples[1][0] >= _WINDOW:
                self._samples.popleft()

    def failed(self, why: str, gives_up_in: float = 0.0) -> None:
        """Note a failed try: trouble until the next byte; ``gives_up_in``: seconds of patience."""
        with self._lock:
            self._trouble, self._gives_up_at = why, self._clock() + gives_up_in

    def bytes_received(self) -> int:
        """Return the number of bytes received, those that were thrown away included."""
        return self._bytes_received

    def adjust_total(self, change: int) -> None:
        """Correct the total: a file is this many bytes longer than listed."""
        with self._lock:
            self._bytes_total += change

    def file_done(self) -> None:
        """Count a file that is complete and in its place."""
        with self._lock:
            self._files_done += 1

    def snapshot(self) -> ProgressSnapshot:
        """Return the present state."""
        with self._lock:
            now = self._clock()
            return ProgressSnapshot(
                self._bytes_done,
                self._bytes_total,
                self._files_done,
                self._files_total,
                self._rate(now),
                now - self._moved_at if self._trouble else 0.0,
                self._trouble,
                max(0.0, self._gives_up_at - now) if self._trouble else 0.0,
            )

    def _rate(self, now: float) -> float:
        """Return the bytes per second of the clock's last half minute."""
        if now - self._moved_at >= _WINDOW:
            return 0.0
        since, received = next(
            (sample for sample in reversed(self._samples) if now - sample[0] >= _WINDOW),
            self._samples[0] if self._samples else (now, 0),
        )
        # How long the bytes of the first sample took is not known: they are not counted.
        elapsed = min(now - since, _WINDOW)
        return (self._bytes_received - received) / elapsed if elapsed > _GRAIN else 0.0
