"""Many files at once, each complete at its destination or not there at all.

Each worker, a thread with a connection, takes a file and fetches a segment of it: all of it while
more files wait, a part of it once connections are idle and the server sends parts of files. What
was interrupted, by a fault or by ``kill -9``, goes on where it stopped.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from pathlib import Path
from typing import Callable, Iterable, Iterator, List, Optional

from ...disk.space import allocated_bytes, require_free_space
from ...errors import FatalError, Retryable, TransferError
from ...net.retry import RetryPolicy
from ..base import Server
from ..lazy_connection import LazyConnection
from ..progress import Progress
from ..server_health import INITIAL_PATIENCE, PATIENCE, ServerHealth
from .attempt import attempt
from .connection_limit import ConnectionLimit
from .context import Attempt, DownloadContext
from .destination import Destination
from .failure_handler import ConnectionRefused, FailureHandler
from .file_download import FileDownload
from .part_file import PartFile
from .plausible import Plausibility, implausible_reason
from .publisher import Publisher, fault, publish
from .reporting import ResultReporter
from .request import FileRequest
from .result import DownloadResult, Failure
from .run_end import RunEnd
from .segment_queue import SegmentQueue

logger = logging.getLogger(__name__)

_LOOK_AGAIN = 0.2  # seconds between two questions whether the caller wants the end
_REST = 0.05  # seconds after a turn without work


class Downloader:
    """Downloads files from a server to their destinations, by way of a folder of parts.

    ``on_complete`` is called with each file that is at its destination, from a thread that brings
    files there while the workers go on; ``on_present`` (default: on_complete) with those that
    already were; ``on_failure`` with each that is given up. When ``stop_requested`` turns true no
    other file begins, and those under way are finished unless the server is silent. ``sleep`` waits
    some seconds between two tries.

    ``policy`` says how often a file is tried that alone fails; without a byte of any file, the run
    goes on for ``patience`` seconds, or ``initial_patience`` if none was ever received.
    ``is_plausible`` says why the first bytes of a file cannot be of it.
    """

    def __init__(
        self,
        server: Server,
        destination: Destination,
        part_folder: Path,
        *,
        connections: int = 4,
        policy: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
        patience: float = PATIENCE,
        initial_patience: float = INITIAL_PATIENCE,
        is_plausible: Plausibility = implausible_reason,
        progress: Optional[Progress] = None,
        on_complete: Callable[[FileRequest], None] = lambda request: None,
        on_present: Optional[Callable[[FileRequest], None]] = None,
        on_failure: Callable[[Failure], None] = lambda failure: None,
        stop_requested: Callable[[], bool] = lambda: False,
        sleep: Optional[Callable[[float], object]] = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._destination = destination
        self._part_folder = part_folder
        self._connections = connections
        self._policy = policy
        self.progress = progress or Progress()
        self._on_complete = on_complete
        self._on_present = on_present or on_complete
        self._limit = ConnectionLimit(connections)
        self._publisher = Publisher(connections)
        self._health = ServerHealth(
            self.progress.bytes_received, policy, patience, initial_patience, clock
        )
        self._report = ResultReporter(self.progress, on_failure)
        self._end = RunEnd(self._report.result, self._health, stop_requested, clock)
        self._sleep = sleep or self._end.sleep
        self._queue = SegmentQueue(
            self._new_download,
            may_begin=self._end.may_start_file,
            may_share=lambda: self._report.result.fatal_error is None,
            is_running=self._end.is_running,
            clock=clock,
        )
        self._context = DownloadContext(
            destination,
            part_folder,
            self.progress,
            self._health,
            is_plausible,
            segment_size=lambda: self._queue.segment_size(self._limit.allowed),
            check_running=self._end.check_running,
            check_space=lambda: self._check_space(self._queue.active_bytes()),
            wake=self._queue.wake,
        )
        self._failures = FailureHandler(
            server,
            self._queue,
            self._limit,
            self._health,
            self._end,
            self._report,
            self.progress,
            check_space=self._check_space,
            sleep=self._sleep,
            policy=policy,
            patience=patience,
            clock=clock,
        )

    @property
    def connections_in_use(self) -> int:
        """Return the number of connections in use."""
        return self._limit.in_use

    def sync_parts(self, now: bool = False) -> None:
        """Sync unfinished files to the disk if that is due, or ``now``.

        Called now and then from another thread, so that a file that stalls loses nothing by a kill.
        """
        for download in self._queue.active():
            download.sync(now)

    def run(self, requests: Iterable[FileRequest], stays_open: bool = False) -> DownloadResult:
        """Download all files; returns when every thread has ended. One bad file stops no other.

        ``stays_open``: more files may be added from other threads, until `close` is called.
        """
        self._destination.remove_leftovers()
        self._queue.open(stays_open)
        self._queue.add(self._not_here_yet(requests))
        try:
            if self._queue or stays_open:
                here = allocated_bytes(self._part_folder)
                self._check_space(self._queue.listed_bytes() - here)
                self._run_workers()
        except FatalError as error:
            self._report.result.fatal_error = error
        finally:
            for download in self._queue.active():
                download.close()
        return self._report.result

    def add(self, requests: Iterable[FileRequest]) -> None:
        """Download more files, while `run` stays open."""
        self._queue.add(self._not_here_yet(requests))

    def close(self) -> None:
        """Add no more files: `run` returns when those added are downloaded or have failed."""
        self._queue.open(False)

    def _not_here_yet(self, requests: Iterable[FileRequest]) -> Iterator[FileRequest]:
        requests = list(requests)
        self.progress.add_file(*(max(item.size or 0, 0) for item in requests))
        for item in requests:
            try:
                # A listed size of 0 or below says nothing about a local file.
                here = (item.size is None or item.size > 0) and self._destination.has(item)
            except TransferError as error:
                self._report.failed(item, error)
                continue
            if here:
                self.progress.add_existing(item.size or 0)
                self._report.completed(item, self._on_present)
            else:
                yield item

    def _check_space(self, needed: int) -> None:
        require_free_space(self._part_folder, needed)
        require_free_space(self._destination.folder, needed)

    def _run_workers(self) -> None:
        workers: List[threading.Thread] = []
        try:
            for number in range(1, self._connections + 1):
                worker = threading.Thread(target=self._work, name=f"download-{number}", daemon=True)
                worker.start()
                workers.append(worker)
            while any(worker.is_alive() for worker in workers):
                workers[0].join(_LOOK_AGAIN)
                workers.sort(key=threading.Thread.is_alive, reverse=True)
                if self._end.is_stopped_in_silence():
                    self._end.interrupt()
        except BaseException as error:
            # Ctrl+C: no thread outlives the call, and received bytes are kept for the next run.
            self._end.interrupt()
            if isinstance(error.__context__, KeyboardInterrupt):
                # It came within Python's own locks: 'release unlocked lock', as a thread begins.
                raise KeyboardInterrupt from error
            raise
        finally:
            for worker in workers:
                worker.join()
            self._publisher.close()

    # -- in the workers' threads ------------------------------------------------------------------

    def _work(self) -> None:
        """Hold a slot and a connection while there is work; wait for work without them."""
        with self._end.sockets.collecting():
            while self._queue.wait():
                if not self._limit.acquire(give_up=lambda: not self._queue.has_work()):
                    continue
                lazy_connection = LazyConnection(self._server)
                try:
                    while self._take_turn(lazy_connection):
                        pass
                except ConnectionRefused:
                    pass
                except BaseException as error:  # a callback may call sys.exit
                    logger.exception("A download thread broke off")
                    self._report.end(fault(error))
                finally:
                    self._limit.release()
                    lazy_connection.close()

    def _take_turn(self, lazy_connection: LazyConnection) -> bool:
        """Work at a file until its turn is over; return False when there is none."""
        download = self._queue.next()
        if download is None:
            return False
        is_idle, is_repeated = False, True
        try:
            while is_repeated:
                result = attempt(download, lazy_connection)
                is_idle = result.is_idle
                is_repeated = self._heed(result, download, lazy_connection)
        finally:
            download.unclaim()
            self._queue.leave()
        if is_idle:
            # A file may have segments to spare, and none for this connection (FTP's beside HTTPS).
            self._end.sleep(_REST)
        return True

    def _heed(
        self, result: Attempt, download: FileDownload, lazy_connection: LazyConnection
    ) -> bool:
        """Act on the result of an attempt; return True if it is to be repeated."""
        error = result.error
        if error is None:
            if result.is_published:
                self._queue.remove(download)
                self._report.completed(download.request, self._on_complete)
            elif result.complete_part is not None:
                self._queue.hand_over(download)
                job = partial(self._publish, result.complete_part, download.request)
                self._publisher.submit(job)
            return False
        return self._failures.handle(download, lazy_connection, result, error)

    def _publish(self, part: PartFile, request: FileRequest) -> None:
        """Publish a complete file, in a thread of the publisher."""
        try:
            error = publish(part, request, self._destination)
            if error is None:
                self._report.completed(request, self._on_complete)
            elif isinstance(error, Retryable):  # too many open files; the part stays
                self._sleep(self._policy.first_wait)
                self.progress.add_existing(-part.size)
                self._queue.add([request])
            else:
                self._report.failed(request, self._failures.with_total_shortage(error))
        except BaseException as error:  # a callback may call sys.exit
            logger.exception("%s: its publication broke off", request.name)
            self._report.end(fault(error))
        finally:
            self._queue.leave()

    def _new_download(self, request: FileRequest) -> FileDownload:
        return FileDownload(request, self._context)
