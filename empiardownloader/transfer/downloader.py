"""Many files at once, each whole and in its place or not there at all.

One thread and one connection per file under way. What was interrupted, by a fault or by
``kill -9``, goes on where it stopped.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Deque, Iterable, Iterator, List, Optional

from .errors import (
    ConnectionFailed,
    FatalError,
    HeldElsewhere,
    Interrupted,
    Retryable,
    TooManyConnections,
    TransferError,
)
from .fetch import FileFetch
from .limit import ConnectionLimit
from .parts import check_space
from .placement import Placement, Wanted
from .progress import Progress
from .retry import RetryPolicy
from .transport import Server, Transport

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Failure:
    """A file that did not come, and why."""

    wanted: Wanted
    error: TransferError


@dataclass
class Outcome:
    """What a run of the downloader ended with.

    ``fatal`` is what kept the rest from coming; ``stopped`` says that the caller asked for the end
    before every file was begun.
    """

    complete: int = 0
    failures: List[Failure] = field(default_factory=list)
    fatal: Optional[TransferError] = None
    stopped: bool = False


class Downloader:
    """Fetches files from a server into their places, by way of a folder of parts.

    ``on_complete`` is called with each file that is in its place, also with those that already
    were, mostly from a worker's thread. When ``stop_requested`` turns true the files under way are
    finished and no other is begun. ``pause`` waits a number of seconds between two tries.
    """

    def __init__(
        self,
        server: Server,
        placement: Placement,
        part_folder: Path,
        *,
        connections: int = 4,
        policy: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
        progress: Optional[Progress] = None,
        on_complete: Callable[[Wanted], None] = lambda wanted: None,
        stop_requested: Callable[[], bool] = lambda: False,
        pause: Optional[Callable[[float], object]] = None,
    ) -> None:
        self._server = server
        self._placement = placement
        self._part_folder = part_folder
        self._connections = connections
        self._policy = policy
        self.progress = progress or Progress()
        self._on_complete = on_complete
        self._stop_requested = stop_requested
        self._broken_off = threading.Event()
        self._pause = pause or self._broken_off.wait
        self._lock = threading.Lock()
        self._limit = ConnectionLimit(connections)
        self._waiting: Deque[Wanted] = deque()
        self._outcome = Outcome()

    def run(self, wanted: Iterable[Wanted]) -> Outcome:
        """Fetch them all; returns when every thread has ended. One bad file stops no other."""
        self._placement.prepare()
        self._waiting.extend(self._not_here_yet(wanted))
        try:
            self._check_space()
            self._run_workers(min(self._connections, len(self._waiting)))
        except FatalError as error:
            self._outcome.fatal = error
        return self._outcome

    def _not_here_yet(self, wanted: Iterable[Wanted]) -> Iterator[Wanted]:
        for item in wanted:
            self.progress.expect(item.size or 0)
            try:
                here = self._placement.is_here(item)
            except TransferError as error:
                self._failed(item, error)
                continue
            if here:
                self.progress.present(item.size or 0)
                self._completed(item)
            else:
                yield item

    def _check_space(self) -> None:
        if not self._waiting:
            return
        needed = sum(item.size or 0 for item in self._waiting)
        if self._part_folder.is_dir():  # what lies there already takes its room
            needed -= sum(part.stat().st_size for part in self._part_folder.glob("*.part"))
        check_space(self._part_folder, needed)
        check_space(self._placement.folder, needed)

    def _run_workers(self, count: int) -> None:
        workers = [
            threading.Thread(target=self._work, name=f"download-{number}", daemon=True)
            for number in range(1, count + 1)
        ]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                worker.join()
        except BaseException:
            # Ctrl+C: no thread outlives the call, what has come stays for the next time.
            self._broken_off.set()
            for worker in workers:
                worker.join()
            raise

    # -- in the workers' threads ------------------------------------------------------------------

    def _work(self) -> None:
        """Hold a place and a connection, and fetch until no file is left to begin."""
        while self._limit.take(give_up=self._nothing_to_begin):
            connection = _Connection(self._server)
            try:
                while self._fetch_next(connection):
                    pass
            except _PlaceLost:
                pass
            except Exception as error:
                logger.exception("A download thread broke off")
                self._end(TransferError(f"{error!r} (a fault of this program, see the log)"))
            finally:
                connection.close()
                self._limit.leave()

    def _fetch_next(self, connection: _Connection) -> bool:
        """Take the next file and bring it; False when there is none to begin."""
        with self._lock:
            if self._nothing_to_begin():
                return False
            item = self._waiting.popleft()
        try:
            self._fetch(item, connection)
        except _PlaceLost:
            self._put_back(item)
            raise
        except Interrupted:
            self._put_back(item)
        except FatalError as error:
            self._failed(item, error)
            self._end(error)
        except TransferError as error:
            self._failed(item, error)
        else:
            self._completed(item)
        return True

    def _nothing_to_begin(self) -> bool:
        if self._waiting and self._stop_requested():
            self._outcome.stopped = True
        ended = self._outcome.stopped or self._outcome.fatal is not None
        return ended or not self._waiting or self._broken_off.is_set()

    def _fetch(self, item: Wanted, connection: _Connection) -> None:
        """Try until the file is whole, or until enough tries in a row brought it no further."""
        fetch = FileFetch(
            item, self._placement, self._part_folder, self.progress, self._check
        )
        failures = 0
        while True:
            try:
                fetch.attempt(connection.transport())
                return
            except HeldElsewhere:
                # Its writer is at work; what it has brought is found at the next try.
                self._pause(self._policy.first_wait)
                self._check()
            except Retryable as error:
                connection.close()
                failures = 0 if fetch.advanced() else failures + 1
                self._before_next_try(item, error, failures)

    def _before_next_try(self, item: Wanted, error: Retryable, failures: int) -> None:
        if isinstance(error, TooManyConnections) and self._limit.refused():
            logger.info("%s; going on with %d", error, self._limit.allowed)
            raise _PlaceLost from error
        if self._stop_requested():
            self._outcome.stopped = True
            raise Interrupted(str(error)) from error
        if self._policy.exhausted(failures):
            text = f"{error}; given up after {failures} tries in a row"
            # A server that lets nobody in will not do so for the next file either.
            unreachable = isinstance(error, (TooManyConnections, ConnectionFailed))
            raise (FatalError if unreachable else TransferError)(text) from error
        seconds = max(self._policy.wait(max(failures, 1)), error.retry_after)
        logger.info("%s: %s; asked again in %.0f s", item.name, error, seconds)
        self._pause(seconds)
        self._check()

    def _check(self) -> None:
        if self._broken_off.is_set():
            raise Interrupted("the download was broken off")

    def _put_back(self, item: Wanted) -> None:
        with self._lock:
            self._waiting.appendleft(item)

    def _completed(self, item: Wanted) -> None:
        with self._lock:
            self._outcome.complete += 1
        self.progress.completed()
        self._on_complete(item)

    def _failed(self, item: Wanted, error: TransferError) -> None:
        logger.error("%s: %s", item.name, error)
        self._outcome.failures.append(Failure(item, error))

    def _end(self, error: TransferError) -> None:
        """Begin no other file; those under way may finish."""
        self._outcome.fatal = error


class _Connection:
    """A worker's connection, made when it is needed and again when it was lost."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: Optional[Transport] = None

    def transport(self) -> Transport:
        if self._transport is None or not self._transport.is_open():
            self._transport = self._server.connect()
        return self._transport

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None


class _PlaceLost(Exception):
    """The server does not bear this connection; the file goes back to the others."""
