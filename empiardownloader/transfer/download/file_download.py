"""One file on its way: the size that is expected, what has come, and who brings the rest of it."""

from __future__ import annotations

import contextlib
import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, NoReturn, Optional

from ...errors import FatalError, FileError, Retryable, TransferError
from ...net.errors import ConnectionCut, RangesRefused, SizeMismatch
from ..base import Transport
from ..progress import Progress
from ..server_health import ServerHealth
from .destination import Placement
from .identity import identity_of
from .part_file import PartFile
from .plausible import FIRST_BYTES, Plausibility
from .request import Wanted
from .segment_sink import SegmentSink
from .segments import Division, Segment

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 0.5  # seconds between two looks whether the run was broken off
_CHANGES = 3  # a file that is replaced more often under our hands is given up
_OVERLAP = 64 << 10  # bytes before a gap that come again, to be compared with those here


def fault(error: Exception) -> TransferError:
    """Return what no server's answer should lead to, as a sentence; the traceback is in the log."""
    return TransferError(f"{error!r} (a fault of this program, see the log)")


@dataclass(frozen=True)
class Help:
    """What a helper brought, in bytes, why it was no more, and whether it answers for the file."""

    brought: int
    error: Optional[TransferError]
    takes_over: bool


class FileFetch:
    """Brings one file, in as many tries as it takes, from what is here already.

    One thread answers for it: it calls `attempt` until the file is in its place, then `close`.
    Where the transport splits files, others may `help` meanwhile: each brings a part and decides
    nothing, for what it could not bring falls back to the one. When there is nothing left to take
    and others are still at it, the one goes, and the next of them to end its part takes over.

    ``share`` tells how many bytes one connection should take (None: all), ``check`` raises
    Interrupted, ``check_room`` NoSpace; ``changed`` is told that there may be a part to take.
    """

    def __init__(
        self,
        wanted: Wanted,
        placement: Placement,
        part_folder: Path,
        progress: Progress,
        *,
        health: ServerHealth,
        is_plausible: Plausibility,
        share: Callable[[], Optional[int]],
        check: Callable[[], None],
        check_room: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self.wanted = wanted
        self._placement = placement
        self._part_folder = part_folder
        self._progress = progress
        self._health = health
        self._is_plausible = is_plausible
        self._share = share
        self._check = check
        self._check_room = check_room
        self._changed = changed
        # No movie has 0 bytes: such a size is not believed, whoever tells it.
        self._size = wanted.size if wanted.size and wanted.size > 0 else None
        self._is_listed = self._size is not None
        self.setbacks = health.setbacks()
        self.held_since: Optional[float] = None  # by another run
        self._counted = 0  # bytes of this file that the progress knows of
        self._furthest = 0
        self._advanced = False
        self._changes = 0
        self._differences = 0
        self._is_doubtful = False  # whether what is here is of the file that the server has now
        self._difference = ""  # why what is here is not of the server's file
        # For what threads share: the part, its division, and who may take of it.
        self._lock = threading.Condition()
        self._part: Optional[PartFile] = None
        self._division: Optional[Division] = None
        self._takes_help = False
        self._whole_only = False
        self._is_left = False  # by the one who answered for it, to those who are at it

    def attempt(self, transport: Transport) -> bool:
        """One try; True when the file is whole and in its place, False when it is left to others.

        Then it is theirs: no more is to be done with it.
        """
        if self._size is None:
            size = self._ask_size(transport)
            # Before there is a part: of a folder that has all files, nothing is to be written to.
            if self._is_here(size):
                return True
            self._size = size
        part = self._part or self._open_part(self._size)
        if part is None:
            return True
        try:
            self._complete(part, transport)
        except _LeftToOthers:
            return False
        except TransferError:
            with self._lock:
                self._takes_help = False  # not between two tries: their number has a bound
                come = part.come.total
            self._is_doubtful = come > 0
            self._advanced = come > self._furthest
            self._furthest = max(self._furthest, come)
            raise
        self._check_content(part)
        self._publish(part)
        return True

    def advanced(self) -> bool:
        """Whether the last try came further than any before; a restarted file must catch up."""
        advanced, self._advanced = self._advanced, False
        return advanced

    def close(self) -> None:
        """Let go of the part, which stays as it is; helpers find that no more is wanted."""
        with self._lock:
            if self._division is not None:
                self._division.stop_others()
            if self._part is not None:
                self._part.close()
            self._part = self._division = None
            self._takes_help = False

    # -- for helpers ------------------------------------------------------------------------------

    def sync(self, now: bool) -> None:
        """Bring what was received to the disk, where that is due."""
        with self._lock, contextlib.suppress(FatalError, FileError):  # the next write tells it
            if self._part is not None:
                self._part.sync_if_due(now)

    def left(self) -> int:
        """Bytes that are to come, as far as is known."""
        with self._lock:
            if self._division is not None:
                return self._division.left
            return self._size or 0

    def most_to_take(self) -> int:
        """Bytes that a helper would find to bring; 0 where it is not worth the while."""
        with self._lock:
            if self._division is None or not self._takes_help:
                return 0
            return self._division.most()

    def help(self, connect: Callable[[], Transport]) -> Optional[Help]:
        """Bring a part of the file over another connection; None when there is none to bring."""
        share = self._share()
        with self._lock:
            if self._division is None or not self._takes_help:
                return None
            segment = self._division.take(share)
        if segment is None:
            return None
        start = segment.at
        error: Optional[TransferError] = None
        try:
            self._bring(segment, connect)
        except TransferError as raised:
            error = raised
        except Exception as raised:
            # The one who answers for the file may be gone already: this thread answers, then.
            logger.exception("%s: a part was not fetched", self.wanted.name)
            error = fault(raised)
        with self._lock:
            if error is not None:
                self._is_doubtful = True
                self._takes_help = self._takes_help and isinstance(error, Retryable)
            takes_over, self._is_left = self._is_left, False
        return Help(segment.at - start, error, takes_over)

    # -- for the one who answers for it -----------------------------------------------------------

    def _ask_size(self, transport: Transport) -> int:
        size = transport.size_of(self.wanted.path)
        if size <= 0:
            raise SizeMismatch(f"{self.wanted.path}: the server says that it has {size} bytes")
        self._progress.corrected(size)
        return size

    def _is_here(self, size: int) -> bool:
        """Whether a file of this size is in its place, whoever brought it."""
        if not self._placement.is_here(replace(self.wanted, size=size)):
            return False
        self._progress.present(size - self._counted)
        self._counted = size
        return True

    def _check_content(self, part: PartFile) -> None:
        """Begin again, and give up in the end, where what came is no file of its kind."""
        reason = self._is_plausible(self.wanted, part.first_bytes(FIRST_BYTES))
        if reason:
            self._begin_again(part, part.size, reason, f"{self.wanted.path}: {reason}")

    def _publish(self, part: PartFile) -> None:
        """Move the whole part to its place; no thread can write to it from here on."""
        with self._lock:
            if self._division is not None:
                self._division.stop_others()
            self._part = self._division = None
            self._takes_help = False
        try:
            part.seal()
            self._placement.place(part.path, self.wanted)
        except BaseException:
            if part.path.exists():
                part.unseal()
            raise
        finally:
            part.close()

    def _open_part(self, size: int) -> Optional[PartFile]:
        """The part, opened; None when another run has brought the file meanwhile."""
        stem = f"{self.wanted.name}.{identity_of(self.wanted)}"
        part = PartFile(self._part_folder, stem, size)
        come = part.come.total
        try:
            is_here = not come and self._is_here(size)
        except TransferError:
            part.close()
            raise
        if is_here:
            part.discard()
            part.close()
            return None
        self._progress.present(come - self._counted)
        self._counted = come
        self._furthest = max(self._furthest, come)
        self._is_doubtful = come > 0
        with self._lock:
            self._part, self._division = part, Division(size, part.come)
        if not self._is_listed:
            self._check_room()
        return part

    def _complete(self, part: PartFile, transport: Transport) -> None:
        if self._is_doubtful:
            self._check_size(part, transport)
            self._is_doubtful = False
        if not transport.splits_files:
            self._go_on_alone(part)
        if self._whole_only or not self._health.offsets_work:
            self._go_back(part)
        while True:
            if self._difference:
                self._begin_again(part, part.size, self._difference)
            segment = self._next_segment(transport.splits_files)
            if segment is None:
                return
            self._changed()
            began = segment.at
            try:
                self._bring(segment, lambda: transport)
            except _Changed:
                continue
            except SizeMismatch as error:
                # It ended elsewhere than listed: believe the server's word, and try again.
                self._check_size(part, transport)
                if began:
                    with self._lock:
                        self._differ(str(error))
                    continue
                raise ConnectionCut(str(error)) from error

    def _go_on_alone(self, part: PartFile) -> None:
        """Over this connection the file comes in order, and to its end."""
        with self._lock:
            if self._division is not None:
                self._division.stop_others()
            self._forget(part, part.keep_beginning)

    def _go_back(self, part: PartFile) -> None:
        """Fetch the file from its first byte: from elsewhere the server sends other bytes."""
        with self._lock:
            self._whole_only = True
            if part.come.total < part.size:
                if self._division is not None:
                    self._division.stop_others()
                self._forget(part, part.restart)

    def _next_segment(self, splits: bool) -> Optional[Segment]:
        """What to bring next, None when all is here; _LeftToOthers when they bring the rest."""
        share = self._share() if splits else None
        with self._lock:
            while self._division is not None and self._division.left:
                self._check()
                # From now on, and not before: a small file's only part is for its own connection.
                self._takes_help = splits and not self._whole_only
                if self._takes_help:
                    segment = self._division.take(share)
                    if segment is None:
                        self._is_left = True
                        raise _LeftToOthers
                    return segment
                if not self._division.is_busy:
                    return self._division.take(None, can_shrink=False)
                self._lock.wait(_LOOK_AGAIN)  # for those who are at it to find that out
            return None

    def _check_size(self, part: PartFile, transport: Transport) -> None:
        try:
            remote = transport.size_of(self.wanted.path)
        except FileError:
            return  # it may be that only the question is refused; the file itself will tell
        if remote > 0 and remote != part.size:
            self._begin_again(part, remote, f"{remote} bytes now, {part.size} in the list")

    def _begin_again(self, part: PartFile, size: int, why: str, lasting: str = "") -> NoReturn:
        """Forget what has come, which is not of the server's file; ``lasting`` for the last try."""
        with self._lock:
            self._forget(part, part.restart)
            part.discard()
            self._difference = ""
        self.close()
        self._progress.corrected(size - part.size)
        self._size = size
        self._changes += 1
        if self._changes > _CHANGES:
            raise SizeMismatch(
                lasting
                or f"{self.wanted.path}: it changes all the time; somebody is writing it, continue "
                "the run later"
            )
        raise _Changed(f"{self.wanted.path}: {why}; begun again")

    # -- in every thread --------------------------------------------------------------------------

    def _bring(self, segment: Segment, connect: Callable[[], Transport]) -> None:
        try:
            transport = connect()
            with self._lock:
                overlap = self._overlap_before(segment.at)
            sink = SegmentSink(self, segment, overlap)
            path, size = self.wanted.path, self._size
            transport.fetch(path, sink, segment.at - overlap, segment.stop, size)
        finally:
            with self._lock:
                if self._division is not None:
                    self._division.end(segment)
                self._lock.notify_all()
            self._changed()

    def _overlap_before(self, offset: int) -> int:
        """Bytes that are here right before an offset, as many as are worth comparing."""
        if self._part is None:
            return 0
        for start, stop in self._part.come:
            if start < offset <= stop:
                return min(offset - start, _OVERLAP)
        return 0

    def compare(self, segment: Segment, offset: int, block: memoryview) -> None:
        """Raise _Changed, and end all that is under way, unless these bytes are here."""
        with self._lock:
            part = self._part_for(segment)
            if part is None or part.holds(offset, block):
                return
            if not self._difference:  # several connections may find it out
                if part.holds(0, block):  # it sends the file from its first byte
                    self._health.offsets_are_wrong(self.wanted.path)
                self._differ("what comes differs from what is here")
        raise _Changed(f"{self.wanted.path}: {self._difference}")

    def changed(self, segment: Segment) -> None:
        """Raise _Changed, and end all that is under way: the server has another file now."""
        with self._lock:
            if self._part_for(segment) is None:
                return
            if not self._difference:
                self._differ("what comes differs from what is here")
        raise _Changed(f"{self.wanted.path}: {self._difference}")

    def _differ(self, why: str) -> None:
        """End all that is under way; the one who answers for the file begins it again."""
        self._difference = why
        self._differences += 1
        # Replaced once, a file may be; twice, it is rather the server that is wrong.
        self._whole_only = self._whole_only or self._differences > 1
        if self._division is not None:
            self._division.stop_others()
        self._takes_help = False

    def write(self, segment: Segment, block: memoryview) -> None:
        """Put a block in its place, as far as its segment goes by now."""
        with self._lock:
            part = self._part_for(segment)
            while part is not None and len(block) and segment.left > 0:
                count = part.write(segment.at, block[: segment.left])
                segment.at += count
                block = block[count:]
                self._counted += count
                self._progress.moved(count)
        self._check()

    def _part_for(self, segment: Segment) -> Optional[PartFile]:
        """The part, unless the segment is of an earlier one that was given up or handed over."""
        is_current = self._division is not None and self._division.has(segment)
        return self._part if is_current else None

    def restart(self, segment: Segment) -> None:
        """The server sends the whole file, whatever was asked for: this one connection takes it."""
        with self._lock:
            part = self._part_for(segment)
            if part is None or self._division is None:
                return
            if self._takes_help:
                logger.info("%s: the server sends whole files only, this one begins again over "
                            "one connection", self.wanted.name)  # fmt: skip
            self._whole_only, self._takes_help = True, False
            if segment.at and self._division.is_shared:
                raise RangesRefused(f"{self.wanted.name}: the server sends no parts of a file")
            self._division.stop_others(segment)
            self._forget(part, part.restart)
            segment.at, segment.stop, segment.can_shrink = 0, self._division.size, False

    def _forget(self, part: PartFile, forget: Callable[[], None]) -> None:
        before = part.come.total
        forget()
        lost = before - part.come.total
        self._counted -= lost
        self._progress.moved(-lost)


class _LeftToOthers(Exception):
    """Others bring all that is missing: the first of them to end its part answers for the file."""


class _Changed(ConnectionCut):
    """Not the line's fault, and cured by the next try."""
