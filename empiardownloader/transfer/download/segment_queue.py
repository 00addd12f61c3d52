"""Chooses the next file for a worker: waiting files, then files with a segment to spare."""

from __future__ import annotations

import threading
from collections import deque
from typing import Callable, Deque, Iterable, List, Optional, Tuple

from .file_download import FileDownload
from .request import FileRequest

_LOOK_AGAIN = 0.2  # seconds between two questions whether the caller wants the end


class SegmentQueue:
    """A queue of files for all workers, which wait here for work.

    Files start in their order. Idle workers take segments of active files only when no file is
    waiting. ``may_begin`` and ``may_share`` are decisions of the caller; ``is_running`` is False
    after the run was interrupted.
    """

    def __init__(
        self,
        new_download: Callable[[FileRequest], FileDownload],
        *,
        may_begin: Callable[[], bool],
        may_share: Callable[[], bool],
        is_running: Callable[[], bool],
        clock: Callable[[], float],
    ) -> None:
        self._new_download = new_download
        self._may_begin = may_begin
        self._may_share = may_share
        self._is_running = is_running
        self._clock = clock
        self._is_open = False
        self._waiting: Deque[FileRequest] = deque()
        self._deferred: Deque[Tuple[float, FileDownload]] = deque()  # with the time of the next try
        self._active: List[FileDownload] = []
        self._working = 0  # workers that have a file, and files that are being published
        self._changed = threading.Condition()

    def __len__(self) -> int:
        """Return the number of files that have not started."""
        return len(self._waiting)

    def open(self, is_open: bool) -> None:
        """Say whether more files may be added."""
        with self._changed:
            self._is_open = is_open
            self._changed.notify_all()

    def add(self, requests: Iterable[FileRequest]) -> None:
        """Add files to download."""
        for request in requests:
            with self._changed:
                self._waiting.append(request)
                self._changed.notify_all()

    def next(self) -> Optional[FileDownload]:
        """Return a file for this worker, which calls `leave` afterwards; None if there is none."""
        with self._changed:
            download = self._next() if self._is_running() else None
            self._working += download is not None
            return download

    def leave(self) -> None:
        """Note that a worker is done with its file for now, or that one is published."""
        with self._changed:
            self._working -= 1
            self._changed.notify_all()

    def defer(self, download: FileDownload, seconds: float) -> None:
        """Try a file again after some seconds, and after those that wait."""
        with self._changed:
            self._active.remove(download)
            download.unclaim()
            self._deferred.append((self._clock() + seconds, download))
            self._changed.notify_all()

    def hand_over(self, download: FileDownload) -> None:
        """Leave a complete file to its publication, after which `leave` is called."""
        with self._changed:
            self._active.remove(download)
            self._working += 1

    def remove(self, download: FileDownload) -> None:
        """Forget a file that is published or given up."""
        with self._changed:
            self._active.remove(download)
            self._changed.notify_all()

    def active(self) -> List[FileDownload]:
        """Return the files under way."""
        with self._changed:
            return list(self._active)

    def listed_bytes(self) -> int:
        """Return the bytes of the waiting files, as far as the list has sizes."""
        with self._changed:
            return sum(request.size or 0 for request in self._waiting)

    def active_bytes(self) -> int:
        """Return the bytes that the files under way still need."""
        with self._changed:
            return sum(download.remaining() for download in self._active)

    def remaining_bytes(self) -> int:
        """Return the bytes that all files still need.

        A waiting file without a listed size counts as much as the known ones do on average.
        """
        with self._changed:
            begun = [*self._active, *(download for _, download in self._deferred)]
            known = [download.size for download in begun if download.size is not None]
            unlisted = sum(not request.size for request in self._waiting)
            estimated = unlisted * sum(known) // len(known) if known else 0
            remaining = sum(download.remaining() for download in begun)
            return self.listed_bytes() + remaining + estimated

    def segment_size(self, connections: int) -> Optional[int]:
        """Return how much each connection should fetch of the files under way.

        None for a whole file: while more wait, each connection has one of its own.
        """
        with self._changed:
            idle = connections - len(self)
            if len(self) and len(self._active) >= idle:
                return None
            return -(-self.active_bytes() // idle)

    def has_work(self) -> bool:
        """Return True if there is a file for one more worker."""
        with self._changed:
            return self._is_running() and (
                self._can_begin()
                or any(download.is_abandoned() for download in self._active)
                or self._to_share() is not None
            )

    def wait(self) -> bool:
        """Wait until there is work; return False when there will be none."""
        with self._changed:
            while not self.has_work():
                is_more = (self._is_open or bool(self._deferred)) and self._may_begin()
                if not self._working and not is_more:
                    return False
                self._changed.wait(_LOOK_AGAIN)
            return True

    def wake(self) -> None:
        """Wake the idle workers."""
        with self._changed:
            self._changed.notify_all()

    def _next(self) -> Optional[FileDownload]:
        for download in self._active:
            if download.claim():
                return download
        return self._begin() if self._can_begin() else self._to_share()

    def _can_begin(self) -> bool:
        is_due = bool(self._deferred) and self._clock() >= self._deferred[0][0]
        return (bool(self._waiting) or is_due) and self._may_begin()

    def _begin(self) -> FileDownload:
        if self._waiting:
            download = self._new_download(self._waiting.popleft())
        else:
            download = self._deferred.popleft()[1]
        download.claim()
        self._active.append(download)
        return download

    def _to_share(self) -> Optional[FileDownload]:
        """Return the file under way that has most to spare."""
        if not self._may_share():
            return None
        best = max(self._active, key=FileDownload.shareable_bytes, default=None)
        return best if best is not None and best.shareable_bytes() else None
