"""Base errors of this package, split by the caller's possible reaction.

The text of each error is one sentence for the user.
"""

from __future__ import annotations

import errno
from typing import Iterable, Optional


class EmpiarError(Exception):
    """Base of all errors that reach the user; the text is one sentence."""


class TransferError(EmpiarError):
    """A failure of a server, of the network or of the local disk."""

    def __init__(self, text: str = "", reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason or text


class Retryable(TransferError):
    """An error that may pass; ``retry_after`` is the server's waiting time in seconds, if any."""

    retry_after: float = 0.0


class LimitReached(Retryable):
    """A limit of the server or of this machine: fewer connections may work."""


class TooManyOpenFiles(LimitReached):
    """This process, or this machine, may open no more files and connections."""


class FileError(TransferError):
    """An error of one file; other files can still be downloaded."""


class FatalError(TransferError):
    """An error that prevents every download until the user or an administrator acts."""


class Interrupted(TransferError):
    """The caller asked to stop at once; parts stay on the disk for the next time."""


def no_descriptors(causes: Iterable[BaseException]) -> Optional[TooManyOpenFiles]:
    """Return the error if one of the causes is a lack of file descriptors, else None."""
    for cause in causes:
        if isinstance(cause, OSError) and cause.errno in (errno.EMFILE, errno.ENFILE):
            return TooManyOpenFiles(
                f"this machine opens no more files for the run ({cause.strerror}); raise the limit "
                "(ulimit -n) for more connections",
                "too many open files",
            )
    return None
