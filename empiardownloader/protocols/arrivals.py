"""Movies between their arrival in the run's folder and their registration."""

import threading
from typing import Iterable, List, Set


class Arrivals:
    """Names of movies that have come and are not yet dealt to a step; each name counts once."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known: Set[str] = set(known)
        self._waiting: List[str] = []
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """A movie is whole and in its place; nothing happens if it was known."""
        with self._lock:
            if name not in self._known:
                self._known.add(name)
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
        return [names[len(names) * i // count : len(names) * (i + 1) // count] for i in range(count)]

    def __len__(self) -> int:
        return len(self._waiting)
