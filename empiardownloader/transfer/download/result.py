"""The result of a run of the downloader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional

from ...errors import TransferError
from .request import Wanted


@dataclass(frozen=True)
class Failure:
    """A file that was not downloaded, and why."""

    wanted: Wanted
    error: TransferError


@dataclass
class Outcome:
    """The result of a run.

    ``fatal`` is what kept all further files from being downloaded; ``stopped`` says that the caller
    asked for the end before every file had begun.
    """

    complete: int = 0
    failures: List[Failure] = field(default_factory=list)
    fatal: Optional[TransferError] = None
    stopped: bool = False
