"""Decides the dimensions and the number of frames of a set of movies.

The first movie to arrive may be an odd one. So the first three movies of the list decide, and the
order of arrival never changes the result.
"""

import itertools
import threading
from collections import Counter
from typing import Dict, Iterable, List, Mapping, NamedTuple, Optional, Sequence, Set

_DECIDING = 3  # movies at the beginning of the list
_HOPELESS = 10  # files at the beginning of the list, none of them a movie
_NAMED = 3  # movies of a line in the summary, and lines of movies with one number of frames
_LAST_TRIES = 20  # files in a row at the end of the list, none of them a movie


class Shape(NamedTuple):
    """Width and height in pixels, and the number of frames."""

    width: int
    height: int
    frames: int

    def __str__(self) -> str:
        frames = f" and {self.frames} frames" if self.frames > 1 else ""
        return f"{self.width} x {self.height} pixels{frames}"


class SetShape:
    """The shapes of the movies of a list, and the shape of their set; thread-safe.

    Movies that were not downloaded are ignored; files that are no movies will be replaced.
    """

    def __init__(self, noun: str = "movie") -> None:
        self._noun = noun
        self._declared: Sequence[Optional[int]] = ()
        self._lock = threading.Lock()
        self._list: List[str] = []
        self._shapes: Dict[str, Shape] = {}
        self._excluded: Set[str] = set()
        self._missing: Set[str] = set()
        self._decided: Optional[Shape] = None

    @property
    def decided(self) -> Optional[Shape]:
        """The shape of the set; None before the first movies of the list have arrived."""
        with self._lock:
            if self._decided is None:
                self._decided = self._decide(wait=True)
            return self._decided

    def decide_now(self) -> Optional[Shape]:
        """Decide with the movies that have arrived, because no more will; None without any."""
        with self._lock:
            if self._decided is None:
                self._decided = self._decide(wait=False)
            return self._decided

    def settle(self, shape: Shape) -> None:
        """Set the shape of an existing set."""
        with self._lock:
            self._decided = shape

    def declare(self, declared: Sequence[Optional[int]]) -> None:
        """Set the declared width, height and frames of the movies; None for unknown values.

        They decide between equally common shapes.
        """
        self._declared = declared

    def expect(self, names: Iterable[str]) -> None:
        """Set the list: the names of its movies in order."""
        with self._lock:
            self._list = list(names)

    def add(self, name: str, shape: Shape) -> None:
        """Record the shape of a movie."""
        with self._lock:
            self._shapes[name] = shape
            self._excluded.discard(name)
            self._missing.discard(name)

    def exclude(self, name: str) -> None:
        """Record that a file is no movie."""
        with self._lock:
            self._excluded.add(name)

    def miss(self, name: str) -> None:
        """Record that a movie was not downloaded."""
        with self._lock:
            self._missing.add(name)

    def shape_of(self, name: str) -> Optional[Shape]:
        """Return the shape of a movie, None if it is unknown."""
        with self._lock:
            return self._shapes.get(name)

    def misfit(self, shape: Shape) -> str:
        """Return why a movie of this shape cannot be in the set, '' if it can."""
        return self._misfit(shape, self.decided)

    def misfit_of(self, name: str) -> str:
        """Return why a movie with a known shape cannot be in the set, '' if it can."""
        with self._lock:
            shape = self._shapes.get(name)
        return self.misfit(shape) if shape is not None else ""

    def excluded_count(self) -> int:
        """Return the number of files of the list that cannot be in the set as it will be described.

        Where the first three movies turn out to be the odd ones, those are excluded in the end.
        """
        of_set = self.of_the_many()
        with self._lock:
            return sum(self._is_unfit(name, of_set) for name in self._list)

    @property
    def is_hopeless(self) -> bool:
        """True if the first ten files of the list have arrived and none can be in the set."""
        return self._unfit(slice(_HOPELESS), _HOPELESS, self.decided)

    @property
    def has_run_dry(self) -> bool:
        """True if none of the last twenty files of the list can be in the set."""
        return self._unfit(slice(-_LAST_TRIES, None), _LAST_TRIES, self.of_the_many())

    def _unfit(self, part: slice, count: int, of_set: Optional[Shape]) -> bool:
        with self._lock:
            names = self._list[part]
            return len(names) >= count and all(self._is_unfit(name, of_set) for name in names)

    def _is_unfit(self, name: str, of_set: Optional[Shape]) -> bool:
        if name in self._excluded:
            return True
        shape = self._shapes.get(name)
        return shape is not None and bool(self._misfit(shape, of_set))

    def of_the_many(self) -> Optional[Shape]:
        """Return the commonest shape of all movies, if they outnumber those that fit the set.

        Otherwise the set's own: frame counts of EER movies vary a little, and each may be rare.
        """
        decided = self.decided
        with self._lock:
            counts = Counter(self._shapes.values())
            most = max(counts.values(), default=0)
            equals = [shape for shape in self._shapes.values() if counts[shape] == most]
            commonest = self._preferred(equals)
            if commonest is None or not self._is_outnumbered(decided, commonest, counts):
                return decided
            return commonest

    def _is_outnumbered(
        self, decided: Optional[Shape], commonest: Shape, counts: Mapping[Shape, int]
    ) -> bool:
        def fitting(of_set: Shape) -> int:
            return sum(n for shape, n in counts.items() if not self._misfit(shape, of_set))

        if decided is None:
            return True
        if counts[commonest] == counts.get(decided):
            return False
        is_majority = 2 * counts[commonest] > sum(counts.values())
        return is_majority or fitting(commonest) > fitting(decided)

    def other_frames(self) -> Dict[int, List[str]]:
        """Return the names of fitting movies with other frame counts than the set's, by count."""
        decided = self.decided
        others: Dict[int, List[str]] = {}
        if decided is None:
            return others
        with self._lock:
            for name in self._in_order():
                shape = self._shapes[name]
                if shape.frames != decided.frames and not self._misfit(shape, decided):
                    others.setdefault(shape.frames, []).append(name)
        return dict(sorted(others.items()))

    def lines(self) -> List[str]:
        """Return sentences about movies with other frame counts than the set's."""
        decided = self.decided
        others = self.other_frames()
        of_set = f"frames, the set has {decided.frames if decided else 0}"
        if len(others) > _NAMED:
            names = list(itertools.chain.from_iterable(others.values()))
            counts = f"{min(others)} to {max(others)}"
            return [f"{len(names)} {self._noun}s have {counts} {of_set}: {_some(names)}"]
        return [
            f"{len(names)} {self._noun}{' has' if len(names) == 1 else 's have'} {frames} "
            f"{of_set}: {_some(names)}"
            for frames, names in others.items()
        ]

    def _in_order(self) -> List[str]:
        """Return the movies with a known shape: first the list's, then those of an earlier run."""
        listed = [name for name in self._list if name in self._shapes]
        return [*listed, *sorted(set(self._shapes).difference(listed))]

    def _decide(self, wait: bool) -> Optional[Shape]:
        deciding: List[Shape] = []
        # Movies of an earlier run may be here, and not in a list of this one yet.
        unlisted = [] if wait else sorted(set(self._shapes) - set(self._list))
        for name in [*self._list, *unlisted]:
            if name in self._shapes:
                deciding.append(self._shapes[name])
            elif wait and name not in self._excluded and name not in self._missing:
                return None
            if len(deciding) == _DECIDING:
                break
        else:
            if not self._list and wait:
                return None
        counts = Counter(deciding)
        most = max(counts.values(), default=0)
        return self._preferred([shape for shape in deciding if counts[shape] == most])

    def _preferred(self, equals: List[Shape]) -> Optional[Shape]:
        """Return the shape that agrees best with the declared one, else the first."""
        def agreement(shape: Shape) -> int:
            return sum(said == found for said, found in zip(self._declared, shape))

        return max(equals, key=agreement, default=None)

    def _misfit(self, shape: Shape, of_set: Optional[Shape]) -> str:
        if of_set is None:
            return ""
        others = f"the {self._noun}s of the set have"
        if shape[:2] != of_set[:2]:
            return (f"it has {shape.width} x {shape.height} pixels, {others} "
                    f"{of_set.width} x {of_set.height}")
        # Motion correction believes the set's number of frames: what is far from it is no movie of
        # the set.
        if not of_set.frames <= 2 * shape.frames <= 4 * of_set.frames:
            return f"it has {shape.frames} frames, {others} {of_set.frames}"
        return ""


def _some(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
