"""The result of a run as it grows, and the calls that tell the caller about each file."""

from __future__ import annotations

import logging
import threading
from typing import Any, Callable

from ...errors import FatalError, TransferError
from ..progress import Progress
from .publisher import fault
from .request import FileRequest
from .result import DownloadResult, Failure

logger = logging.getLogger(__name__)


class ResultReporter:
    """Counts completed and failed files for all threads, and calls the caller back.

    An exception of a callback ends the run, and does not hide the files that were completed.
    """

    def __init__(self, progress: Progress, on_failure: Callable[[Failure], None]) -> None:
        self.result = DownloadResult()
        self._progress = progress
        self._on_failure = on_failure
        self._lock = threading.Lock()

    def completed(self, request: FileRequest, notify: Callable[[FileRequest], None]) -> None:
        """Count a file that is at its destination, and report it with ``notify``."""
        with self._lock:
            self.result.completed += 1
        self._progress.file_done()
        self._call(notify, request)

    def failed(self, request: FileRequest, error: TransferError) -> None:
        """Count a file that is given up; a FatalError ends the run."""
        if isinstance(error, FatalError):
            self.end(error)
        # Not logged as an error: the caller reports all failures together.
        logger.info("%s: %s", request.name, error)
        failure = Failure(request, error)
        self.result.failures.append(failure)
        self._call(self._on_failure, failure)

    def end(self, error: TransferError) -> None:
        """Start no other file; active ones may finish."""
        with self._lock:
            # The first error is kept: the space that was missing was counted with all files active.
            self.result.fatal_error = self.result.fatal_error or error

    def _call(self, callback: Callable[[Any], None], news: Any) -> None:
        try:
            callback(news)
        except Exception as error:
            logger.exception("A callback of the download failed")
            self.end(fault(error))
