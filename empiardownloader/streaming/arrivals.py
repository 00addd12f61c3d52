"""Movies between their arrival in the run's folder and their registration."""

import threading
from typing import Callable, Iterable, List, Set


class Arrivals:
    """Names of movies that have come and are not yet dealt to a step; each name counts once."""

    def __init__(
        self, known: Iterable[str] = (), identity: Callable[[str], str] = lambda name: name
    ) -> None:
        self._identity = identity  # what two names of one movie have in common
        self._known: Set[str] = set(map(identity, known))
        self._waiting: List[str] = []
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """A movie is whole and in its place; nothing happens if it was known."""
        with self._lock:
            if self._identity(name) not in self._known:
                self._known.add(self._identity(name))
                self._waiting.append(name)

    def put_back(self, names: Iterable[str]) -> None:
        """These were dealt and could not be registered now."""
        with self._lock:
            self._waiting = [*names, *self._waiting]

    def deal(self, most: int) -> List[List[str]]:
        """All waiting names in at most this many groups, in order of arrival."""
        with self._lock:
            names, self._waiting = self._waiting, []
        count = min(most, len(names))
        bounds = [len(names) * part // count for part in range(count + 1)] if count else []
        return [names[start:stop] for start, stop in zip(bounds, bounds[1:])]

    def forget(self) -> None:
        """Those that wait are not to be registered now."""
        with self._lock:
            self._waiting = []

    def __len__(self) -> int:
        return len(self._waiting)
