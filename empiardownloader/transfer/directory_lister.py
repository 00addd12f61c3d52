"""Asking a server about many folders and files over one connection, made again when it is lost."""

from __future__ import annotations

import logging
import time
from typing import Callable, List, TypeVar

from ..errors import Retryable
from ..net.errors import ListingUnreadable
from ..net.retry import RetryPolicy, retrying
from .base import Connection, ListingItem, Server
from .lazy_connection import LazyConnection
from .small_file import MAX_SMALL_FILE, fetch_small_file_over

logger = logging.getLogger(__name__)

_Answer = TypeVar("_Answer")


class DirectoryLister:
    """Lists folders over one connection; a context manager that closes it."""

    def __init__(
        self,
        server: Server,
        policy: RetryPolicy = RetryPolicy(),  # noqa: B008 (frozen)
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._connection = LazyConnection(server)
        self._policy = policy
        self._sleep = sleep

    def __call__(self, folder: str) -> List[ListingItem]:
        """Return the contents of a folder; raises FileMissing."""
        try:
            return self._ask(lambda connection: connection.list_folder(folder))
        except ListingUnreadable as error:
            # A FallbackServer makes the next connection to its second server.
            logger.info("%s; asked again over a new connection", error)
            self._connection.close()
            return self._ask(lambda connection: connection.list_folder(folder))

    def size_of(self, path: str) -> int:
        """Return the exact size of a file in bytes, for servers that round sizes in listings."""
        return self._ask(lambda connection: connection.size_of(path))

    def read(self, path: str, most: int = MAX_SMALL_FILE) -> bytes:
        """Return the content of a file of at most ``most`` bytes."""
        return self._ask(lambda connection: fetch_small_file_over(connection, path, most))

    def _ask(self, question: Callable[[Connection], _Answer]) -> _Answer:
        def once() -> _Answer:
            try:
                return question(self._connection.connect())
            except Retryable:
                self._connection.close()
                raise

        return retrying(once, self._policy, self._sleep)

    def __enter__(self) -> DirectoryLister:
        return self

    def __exit__(self, *exception: object) -> None:
        self._connection.close()
