"""Publishes complete files in threads of its own, so that no connection waits for the disk."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Callable, Optional

from ...errors import TransferError
from .destination import Destination
from .part_file import PartFile
from .request import FileRequest

logger = logging.getLogger(__name__)


def fault(error: BaseException) -> TransferError:
    """Return an unexpected exception as a sentence; the traceback is in the log."""
    return TransferError(f"{error!r} (a fault of this program, see the log)")


def publish(
    part: PartFile, request: FileRequest, destination: Destination
) -> Optional[TransferError]:
    """Move a complete part to its destination; return the error if that fails, never raise."""
    try:
        try:
            part.seal()
            destination.publish(part.path, request)
        except BaseException:
            if part.path.exists():
                part.unseal()
            raise
        finally:
            part.close()
    except TransferError as error:
        return error
    except Exception as error:
        logger.exception("%s: not published", request.name)
        return fault(error)
    return None


class Publisher:
    """A pool of threads, each of which publishes one file at a time.

    An fsync takes tens of milliseconds on many disks, and a connection that waits for it receives
    nothing. If all threads are busy, the disk is slower than the network, and `submit` waits.
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="publish")
        self._idle = threading.BoundedSemaphore(threads)

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job, which must not raise, in an idle thread; wait until there is one."""
        self._idle.acquire()
        self._pool.submit(self._run, job)

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        finally:
            self._idle.release()

    def close(self) -> None:
        """Wait for all jobs, and end the threads."""
        self._pool.shutdown()
