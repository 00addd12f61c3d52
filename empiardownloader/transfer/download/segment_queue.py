"""What there is to do: files that wait, and files under way that another connection could help."""

from __future__ import annotations

import threading
from collections import deque
from typing import Callable, Deque, Iterable, List, Optional, Tuple

from .file_download import FileFetch
from .request import Wanted

_LOOK_AGAIN = 0.2  # seconds between two looks whether the caller wants the end


class WorkList:
    """Shared by all threads, which wait here for something to do.

    Files are begun in their order, each by one thread. Only when none is left to begin do idle
    ones take parts of those under way. ``may_begin`` and ``may_help`` are the caller's word.
    """

    def __init__(
        self,
        may_begin: Callable[[], bool],
        may_help: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._may_begin = may_begin
        self._may_help = may_help
        self._clock = clock
        self._is_open = False
        self._held: Deque[Tuple[float, FileFetch]] = deque()  # and when to look at them again
        self._waiting: Deque[Wanted] = deque()
        self._put_back: Deque[FileFetch] = deque()
        self._under_way: List[FileFetch] = []
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """How many files are not begun."""
        return len(self._waiting) + len(self._put_back)

    def add(self, wanted: Iterable[Wanted]) -> None:
        """More files to begin."""
        files = list(wanted)
        with self._changed:
            self._waiting.extend(files)
            self._changed.notify_all()

    def open(self, is_open: bool) -> None:
        """Say whether more files may be added while the last ones are under way."""
        with self._changed:
            self._is_open = is_open
            self._changed.notify_all()

    def listed_bytes(self) -> int:
        """The bytes of the files that wait, as far as the list tells them."""
        return sum(wanted.size or 0 for wanted in self._waiting)

    def bytes_to_come(self) -> int:
        """What is missing of all files, as far as is known."""
        with self._changed:
            begun = [*self._under_way, *self._put_back, *(fetch for _, fetch in self._held)]
            return self.listed_bytes() + sum(fetch.left() for fetch in begun)

    def under_way(self) -> List[FileFetch]:
        """The files under way."""
        with self._changed:
            return list(self._under_way)

    def begin(self, begin: Callable[[Wanted], FileFetch]) -> Optional[FileFetch]:
        """The next file, made ready by ``begin`` unless it was under way before; None without."""
        with self._changed:
            if not self._can_begin():
                return None
            if self._put_back:
                fetch = self._put_back.popleft()
            elif self._waiting:
                fetch = begin(self._waiting.popleft())
            else:
                fetch = self._held.popleft()[1]
            self._under_way.append(fetch)
            return fetch

    def put_back(self, fetch: FileFetch) -> None:
        """A file under way is to be begun again by whoever is next."""
        with self._changed:
            self._under_way.remove(fetch)
            self._put_back.append(fetch)
            self._changed.notify_all()

    def put_off(self, fetch: FileFetch, seconds: float) -> None:
        """A file under way is to be begun again after some seconds and after those that wait."""
        with self._changed:
            self._under_way.remove(fetch)
            self._held.append((self._clock() + seconds, fetch))
            self._changed.notify_all()

    def end(self, fetch: FileFetch) -> None:
        """A file is in its place, or will not come."""
        with self._changed:
            self._under_way.remove(fetch)
            self._changed.notify_all()

    def to_help(self) -> Optional[FileFetch]:
        """The file under way of which most can be taken."""
        with self._changed:
            return self._to_help()

    def bytes_left(self) -> int:
        """What is missing of the files under way."""
        with self._changed:
            return sum(fetch.left() for fetch in self._under_way)

    def share(self, connections: int) -> Optional[int]:
        """How much each connection should bring of what is under way.

        None for a whole file: while more wait, each connection has one of its own.
        """
        with self._changed:
            idle = connections - len(self)
            if len(self) and len(self._under_way) >= idle:
                return None
            return -(-self.bytes_left() // idle)

    def is_something(self) -> bool:
        """Whether there is a file to begin or to help with."""
        with self._changed:
            return self._is_something()

    def wait(self) -> bool:
        """Wait until there is something to do; False when nothing can come any more."""
        with self._changed:
            while not self._is_something():
                more = (self._is_open or self._held) and self._may_begin()
                if not self._under_way and not more:
                    return False
                self._changed.wait(_LOOK_AGAIN)
            return True

    def look_again(self) -> None:
        """Something changed: wake who waits."""
        with self._changed:
            self._changed.notify_all()

    def _is_something(self) -> bool:
        return self._can_begin() or self._to_help() is not None

    def _can_begin(self) -> bool:
        is_due = bool(self._held) and self._clock() >= self._held[0][0]
        return (len(self) > 0 or is_due) and self._may_begin()

    def _to_help(self) -> Optional[FileFetch]:
        if self._can_begin() or not self._may_help():
            return None
        best = max(self._under_way, key=FileFetch.most_to_take, default=None)
        return best if best is not None and best.most_to_take() else None
