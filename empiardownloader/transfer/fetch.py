"""One file on its way: the part that has come, the size that is expected, one try at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from .errors import ConnectionCut, SizeMismatch
from .parts import PartFile
from .progress import Progress
from .transport import Transport

logger = logging.getLogger(__name__)

_SIZE_CHANGES = 3  # a file that is replaced more often under our hands is given up


@dataclass(frozen=True)
class Wanted:
    """A file to fetch: its path on the server, its size in bytes (None: ask), its local name."""

    path: str
    size: Optional[int]
    name: str


class FileFetch:
    """Brings one file, in as many tries as it takes, from the last byte that is here."""

    def __init__(
        self,
        wanted: Wanted,
        final: Path,
        part_folder: Path,
        progress: Progress,
        check: Callable[[], None],
    ) -> None:
        self.wanted = wanted
        self._final = final
        self._part_folder = part_folder
        self._progress = progress
        self._check = check
        self._size = wanted.size
        self._part: Optional[PartFile] = None
        self._furthest = 0
        self._size_changes = 0

    def attempt(self, transport: Transport) -> None:
        """One try; returns when the file is whole and in its place."""
        part = self._open_part(transport)
        try:
            # What is here is the file's beginning only while the server's file is still the same.
            if part.length:
                part = self._confirm_size(transport)
            if part.length < part.size:
                transport.fetch(self.wanted.path, part, part.length, part.size)
        except SizeMismatch as error:
            self._settle(transport, error)
        finally:
            part.close()
        part.publish(self._final)

    def advanced(self) -> bool:
        """Whether the last try came further than any before; a restarted file must catch up."""
        length = self._part.length if self._part else 0
        further = length > self._furthest
        self._furthest = max(self._furthest, length)
        return further

    def _open_part(self, transport: Transport) -> PartFile:
        if self._size is None:
            self._size = transport.size_of(self.wanted.path)
            self._progress.corrected(self._size)
        if self._part is None:
            self._part = PartFile(self._part_folder, self.wanted.name, self._size, self._moved)
            self._progress.present(self._part.length)
            self._furthest = self._part.length
        return self._part

    def _confirm_size(self, transport: Transport) -> PartFile:
        remote = transport.size_of(self.wanted.path)
        if remote != self._size:
            self._change_size(remote)
        return self._open_part(transport)

    def _settle(self, transport: Transport, error: SizeMismatch) -> None:
        """The file ended elsewhere than listed: believe the server's SIZE, and try again."""
        remote = transport.size_of(self.wanted.path)
        if remote != self._size:
            self._change_size(remote)
        raise ConnectionCut(str(error)) from error

    def _change_size(self, remote: int) -> None:
        self._size_changes += 1
        if self._size_changes > _SIZE_CHANGES:
            raise SizeMismatch(
                f"{self.wanted.path}: its size changes all the time; somebody is writing it, "
                "continue the run later"
            )
        logger.warning(
            "%s: %d bytes now, %s in the list; begun again", self.wanted.name, remote, self._size
        )
        if self._part is not None:
            self._part.restart()
            self._part = None
        self._progress.corrected(remote - (self._size or 0))
        self._size = remote

    def _moved(self, count: int) -> None:
        self._progress.moved(count)
        self._check()
