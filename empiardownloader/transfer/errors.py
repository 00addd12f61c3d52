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
    │   └── UnsafeName          a name that could leave the folder or break the conversation
    └── FatalError              nothing will come until somebody acts
        ├── LoginRefused        the server does not let anonymous users in
        ├── NoSpace             the disk is full, or would be
        └── FolderNotWritable   the local folder does not take files

Exceptions of ftplib, of requests and of the local disk are translated in one place each
(``translated`` in :mod:`~empiardownloader.transfer.ftp_errors` and
:mod:`~empiardownloader.transfer.http_errors`, ``local`` in
:mod:`~empiardownloader.transfer.parts`).
"""

from __future__ import annotations


class TransferError(Exception):
    """Base of all; its text is one sentence for the user."""


class Retryable(TransferError):
    """It may pass by itself, though not before ``retry_after`` seconds, if the server said so."""

    retry_after: float = 0.0


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


class FileError(TransferError):
    """One file cannot be had; the others are not concerned."""


class FileMissing(FileError):
    """The server does not have the file, or does not give it (FTP 550, HTTP 404)."""


class SizeMismatch(FileError):
    """The file is not as long as the listing said."""


class UnsafeName(FileError):
    """A name from the server that could lead out of its folder or break a command line."""


class FatalError(TransferError):
    """No file can come until somebody changes something."""


class LoginRefused(FatalError):
    """The server does not accept an anonymous login."""


class NoSpace(FatalError):
    """The local disk is full, or the files would not fit on it."""


class FolderNotWritable(FatalError):
    """The local folder does not take files."""


class Interrupted(TransferError):
    """The caller asked to stop at once; what has come so far stays for the next time."""
