"""A second way to the same files, for networks in which the first is closed."""

from __future__ import annotations

import logging
import threading
from typing import Callable
from weakref import WeakSet

from ..errors import Retryable, TooManyOpenFiles, TransferError
from ..net import open_sockets
from ..net.errors import LoginRefused, TooManyConnections
from ..net.retry import RetryPolicy
from .base import Connection, Server
from .server_health import INITIAL_POLICY, ServerHealth

logger = logging.getLogger(__name__)


class FallbackServer(Server):
    """The first of two servers that hold the same tree; the second once the first is closed to us.

    It is decided when a connection is asked for, once and for all threads, and said once in the
    log. The first is closed to us

    - while no connection to it has ever worked: when ``at_first`` is exhausted by failures in a row
      (one thread tries, the others wait for what it finds);
    - while none that worked has ever carried anything: after as many tries in a row, which their
      users make (an FTP server's data ports may be closed, and its own port open);
    - later: when one thread failed to connect so often in a row that a downloader with the policy
      ``later`` would end the run. A connection that works, of whichever thread, begins the row
      anew; a refusal for too many connections does not count while others stand;
    - at any time when it refuses the login, which no waiting changes;
    - when a downloader says so (`abandon`), because nothing comes over connections that stand.

    Files under way keep the connection they have. ``first`` must be a server whose ``connect``
    fails when nobody is there, as FTP's does. ``sleep`` waits a number of seconds.
    """

    def __init__(
        self,
        first: Server,
        second: Server,
        *,
        at_first: RetryPolicy = INITIAL_POLICY,
        later: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
        sleep: Callable[[float], object] = open_sockets.sleep,
    ) -> None:
        self._first = first
        self._second = second
        self._at_first = at_first
        # A downloader's own row began with the connection that was lost, one failure earlier.
        self._later = RetryPolicy(attempts=max(1, later.attempts - 1))
        self._sleep = sleep
        self._deciding = threading.Lock()
        self._lock = threading.Lock()
        self._fallen_back = False
        self._made = 0  # connections to the first
        self._connections: WeakSet[Connection] = WeakSet()
        self._health = ServerHealth(lambda: self._made, self._later)

    def connect(self) -> Connection:
        """A connection to the server that holds now; raises what its ``connect`` raises."""
        if self._is_undecided():
            with self._deciding:
                if self._is_undecided():
                    return self._find_out()
        if self._fallen_back:
            return self._second.connect()
        in_vain = self._first.in_vain(self._at_first.attempts)
        return self._connect_later() if in_vain is None else self._fall_back(in_vain)

    def __str__(self) -> str:
        return str(self._second if self._fallen_back else self._first)

    def _is_undecided(self) -> bool:
        return not self._made and not self._fallen_back

    def _find_out(self) -> Connection:
        failures = 0
        while True:
            try:
                return self._connect_first()
            except TooManyOpenFiles:
                raise  # no other server helps
            except (Retryable, LoginRefused) as error:
                failures += 1
                if isinstance(error, LoginRefused) or self._at_first.exhausted(failures):
                    return self._fall_back(error)
                self._sleep(self._at_first.wait(failures))

    def _connect_later(self) -> Connection:
        try:
            return self._connect_first()
        except (Retryable, LoginRefused) as error:
            if not self._fallen_back and not self._is_closed_now(error):
                raise
            return self._fall_back(error)

    def _connect_first(self) -> Connection:
        connection = self._first.connect()
        with self._lock:
            self._made += 1
            self._connections.add(connection)
        return connection

    def _is_closed_now(self, error: TransferError) -> bool:
        if isinstance(error, LoginRefused):
            return True
        if isinstance(error, TooManyOpenFiles):
            return False
        if isinstance(error, TooManyConnections) and self._others_stand():
            return False
        self._health.failed(error)
        return self._later.exhausted(self._health.failures())

    def _others_stand(self) -> bool:
        with self._lock:
            return any(connection.is_open() for connection in self._connections)

    def abandon(self, error: TransferError) -> bool:
        """Turn to the second server; False if that was done before."""
        with self._lock:
            was_done, self._fallen_back = self._fallen_back, True
        if not was_done:
            logger.warning("%s. Using %s instead", error, self._second)
        return not was_done

    def _fall_back(self, error: TransferError) -> Connection:
        self.abandon(error)
        return self._second.connect()

