"""The times at which the progress of a transfer is logged."""

from __future__ import annotations

import time
from typing import Callable

_SHORTEST = 2.0  # seconds
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
