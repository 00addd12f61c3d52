"""Queue of movies between their download and their registration."""

import threading
from typing import Callable, Iterable, List, Set


class Arrivals:
    """Names of downloaded movies that no register step has yet; each name counts once."""

    def __init__(
        self, known: Iterable[str] = (), identity: Callable[[str], str] = lambda name: name
    ) -> None:
        self._identity = identity  # what two names of one movie have in common
        self._known: Set[str] = set(map(identity, known))
        self._waiting: List[str] = []
        self._lock = threading.Lock()

    def add(self, name: str) -> None:
        """Add a downloaded movie, unless its name is known."""
        with self._lock:
            if self._identity(name) not in self._known:
                self._known.add(self._identity(name))
                self._waiting.append(name)

    def put_back(self, names: Iterable[str]) -> None:
        """Return names that could not be registered to the front of the queue."""
        with self._lock:
            self._waiting = [*names, *self._waiting]

    def deal(self, most: int) -> List[List[str]]:
        """Take all waiting names, in at most ``most`` groups, in order of arrival."""
        with self._lock:
            names, self._waiting = self._waiting, []
        count = min(most, len(names))
        bounds = [len(names) * part // count for part in range(count + 1)] if count else []
        return [names[start:stop] for start, stop in zip(bounds, bounds[1:])]

    def forget(self) -> None:
        """Drop the waiting names."""
        with self._lock:
            self._waiting = []

    def __len__(self) -> int:
        return len(self._waiting)
