"""The seam between the downloader and a protocol of the wire: a server, and one connection to it.

A new transport implements :class:`Server` and :class:`Transport` and nothing else; the downloader,
the listing and the retries know only these.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import List, NamedTuple, Optional

from ..errors import TransferError
from ..net.errors import ConnectionFailed, SizeUnknown


@dataclass(frozen=True)
class Timeouts:
    """Seconds before a silent server is given up.

    A connection of EMPIAR's server that is accepted and never served is seen about once in thirty;
    asking again after some 12 s beats waiting.
    """

    connect: float = 10.0
    stall: float = 15.0
    # Servers look at each item of a folder and sort them before the first byte of its listing: with
    # some ten thousand on a busy disk that outlasts a stall, and would begin anew when asked again.
    listing: float = 60.0


class Listed(NamedTuple):
    """One line of a remote folder's listing.

    ``size`` is in bytes and exact, or None where the server gives it rounded or not at all.
    ``modified`` sorts by time within one listing where the server gives it in such a form.
    What a link points to is not known: ``is_link`` items may be files, folders or nothing.
    A tuple, for a folder may have some ten thousand of them.
    """

    name: str
    size: Optional[int] = None
    is_folder: bool = False
    is_link: bool = False
    modified: str = ""


class Sink(abc.ABC):
    """Where the bytes of one transfer go, in order."""

    #: True: no more is wanted, another connection brings the rest.
    is_full: bool = False

    @abc.abstractmethod
    def write(self, block: memoryview) -> None:
        """Append a block; it is only valid during the call."""

    @abc.abstractmethod
    def restart(self) -> None:
        """Forget what has come: the file follows from its first byte to its last.

        Raises RangesRefused where that would spoil what other connections bring.
        """

    def changed(self) -> None:
        """The server has another file now than that of the bytes before ``start``.

        Without bytes that were kept, there is nothing to give up.
        """
        self.restart()


class Transport(abc.ABC):
    """One connection to the file server, used by one thread at a time.

    Every method raises :class:`~empiardownloader.net.errors.TransferError`; after a
    ``Retryable`` one the connection is to be closed.
    """

    #: Whether `fetch` may stop before the file's end: several connections can then share a file.
    splits_files: bool = False

    @abc.abstractmethod
    def list_folder(self, folder: str) -> List[Listed]:
        """What lies in a folder, '' being the root; FileMissing where there is none."""

    @abc.abstractmethod
    def size_of(self, path: str) -> int:
        """The exact size of a file in bytes."""

    @abc.abstractmethod
    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        """Hand the bytes from ``start`` up to ``stop`` to the sink, of a file of ``size`` bytes.

        ``stop`` is the file's end (``size`` None says so, too) unless the transport
        ``splits_files``. Raises SizeMismatch when the file ends elsewhere than it should,
        ConnectionCut when the connection does.
        """

    def fetch_unsized(self, path: str, sink: Sink) -> int:
        """Hand all of a file to the sink and return its size, which `size_of` could not tell.

        Only an end that the server marks is believed: ConnectionCut for any other.
        """
        raise SizeUnknown(f"{path}: the server does not tell its size")

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

    def in_vain(self, times: int) -> Optional[ConnectionFailed]:
        """Why connections stand and carry nothing; None unless so many times in a row none did.

        Also None once one has: what fails then may pass.
        """
        return None

    def abandon(self, error: TransferError) -> bool:
        """Turn to another way to the same files, as this one brings none; False without one."""
        return False
