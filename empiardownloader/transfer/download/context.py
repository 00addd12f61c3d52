"""Values that the files of a run share, and the results of a worker's turn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Optional

from ...errors import TransferError
from ...net.errors import ConnectionCut
from ..progress import Progress
from ..server_health import ServerHealth
from .destination import Destination
from .part_file import PartFile
from .plausible import Plausibility


@dataclass(frozen=True)
class DownloadContext:
    """Values that the files of a run share."""

    destination: Destination
    part_folder: Path
    progress: Progress
    health: ServerHealth
    is_plausible: Plausibility
    #: Returns the bytes that one connection should fetch of a file, None for all.
    segment_size: Callable[[], Optional[int]]
    #: Raises Interrupted once the run was broken off.
    check_running: Callable[[], None]
    #: Raises NoSpace if the files under way do not fit on the disk.
    check_space: Callable[[], None]
    #: Wakes idle workers: there may be a segment to fetch.
    wake: Callable[[], None]


@dataclass(frozen=True)
class Attempt:
    """The result of a worker's turn at a file.

    ``complete_part``: all bytes are here and no worker can write any more; it is to be published.
    ``is_shared``: other workers are at the file, so that the error is not the file's. ``is_idle``:
    there was nothing to do for this worker.
    """

    is_published: bool = False
    complete_part: Optional[PartFile] = None
    error: Optional[TransferError] = None
    is_shared: bool = False
    advanced: bool = False  # the file has more bytes than after any failure before
    is_idle: bool = False


class FileChanged(ConnectionCut):
    """The received bytes are not those of the server's file: the download starts again."""
