"""Which tilt series are complete: every frame is registered, or finally failed."""

import threading
from typing import Dict, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple


class Expected(NamedTuple):
    """A series, and the names of its frames in order of acquisition."""

    ts_id: str
    frames: Tuple[str, ...]


class SeriesAssembly:
    """The series of a run and the state of their frames; safe between threads."""

    def __init__(self, registered: Iterable[str], published: Mapping[str, int]) -> None:
        """``registered``: names of an earlier run; ``published``: tilts of series in the set."""
        self._lock = threading.Lock()
        self._registered: Set[str] = set(registered)
        self._lost: Set[str] = set()
        self._published: Dict[str, int] = dict(published)
        self._series: Dict[str, Expected] = {}

    def expect(self, series: Sequence[Expected]) -> None:
        """Set the series that are wanted; frames that failed in this run stay failed."""
        with self._lock:
            self._series = {one.ts_id: one for one in series}

    def register(self, names: Iterable[str]) -> None:
        """Frames are in the set of movies."""
        with self._lock:
            self._registered.update(names)

    def lose(self, name: str) -> None:
        """Frames will not come, or are no movie."""
        with self._lock:
            self._lost.add(name)

    def ready(self) -> List[Expected]:
        """Return complete series that the set lacks, or has with fewer tilts; frames here only."""
        with self._lock:
            present = [self._present(one) for one in self._series.values() if self._is_whole(one)]
            return [
                one for one in present
                if one.frames and self._published.get(one.ts_id) != len(one.frames)
            ]  # fmt: skip

    def known(self) -> List[Expected]:
        """Return the series of the set that are still wanted, with the frames that are here."""
        with self._lock:
            return [
                self._present(one) for one in self._series.values() if one.ts_id in self._published
            ]

    def publish(self, series: Iterable[Expected]) -> None:
        """These are in the set now."""
        with self._lock:
            self._published.update((one.ts_id, len(one.frames)) for one in series)

    def is_published(self, ts_id: str) -> bool:
        """Return True if the set has the series, with whatever tilts."""
        with self._lock:
            return ts_id in self._published

    def waiting(self) -> Dict[str, int]:
        """Return how many frames of each series that is not whole are still to come."""
        with self._lock:
            left = {
                one.ts_id: len(set(one.frames) - self._registered - self._lost)
                for one in self._series.values()
            }
        return {ts_id: count for ts_id, count in left.items() if count}

    def _is_whole(self, one: Expected) -> bool:
        return all(name in self._registered or name in self._lost for name in one.frames)

    def _present(self, one: Expected) -> Expected:
        return one._replace(frames=tuple(name for name in one.frames if name in self._registered))
