"""One file on its way: the size that is expected, what has come, and who brings the rest of it."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Callable, NoReturn, Optional

from ...errors import Retryable, TransferError
from ...net.errors import ConnectionCut, RangesRefused, SizeMismatch
from ..base import Block, Transport
from ..progress import Progress
from .age import Age
from .destination import Placement, Wanted
from .part_file import PartFile
from .segment_sink import SegmentSink
from .segments import Division, Segment

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 0.5  # seconds between two looks whether the run was broken off
_CHANGES = 3  # a file that is replaced more often under our hands is given up


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
        share: Callable[[], Optional[int]],
        check: Callable[[], None],
        check_room: Callable[[], None],
        changed: Callable[[], None],
    ) -> None:
        self.wanted = wanted
        self._placement = placement
        self._part_folder = part_folder
        self._progress = progress
        self._share = share
        self._check = check
        self._check_room = check_room
        self._changed = changed
        self._size = wanted.size
        self._counted = 0  # bytes of this file that the progress knows of
        self._furthest = 0
        self._advanced = False
        self._changes = 0
        self._is_doubtful = False  # whether what is here is of the file that the server has now
        self._age = Age()
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
        with self._lock:
            part.finish()
        self._placement.place(part.path, self.wanted)
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
        start, error = segment.at, None
        try:
            self._bring(segment, connect)
        except TransferError as raised:
            error = raised
        with self._lock:
            if error is not None:
                self._is_doubtful = True
                self._takes_help = self._takes_help and isinstance(error, Retryable)
            takes_over, self._is_left = self._is_left, False
        return Help(segment.at - start, error, takes_over)

    # -- for the one who answers for it -----------------------------------------------------------

    def _ask_size(self, transport: Transport) -> int:
        size = transport.size_of(self.wanted.path)
        self._progress.corrected(size)
        return size

    def _is_here(self, size: int) -> bool:
        """Whether a file of this size is in its place, whoever brought it."""
        if not self._placement.is_here(replace(self.wanted, size=size)):
            return False
        self._progress.present(size - self._counted)
        self._counted = size
        return True

    def _open_part(self, size: int) -> Optional[PartFile]:
        """The part, opened; None when another run has brought the file meanwhile."""
        part = PartFile(self._part_folder, self.wanted.name, size)
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
            self._age.opened(part.written_at if come else None)
            self._part, self._division = part, Division(size, part.come)
        if self.wanted.size is None:
            self._check_room()
        return part

    def _complete(self, part: PartFile, transport: Transport) -> None:
        if self._is_doubtful:
            self._check_size(part, transport)
            self._is_doubtful = False
        if not transport.splits_files:
            self._go_on_alone(part)
        while True:
            if self._age.is_over:
                self._begin_again(part, part.size, "replaced on the server")
            segment = self._next_segment(transport.splits_files)
            if segment is None:
                return
            self._changed()
            try:
                self._bring(segment, lambda: transport)
            except _Changed:
                continue
            except SizeMismatch as error:
                # It ended elsewhere than listed: believe the server's word, and try again.
                self._check_size(part, transport)
                raise ConnectionCut(str(error)) from error

    def _go_on_alone(self, part: PartFile) -> None:
        """Over this connection the file comes in order, and to its end."""
        with self._lock:
            if self._division is not None:
                self._division.stop_others()
            self._forget(part, part.keep_beginning)

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
        remote = transport.size_of(self.wanted.path)
        if remote != part.size:
            self._begin_again(part, remote, f"{remote} bytes now, {part.size} in the list")

    def _begin_again(self, part: PartFile, size: int, why: str) -> NoReturn:
        """Forget what has come, which is of an earlier state of the file."""
        with self._lock:
            self._forget(part, part.restart)
            part.discard()
            self._age.forget()
        self.close()
        self._progress.corrected(size - part.size)
        self._size = size
        self._changes += 1
        if self._changes > _CHANGES:
            raise SizeMismatch(
                f"{self.wanted.path}: it changes all the time; somebody is writing it, continue "
                "the run later"
            )
        raise _Changed(f"{self.wanted.path}: {why}; begun again")

    # -- in every thread --------------------------------------------------------------------------

    def _bring(self, segment: Segment, connect: Callable[[], Transport]) -> None:
        try:
            transport = connect()
            sink = SegmentSink(self, segment)
            path, size = self.wanted.path, self._size
            transport.fetch(path, sink, segment.at, segment.stop, size)
        finally:
            with self._lock:
                if self._division is not None:
                    self._division.end(segment)
                self._lock.notify_all()
            self._changed()

    def write(self, segment: Segment, block: Block) -> None:
        """Put a block in its place, as far as its segment goes by now."""
        with self._lock:
            while len(block) and segment.left > 0 and self._part is not None:
                count = self._part.write(segment.at, block[: segment.left])
                segment.at += count
                block = block[count:]
                self._counted += count
                self._progress.moved(count)
        self._check()

    def dated(self, segment: Segment, modified: float) -> None:
        """End all that is under way where the file was changed since it was begun."""
        with self._lock:
            if self._division is None or self._part is None or segment.left <= 0:
                return
            self._age.told(modified)
            if not self._age.is_over:
                return
            if not self._part.come.total and not self._division.is_shared:
                self._age.opened(None)  # nothing is here that could be older: the clocks differ
                return
            self._division.stop_others()
            self._takes_help = False
        raise _Changed(f"{self.wanted.path}: replaced on the server")

    def restart(self, segment: Segment) -> None:
        """The server sends the whole file, whatever was asked for: this one connection takes it."""
        with self._lock:
            if self._division is None or self._part is None:
                return
            if self._takes_help:
                logger.info("%s: the server sends whole files only, this one begins again over "
                            "one connection", self.wanted.name)  # fmt: skip
            self._whole_only, self._takes_help = True, False
            if segment.at and self._division.is_shared:
                raise RangesRefused(f"{self.wanted.name}: the server sends no parts of a file")
            self._division.stop_others(segment)
            self._forget(self._part, self._part.restart)
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
