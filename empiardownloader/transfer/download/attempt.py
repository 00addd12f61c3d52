"""A worker's turn at a file: prepare it if needed, fetch a segment, hand over what is complete."""

from __future__ import annotations

import logging
from typing import Optional

from ...errors import FileError, TransferError
from ...net.errors import ConnectionCut, SizeMismatch, SizeUnknown
from ..base import Connection
from ..lazy_connection import LazyConnection
from .context import Attempt, FileChanged
from .file_download import FileDownload
from .part_file import PartFile
from .plausible import FIRST_BYTES
from .publisher import fault
from .segment_sink import SegmentSink
from .segments import Segment

logger = logging.getLogger(__name__)


def attempt(download: FileDownload, lazy_connection: LazyConnection) -> Attempt:
    """Fetch a segment of a file, and take its part if that was the last; never raise.

    A segment that fails is free again, for any worker.
    """
    segment: Optional[Segment] = None
    try:
        if not download.has_turn():
            return Attempt(is_idle=True)
        connection = lazy_connection.connect()
        if not download.is_ready and _prepare(download, connection):
            return Attempt(is_published=True)
        segment = download.allocate(connection.splits_files)
        if segment is not None:
            download.context.wake()
            _fetch(download, segment, connection)
            download.release(segment)
        if not download.claim_complete():
            return Attempt(is_idle=segment is None)
        return Attempt(complete_part=_take_complete(download))
    except TransferError as error:
        return download.failed(segment, error)
    except Exception as error:
        logger.exception("%s: not downloaded", download.request.name)
        return download.failed(segment, fault(error))


def _prepare(download: FileDownload, connection: Connection) -> bool:
    """Learn the size and open the part file; return True if the file is published already."""
    if download.size is None:
        try:
            size = _ask_size(download, connection)
        except SizeUnknown as error:
            _fetch_unsized(download, connection, error)
            return False
        # Before there is a part: nothing needs to be written to a folder that has all files.
        if download.is_published_already(size):
            return True
        download.size = size
    if download.part is None and not download.open_part():
        return True
    if download.is_doubtful:
        _check_size(download, connection)
        download.is_doubtful = False
    download.restart_if_whole_only()
    return False


def _ask_size(download: FileDownload, connection: Connection) -> int:
    size = connection.size_of(download.request.path)
    if size <= 0:
        raise SizeMismatch(f"{download.request.path}: the server says that it has {size} bytes")
    download.context.progress.adjust_total(size)
    return size


def _fetch_unsized(download: FileDownload, connection: Connection, error: SizeUnknown) -> None:
    """Fetch all of a file whose size cannot be asked for; a proven end tells it."""
    path = download.request.path
    segment = download.open_unsized_part()
    try:
        size = connection.fetch_unsized(path, SegmentSink(download, segment, 0))
        if not size:
            raise SizeMismatch(f"{path}: the server sends an empty file")
    except BaseException:
        download.drop_part()
        raise
    download.end_unsized_part(size)
    logger.warning("%s; its %d bytes are taken for all of it, as the server marked their end",
                   error, size)  # fmt: skip


def _check_size(download: FileDownload, connection: Connection) -> None:
    """Begin again if the server's file has another size than the part."""
    try:
        size = connection.size_of(download.request.path)
    except FileError:
        return  # perhaps only the question is refused; the file itself will tell
    if size > 0 and size != download.size:
        download.begin_again(size, f"{size} bytes now, {download.size} in the list")


def _fetch(download: FileDownload, segment: Segment, connection: Connection) -> None:
    start = segment.position
    overlap = download.overlap_before(start)
    sink = SegmentSink(download, segment, overlap)
    path, size = download.request.path, download.size
    try:
        connection.fetch(path, sink, start - overlap, segment.stop, size)
    except FileChanged:
        download.begin_again_if_different(segment)
        raise
    except SizeMismatch as error:
        if not download.is_alone(segment) or download.size is None:
            if segment.remaining <= 0:
                download.begin_again_if_different(segment)
            raise
        # The file ends elsewhere than listed: the server's word is believed, and tried again.
        _check_size(download, connection)
        # More came after the last byte: those before it are all here, and of another file.
        is_longer = segment.remaining <= 0
        if start or is_longer:
            download.differ()
            download.begin_again(download.size, str(error), str(error) if is_longer else "")
        raise ConnectionCut(str(error)) from error


def _take_complete(download: FileDownload) -> PartFile:
    """Take the complete part from all workers if it looks like a file of its kind."""
    part = download.part
    assert part is not None
    request = download.request
    reason = download.context.is_plausible(request, part.first_bytes(FIRST_BYTES))
    if reason:
        download.begin_again(part.size, reason, f"{request.path}: {reason}")
    return download.hand_over()
