"""Receives one segment of a file that several connections may fetch."""

from __future__ import annotations

from typing import Protocol

from ..base import Sink
from .segments import Segment


class SharedFile(Protocol):
    """A file that several connections fetch; each call is a :class:`Sink`'s for one segment."""

    def compare(self, segment: Segment, offset: int, block: memoryview) -> None: ...

    def write(self, segment: Segment, block: memoryview) -> None: ...

    def restart(self, segment: Segment) -> None: ...

    def changed(self, segment: Segment) -> None: ...


class SegmentSink(Sink):
    """Compares the first ``overlap`` bytes with the received ones, and adds those that follow."""

    def __init__(self, file: SharedFile, segment: Segment, overlap: int) -> None:
        self._file = file
        self._segment = segment
        self._overlap = overlap

    @property
    def is_full(self) -> bool:  # type: ignore[override]
        """Return True if other connections fetch the rest by now."""
        return self._segment.remaining <= 0

    def write(self, block: memoryview) -> None:
        """Compare or write a block."""
        if self._overlap:
            known = block[: self._overlap]
            self._file.compare(self._segment, self._segment.position - self._overlap, known)
            self._overlap -= len(known)
            block = block[len(known) :]
        if len(block):
            self._file.write(self._segment, block)

    def restart(self) -> None:
        """Start the file again."""
        self._overlap = 0
        self._file.restart(self._segment)

    def changed(self) -> None:
        """Drop the received bytes, which are of another file."""
        self._file.changed(self._segment)
