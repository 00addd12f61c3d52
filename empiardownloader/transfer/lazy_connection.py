"""A connection to the server for as long as somebody needs one."""

from __future__ import annotations

from typing import Optional

from .base import Server, Transport


class Connection:
    """Made when it is needed, and again when it was lost; for one thread."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._transport: Optional[Transport] = None
        self.failures = 0  # in a row, in helping

    def transport(self) -> Transport:
        """The connection, made anew where there is none."""
        if self._transport is None or not self._transport.is_open():
            self._transport = self._server.connect()
        return self._transport

    def close(self) -> None:
        """End it, if there is one."""
        if self._transport is not None:
            transport, self._transport = self._transport, None
            transport.close()
