"""Writes a transfer log: one line for each event, each appended in one write."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Callable, Iterable, Optional, Union

from ..transfer import Progress, ProgressSnapshot
from .history import History
from .reader import Line, LogReader

logger = logging.getLogger(__name__)

_SHORTEST = 2.0  # seconds between two samples
_LONGEST = 60.0
_SHARE = 500  # of the time since the beginning


class SampleSchedule:
    """A schedule of samples: every two seconds at first, later less often, at least once a minute.

    A figure of one hour needs no finer grain than seven seconds. So an hour has about 1,100 samples
    and a week fewer than 12,000, of some 170 bytes each.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._next = self._began

    def is_due(self) -> bool:
        """Return True if it is time for a sample, and schedule the next one."""
        now = self._clock()
        if now < self._next:
            return False
        self._next = now + min(_LONGEST, max(_SHORTEST, (now - self._began) / _SHARE))
        return True


class TransferLog:
    """The transfer log of a run; several threads may add to it, and its errors never stop them.

    ``history`` has the facts of all lines, including those of earlier runs of the same folder and
    those that could not be written.
    """

    def __init__(
        self,
        path: Union[str, Path],
        clock: Callable[[], float] = time.time,
        schedule: Optional[SampleSchedule] = None,
    ) -> None:
        self._path = Path(path)
        self._clock = clock
        self._schedule = schedule or SampleSchedule()
        self._lock = threading.Lock()
        self._was_silent = False
        self._torn = True  # what a kill may have left is mended at the first write
        self._complained = False
        self.history = History()
        self.history.add_all(LogReader(path).new_lines())

    def begin(self) -> None:
        """Log the start of a run, or its continuation if there is an earlier log."""
        self._add({"what": "begin", "continued": bool(self.history.sessions)})

    def chosen(self, names: Iterable[str], size: int) -> None:
        """Log the chosen movies and their total size in bytes."""
        chosen = set(names)
        self._add({"what": "chosen", "movies": len(chosen), "bytes": size})
        dropped = sorted(self.history.failed.keys() - chosen)
        self._add(*({"what": "dropped", "name": name} for name in dropped))

    def sample(self, progress: Progress, connections: int, now: bool = False) -> None:
        """Log the progress if a sample is due; may be called at any rate."""
        state = progress.snapshot()
        changed = state.is_silent != self._was_silent
        if state.files_total and (self._schedule.is_due() or now or changed):
            self._was_silent = state.is_silent
            self._add(
                {
                    "what": "progress",
                    "bytes": state.bytes_done,
                    "bytes_total": state.bytes_total,
                    "files": state.files_done,
                    "files_total": state.files_total,
                    "fetched": progress.bytes_received(),
                    "rate": round(state.rate),
                    "connections": connections,
                    **self._silence(state),
                }
            )

    def _silence(self, state: ProgressSnapshot) -> Line:
        if not state.is_silent:
            return {}
        return {
            "trouble": state.trouble,
            "silent": round(state.silent_for),
            "until": round(self._clock() + state.gives_up_in),
        }

    def arrived(self, name: str, size: Optional[int]) -> None:
        """Log a complete file, unless an earlier run has logged it."""
        if name not in self.history.arrived:
            self._add({"what": "arrived", "name": name, "bytes": size})

    def registered(self, names: Iterable[str]) -> None:
        """Log that movies are in the set."""
        self._add(*({"what": "registered", "name": name} for name in names))

    def failed(self, name: str, reason: str) -> None:
        """Log a movie that could not be downloaded or registered; no name: the transfer ended."""
        if self.history.failed.get(name) != reason or (name and name not in self.history.missing):
            self._add({"what": "failed", "name": name, "reason": reason})

    def left_out(self, name: str, reason: str) -> None:
        """Log a file that is not a movie, unless an earlier run has logged it."""
        if self.history.left_out.get(name) != reason:
            self._add({"what": "left out", "name": name, "reason": reason})

    def end(self, how: str) -> None:
        """Log the end of the run: ``finished``, ``failed`` or ``stopped here``."""
        self._add({"what": "end", "how": how})

    def _add(self, *lines: Line) -> None:
        if not lines:
            return
        with self._lock:
            stamped = [{"time": round(self._clock(), 3), **line} for line in lines]
            self.history.add_all(stamped)
            try:
                self._write(stamped)
            except OSError as error:
                self._torn = True
                if not self._complained:
                    logger.warning("%s cannot be written (%s); the run goes on", self._path, error)
                    self._complained = True

    def _write(self, lines: Iterable[Line]) -> None:
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        # Opened each time: a file server that forgets us between two lines does no harm.
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            if self._torn:
                _cut_torn_line(descriptor)
                self._torn = False
            content = text.encode("ascii")
            if os.write(descriptor, content) < len(content):
                raise OSError("only a part was written: is the disk full?")
        finally:
            os.close(descriptor)


def _cut_torn_line(descriptor: int) -> None:
    """Remove an incomplete last line."""
    end, block = os.fstat(descriptor).st_size, 4096
    while end:
        start = max(0, end - block)
        at = os.pread(descriptor, end - start, start).rfind(b"\n")
        if at >= 0:
            end = start + at + 1
            break
        end = start
    if end < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, end)

