"""How long to wait before asking again, and when to give up."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class RetryPolicy:
    """Growing, jittered waits; only failures in a row that moved no byte are counted.

    The jitter keeps several connections that were cut together from coming back together.
    """

    attempts: int = 8
    first_wait: float = 1.0  # seconds
    longest_wait: float = 60.0  # seconds

    def wait(self, failures: int, jitter: Callable[[], float] = random.random) -> float:
        """Seconds to wait after this many failures in a row; ``jitter`` gives 0 to 1.

        After none, as the last try brought bytes: half of the first wait.
        """
        longest = min(self.longest_wait, self.first_wait * 2.0 ** (failures - 1))
        return longest * (0.5 + 0.5 * jitter())

    def exhausted(self, failures: int) -> bool:
        """Whether this many failures in a row are enough."""
        return failures >= self.attempts
