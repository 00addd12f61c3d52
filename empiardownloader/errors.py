"""The base of all errors of this package, split by what the caller can do.

The text of each is one sentence for the user.
"""

from __future__ import annotations


class EmpiarError(Exception):
    """Base of all errors that a user is told; the text is one sentence."""


class TransferError(EmpiarError):
    """A server, the way to it or the local disk failed; ``reason``: the same in a few words."""

    def __init__(self, text: str = "", reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason or text


class Retryable(TransferError):
    """It may pass by itself, though not before ``retry_after`` seconds, if the server said so."""

    retry_after: float = 0.0


class FileError(TransferError):
    """One file cannot be had; the others are not concerned."""


class FatalError(TransferError):
    """No file can come until somebody changes something."""


class Interrupted(TransferError):
    """The caller asked to stop at once; what has come so far stays for the next time."""
