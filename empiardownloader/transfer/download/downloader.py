"""Many files at once, each whole and in its place or not there at all.

One thread and one connection per file under way; where the server sends parts of files, idle ones
join on the last files. What was interrupted, by a fault or by ``kill -9``, goes on where it
stopped.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable, Iterator, List, Optional

from ...disk.errors import NoSpace
from ...disk.space import allocated_bytes, require_free_space
from ...errors import FatalError, Interrupted, Retryable, TransferError
from ...net.errors import HeldElsewhere, RangesRefused, TooManyConnections
from ...net.retry import RetryPolicy
from ...units import seconds_text
from ..base import Server
from ..lazy_connection import Connection
from ..progress import Progress
from ..server_health import INITIAL_PATIENCE, PATIENCE, ServerHealth
from .connection_limit import ConnectionLimit
from .destination import Placement
from .file_download import FileFetch, fault
from .plausible import Plausibility, implausible_reason
from .request import Wanted
from .segment_queue import WorkList

logger = logging.getLogger(__name__)

_TRIES_AT_A_TIME = 3  # of one file, while others wait


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

    ``on_complete`` is called with each file that is in its place, mostly from a worker's thread;
    ``on_present`` (default: on_complete) with those that already were; ``on_failure`` with each
    that is given up. When
    ``stop_requested`` turns true the files under way are finished and no other is begun. ``pause``
    waits a number of seconds between two tries.

    ``policy`` says how often a file is tried that alone does not come; without a byte of any file,
    the run goes on for ``patience`` seconds, or ``initial_patience`` if none has ever come.
    ``is_plausible`` says why the first bytes of a file cannot be of it.
    """

    def __init__(
        self,
        server: Server,
        placement: Placement,
        part_folder: Path,
        *,
        connections: int = 4,
        policy: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
        patience: float = PATIENCE,
        initial_patience: float = INITIAL_PATIENCE,
        is_plausible: Plausibility = implausible_reason,
        progress: Optional[Progress] = None,
        on_complete: Callable[[Wanted], None] = lambda wanted: None,
        on_present: Optional[Callable[[Wanted], None]] = None,
        on_failure: Callable[[Failure], None] = lambda failure: None,
        stop_requested: Callable[[], bool] = lambda: False,
        pause: Optional[Callable[[float], object]] = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._server = server
        self._placement = placement
        self._part_folder = part_folder
        self._connections = connections
        self._policy = policy
        self.progress = progress or Progress()
        self._on_complete = on_complete
        self._on_present = on_present or on_complete
        self._on_failure = on_failure
        self._stop_requested = stop_requested
        self._broken_off = threading.Event()
        self._pause = pause or self._broken_off.wait
        self._lock = threading.Lock()
        self._limit = ConnectionLimit(connections)
        self._patience = patience
        self._is_plausible = is_plausible
        self._clock = clock
        self._health = ServerHealth(
            self.progress.fetched, policy, patience, initial_patience, clock
        )
        self._work_list = WorkList(self._may_begin, self._may_help, clock)
        self._said_held = False
        self._outcome = Outcome()

    @property
    def connections_in_use(self) -> int:
        """How many connections are at work now."""
        return self._limit.in_use

    def sync_parts(self, now: bool = False) -> None:
        """Bring what was received of the files under way to the disk, where that is due or ``now``.

        Called now and then from another thread, so that a file that stalls loses nothing by a kill.
        """
        for fetch in self._work_list.under_way():
            fetch.sync(now)

    def run(self, wanted: Iterable[Wanted], stays_open: bool = False) -> Outcome:
        """Fetch them all; returns when every thread has ended. One bad file stops no other.

        ``stays_open``: more files may be added from other threads, until `close` is called.
        """
        self._placement.prepare()
        self._work_list.open(stays_open)
        self._work_list.add(self._not_here_yet(wanted))
        try:
            if self._work_list or stays_open:
                here = allocated_bytes(self._part_folder)
                self._check_space(self._work_list.listed_bytes() - here)
                self._run_workers()
        except FatalError as error:
            self._outcome.fatal = error
        return self._outcome

    def add(self, wanted: Iterable[Wanted]) -> None:
        """Fetch more files, while `run` stays open."""
        self._work_list.add(self._not_here_yet(wanted))

    def close(self) -> None:
        """Add no more files: `run` returns when those that there are have come or failed."""
        self._work_list.open(False)

    def _not_here_yet(self, wanted: Iterable[Wanted]) -> Iterator[Wanted]:
        for item in wanted:
            self.progress.expect(max(item.size or 0, 0))
            try:
                # What a size of 0 or below says of a file that is here is not known.
                here = (item.size is None or item.size > 0) and self._placement.is_here(item)
            except TransferError as error:
                self._failed(item, error)
                continue
            if here:
                self.progress.present(item.size or 0)
                self._completed(item, self._on_present)
            else:
                yield item

    def _check_space(self, needed: int) -> None:
        require_free_space(self._part_folder, needed)
        require_free_space(self._placement.folder, needed)

    def _run_workers(self) -> None:
        workers = [
            threading.Thread(target=self._work, name=f"download-{number}", daemon=True)
            for number in range(1, self._connections + 1)
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
        """Hold a place and a connection while there is something to do, and wait without them."""
        while self._work_list.wait():
            if not self._limit.take(give_up=lambda: not self._work_list.is_something()):
                continue
            connection = Connection(self._server)
            try:
                while self._begin_next(connection) or self._help_next(connection):
                    pass
            except (_PlaceLost, Interrupted):
                pass
            except Exception as error:
                logger.exception("A download thread broke off")
                self._end(fault(error))
            finally:
                self._limit.leave()
                connection.close()

    def _may_begin(self) -> bool:
        if self._stop_requested():
            self._outcome.stopped = True
        return not self._outcome.stopped and self._may_help()

    def _may_help(self) -> bool:
        return self._outcome.fatal is None and not self._broken_off.is_set()

    def _begin_next(self, connection: Connection) -> bool:
        """Take the next file and bring it; False when there is none to begin."""
        fetch = self._work_list.begin(self._made_ready)
        if fetch is None:
            return False
        self._answer_for(fetch, connection)
        return True

    def _answer_for(self, fetch: FileFetch, connection: Connection) -> None:
        """Bring a file, or what is left of it, and see to what becomes of it."""
        try:
            if not self._bring(fetch, connection):
                return
        except HeldElsewhere as error:
            self._put_off(fetch, error)
        except _PlaceLost:
            fetch.close()
            self._work_list.put_back(fetch)
            raise
        except _GivesWay:
            fetch.close()
            self._work_list.put_off(fetch, self._policy.first_wait)
        except Interrupted:
            self._ended(fetch)
        except TransferError as error:
            told = self._looked_into(error)  # while this file is among those to come
            self._ended(fetch)
            self._failed(fetch.wanted, told)
        except Exception as error:
            logger.exception("%s: not fetched", fetch.wanted.name)
            self._ended(fetch)
            self._failed(fetch.wanted, fault(error))
        else:
            self._ended(fetch)
            self._completed(fetch.wanted, self._on_complete)

    def _put_off(self, fetch: FileFetch, error: HeldElsewhere) -> None:
        """Go on with other files while another run brings this one, and look at it again."""
        now = self._clock()
        if fetch.held_since is None:
            fetch.held_since = now
            # One line for the user; the other files are in the log of details.
            level = logging.INFO if self._said_held else logging.WARNING
            self._said_held = True
            logger.log(level, "%s; it is waited for, and other files are fetched", error)
        if now - fetch.held_since >= self._patience:
            self._ended(fetch)
            self._failed(fetch.wanted, TransferError(
                f"{error}, for {seconds_text(now - fetch.held_since)}"))  # fmt: skip
            return
        fetch.close()
        self._work_list.put_off(fetch, self._policy.first_wait)

    def _made_ready(self, wanted: Wanted) -> FileFetch:
        return FileFetch(
            wanted,
            self._placement,
            self._part_folder,
            self.progress,
            health=self._health,
            is_plausible=self._is_plausible,
            share=self._share,
            check=self._check,
            check_room=self._check_room,
            changed=self._work_list.look_again,
        )

    def _check_room(self) -> None:
        """For a size that no list told: whether it fits, with what is missing of the others."""
        self._check_space(self._work_list.bytes_left())

    def _looked_into(self, error: TransferError) -> TransferError:
        """Of a disk that is full, also what is still to come."""
        if isinstance(error, NoSpace):
            try:
                self._check_space(self._work_list.bytes_to_come())
            except NoSpace as shortage:
                return shortage
            except TransferError:
                pass  # the first error says more
        return error

    def _share(self) -> Optional[int]:
        """How much of a file one connection should bring, None for all: each has its own."""
        return self._work_list.share(self._limit.allowed)

    def _bring(self, fetch: FileFetch, connection: Connection) -> bool:
        """Try until the file is whole, or until it is given up.

        False when the rest of it is left to others, who are at it.
        """
        while True:
            try:
                return fetch.attempt(connection.transport())
            except HeldElsewhere:
                raise
            except Retryable as error:
                connection.close()
                if fetch.advanced():
                    fetch.setbacks = self._health.setbacks()
                else:
                    self._health.failed(fetch.setbacks, error)
                self._check_patience(error, fetch)
                self._before_next_try(fetch, error)

    def _check_patience(self, error: Retryable, fetch: FileFetch) -> None:
        if isinstance(error, TooManyConnections) and self._limit.refused():
            logger.info("%s; going on with %d", error, self._limit.allowed)
            raise _PlaceLost from error
        if self._stop_requested():
            self._outcome.stopped = True
            raise Interrupted(str(error)) from error
        if self._health.gives_up(fetch.setbacks):
            tries = fetch.setbacks.tries
            raise TransferError(f"{error}; given up after {tries} tries in a row") from error
        if self._health.is_unusable():
            silence = seconds_text(self._health.silence())
            raise FatalError(f"{error}; given up, as nothing came for {silence}") from error
        if fetch.setbacks.tries % _TRIES_AT_A_TIME == _TRIES_AT_A_TIME - 1 and self._work_list:
            raise _GivesWay from error

    def _before_next_try(self, fetch: FileFetch, error: TransferError) -> None:
        seconds = self._health.wait(fetch.setbacks, error)
        logger.info("%s: %s; asked again in %.0f s", fetch.wanted.name, error, seconds)
        self.progress.failed(error.reason, self._health.time_left())
        self._pause(seconds)
        self._check()

    def _help_next(self, connection: Connection) -> bool:
        """Bring a part of a file that another thread answers for; False when there is none."""
        fetch = self._work_list.to_help()
        if fetch is None:
            return False
        done = fetch.help(connection.transport)
        if done is not None and done.error is not None:
            connection.close()
            connection.failures = 0 if done.brought else connection.failures + 1
            if not done.takes_over:
                self._before_next_help(fetch, done.error, connection.failures)
        if done is not None and done.takes_over:
            self._answer_for(fetch, connection)
        return True

    def _before_next_help(self, fetch: FileFetch, error: TransferError, failures: int) -> None:
        if not isinstance(error, Retryable) or isinstance(error, RangesRefused):
            return  # the one who answers for the file will meet it, and judge
        is_one_too_many = isinstance(error, TooManyConnections) or self._policy.exhausted(failures)
        if is_one_too_many and self._limit.refused():
            logger.info("%s; going on with %d", error, self._limit.allowed)
            raise _PlaceLost from error
        self._before_next_try(fetch, error)

    def _check(self) -> None:
        if self._broken_off.is_set():
            raise Interrupted("the download was broken off")

    def _ended(self, fetch: FileFetch) -> None:
        try:
            fetch.close()
        finally:
            self._work_list.end(fetch)

    def _completed(self, item: Wanted, notify: Callable[[Wanted], None]) -> None:
        with self._lock:
            self._outcome.complete += 1
        self.progress.completed()
        notify(item)

    def _failed(self, item: Wanted, error: TransferError) -> None:
        if isinstance(error, FatalError):
            self._end(error)
        # No error here: who has called tells the user of all failures together.
        logger.info("%s: %s", item.name, error)
        failure = Failure(item, error)
        self._outcome.failures.append(failure)
        self._on_failure(failure)

    def _end(self, error: TransferError) -> None:
        """Begin no other file; those under way may finish."""
        with self._lock:
            # The first knows best: what the disk lacks was counted while all were under way.
            self._outcome.fatal = self._outcome.fatal or error


class _GivesWay(Exception):
    """The file did not come at some tries in a row, and others wait: they are tried first."""


class _PlaceLost(Exception):
    """The server does not bear this connection; the file goes back to the others."""
