"""State of a run's tilt series: complete when every frame is registered or has finally failed."""

import threading
from typing import Dict, Iterable, List, Mapping, NamedTuple, Sequence, Set, Tuple


class Expected(NamedTuple):
    """A series, and the names of its frames in order of acquisition."""

    ts_id: str
    frames: Tuple[str, ...]


class SeriesAssembly:
    """The series of a run and the state of their frames; safe between threads.

    Each frame that arrives costs the same, however many series are wanted.
    """

    def __init__(self, registered: Iterable[str], published: Mapping[str, int]) -> None:
        """``registered``: names of an earlier run; ``published``: tilts of series in the set."""
        self._lock = threading.Lock()
        self._registered: Set[str] = set(registered)
        self._lost: Set[str] = set()
        self._published: Dict[str, int] = dict(published)
        self._series: Dict[str, Expected] = {}
        self._with_frame: Dict[str, List[str]] = {}  # ids of series, by the name of a frame
        self._missing: Dict[str, Set[str]] = {}  # names of frames still to come, by series
        self._changed: Set[str] = set()  # complete series that may have to be published

    def expect(self, series: Sequence[Expected]) -> None:
        """Set the series that are wanted; frames that failed in this run stay failed."""
        with self._lock:
            self._series = {one.ts_id: one for one in series}
            self._with_frame = {}
            for one in self._series.values():
                for name in one.frames:
                    self._with_frame.setdefault(name, []).append(one.ts_id)
            settled = self._registered | self._lost
            self._missing = {one.ts_id: set(one.frames) - settled for one in self._series.values()}
            self._changed = {ts_id for ts_id, missing in self._missing.items() if not missing}

    def register(self, names: Iterable[str]) -> None:
        """Note that frames are in the set of movies."""
        with self._lock:
            for name in names:
                self._registered.add(name)
                self._settle(name)

    def lose(self, name: str) -> None:
        """Note that a file could not be downloaded, or is no movie."""
        with self._lock:
            self._lost.add(name)
            self._settle(name)

    def ready(self) -> List[Expected]:
        """Return complete series that the set lacks, or has with fewer tilts.

        They have the frames that are registered only.
        """
        with self._lock:
            wanted = [one for ts_id, one in self._series.items() if ts_id in self._changed]
            present = [one for one in map(self._present, wanted) if self._is_news(one)]
            self._changed = {one.ts_id for one in present}
            return present

    def known(self) -> List[Expected]:
        """Return the wanted series of the set, with the frames that are registered."""
        with self._lock:
            return [
                self._present(one) for one in self._series.values() if one.ts_id in self._published
            ]

    def publish(self, series: Iterable[Expected]) -> None:
        """Note that these series are in the set."""
        with self._lock:
            for one in series:
                self._published[one.ts_id] = len(one.frames)

    def is_published(self, ts_id: str) -> bool:
        """Return True if the set has the series, with whatever tilts."""
        with self._lock:
            return ts_id in self._published

    def waiting(self) -> Dict[str, int]:
        """Return the number of frames still to come, by series; complete series are left out."""
        with self._lock:
            return {ts_id: len(missing) for ts_id, missing in self._missing.items() if missing}

    def _settle(self, name: str) -> None:
        for ts_id in self._with_frame.get(name, ()):
            self._missing[ts_id].discard(name)
            if not self._missing[ts_id]:
                self._changed.add(ts_id)

    def _is_news(self, one: Expected) -> bool:
        return bool(one.frames) and self._published.get(one.ts_id) != len(one.frames)

    def _present(self, one: Expected) -> Expected:
        return one._replace(frames=tuple(name for name in one.frames if name in self._registered))
