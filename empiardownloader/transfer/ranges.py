"""Which bytes of a file have come, and how connections share the rest: no file, no thread here."""

from __future__ import annotations

import bisect
import re
import zlib
from dataclasses import dataclass
from typing import Iterable, Iterator, List, Optional, Tuple

#: Bytes. Over lines of 1 to 10 MB/s another request is not worth its latency for less.
SMALLEST = 2 << 20

Range = Tuple[int, int]  # first byte, and the one after the last

_MAP = re.compile(rb"came(?P<ranges>(?: \d+-\d+)*) (?P<check>[0-9a-f]{8})\n")


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
            line = b"came" + b"".join(b" %d-%d" % span for span in told)
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


@dataclass(eq=False)
class Segment:
    """A part of a file that one connection brings, in order; ``at`` is its next byte.

    ``stop`` comes nearer when another connection takes the end of it, if it ``can_shrink``.
    """

    at: int
    stop: int
    can_shrink: bool

    @property
    def left(self) -> int:
        """Bytes that have not come."""
        return self.stop - self.at


class Division:
    """The missing bytes of one file, dealt out to connections."""

    def __init__(self, size: int, come: Ranges) -> None:
        self.size = size
        self._come = come  # its owner adds to it
        self._running: List[Segment] = []

    @property
    def left(self) -> int:
        """Bytes that have not come."""
        return self.size - self._come.total

    @property
    def is_busy(self) -> bool:
        """Whether a connection brings something."""
        return any(segment.left > 0 for segment in self._running)

    @property
    def is_shared(self) -> bool:
        """Whether several connections bring something."""
        return sum(segment.left > 0 for segment in self._running) > 1

    def free(self) -> List[Range]:
        """What is missing and nobody brings, in order."""
        taken = Ranges(self._come)
        for segment in self._running:
            taken.add(segment.at, segment.stop)
        return taken.gaps(self.size)

    def most(self) -> int:
        """Bytes that another connection would find at most; 0 when it is not worth the while."""
        free = max((stop - start for start, stop in self.free()), default=0)
        longest = self._longest()
        return max(free, longest.left // 2 if longest else 0)

    def take(self, share: Optional[int], can_shrink: bool = True) -> Optional[Segment]:
        """A part of about ``share`` bytes, or as it lies; what nobody brings is taken first."""
        share = self.size if share is None else max(share, SMALLEST)
        segment = self._of_free(share, can_shrink) or self._of_running(share)
        if segment is not None:
            self._running.append(segment)
        return segment

    def end(self, segment: Segment) -> None:
        """Its connection has stopped: what is left of it is free."""
        if segment in self._running:
            self._running.remove(segment)

    def stop_others(self, segment: Optional[Segment] = None) -> None:
        """Leave nothing to bring to all connections but one."""
        for other in self._running:
            if other is not segment:
                other.stop = other.at

    def _of_free(self, share: int, can_shrink: bool) -> Optional[Segment]:
        for start, stop in self.free():
            # A rest that nobody would ask for by itself goes with this part.
            end = start + share if stop - start - share >= SMALLEST else stop
            return Segment(start, end, can_shrink)
        return None

    def _of_running(self, share: int) -> Optional[Segment]:
        longest = self._longest()
        if longest is None:
            return None
        stop = longest.stop
        longest.stop -= min(share, longest.left // 2)
        return Segment(longest.stop, stop, can_shrink=True)

    def _longest(self) -> Optional[Segment]:
        """The part with most left to come, if it is worth dividing."""
        parts = [part for part in self._running if part.can_shrink and part.left >= 2 * SMALLEST]
        return max(parts, key=lambda part: part.left) if parts else None
