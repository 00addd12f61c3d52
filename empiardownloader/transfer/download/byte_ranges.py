"""Received byte ranges of a file, without file and threads."""

from __future__ import annotations

import bisect
import re
import zlib
from typing import Iterable, Iterator, List, Optional, Tuple

Range = Tuple[int, int]  # first byte, and the one after the last

_MAP = re.compile(rb"synced(?P<ranges>(?: \d+-\d+)*) (?P<check>[0-9a-f]{8})\n")


class ByteRanges:
    """A set of bytes, stored as ordered ranges with gaps between them."""

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
        """The number of bytes."""
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

    def truncate(self, stop: int) -> None:
        """Remove the bytes from ``stop`` on."""
        kept = [(first, min(after, stop)) for first, after in self if first < stop]
        self._starts, self._stops = [list(edge) for edge in zip(*kept)] if kept else ([], [])

    def gaps(self, size: int) -> List[Range]:
        """Return the missing ranges of a file of this size, in order."""
        edges = zip([0, *self._stops], [*self._starts, size])
        return [(stop, start) for stop, start in edges if stop < start]

    def contiguous_prefix(self) -> int:
        """Return the number of bytes before the first gap."""
        return self._stops[0] if self._starts[:1] == [0] else 0

    def encode(self, longest: int) -> bytes:
        """Return the ranges as a line of at most ``longest`` characters, dropping some if needed.

        Dropped ranges are fetched again: the line may say too little, never too much.
        """
        told = list(self)
        while True:
            line = b"synced" + b"".join(b" %d-%d" % span for span in told)
            line += b" %08x\n" % zlib.crc32(line)
            if len(line) <= longest:
                return line
            told.pop()

    @classmethod
    def decode(cls, text: bytes) -> Optional[ByteRanges]:
        """Return the ranges in the first line of a text, or None if it is no such line."""
        found = _MAP.match(text)
        if found is None or zlib.crc32(found.group()[:-10]) != int(found["check"], 16):
            return None
        pairs = (pair.split(b"-") for pair in found["ranges"].split())
        return cls((int(start), int(stop)) for start, stop in pairs)
