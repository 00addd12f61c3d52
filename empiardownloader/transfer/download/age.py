"""Whether what has come of a file is of the state in which the server has it now."""

from __future__ import annotations

import time
from typing import Callable, Optional


class Age:
    """Compares the server's date of a file with the moment at which what is here was begun.

    All times are seconds since 1970. Only a later date counts, and none that is merely another:
    several machines may serve a mirror, each with dates of its own. A file that lies there for
    long is older than any download of it, whatever is wrong with the clocks.

    Not seen by it: a change within the second of the beginning, as servers tell whole seconds; a
    file with an older date in the place of another; and of a part that an earlier process left,
    what changed before its last byte was written.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._begun_at = 0.0  # 0: not known
        self._latest = 0.0  # date of the server

    @property
    def is_over(self) -> bool:
        """Whether a date was told that what is here does not go with."""
        return self._latest > self._begun_at

    def opened(self, written_at: Optional[float]) -> None:
        """What is here was last written at this time, if not by this process; None for nothing."""
        if written_at is None:
            # What comes now is not older than the latest date, whatever the time is here: a clock
            # that is behind costs one beginning more, and not one with each try.
            self._begun_at = max(self._clock(), self._latest)
        elif not self._begun_at:
            self._begun_at = written_at

    def forget(self) -> None:
        """What is here is given up."""
        self._begun_at = 0.0

    def told(self, date: float) -> None:
        """The server's date of the file."""
        self._latest = max(self._latest, date)
