"""The state of one file's download, shared by the workers that fetch its segments."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
from dataclasses import replace
from typing import Callable, NoReturn, Optional

from ...errors import FatalError, FileError, Retryable, TransferError
from ...net.errors import RangesRefused, SizeMismatch
from .context import Attempt, DownloadContext, FileChanged
from .identity import identity_of
from .part_file import PartFile, UnsizedPart
from .request import FileRequest
from .segments import Segment, SegmentPlan

logger = logging.getLogger(__name__)

_CHANGES = 3  # a file that is replaced more often while it is downloaded is given up
_OVERLAP = 64 << 10  # bytes before a gap that are fetched again and compared with those here


class FileDownload:
    """One file: its size, its part file, and the segments that workers fetch.

    A worker that holds the claim is the only one to change size and part: the one that prepares
    the file, and the only one left after a failure. All others may take segments meanwhile only
    when it has given the claim up, with its own first segment.
    """

    def __init__(self, request: FileRequest, context: DownloadContext) -> None:
        self.request = request
        self.context = context
        # No movie has 0 bytes: such a size is not believed, whoever says so.
        self.size = request.size if request.size and request.size > 0 else None
        self.size_is_listed = self.size is not None
        self.setbacks = context.health.setbacks()
        self.held_since: Optional[float] = None  # by another run
        self.part: Optional[PartFile] = None
        self.is_doubtful = False  # the received bytes may be of an older file
        self._plan: Optional[SegmentPlan] = None
        self._lock = threading.RLock()
        self._claimed_by: Optional[int] = None  # a thread
        self._is_ready = False
        self._is_done = False
        self._is_exclusive = True  # one connection at a time
        self._whole_only = False
        self._differences = 0
        self._changes = 0
        self._reported = 0  # bytes that the progress has counted
        self._high_water = 0

    # -- for the queue ----------------------------------------------------------------------------

    def claim(self) -> bool:
        """Take the file for this thread alone; False if any worker is at it."""
        with self._lock:
            if not self.is_abandoned():
                return False
            self._claimed_by = threading.get_ident()
            return True

    def is_abandoned(self) -> bool:
        """Return True if no worker is at the file."""
        with self._lock:
            # One that has all bytes and waits for the server's last word is at it, too.
            is_busy = self._plan is not None and (self._plan.is_busy or self._plan.is_ending)
            return not (self._is_done or is_busy or self._claimed_by)

    def unclaim(self) -> None:
        """Let other workers have the file."""
        with self._lock:
            if self._has_claim():
                self._claimed_by = None

    def remaining(self) -> int:
        """Return the bytes to be received, as far as is known."""
        with self._lock:
            if self._is_done:
                return 0
            if self._plan is None or self.size is None:
                return self.size or 0
            return self._plan.remaining

    def shareable_bytes(self) -> int:
        """Return the bytes that another connection could take; 0 if that is not worthwhile."""
        with self._lock:
            is_open = self._is_ready and not (self._claimed_by or self._is_exclusive)
            return self._plan.shareable_bytes() if is_open and self._plan is not None else 0

    def sync(self, now: bool) -> None:
        """Bring the received bytes to the disk if that is due, or ``now``."""
        with self._lock, contextlib.suppress(FatalError, FileError):  # the next write raises it
            if self.part is not None:
                self.part.sync_if_due(now)

    def close(self) -> None:
        """Close the part file, which stays as it is; no worker can write to it. The claim stays."""
        with self._lock:
            if self._plan is not None:
                self._plan.cancel_others()
            part, self.part, self._plan = self.part, None, None
            self._is_ready = False
        if part is not None:
            part.close()

    # -- for the worker that holds the claim ------------------------------------------------------

    def has_turn(self) -> bool:
        """Return True if this thread may work at the file."""
        with self._lock:
            return not self._is_done and (self._is_ready or self._has_claim())

    @property
    def is_ready(self) -> bool:
        """Return True if segments can be allocated."""
        return self._is_ready

    def is_published_already(self, size: int) -> bool:
        """Return True if the destination has a file of this size, whoever downloaded it."""
        if not self.context.destination.has(replace(self.request, size=size)):
            return False
        self._report(size)
        with self._lock:
            self._is_done = True
        return True

    def open_part(self) -> bool:
        """Open the part file; False if another run has published the file meanwhile."""
        assert self.size is not None
        part = PartFile(self.context.part_folder, self._part_stem, self.size)
        received = part.received.total
        try:
            is_published = not received and self.is_published_already(self.size)
        except TransferError:
            part.close()
            raise
        if is_published:
            part.remove()
            part.close()
            return False
        self._report(received)
        self._high_water = max(self._high_water, received)
        self.is_doubtful = received > 0
        with self._lock:
            self.part, self._plan = part, SegmentPlan(self.size, part.received)
        if not self.size_is_listed:
            self.context.check_space()
        return True

    def open_unsized_part(self) -> Segment:
        """Open a part for a file whose size only its end tells; return the only segment."""
        part = UnsizedPart(self.context.part_folder, self._part_stem)
        with self._lock:
            self.part, self._plan = part, SegmentPlan(sys.maxsize, part.received)
            segment = self._plan.allocate(None, can_shrink=False)
            assert segment is not None
            return segment

    def end_unsized_part(self, size: int) -> None:
        """Note where the file ended."""
        with self._lock:
            assert isinstance(self.part, UnsizedPart)
            self.part.size = self.size = size
            self._plan = SegmentPlan(size, self.part.received)
        self.context.progress.adjust_total(size)

    def drop_part(self) -> None:
        """Remove the part with all received bytes."""
        with self._lock:
            assert self.part is not None
            self._forget(self.part.restart)
            self.part.remove()
            self.close()

    @property
    def _part_stem(self) -> str:
        return f"{self.request.name}.{identity_of(self.request)}"

    def restart_if_whole_only(self) -> None:
        """Empty an incomplete part if the server sends wrong bytes from the middle of files."""
        with self._lock:
            self._whole_only = self._whole_only or not self.context.health.offsets_work
            if self._whole_only and self.part is not None and self.remaining():
                self._forget(self.part.restart)

    def begin_again(self, size: int, why: str, lasting: str = "") -> NoReturn:
        """Drop all received bytes; raise FileChanged, or after some times an error for good."""
        with self._lock:
            assert self.part is not None
            old_size = self.part.size
            self.drop_part()
            self._claimed_by = threading.get_ident()
            self.size = size
            self._changes += 1
        self.context.progress.adjust_total(size - old_size)
        path = self.request.path
        if self._changes > _CHANGES:
            raise SizeMismatch(
                lasting
                or f"{path}: it changes all the time; somebody is writing it, continue the run "
                "later"
            )
        raise FileChanged(f"{path}: {why}; begun again")

    def begin_again_if_different(self, segment: Segment) -> None:
        """Begin again, unless another worker has done so; call it when bytes were different."""
        with self._lock:
            if self.part is not None and self._owns(segment):
                self.begin_again(self.part.size, "what the server sends differs from what is here")

    def is_alone(self, segment: Segment) -> bool:
        """Return True if no other worker fetches from this file; then this one has the claim."""
        with self._lock:
            if self._plan is None or not self._owns(segment) or self._plan.has_others(segment):
                return False
            self._claimed_by = threading.get_ident()
            return True

    def differ(self) -> None:
        """Note that bytes were different, though the connection was not at fault."""
        self._differences += 1
        # A file may be replaced once; twice, the server is more likely to be wrong.
        self._whole_only = self._whole_only or self._differences > 1

    def hand_over(self) -> PartFile:
        """Take the part from all workers: from here on no thread can write to it."""
        with self._lock:
            assert self.part is not None
            part, self.part, self._plan = self.part, None, None
            self._is_done = True
            return part

    # -- segments ---------------------------------------------------------------------------------

    def allocate(self, splits_files: bool) -> Optional[Segment]:
        """Take the next segment for this thread, and give up its claim; None if there is none."""
        share = self.context.segment_size() if splits_files else None
        with self._lock:
            if self._plan is None or self.part is None or not self.has_turn():
                return None
            is_exclusive = self._whole_only or not splits_files
            if is_exclusive and self._plan.is_busy:
                return None
            if not splits_files:
                self._forget(self.part.keep_prefix)
            segment = self._plan.allocate(None if is_exclusive else share, not is_exclusive)
            if segment is not None:
                self._is_exclusive = is_exclusive
                self._is_ready, self._claimed_by = True, None
            return segment

    def release(self, segment: Segment) -> None:
        """Give a segment back, so that another worker can download its remaining bytes."""
        with self._lock:
            if self._plan is not None:
                self._plan.release(segment)

    def claim_complete(self) -> bool:
        """Return True if all bytes are received and this thread publishes the file."""
        with self._lock:
            plan = self._plan
            # A connection that has all bytes of its segment may be about to receive more.
            is_complete = plan is not None and not (plan.remaining or plan.is_ending)
            if not is_complete or (self._claimed_by and not self._has_claim()):
                return False
            self._claimed_by = threading.get_ident()
            return True

    def failed(self, segment: Optional[Segment], error: TransferError) -> Attempt:
        """Give a segment back after an error, and claim the file if no other worker is at it."""
        with self._lock:
            is_orphan = segment is not None and not self._owns(segment)
            if segment is not None:
                self.release(segment)
            if not self._has_claim():
                is_busy = self._plan is not None and self._plan.is_busy
                if is_orphan or is_busy or self._is_done or self._claimed_by:
                    # Those who are at it will meet the same error, if it is the file's.
                    self._is_exclusive = self._is_exclusive or not isinstance(error, Retryable)
                    return Attempt(error=error, is_shared=True)
                self._claimed_by = threading.get_ident()
            received = self.part.received.total if self.part is not None else 0
            self._is_ready, self.is_doubtful = False, received > 0
            advanced = received > self._high_water
            self._high_water = max(self._high_water, received)
            return Attempt(error=error, advanced=advanced)

    def _has_claim(self) -> bool:
        return self._claimed_by == threading.get_ident()

    def _owns(self, segment: Segment) -> bool:
        """Return False for a segment of a part that was given up or published."""
        return self._plan is not None and self._plan.owns(segment)

    # -- received bytes, in every worker's thread -------------------------------------------------

    def overlap_before(self, offset: int) -> int:
        """Return how many bytes right before an offset are here and worth comparing."""
        with self._lock:
            for start, stop in self.part.received if self.part is not None else ():
                if start < offset <= stop:
                    return min(offset - start, _OVERLAP)
        return 0

    def compare(self, segment: Segment, offset: int, block: memoryview) -> None:
        """Raise FileChanged, and stop the other workers, unless these bytes are here."""
        with self._lock:
            if not self._owns(segment) or self.part is None or self.part.holds(offset, block):
                return
            if self.part.holds(0, block):  # the server sends the file from its first byte
                self.context.health.offsets_are_wrong(self.request.path)
        self.changed(segment)

    def changed(self, segment: Segment) -> None:
        """Raise FileChanged, and stop the other workers: the server has another file now."""
        with self._lock:
            if self._plan is None or not self._owns(segment):
                return
            if self._claimed_by is None:  # several connections may find it out
                self.differ()
                self._plan.cancel_others()
                self._claimed_by = threading.get_ident()
        raise FileChanged(f"{self.request.path}: what the server sends differs from what is here")

    def write(self, segment: Segment, block: memoryview) -> None:
        """Write a block at its segment's position, up to the segment's present end."""
        with self._lock:
            while self._owns(segment) and self.part is not None:
                if not len(block) or segment.remaining <= 0:
                    break
                count = self.part.write(segment.position, block[: segment.remaining])
                segment.position += count
                block = block[count:]
                self._reported += count
                self.context.progress.add_received(count)
        self.context.check_running()

    def restart(self, segment: Segment) -> None:
        """Take the whole file over this connection: the server sends it whatever was asked for."""
        with self._lock:
            if self._plan is None or self.part is None or not self._owns(segment):
                return
            if not self._is_exclusive:
                logger.info("%s: the server sends whole files only, this one begins again over "
                            "one connection", self.request.name)  # fmt: skip
            self._whole_only = self._is_exclusive = True
            if segment.position and self._plan.has_others(segment):
                raise RangesRefused(f"{self.request.name}: the server sends no parts of a file")
            self._plan.cancel_others(segment)
            self._forget(self.part.restart)
            segment.position, segment.stop, segment.can_shrink = 0, self._plan.size, False

    def _report(self, received: int) -> None:
        self.context.progress.add_existing(received - self._reported)
        self._reported = received

    def _forget(self, forget: Callable[[], None]) -> None:
        assert self.part is not None
        before = self.part.received.total
        forget()
        lost = before - self.part.received.total
        self._reported -= lost
        self.context.progress.add_received(-lost)
