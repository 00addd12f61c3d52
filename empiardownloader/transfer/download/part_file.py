"""The local end: a part that fills up, and says what of it a power cut leaves."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from pathlib import Path
from typing import Callable, Dict, Optional

from ...disk.atomic import start_writeback
from ...disk.errors import map_disk_errors
from ...disk.locks import open_locked
from ...net.errors import PartLocked
from .byte_ranges import ByteRanges

#: An fsync of a part follows after so many bytes or seconds, whichever is first (on ext4 one each
#: 64 MiB took a fifth more time of 1 GB/s).
SYNC_BYTES = 256 << 20
SYNC_SECONDS = 5.0
#: No more than this, of a slow line, costs little: it is brought to the disk after 0.25, 0.5, 1 and
#: 2 s, too, so that also runs that are killed every few seconds get on.
LITTLE = 4 << 20
FIRST_SYNC_SECONDS = 0.25
#: The system is asked to begin writing after so many: the fsync at the end then finds little to do.
#: Not where they came in less time: the disk would fall behind, and its copying take the memory's
#: time from the transfer's (ext4, 900 MB/s: a fifth more CPU).
WRITEBACK_BYTES = 16 << 20
WRITEBACK_SECONDS = 0.16
#: Bytes of one call. For a longer one ext4 and XFS (Linux 6.18) take memory in pieces of 2 MiB.
#: Where free memory is in fragments, the kernel has to make these: half as much CPU again.
PIECE = 1 << 20
#: Files up to this size are brought to the disk once, when they are published, and not when they
#: are sealed: among thousands of them each fsync counts, and so few bytes are soon fetched again.
SMALL = 1 << 20

_PAGE = 4096  # bytes
_LINE = 4000  # bytes of the map, which fits into a page


class PartFile:
    """The received bytes of one file, kept in the part folder and resumed from there.

    ``stem`` names the file and its identity; the size is part of the name, too. An open part has
    one writer, also among processes that share the folder: PartLocked where another one has it.

    Behind the file's last byte lies a map of the ranges that were brought to the disk with fsync.
    Only these are trusted when a part is opened: of other bytes a power cut may have left zeros.
    A part as long as its file was sealed, and is trusted unless it is small; a shorter one is of an
    older version and not trusted.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = folder / f"{stem}.{size}.part"
        self.size = size
        self._clock = clock
        self._map_at = -(-size // _PAGE) * _PAGE  # within one page, it is written whole or not
        with map_disk_errors(folder), contextlib.ExitStack() as on_error:
            self._lock = _open_alone(self.path)
            on_error.callback(os.close, self._lock)
            self._file = os.open(self.path, os.O_RDWR | os.O_NOFOLLOW)
            on_error.callback(os.close, self._file)
            self.received = self._trusted()
            self._synced = ByteRanges(self.received)
            self._is_sealed = False
            self._write_map()
            on_error.pop_all()
        self._unsynced = 0
        self._synced_at = self._writeback_at = self._clock()
        self._interval = FIRST_SYNC_SECONDS

    def write(self, offset: int, block: memoryview) -> int:
        """Write a block, or as much as the system takes of it, and return the count of bytes."""
        with map_disk_errors(self.path.parent):
            count = self._write_pieces(offset, block)
            self.received.add(offset, offset + count)
            self._unsynced += count
            if self._unsynced >= SYNC_BYTES:
                self._sync()
            elif self._unsynced // WRITEBACK_BYTES > (self._unsynced - count) // WRITEBACK_BYTES:
                self._start_writeback()
        self.sync_if_due()
        return count

    def _write_pieces(self, offset: int, block: memoryview) -> int:
        count = 0
        while count < len(block):
            piece = block[count : count + PIECE]
            try:
                written = os.pwrite(self._file, piece, offset + count)
            except OSError:
                if count:
                    return count  # the next call meets the error
                raise
            count += written
            if written < len(piece):
                return count
        return count

    def sync_if_due(self, now: bool = False) -> None:
        """Sync received bytes to the disk if some seconds have passed since the last sync, or
        ``now``."""
        interval = self._interval if self._unsynced <= LITTLE else SYNC_SECONDS
        is_due = now or self._clock() - self._synced_at >= interval
        if self._unsynced and is_due and not self._is_sealed:
            with map_disk_errors(self.path.parent):
                self._sync()

    def _start_writeback(self) -> None:
        before, self._writeback_at = self._writeback_at, self._clock()
        if self._writeback_at - before >= WRITEBACK_SECONDS:
            start_writeback(self._file)

    def holds(self, offset: int, block: memoryview) -> bool:
        """Return True if the part has these bytes at this offset."""
        with map_disk_errors(self.path.parent):
            return os.pread(self._file, len(block), offset) == block

    def first_bytes(self, count: int) -> bytes:
        """Return the beginning of the file."""
        with map_disk_errors(self.path.parent):
            return os.pread(self._file, min(count, self.received.contiguous_prefix()), 0)

    def keep_prefix(self) -> None:
        """Drop all bytes after the first gap, for servers that only send files from the start."""
        if self.received.contiguous_prefix() < self.received.total:
            self._cut_to(self.received.contiguous_prefix())

    def restart(self) -> None:
        """Empty the part."""
        self._cut_to(0)

    def seal(self) -> None:
        """Leave the file's bytes and nothing else, and write no more; the lock stays."""
        with map_disk_errors(self.path.parent):
            if self.size > SMALL:
                self._sync()  # a part as long as its file is whole, also after a power cut
            os.ftruncate(self._file, self.size)
            self._is_sealed = True
            try:
                os.close(self._file)
            except OSError:
                # A network disk may tell only now that it did not take all, and not what of it.
                self.path.unlink()
                raise

    def unseal(self) -> None:
        """Take back a part that could not be moved to its place."""
        with map_disk_errors(self.path.parent):
            self._file = os.open(self.path, os.O_RDWR | os.O_NOFOLLOW)
            self._is_sealed = False
            self._sync()

    def remove(self) -> None:
        """Remove the part: it is not needed any more."""
        with map_disk_errors(self.path.parent), contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def close(self) -> None:
        """Let go of the file; the part stays."""
        if not self._is_sealed:
            with contextlib.suppress(OSError):  # then the map tells less
                self._sync()
            with contextlib.suppress(OSError):  # fsync has told what was lost
                os.close(self._file)
        with contextlib.suppress(OSError):  # nothing was written through it
            os.close(self._lock)

    def _cut_to(self, length: int) -> None:
        with map_disk_errors(self.path.parent):
            os.ftruncate(self._file, length)
            self.received.truncate(length)
            self._synced.truncate(length)
            self._write_map()

    def _trusted(self) -> ByteRanges:
        length = os.fstat(self._file).st_size
        if length == self.size:
            return ByteRanges([(0, length)]) if length > SMALL else ByteRanges()
        line = os.pread(self._file, _PAGE, self._map_at)
        synced = ByteRanges.decode(line) if length > self.size else None
        if synced is None or any(stop > self.size for _, stop in synced):
            return ByteRanges()
        return synced

    def _sync(self) -> None:
        os.fsync(self._file)
        self._synced = ByteRanges(self.received)
        self._unsynced = 0
        self._synced_at = self._writeback_at = self._clock()
        self._interval = min(2 * self._interval, SYNC_SECONDS)
        self._write_map()

    def _write_map(self) -> None:
        os.pwrite(self._file, self._synced.encode(_LINE), self._map_at)


class UnsizedPart(PartFile):
    """A part of a file whose size is known only at its end; it is never resumed."""

    def __init__(self, folder: Path, stem: str) -> None:
        super().__init__(folder, f"{stem}.unsized", 0)
        self.restart()

    def _write_map(self) -> None:
        """Write no map: its place would be behind the last byte."""


def _open_alone(path: Path) -> int:
    """Open a part with a lock that ends with the process; never one that is a link."""
    remedies: Dict[Optional[int], Callable[[], None]] = {
        errno.ENOENT: lambda: path.parent.mkdir(parents=True, exist_ok=True),
        errno.ELOOP: path.unlink,  # no part is a link; it may lead to another's file
    }
    while True:
        try:
            # Unbuffered: a block goes from the socket's buffer to the kernel, with no copy.
            return open_locked(path)
        except BlockingIOError:
            raise PartLocked(f"{path.name}: another run is fetching it") from None
        except OSError as error:
            remedy = remedies.pop(error.errno, None)
            if remedy is None:
                raise
            remedy()
