"""How many connections may be open at once: as many as the user set, as few as the server bears."""

from __future__ import annotations

import threading
import time
from typing import Callable

_TRY_MORE_AFTER = 60.0  # seconds without a refusal


class ConnectionLimit:
    """Places for connections; refusals take places away, quiet time gives them back one by one."""

    def __init__(
        self,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        try_more_after: float = _TRY_MORE_AFTER,
    ) -> None:
        self._most = most
        self._allowed = most
        self._open = 0
        self._clock = clock
        self._try_more_after = try_more_after
        self._changed_at = clock()
        self._places = threading.Condition()

    @property
    def allowed(self) -> int:
        """Connections that may be open now."""
        return self._allowed

    @property
    def in_use(self) -> int:
        """Connections whose places are taken now."""
        return self._open

    def take(self, give_up: Callable[[], bool]) -> bool:
        """Wait for a place; False as soon as ``give_up`` is true."""
        with self._places:
            while not give_up():
                if self._is_free():
                    self._open += 1
                    return True
                self._places.wait(0.2)
            return False

    def leave(self) -> None:
        """Give a place back."""
        with self._places:
            self._open -= 1
            self._places.notify()

    def refused(self) -> bool:
        """The server refused the connection of one place: True if there are others to go on with.

        The refused one still holds its place; the others are what the server bears.
        """
        with self._places:
            self._allowed = max(1, min(self._allowed, self._open - 1))
            self._changed_at = self._clock()
            return self._open > 1

    def _is_free(self) -> bool:
        if self._allowed < self._most:
            now = self._clock()
            if now - self._changed_at >= self._try_more_after:
                self._allowed += 1
                self._changed_at = now
        return self._open < self._allowed
