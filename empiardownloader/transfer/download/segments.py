"""The missing bytes of one file, divided into segments that connections fetch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import List, Optional

from .byte_ranges import ByteRanges, Range

#: Bytes. Over lines of 1 to 10 MB/s another request is not worth its latency for less.
MIN_SEGMENT = 2 << 20


@dataclass(eq=False)
class Segment:
    """A range of a file that one connection fetches in order; ``position`` is its next byte.

    ``stop`` decreases when another connection takes the end of the range, if it ``can_shrink``.
    """

    position: int
    stop: int
    can_shrink: bool
    is_cancelled: bool = False  # its connection may end whenever and however it likes

    @property
    def remaining(self) -> int:
        """The number of bytes not yet received."""
        return self.stop - self.position


class SegmentPlan:
    """The missing bytes of one file, allocated to connections."""

    def __init__(self, size: int, received: ByteRanges) -> None:
        self.size = size
        self._received = received  # its owner adds to it
        self._running: List[Segment] = []

    @property
    def remaining(self) -> int:
        """The number of bytes not yet received."""
        return self.size - self._received.total

    @property
    def is_busy(self) -> bool:
        """Return True if a connection fetches a segment."""
        return any(segment.remaining > 0 for segment in self._running)

    @property
    def is_ending(self) -> bool:
        """Return True if a connection has not yet said that its segment ends where it should."""
        return any(not segment.is_cancelled for segment in self._running)

    def has_others(self, segment: Segment) -> bool:
        """Return True if other connections are fetching."""
        return any(other.remaining > 0 for other in self._running if other is not segment)

    def gaps(self) -> List[Range]:
        """Return the missing ranges without a connection, in order."""
        taken = ByteRanges(self._received)
        for segment in self._running:
            taken.add(segment.position, segment.stop)
        return taken.gaps(self.size)

    def shareable_bytes(self) -> int:
        """Return the largest segment that another connection could take; 0 if not worthwhile."""
        free = max((stop - start for start, stop in self.gaps()), default=0)
        longest = self._longest()
        return max(free, longest.remaining // 2 if longest else 0)

    def allocate(self, share: Optional[int], can_shrink: bool = True) -> Optional[Segment]:
        """Allocate a segment of about ``share`` bytes; ranges without a connection come first."""
        share = self.size if share is None else max(share, MIN_SEGMENT)
        segment = self._of_gaps(share, can_shrink) or self._of_running(share)
        if segment is not None:
            self._running.append(segment)
        return segment

    def release(self, segment: Segment) -> None:
        """Release a segment: its connection has stopped, and its missing bytes are free."""
        if segment in self._running:
            self._running.remove(segment)

    def owns(self, segment: Segment) -> bool:
        """Return True if a connection was given this segment of this division, and has it."""
        return any(other is segment for other in self._running)

    def cancel_others(self, segment: Optional[Segment] = None) -> None:
        """Leave nothing to fetch for all connections but one."""
        for other in self._running:
            if other is not segment:
                other.stop, other.is_cancelled = other.position, True

    def _of_gaps(self, share: int, can_shrink: bool) -> Optional[Segment]:
        for start, stop in self.gaps():
            # A rest that nobody would ask for by itself goes with this part.
            end = start + share if stop - start - share >= MIN_SEGMENT else stop
            return Segment(start, end, can_shrink)
        return None

    def _of_running(self, share: int) -> Optional[Segment]:
        longest = self._longest()
        if longest is None:
            return None
        stop = longest.stop
        longest.stop -= min(share, longest.remaining // 2)
        return Segment(longest.stop, stop, can_shrink=True)

    def _longest(self) -> Optional[Segment]:
        """Return the segment with most missing bytes, if it is worth dividing."""
        parts = [part for part in self._running if part.can_shrink]
        longest = max(parts, key=lambda part: part.remaining, default=None)
        is_worth_it = longest is not None and longest.remaining >= 2 * MIN_SEGMENT
        return longest if is_worth_it else None
