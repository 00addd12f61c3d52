"""The seam between the downloader and a protocol of the wire: a server, and one connection to it.

A new transport implements :class:`Server` and :class:`Transport` and nothing else; the downloader,
the listing and the retries know only these.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import List, Optional


@dataclass(frozen=True)
class Timeouts:
    """Seconds before a silent server is given up.

    A connection of EMPIAR's server that is accepted and never served is seen about once in thirty;
    asking again after some 12 s beats waiting.
    """

    connect: float = 10.0
    stall: float = 15.0
    listing: float = 60.0


@dataclass(frozen=True)
class Listed:
    """One line of a remote folder's listing.

    ``size`` is in bytes and exact, or None where the server gives it rounded or not at all.
    ``modified`` sorts by time within one listing where the server gives it in such a form.
    What a link points to is not known: ``is_link`` items may be files, folders or nothing.
    """

    name: str
    size: Optional[int] = None
    is_folder: bool = False
    is_link: bool = False
    modified: str = ""


class Sink(abc.ABC):
    """Where the bytes of one file go, in order."""

    @abc.abstractmethod
    def write(self, block: memoryview) -> None:
        """Append a block; it is only valid during the call."""

    @abc.abstractmethod
    def restart(self) -> None:
        """Forget what has come: the transfer begins again at the first byte."""


class Transport(abc.ABC):
    """One connection to the file server, used by one thread at a time.

    Every method raises :class:`~empiardownloader.transfer.errors.TransferError`; after a
    ``Retryable`` one the connection is to be closed.
    """

    @abc.abstractmethod
    def list_folder(self, folder: str) -> List[Listed]:
        """What lies in a folder, '' being the root; FileMissing where there is none."""

    @abc.abstractmethod
    def size_of(self, path: str) -> int:
        """The exact size of a file in bytes."""

    @abc.abstractmethod
    def fetch(self, path: str, sink: Sink, start: int, stop: int) -> None:
        """Hand the bytes from ``start`` up to ``stop``, the file's end, to the sink.

        Raises SizeMismatch when the file ends elsewhere, ConnectionCut when the connection does.
        """

    @abc.abstractmethod
    def is_open(self) -> bool:
        """Whether another call can succeed; a transfer may end whole and its connection dead."""

    @abc.abstractmethod
    def close(self) -> None:
        """End the connection; never raises."""


class Server(abc.ABC):
    """A tree of files on a server; what one connection learns about it serves the next."""

    @abc.abstractmethod
    def connect(self) -> Transport:
        """Open a connection; raises ConnectionFailed, TooManyConnections or LoginRefused."""
