"""A small file of a server in memory, at one try."""

from __future__ import annotations

from ..net.errors import SizeMismatch
from ..units import format_size
from .base import Connection, Server, Sink

#: Bytes. Larger files are no metadata.
MAX_SMALL_FILE = 16_000_000


class _Memory(Sink):
    """Keeps the received bytes in memory."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, block: memoryview) -> None:
        self.content += block

    def restart(self) -> None:
        self.content.clear()


def fetch_small_file(server: Server, path: str, most: int = MAX_SMALL_FILE) -> bytes:
    """Return a file of at most ``most`` bytes. TransferError if the only attempt fails."""
    connection = server.connect()
    try:
        return fetch_small_file_over(connection, path, most)
    finally:
        connection.close()


def fetch_small_file_over(connection: Connection, path: str, most: int) -> bytes:
    """Return a file of at most ``most`` bytes, over a connection that stays open."""
    size = connection.size_of(path)
    if size > most:
        raise SizeMismatch(f"{path}: {format_size(size)} are too many, at most {most} are read")
    sink = _Memory()
    connection.fetch(path, sink, 0, size)
    return bytes(sink.content)
