"""A second server with the same files, for networks that block the first."""

from __future__ import annotations

import logging
import threading
from typing import Callable
from weakref import WeakSet

from ..errors import Retryable, TooManyOpenFiles, TransferError
from ..net import open_sockets
from ..net.errors import AnonymousLoginRefused, TooManyConnections
from ..net.retry import RetryPolicy
from .base import Connection, Server
from .server_health import INITIAL_POLICY, ServerHealth

logger = logging.getLogger(__name__)


class FallbackServer(Server):
    """The primary server; the secondary one, with the same tree, once the primary is unusable.

    The switch is made once, for all threads, and logged once. The primary is unusable

    - before its first connection: if ``initial`` is exhausted by failures in a row (one thread
      tries, the others wait for its result);
    - before its first byte or listing: after as many failed data connections, because an FTP
      server's data ports may be closed while its own port is open;
    - later: if one thread failed to connect so often in a row that a downloader with the policy
      ``established`` would end the run. Each new connection, of whichever thread, resets the
      count; a refusal for too many connections does not count while others are open;
    - at any time if it refuses the login, because waiting does not change that;
    - if a downloader reports that open connections receive nothing (`abandon`).

    Active files keep their connection. ``primary`` must be a server whose ``connect`` fails if it
    does not answer, as FTP's does. ``sleep`` waits a number of seconds.
    """

    def __init__(
        self,
        primary: Server,
        secondary: Server,
        *,
        initial: RetryPolicy = INITIAL_POLICY,
        established: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
        sleep: Callable[[float], object] = open_sockets.sleep,
    ) -> None:
        self._primary = primary
        self._secondary = secondary
        self._initial = initial
        # A downloader's own row began with the connection that was lost, one failure earlier.
        self._established = RetryPolicy(attempts=max(1, established.attempts - 1))
        self._sleep = sleep
        self._deciding = threading.Lock()
        self._lock = threading.Lock()
        self._fallen_back = False
        self._connections_made = 0  # connections to the first
        self._connections: WeakSet[Connection] = WeakSet()
        self._health = ServerHealth(lambda: self._connections_made, self._established)

    def connect(self) -> Connection:
        """A connection to the server that holds now; raises what its ``connect`` raises."""
        if self._is_undecided():
            with self._deciding:
                if self._is_undecided():
                    return self._probe_primary()
        if self._fallen_back:
            return self._secondary.connect()
        error = self._primary.data_connection_error(self._initial.attempts)
        return self._connect_established() if error is None else self._switch_to_secondary(error)

    def __str__(self) -> str:
        return str(self._secondary if self._fallen_back else self._primary)

    def _is_undecided(self) -> bool:
        return not self._connections_made and not self._fallen_back

    def _probe_primary(self) -> Connection:
        failures = 0
        while True:
            try:
                return self._connect_primary()
            except TooManyOpenFiles:
                raise  # no other server helps
            except (Retryable, AnonymousLoginRefused) as error:
                failures += 1
                if isinstance(error, AnonymousLoginRefused) or self._initial.exhausted(failures):
                    return self._switch_to_secondary(error)
                self._sleep(self._initial.wait(failures))

    def _connect_established(self) -> Connection:
        try:
            return self._connect_primary()
        except (Retryable, AnonymousLoginRefused) as error:
            if not self._fallen_back and not self._is_closed_now(error):
                raise
            return self._switch_to_secondary(error)

    def _connect_primary(self) -> Connection:
        connection = self._primary.connect()
        with self._lock:
            self._connections_made += 1
            self._connections.add(connection)
        return connection

    def _is_closed_now(self, error: TransferError) -> bool:
        if isinstance(error, AnonymousLoginRefused):
            return True
        if isinstance(error, TooManyOpenFiles):
            return False
        if isinstance(error, TooManyConnections) and self._others_stand():
            return False
        self._health.failed(error)
        return self._established.exhausted(self._health.failures())

    def _others_stand(self) -> bool:
        with self._lock:
            return any(connection.is_open() for connection in self._connections)

    def abandon(self, error: TransferError) -> bool:
        """Turn to the second server; False if that was done before."""
        with self._lock:
            was_done, self._fallen_back = self._fallen_back, True
        if not was_done:
            logger.warning("%s. Using %s instead", error, self._secondary)
        return not was_done

    def _switch_to_secondary(self, error: TransferError) -> Connection:
        self.abandon(error)
        return self._secondary.connect()

