"""One file on its way: the size that is expected, what has come, one try at a time."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Callable

from .errors import ConnectionCut, SizeMismatch
from .parts import PartFile
from .placement import Placement, Wanted
from .progress import Progress
from .transport import Transport

logger = logging.getLogger(__name__)

_SIZE_CHANGES = 3  # a file that is replaced more often under our hands is given up


class FileFetch:
    """Brings one file, in as many tries as it takes, from the last byte that is here."""

    def __init__(
        self,
        wanted: Wanted,
        placement: Placement,
        part_folder: Path,
        progress: Progress,
        check: Callable[[], None],
    ) -> None:
        self.wanted = wanted
        self._placement = placement
        self._part_folder = part_folder
        self._progress = progress
        self._check = check
        self._size = wanted.size
        self._counted = 0  # bytes of this file that the progress knows of
        self._furthest = 0
        self._advanced = False
        self._size_changes = 0

    def attempt(self, transport: Transport) -> None:
        """One try; returns when the file is whole and in its place."""
        if self._size is None:
            self._size = transport.size_of(self.wanted.path)
            self._progress.corrected(self._size)
        with contextlib.closing(self._open_part(self._size)) as part:
            if not part.length and self._placement.is_here(self.wanted):
                part.discard()  # another run has brought it meanwhile
                return
            try:
                self._complete(part, transport)
            finally:
                self._advanced = part.length > self._furthest
                self._furthest = max(self._furthest, part.length)
            self._placement.place(part.path, self.wanted)

    def advanced(self) -> bool:
        """Whether the last try came further than any before; a restarted file must catch up."""
        advanced, self._advanced = self._advanced, False
        return advanced

    def _open_part(self, size: int) -> PartFile:
        part = PartFile(self._part_folder, self.wanted.name, size, self._moved)
        self._progress.present(part.length - self._counted)
        self._counted = part.length
        self._furthest = max(self._furthest, part.length)
        return part

    def _complete(self, part: PartFile, transport: Transport) -> None:
        # What is here is the file's beginning only while the server's file is still the same.
        if part.length:
            self._check_size(part, transport)
        try:
            if part.length < part.size:
                transport.fetch(self.wanted.path, part, part.length, part.size)
        except SizeMismatch as error:
            # It ended elsewhere than listed: believe the server's word, and try again.
            self._check_size(part, transport)
            raise ConnectionCut(str(error)) from error

    def _check_size(self, part: PartFile, transport: Transport) -> None:
        remote = transport.size_of(self.wanted.path)
        if remote == part.size:
            return
        self._size_changes += 1
        if self._size_changes > _SIZE_CHANGES:
            raise SizeMismatch(
                f"{self.wanted.path}: its size changes all the time; somebody is writing it, "
                "continue the run later"
            )
        part.restart()
        part.discard()
        self._progress.corrected(remote - part.size)
        self._size = remote
        raise _SizeChanged(
            f"{self.wanted.name}: {remote} bytes now, {part.size} in the list; begun again"
        )

    def _moved(self, count: int) -> None:
        self._counted += count
        self._progress.moved(count)
        self._check()


class _SizeChanged(ConnectionCut):
    """Not the line's fault, and cured by the next try."""
