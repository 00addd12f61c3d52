"""Waiting before a retry, and giving up."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from typing import Callable, Protocol, TypeVar

from ..errors import Retryable

logger = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")


class Waits(Protocol):
    """The wait after failures in a row, and the number of failures to give up at."""

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after this many failures in a row."""

    def exhausted(self, failures: int) -> bool:
        """Return True if this many failures in a row are enough."""


@dataclass(frozen=True)
class RetryPolicy:
    """Growing, jittered waits; only failures in a row without a received byte count.

    The jitter keeps connections that were cut together from coming back together.
    """

    attempts: int = 8
    first_wait: float = 1.0  # seconds
    longest_wait: float = 60.0  # seconds

    def wait(self, failures: int, jitter: Callable[[], float] = random.random) -> float:
        """Return the seconds to wait after this many failures in a row; ``jitter`` gives 0 to 1.

        After none, because the last try received bytes: half of the first wait.
        """
        longest = min(self.longest_wait, self.first_wait * 2.0 ** (failures - 1))
        return longest * (0.5 + 0.5 * jitter())

    def exhausted(self, failures: int) -> bool:
        """Return True if this many failures in a row are enough."""
        return failures >= self.attempts


def retrying(
    question: Callable[[], _Answer], policy: Waits, sleep: Callable[[float], object]
) -> _Answer:
    """Ask until there is an answer; raise the last Retryable if the policy is exhausted.

    A server that names a waiting time (``retry_after``) is not asked earlier.
    """
    failures = 0
    while True:
        try:
            return question()
        except Retryable as error:
            failures += 1
            if policy.exhausted(failures):
                raise
            seconds = max(policy.wait(failures), error.retry_after)
            logger.info("%s; asked again in %.0f s", error, seconds)
        sleep(seconds)
