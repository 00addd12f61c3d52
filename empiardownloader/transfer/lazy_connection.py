"""A connection to the server for as long as one thread needs it."""

from __future__ import annotations

import logging
from typing import Optional

from .base import Server, Transport

logger = logging.getLogger(__name__)


class Connection:
    """A connection that is made when it is needed, and again when it was lost; for one thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: Optional[Transport] = None
        self.failures = 0  # in a row, of segments of files that other connections fetch, too

    def transport(self) -> Transport:
        """Return the open connection, or connect."""
        if self._transport is None or not self._transport.is_open():
            self._transport = self._server.connect()
        return self._transport

    def close(self) -> None:
        """Close the connection, if there is one; never raise."""
        if self._transport is not None:
            transport, self._transport = self._transport, None
            try:
                transport.close()
            except Exception:  # nothing is lost by it, and a thread would be
                logger.exception("A connection was not closed properly")
