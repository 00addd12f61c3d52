"""A connection to the server for as long as one thread needs it."""

from __future__ import annotations

import logging
from typing import Optional

from .base import Connection, Server

logger = logging.getLogger(__name__)


class LazyConnection:
    """A connection that is made when it is needed, and again when it was lost; for one thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._connection: Optional[Connection] = None
        self.failures = 0  # in a row, of segments of files that other connections fetch, too

    def connect(self) -> Connection:
        """Return the open connection, or connect."""
        if self._connection is None or not self._connection.is_open():
            self._connection = self._server.connect()
        return self._connection

    def close(self) -> None:
        """Close the connection, if there is one; never raise."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                connection.close()
            except Exception:  # nothing is lost by it, and a thread would be
                logger.exception("A connection was not closed properly")
