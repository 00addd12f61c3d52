"""From one connection into its segment of a file that several may bring."""

from __future__ import annotations

from typing import Protocol

from ..base import Block, Sink
from .segments import Segment


class SharedFile(Protocol):
    """What several connections bring; each call is that of a :class:`Sink` for one segment."""

    def write(self, segment: Segment, block: Block) -> None: ...

    def dated(self, segment: Segment, modified: float) -> None: ...

    def restart(self, segment: Segment) -> None: ...


class SegmentSink(Sink):
    """Takes what one connection brings."""

    takes_pipes = True

    def __init__(self, file: SharedFile, segment: Segment) -> None:
        self._file = file
        self._segment = segment

    @property
    def is_full(self) -> bool:  # type: ignore[override]
        """Whether others bring the rest by now."""
        return self._segment.left <= 0

    def write(self, block: Block) -> None:
        """Write it to the part."""
        self._file.write(self._segment, block)

    def dated(self, modified: float) -> None:
        """Compare the date with the beginning of what is here."""
        self._file.dated(self._segment, modified)

    def restart(self) -> None:
        """Begin the file again."""
        self._file.restart(self._segment)
