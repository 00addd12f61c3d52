"""Earlier files of a set, which a copy has replaced and readers still have open.

A reader that opens the set once and keeps it open (MotionCor's new streaming, Warp) never sees a
file that replaces the one it has. So the replaced file is kept under a name of its own, and what is
new is committed into it, too, whenever no reader keeps a lock on it. After the set was closed, this
goes on until the file says so: a reader that never sees the end would wait for ever.
"""

import contextlib
import glob
import logging
import os
import sqlite3
import time
from pathlib import Path
from typing import Callable, ContextManager, List, Set

from .new_rows import commit_new_rows

logger = logging.getLogger(__name__)

_GLANCE_SECS = 0.05  # for a file that is not the set's any more
_LAST_SECS = 2.0  # less than the 3 s after which pyworkflow's helpers give a set up as closed
_ELSEWHERE_SECS = 60.0
_BETWEEN_SECS = 1.0

_WAITS = (
    "The set is closed. A protocol keeps a lock on an earlier file of it, as RELION's motion "
    "correction does until it ends, and another protocol has that file open and does not see that "
    "the set is closed. This run waits to tell it; 'Stop here' ends the wait."
)
_REMAINS = (
    "A protocol keeps a lock on an earlier file of the set. Protocols that opened the set in that "
    "time and still wait for movies do not see that it is closed: stop them and continue them."
)


class SupersededFiles:
    """The files that ``movies.sqlite`` has replaced; one thread at a time may use it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def keep(self) -> None:
        """Link the present file to a second name before it is replaced."""
        taken = {int(name.rsplit("-", 1)[1]) for name in self._files()}
        with contextlib.suppress(OSError):  # no links on this file system
            os.link(self._path, f"{self._path}.older-{max(taken, default=0) + 1}")

    def update(self, closed: bool) -> bool:
        """Add new items to the files that are not locked; return True if all are up to date.

        Files that have the closed state of the set are removed.
        """
        complete = True
        for file in self._files():
            try:
                commit_new_rows(self._path, file, _LAST_SECS if closed else _GLANCE_SECS)
            except sqlite3.OperationalError:  # locked: the next time
                complete = False
                continue
            if closed:
                for name in (file, f"{file}-journal"):
                    Path(name).unlink(missing_ok=True)
        return complete

    def complete(
        self, exclusive: Callable[[], ContextManager[object]], isStopped: Callable[[], bool]
    ) -> None:
        """Update the files of a closed set until no reader waits for the set's end any more.

        That is where one process keeps a lock on a file and another one has it open, too. Processes
        of other machines cannot be seen: for their locks a minute has to be enough. ``exclusive``
        keeps other writers away from the set; ``isStopped`` ends the wait.
        """
        began, isSaid = time.monotonic(), False
        while True:
            with exclusive():
                if self.update(closed=True):
                    return
            readers = [processes_with(file) for file in self._files()]
            if all(len(processes) == 1 for processes in readers):
                return  # it keeps the lock itself, and opens the set anew for the rest
            isTooLong = time.monotonic() - began > _ELSEWHERE_SECS
            if isStopped() or (isTooLong and not any(readers)):
                logger.warning(_REMAINS)
                return
            if not isSaid:
                logger.info(_WAITS)
                isSaid = True
            time.sleep(_BETWEEN_SECS)

    def _files(self) -> List[str]:
        return glob.glob(glob.escape(self._path) + ".older-*[0-9]")


def processes_with(path: str) -> Set[int]:
    """Return the other processes of this user and machine that have a file open (Linux)."""
    try:
        wanted = os.stat(path)
    except OSError:
        return set()
    folder = os.path.realpath(os.path.dirname(path) or ".")
    return {
        int(process.split("/")[2])
        for process in glob.glob("/proc/[0-9]*")
        if process != f"/proc/{os.getpid()}" and _has_open(f"{process}/fd", folder, wanted)
    }


def _has_open(descriptors: str, folder: str, wanted: os.stat_result) -> bool:
    with contextlib.suppress(OSError):  # the process has ended, or is another user's
        for name in os.listdir(descriptors):
            with contextlib.suppress(OSError):
                descriptor = f"{descriptors}/{name}"
                # Other folders are not asked: one on a dead file server would never answer.
                if os.path.dirname(os.readlink(descriptor)) == folder and os.path.samestat(
                    os.stat(descriptor), wanted
                ):
                    return True
    return False
