"""Errors of the transfer, split by the caller's possible reaction.

::

    TransferError
    ├── Retryable               may pass: wait, connect again, resume
    │   ├── ConnectionFailed    no connection, or the login failed
    │   ├── LimitReached        use fewer connections
    │   │   ├── TooManyConnections  the server limits their number
    │   │   │   └── ServerBusy  the same over HTTP (in http_errors)
    │   │   └── TooManyOpenFiles    this machine limits it (in errors)
    │   ├── ConnectionCut       lost in the middle of a transfer
    │   ├── Stalled             connected, but no byte for too long
    │   │   └── NoResponse      no byte at all since the connection was accepted
    │   ├── RangesRefused       the server sends whole files only, and others fetch this one
    │   └── PartLocked       another run downloads this file into the same folder
    ├── FileError               this file cannot be downloaded, others can
    │   ├── FileMissing         the server does not have it, or refuses to send it
    │   ├── SizeMismatch        its size is not the listed one
    │   │   └── SizeUnknown     the server does not report its size
    │   └── UnsafeName          a name that could leave the folder or break the protocol
    └── FatalError              no file can be downloaded until the user acts
        ├── AnonymousLoginRefused        the server refuses anonymous users
        ├── ListingUnreadable   the server lists folders in an unknown form
        ├── NoSpace             the disk is full, or would be
        └── FolderNotWritable   the local folder cannot be written to

Foreign exceptions are mapped in one place each: ``map_ftp_errors`` in
:mod:`~empiardownloader.transfer.ftp.error_mapping`, ``map_http_errors`` in
:mod:`~empiardownloader.net.http_errors` and ``map_disk_errors`` in
:mod:`~empiardownloader.disk.errors`.
"""

from __future__ import annotations

from ..errors import FatalError, FileError, LimitReached, Retryable


class ConnectionFailed(Retryable):
    """No connection to the server, or it was cut before the login had succeeded."""


class TooManyConnections(LimitReached):
    """The server refuses this connection because there are too many (FTP 421, 530 with a count)."""


class ConnectionCut(Retryable):
    """The connection was lost in the middle of a transfer."""


class Stalled(Retryable):
    """The connection is open, but no byte was received during the stall time."""


class NoResponse(Stalled):
    """The connection was accepted, but no byte was ever received during the stall time."""


class RangesRefused(Retryable):
    """The server sends the whole file instead of a range, while other connections fetch it."""


class PartLocked(Retryable):
    """Another run downloads this file into the same folder."""


class FileMissing(FileError):
    """The server does not have the file, or refuses to send it (FTP 550, HTTP 404)."""


class SizeMismatch(FileError):
    """The file's size is not the listed one."""


class SizeUnknown(SizeMismatch):
    """The server does not report the file's size."""


class AnonymousLoginRefused(FatalError):
    """The server does not accept an anonymous login."""


class ListingUnreadable(FatalError):
    """A folder's listing has unreadable lines, so that files would be missing."""
