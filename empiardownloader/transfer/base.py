"""The interface between the downloader and a network protocol: a server, and one connection.

A new transport implements :class:`Server` and :class:`Connection` and nothing else; the downloader,
the listing and the retries use only these.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import List, NamedTuple, Optional

from ..errors import TransferError
from ..net.errors import ConnectionFailed, SizeUnknown


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait for a silent server.

    About one connection in thirty to EMPIAR's server is accepted and never served; asking again
    after some 12 s is faster than waiting.
    """

    connect: float = 10.0
    stall: float = 15.0
    # Servers look at each item of a folder and sort them before the first byte of its listing: with
    # some ten thousand on a busy disk that outlasts a stall, and would begin anew when asked again.
    listing: float = 60.0


class ListingItem(NamedTuple):
    """One line of a remote folder's listing.

    ``size`` is in bytes and exact, or None if the server rounds or omits it. ``modified`` sorts by
    time within one listing if the server's form allows it. The target of a link is unknown:
    ``is_link`` items may be files, folders or nothing. A tuple, because a folder may have ten
    thousand of them.
    """

    name: str
    size: Optional[int] = None
    is_folder: bool = False
    is_link: bool = False
    modified: str = ""


class Sink(abc.ABC):
    """The receiver of the bytes of one transfer, in order."""

    #: True: no more is wanted, another connection brings the rest.
    is_full: bool = False

    @abc.abstractmethod
    def write(self, block: memoryview) -> None:
        """Append a block, which is only valid during the call."""

    @abc.abstractmethod
    def restart(self) -> None:
        """Drop the received bytes: the file follows from its first byte to its last.

        Raises RangesRefused if that would destroy the bytes of other connections.
        """

    def changed(self) -> None:
        """Drop the kept bytes: the server's file is no longer the one before ``start``.

        Without kept bytes, this does nothing.
        """
        self.restart()


class Connection(abc.ABC):
    """One connection to the file server, used by one thread at a time.

    Every method raises :class:`~empiardownloader.net.errors.TransferError`; after a ``Retryable``
    one the connection has to be closed.
    """

    #: Whether `fetch` may stop before the file's end: several connections can then share a file.
    splits_files: bool = False

    @abc.abstractmethod
    def list_folder(self, folder: str) -> List[ListingItem]:
        """Return the contents of a folder, '' being the root; raises FileMissing."""

    @abc.abstractmethod
    def size_of(self, path: str) -> int:
        """Return the exact size of a file in bytes."""

    @abc.abstractmethod
    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        """Pass the bytes from ``start`` up to ``stop`` to the sink, of a file of ``size`` bytes.

        ``stop`` is the file's end (also if ``size`` is None) unless the transport ``splits_files``.
        Raises SizeMismatch if the file ends elsewhere than expected, ConnectionCut if the
        connection does.
        """

    def fetch_unsized(self, path: str, sink: Sink) -> int:
        """Pass the whole file to the sink and return its size, which `size_of` could not find.

        Only an end that the server marks counts; any other raises ConnectionCut.
        """
        raise SizeUnknown(f"{path}: the server does not tell its size")

    @abc.abstractmethod
    def is_open(self) -> bool:
        """Return True if another call can succeed; a transfer may complete on a dead connection."""

    @abc.abstractmethod
    def close(self) -> None:
        """Close the connection; never raises."""


class Server(abc.ABC):
    """A tree of files on a server; its connections share what they learn about it."""

    @abc.abstractmethod
    def connect(self) -> Connection:
        """Open a connection.

        Raises ConnectionFailed, TooManyConnections or AnonymousLoginRefused.
        """

    def data_connection_error(self, times: int) -> Optional[ConnectionFailed]:
        """Return the error if the last ``attempts`` data connections all failed, else None.

        None as soon as any data connection has worked: then an error may pass.
        """
        return None

    def abandon(self, error: TransferError) -> bool:
        """Switch to another server with the same files; return False if there is none."""
        return False
