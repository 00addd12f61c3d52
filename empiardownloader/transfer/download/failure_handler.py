"""What follows a failed attempt: another one, other files first, or the end of a file or run."""

from __future__ import annotations

import logging
from typing import Callable

from ...disk.errors import NoSpace
from ...errors import (
    FatalError,
    Interrupted,
    LimitReached,
    Retryable,
    TooManyOpenFiles,
    TransferError,
)
from ...net.errors import PartLocked, RangesRefused
from ...net.retry import RetryPolicy
from ...units import format_duration
from ..base import Server
from ..lazy_connection import LazyConnection
from ..progress import Progress
from ..server_health import ServerHealth
from .connection_limit import ConnectionLimit
from .context import Attempt
from .file_download import FileDownload
from .reporting import ResultReporter
from .run_end import RunEnd
from .segment_queue import SegmentQueue

logger = logging.getLogger(__name__)

_TRIES_AT_A_TIME = 3  # of one file, while others wait


class ConnectionRefused(Exception):
    """The server does not accept this connection; the file goes back to the other workers."""


class FailureHandler:
    """Decides, for all workers of a run, what follows a failed attempt at a file.

    ``policy`` and ``patience``: see Downloader. ``check_space`` raises NoSpace unless so many
    bytes fit on the disk.
    """

    def __init__(
        self,
        server: Server,
        queue: SegmentQueue,
        limit: ConnectionLimit,
        health: ServerHealth,
        end: RunEnd,
        report: ResultReporter,
        progress: Progress,
        *,
        check_space: Callable[[int], None],
        sleep: Callable[[float], object],
        policy: RetryPolicy,
        patience: float,
        clock: Callable[[], float],
    ) -> None:
        self._server = server
        self._queue = queue
        self._limit = limit
        self._health = health
        self._end = end
        self._report = report
        self._progress = progress
        self._check_space = check_space
        self._sleep = sleep
        self._policy = policy
        self._patience = patience
        self._clock = clock
        self._said_held = self._said_too_many_files = False

    def handle(
        self,
        download: FileDownload,
        lazy_connection: LazyConnection,
        result: Attempt,
        error: TransferError,
    ) -> bool:
        """Wait, defer or give up the file; return True if the worker is to repeat the attempt.

        Raises FatalError if the run cannot go on, ConnectionRefused if without this connection.
        """
        if isinstance(error, Retryable) or result.is_shared:
            lazy_connection.close()
        try:
            self._end.check_running()
            if result.is_shared:
                self._wait_after_shared(download, lazy_connection, error)
                return False
            if isinstance(error, PartLocked):
                self._defer_held(download, error)
                return False
            if not isinstance(error, Retryable):
                raise error
            return self._wait_to_retry(download, result, error)
        except Interrupted:
            self._give_up(download)
        except TransferError as final:
            told = self.with_total_shortage(final)  # while this file is among those to come
            self._give_up(download)
            self._report.failed(download.request, told)
        return False

    def with_total_shortage(self, error: TransferError) -> TransferError:
        """If the disk is full, return an error with the space that all remaining files need."""
        if isinstance(error, NoSpace):
            try:
                self._check_space(self._queue.remaining_bytes())
            except NoSpace as shortage:
                return shortage
            except TransferError:
                pass  # the first error says more
        return error

    def _wait_to_retry(self, download: FileDownload, result: Attempt, error: Retryable) -> bool:
        """Wait for the next attempt; return False to take another file first, raise if none is
        left."""
        if result.advanced:
            download.setbacks = self._health.setbacks()
        else:
            self._health.failed(error, download.setbacks)
            if self._health.brings_nothing(error) and self._server.abandon(error):
                self._health.begin_anew()
        if isinstance(error, LimitReached) and self._limit.reduce():
            if isinstance(error, TooManyOpenFiles):
                self._defer(download)  # whose part is two open files
            self._refuse_connection(error)
        if self._end.is_stopped():
            raise Interrupted(str(error)) from error
        tries = download.setbacks.tries
        if self._health.gives_up(download.setbacks):
            raise TransferError(f"{error}; gave up after {tries} attempts") from error
        if self._health.is_unusable():
            silence = format_duration(self._health.silence())
            raise FatalError(f"{error}; gave up, as no data arrived for {silence}") from error
        if tries % _TRIES_AT_A_TIME == _TRIES_AT_A_TIME - 1 and self._queue:
            self._defer(download)
            return False
        self._wait(download, error)
        return True

    def _wait_after_shared(
        self, download: FileDownload, lazy_connection: LazyConnection, error: TransferError
    ) -> None:
        """Wait after the failure of a segment of a file that other connections fetch, too."""
        if not isinstance(error, Retryable) or isinstance(error, RangesRefused):
            return  # the last worker at the file will meet the error, and judge
        lazy_connection.failures += 1
        is_one_too_many = isinstance(error, LimitReached) or self._policy.exhausted(
            lazy_connection.failures
        )
        if is_one_too_many and self._limit.reduce():
            self._refuse_connection(error)
        self._wait(download, error)

    def _refuse_connection(self, error: Retryable) -> None:
        # One line for the user about this machine; what a server limits is in the log of details.
        is_news = isinstance(error, TooManyOpenFiles) and not self._said_too_many_files
        self._said_too_many_files = self._said_too_many_files or is_news
        level = logging.WARNING if is_news else logging.INFO
        logger.log(level, "%s; going on with %d", error, self._limit.allowed)
        raise ConnectionRefused from error

    def _wait(self, download: FileDownload, error: TransferError) -> None:
        seconds = self._health.wait(download.setbacks, error)
        logger.info("%s: %s; asked again in %.0f s", download.request.name, error, seconds)
        self._progress.failed(error.reason, self._health.time_left())
        self._sleep(seconds)
        self._end.check_running()

    def _defer_held(self, download: FileDownload, error: PartLocked) -> None:
        """Go on with other files while another run downloads this one, and look at it again."""
        now = self._clock()
        if download.held_since is None:
            download.held_since = now
            # One line for the user; the other files are in the log of details.
            level = logging.INFO if self._said_held else logging.WARNING
            self._said_held = True
            logger.log(level, "%s; waiting for it, and downloading other files", error)
        seconds = now - download.held_since
        if seconds >= self._patience:
            raise TransferError(f"{error}, for {format_duration(seconds)}")
        self._defer(download)

    def _defer(self, download: FileDownload) -> None:
        download.close()
        self._queue.defer(download, self._policy.first_wait)

    def _give_up(self, download: FileDownload) -> None:
        download.close()
        self._queue.remove(download)
