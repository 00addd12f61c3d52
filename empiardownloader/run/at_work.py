"""One process for each run, whoever starts it, on whatever machine."""

import logging
import os
import socket
import time

from ..disk.locks import lock_file

logger = logging.getLogger(__name__)

# Those who look whether somebody works at the run hold the lock for a moment, too.
_TRY_SECS = 2.0
_GLANCE_SECS = 0.05


class AtWork:
    """The lock of a run; its file names the machine and the process that holds it.

    Ends with the process, also by ``kill -9``. Where the file system has no locks, every process
    gets it.
    """

    def __init__(self, path):
        self._path = path
        self._file = None

    def take(self):
        """Take the lock; False if another process has it."""
        os.makedirs(os.path.dirname(self._path), exist_ok=True)
        file = open(self._path, "a+", encoding="utf-8")  # noqa: SIM115 (held until the process ends)
        until = time.monotonic() + _TRY_SECS
        while True:
            try:
                lock_file(file.fileno())
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    file.close()
                    return False
                time.sleep(_GLANCE_SECS)
        self._file = file
        file.truncate(0)
        file.write(f"{socket.gethostname()} {os.getpid()}")
        file.flush()
        return True

    def holder(self):
        """Machine and process number of the holder, as text and int; None where unknown."""
        try:
            with open(self._path, encoding="utf-8") as file:
                machine, number = file.read().split()
            return machine, int(number)
        except (OSError, ValueError):
            return None

    def free(self):
        """Let the next process take the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None
