"""Which bytes of a file have come, and how connections share the rest: no file, no thread here."""

from __future__ import annotations

import bisect
import re
import zlib
from typing import Iterable, Iterator, List, Optional, Tuple

Range = Tuple[int, int]  # first byte, and the one after the last

_MAP = re.compile(rb"synced(?P<ranges>(?: \d+-\d+)*) (?P<check>[0-9a-f]{8})\n")


class Ranges:
    """A set of bytes, kept as ranges in order and apart from each other."""

    def __init__(self, ranges: Iterable[Range] = ()) -> None:
        self._starts: List[int] = []
        self._stops: List[int] = []
        for start, stop in ranges:
            self.add(start, stop)

    def __iter__(self) -> Iterator[Range]:
        return iter(list(zip(self._starts, self._stops)))

    def __repr__(self) -> str:
        return f"Ranges({list(self)})"

    @property
    def total(self) -> int:
        """How many bytes."""
        return sum(self._stops) - sum(self._starts)

    def add(self, start: int, stop: int) -> None:
        """Add the bytes from ``start`` up to ``stop``."""
        if start >= stop:
            return
        first = bisect.bisect_left(self._stops, start)  # the first that touches
        after = bisect.bisect_right(self._starts, stop)
        if first < after:
            start = min(start, self._starts[first])
            stop = max(stop, self._stops[after - 1])
        self._starts[first:after] = [start]
        self._stops[first:after] = [stop]

    def cut(self, stop: int) -> None:
        """Forget the bytes from ``stop`` on."""
        kept = [(first, min(after, stop)) for first, after in self if first < stop]
        self._starts, self._stops = [list(edge) for edge in zip(*kept)] if kept else ([], [])

    def gaps(self, size: int) -> List[Range]:
        """What is missing of a file of this size, in order."""
        edges = zip([0, *self._stops], [*self._starts, size])
        return [(stop, start) for stop, start in edges if stop < start]

    def beginning(self) -> int:
        """How many bytes there are before the first gap."""
        return self._stops[0] if self._starts[:1] == [0] else 0

    def to_map(self, longest: int) -> bytes:
        """A line that tells the ranges, no longer than ``longest``; where needed, fewer of them.

        What it leaves out is fetched again: it may say too little, and never too much.
        """
        told = list(self)
        while True:
            line = b"synced" + b"".join(b" %d-%d" % span for span in told)
            line += b" %08x\n" % zlib.crc32(line)
            if len(line) <= longest:
                return line
            told.pop()

    @classmethod
    def from_map(cls, text: bytes) -> Optional[Ranges]:
        """The ranges that the first line of a text tells; None where it is no such line."""
        found = _MAP.match(text)
        if found is None or zlib.crc32(found.group()[:-10]) != int(found["check"], 16):
            return None
        pairs = (pair.split(b"-") for pair in found["ranges"].split())
        return cls((int(start), int(stop)) for start, stop in pairs)
