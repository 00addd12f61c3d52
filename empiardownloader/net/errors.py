"""What can go wrong between the archive's disk and ours, split by what the caller can do.

::

    TransferError
    ├── Retryable               it may pass: wait, connect again, go on where it stopped
    │   ├── ConnectionFailed    no connection, or the login did not get through
    │   ├── TooManyConnections  the server counts them: use fewer
    │   │   └── ServerBusy      HTTP's way of saying so (in http_errors)
    │   ├── ConnectionCut       lost in the middle of a transfer
    │   ├── Stalled             connected, and not a byte for too long
    │   │   └── Unanswered      so from the beginning: the connection has never said anything
    │   ├── RangesRefused       the server sends whole files only, and others are at this one
    │   └── HeldElsewhere       another run is fetching this file into the same folder
    ├── FileError               this file will not come, others may
    │   ├── FileMissing         the server does not have it, or does not give it
    │   ├── SizeMismatch        it is not as long as the list said
    │   │   └── SizeUnknown     the server does not tell its size
    │   └── UnsafeName          a name that could leave the folder or break the conversation
    └── FatalError              nothing will come until somebody acts
        ├── LoginRefused        the server does not let anonymous users in
        ├── ListingUnreadable   the server lists folders in a form that is not known
        ├── NoSpace             the disk is full, or would be
        └── FolderNotWritable   the local folder does not take files

Exceptions of ftplib, of requests and of the local disk are translated in one place each
(``translated`` in :mod:`~empiardownloader.transfer.ftp.errors` and
:mod:`~empiardownloader.net.http_errors`, ``local`` in
:mod:`~empiardownloader.disk.errors`).
"""

from __future__ import annotations

from ..errors import FatalError, FileError, Retryable


class ConnectionFailed(Retryable):
    """No connection to the server, or it was cut before the login was through."""


class TooManyConnections(Retryable):
    """The server refuses this connection because there are too many (FTP 421, 530 with a count)."""


class ConnectionCut(Retryable):
    """The connection was lost in the middle of a transfer."""


class Stalled(Retryable):
    """The connection stands, and no byte came for the stall time."""


class Unanswered(Stalled):
    """The connection was accepted, and nothing whatever came over it for the stall time."""


class RangesRefused(Retryable):
    """A part was asked for, the server sends the whole file, and other connections are at it."""


class HeldElsewhere(Retryable):
    """Another run is fetching this file into the same folder."""


class FileMissing(FileError):
    """The server does not have the file, or does not give it (FTP 550, HTTP 404)."""


class SizeMismatch(FileError):
    """The file is not as long as the listing said."""


class SizeUnknown(SizeMismatch):
    """The server has no way to tell the file's size."""


class LoginRefused(FatalError):
    """The server does not accept an anonymous login."""


class ListingUnreadable(FatalError):
    """A folder's listing has lines that cannot be read, so that items would be missing."""
