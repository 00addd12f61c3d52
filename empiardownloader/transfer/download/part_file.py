"""The local end: a part that fills up, and the file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import functools
import os
import time
from pathlib import Path

from ...disk.errors import local
from ...disk.locks import lock
from ...net.errors import HeldElsewhere
from ..base import Block
from ..splice import Piped
from .byte_ranges import Ranges

_PAGE = 4096  # bytes
_LINE = 2000  # bytes; two and the name of the system fit into a page
_SAVE_EVERY = 5.0  # seconds


class PartFile:
    """What has come of one file, kept in the part folder and resumed from there.

    The listed size is part of its name: a part of a file that has since been replaced by one of
    another size is not taken for its beginning. An open part has one writer, also among processes
    that share the folder; HeldElsewhere where another one has it.

    While the file comes in order, the part's length says how much is here. Once a byte comes
    before those ahead of it, a map lies behind the file's last byte: a part that is longer than
    its file has one. It is written after each block, so that it holds after a kill; what it says
    was brought to the disk itself, now and then, holds after a power cut or on another machine.
    """

    def __init__(self, folder: Path, name: str, size: int) -> None:
        self.path = folder / f"{name}.{size}.part"
        self.size = size
        self._map_at = -(-size // _PAGE) * _PAGE  # within one page, it is written whole or not
        with local(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = _open_alone(self.path)
            state = os.fstat(self._file)
            length = state.st_size
            self.written_at = state.st_mtime  # before this process writes to it
            self._has_map = length > size
            self.come = self._read_map() if self._has_map else Ranges([(0, length)])
            self._safe = Ranges()  # of what has come, what a power cut leaves
            self._saved_at = time.monotonic()

    def write(self, offset: int, block: Block) -> int:
        """Write what fits of a block, and tell how much; NoSpace when the disk is full."""
        with local(self.path.parent):
            if not self._has_map and offset != self.come.total:
                self._begin_map()
            if isinstance(block, Piped):
                count = block.move(self._file, offset)
            else:
                count = os.pwrite(self._file, block, offset)
            self.come.add(offset, offset + count)
            if self._has_map:
                self._write_map()
        return count

    def keep_beginning(self) -> None:
        """Forget what came beyond the first gap, for servers that send files in order only."""
        if self._has_map:
            self._cut_to(self.come.beginning())

    def restart(self) -> None:
        """Empty the part."""
        self._cut_to(0)

    def finish(self) -> None:
        """All has come: leave nothing but the file."""
        if self._has_map:
            with local(self.path.parent):
                self._save()
            self._cut_to(self.size)

    def discard(self) -> None:
        """Remove the part: it is not needed any more."""
        with local(self.path.parent):
            self.path.unlink()

    def close(self) -> None:
        """Let go of the file; the part stays."""
        if self._has_map:
            with contextlib.suppress(OSError):  # then the map says less
                self._save()
                self._write_map()
        os.close(self._file)

    def _cut_to(self, length: int) -> None:
        with local(self.path.parent):
            os.truncate(self._file, length)
        self.come.cut(length)
        self._safe.cut(length)
        self._has_map = False

    def _read_map(self) -> Ranges:
        came, safe, system = (os.pread(self._file, _PAGE, self._map_at) + b"\n\n").split(b"\n")[:3]
        line = came if system == _running_system() else safe
        come = Ranges.from_map(line + b"\n")
        if come is None or any(stop > self.size for _, stop in come):
            return Ranges()
        return come

    def _begin_map(self) -> None:
        try:
            self._write_map()
        except OSError:
            os.truncate(self._file, self.come.total)
            raise
        self._has_map = True

    def _write_map(self) -> None:
        if time.monotonic() - self._saved_at > _SAVE_EVERY:
            self._save()
        lines = self.come.to_map(_LINE) + self._safe.to_map(_LINE) + _running_system() + b"\n"
        os.pwrite(self._file, lines, self._map_at)

    def _save(self) -> None:
        os.fsync(self._file)
        self._safe = Ranges(self.come)
        self._saved_at = time.monotonic()


@functools.lru_cache(maxsize=None)
def _running_system() -> bytes:
    """What differs after each start of a machine; nothing where the system does not tell."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    except OSError:
        return b""


def _open_alone(path: Path) -> int:
    """Open a part with a lock that ends with the process."""
    while True:
        # Unbuffered: a block goes from the socket's buffer to the kernel, with no copy.
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            lock(file)
            if _is_still(path, file):
                return file
        except BlockingIOError:
            os.close(file)
            raise HeldElsewhere(f"{path.name}: another run is fetching it") from None
        os.close(file)


def _is_still(path: Path, file: int) -> bool:
    # Between opening and locking, its last writer may have moved it to its place.
    try:
        return os.path.samestat(os.stat(path), os.fstat(file))
    except FileNotFoundError:
        return False


