"""The number of connections at one time: the user's maximum, fewer if the server refuses."""

from __future__ import annotations

import threading
import time
from typing import Callable

_TRY_MORE_AFTER = 60.0  # seconds without a refusal


class ConnectionLimit:
    """Slots for connections; each refusal removes one, and quiet time restores them one by one."""

    def __init__(
        self,
        maximum: int,
        clock: Callable[[], float] = time.monotonic,
        try_more_after: float = _TRY_MORE_AFTER,
    ) -> None:
        self._maximum = maximum
        self._allowed = maximum
        self._open = 0
        self._clock = clock
        self._try_more_after = try_more_after
        self._changed_at = clock()
        self._places = threading.Condition()

    @property
    def allowed(self) -> int:
        """The number of connections allowed now."""
        return self._allowed

    @property
    def in_use(self) -> int:
        """The number of slots in use."""
        return self._open

    def acquire(self, give_up: Callable[[], bool]) -> bool:
        """Wait for a slot; return False as soon as ``give_up`` is true."""
        with self._places:
            while not give_up():
                if self._is_free():
                    self._open += 1
                    return True
                self._places.wait(0.2)
            return False

    def release(self) -> None:
        """Release a slot."""
        with self._places:
            self._open -= 1
            self._places.notify()

    def reduce(self) -> bool:
        """Lower the limit after a refused connection; return True if other connections stay.

        The refused one still holds its slot; the number of the others is the new limit.
        """
        with self._places:
            self._allowed = max(1, min(self._allowed, self._open - 1))
            self._changed_at = self._clock()
            return self._open > 1

    def _is_free(self) -> bool:
        if self._allowed < self._maximum:
            now = self._clock()
            if now - self._changed_at >= self._try_more_after:
                self._allowed += 1
                self._changed_at = now
        return self._open < self._allowed
