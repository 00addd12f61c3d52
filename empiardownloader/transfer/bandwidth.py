"""A limit of the bytes per second that all connections to a server receive together."""

from __future__ import annotations

import threading
import time
from typing import Callable, List, Optional

from ..errors import TransferError
from ..net.errors import ConnectionFailed
from .base import Connection, ListingItem, Server, Sink

_PIECE_SECS = 0.25  # of the limit: so long a connection sleeps at once, and no longer


class TokenBucket:
    """Limits the transfer to ``rate`` bytes per second; unused bytes of a moment may follow at
    once."""

    def __init__(
        self,
        rate: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.piece = max(1, int(rate * _PIECE_SECS))
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._paid_until = clock()

    def spend(self, count: int) -> None:
        """Sleep until this many bytes may pass."""
        with self._lock:
            now = self._clock()
            # Time in which nothing was received is not saved up, but for one piece.
            self._paid_until = max(self._paid_until, now - _PIECE_SECS) + count / self._rate
            wait = self._paid_until - now
        if wait > 0:
            self._sleep(wait)


class LimitedServer(Server):
    """Another server, whose connections share one bucket; listings are not limited."""

    def __init__(self, server: Server, bucket: TokenBucket) -> None:
        self._server = server
        self._bucket = bucket

    def connect(self) -> Connection:
        return _LimitedConnection(self._server.connect(), self._bucket)

    def data_connection_error(self, times: int) -> Optional[ConnectionFailed]:
        return self._server.data_connection_error(times)

    def abandon(self, error: TransferError) -> bool:
        return self._server.abandon(error)

    def __str__(self) -> str:
        return str(self._server)


class _LimitedConnection(Connection):
    def __init__(self, connection: Connection, bucket: TokenBucket) -> None:
        self._connection = connection
        self._bucket = bucket
        self.splits_files = connection.splits_files

    def list_folder(self, folder: str) -> List[ListingItem]:
        return self._connection.list_folder(folder)

    def size_of(self, path: str) -> int:
        return self._connection.size_of(path)

    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        self._connection.fetch(path, _LimitedSink(sink, self._bucket), start, stop, size)

    def fetch_unsized(self, path: str, sink: Sink) -> int:
        return self._connection.fetch_unsized(path, _LimitedSink(sink, self._bucket))

    def is_open(self) -> bool:
        return self._connection.is_open()

    def close(self) -> None:
        self._connection.close()


class _LimitedSink(Sink):
    """Takes a block in pieces, so that no connection sleeps long, and the progress is steady."""

    def __init__(self, sink: Sink, bucket: TokenBucket) -> None:
        self._sink = sink
        self._bucket = bucket

    @property
    def is_full(self) -> bool:  # type: ignore[override]
        return self._sink.is_full

    def write(self, block: memoryview) -> None:
        for start in range(0, len(block), self._bucket.piece):
            piece = block[start : start + self._bucket.piece]
            self._bucket.spend(len(piece))
            self._sink.write(piece)

    def restart(self) -> None:
        self._sink.restart()

    def changed(self) -> None:
        self._sink.changed()


def limited(server: Server, bandwidth: Optional[float]) -> Server:
    """Return the server with a limit in bytes per second, None for none."""
    return LimitedServer(server, TokenBucket(bandwidth)) if bandwidth else server
