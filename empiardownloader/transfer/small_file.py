"""A small file of a server in memory, at one try."""

from __future__ import annotations

from ..net.errors import SizeMismatch
from ..units import bytes_text
from .base import Server, Sink


class _Memory(Sink):
    """Keeps what comes."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, block: memoryview) -> None:
        self.content += block

    def restart(self) -> None:
        self.content.clear()


def read_file(server: Server, path: str, most: int = 16_000_000) -> bytes:
    """Return a file of at most so many bytes; TransferError where it does not come at one try."""
    transport = server.connect()
    try:
        size = transport.size_of(path)
        if size > most:
            raise SizeMismatch(f"{path}: {bytes_text(size)} are too many, at most {most} are read")
        sink = _Memory()
        transport.fetch(path, sink, 0, size)
        return bytes(sink.content)
    finally:
        transport.close()
