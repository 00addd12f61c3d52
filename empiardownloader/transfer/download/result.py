"""The result of a run of the downloader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional

from ...errors import TransferError
from .request import FileRequest


@dataclass(frozen=True)
class Failure:
    """A file that was not downloaded, and why."""

    request: FileRequest
    error: TransferError


@dataclass
class DownloadResult:
    """The result of a run.

    ``fatal_error`` ended the downloads of all further files; ``stopped`` is True if the caller
    asked for the end before every file had begun.
    """

    completed: int = 0
    failures: List[Failure] = field(default_factory=list)
    fatal_error: Optional[TransferError] = None
    stopped: bool = False
