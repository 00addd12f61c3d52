"""The progress of a run in another process, read from its transfer log."""

import time
from pathlib import Path
from typing import Callable, Optional, Union

from ..transfer import ProgressSnapshot
from ..transfer_log import History, LogReader, Sample

_STALE = 90.0  # seconds: samples are at most a minute apart
_CLOCKS_DIFFER = 5.0  # seconds, between two machines


class RunProgress:
    """Follows the transfer log of a run that was started at a time, by the clock's seconds."""

    def __init__(
        self,
        path: Union[str, Path],
        started: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._reader = LogReader(path)
        self._started = started - _CLOCKS_DIFFER
        self._clock = clock
        self._history = History()
        self._history.add_all(self._reader.new_lines())
        self._before = len(self._history.sessions)

    def snapshot(self) -> Optional[ProgressSnapshot]:
        """Return the progress; None before the first sample of the run's present process."""
        self._history.add_all(self._reader.new_lines())
        sample = self._sample()
        if sample is None:
            return None
        age = max(0.0, self._clock() - sample.time)
        left_out = self._history.left_out
        total = max(0, (self._history.chosen or 0) - len(left_out))
        done = min(total, len(self._history.arrived.keys() - left_out.keys()))
        return ProgressSnapshot(
            sample.bytes,
            sample.bytes_total,
            done,
            total,
            sample.rate if age < _STALE else 0.0,
            sample.silent + age if sample.trouble else 0.0,
            sample.trouble,
            max(0.0, sample.until - self._clock()) if sample.trouble else 0.0,
        )

    @property
    def registered(self) -> int:
        """Return the number of images in the output."""
        return len(self._history.registered)

    def _sample(self) -> Optional[Sample]:
        """Return the latest sample, unless it is of an earlier process."""
        sessions = self._history.sessions
        if not sessions:
            return None
        session = sessions[-1]
        is_new = len(sessions) > self._before or session.began >= self._started
        return session.samples[-1] if is_new and session.samples else None
