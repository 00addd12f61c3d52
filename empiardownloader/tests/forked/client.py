"""Runs whose processes are forked instead of started.

All else is as with a start of Scipion's own: each has its arguments, environment, working folder,
standard files and number. REAL_STARTS=1 does without.
"""

import contextlib
import itertools
import os
import subprocess
import sys
import tempfile

from empiardownloader.tests.forked.launching import forked, launched_by
from empiardownloader.tests.forked.request import fork

_SERVER = "empiardownloader.tests.forked.server"
_PADDING = "-" * 4000  # room for the words by which others find a process
# They change from process to process, and Scipion reads none of them.
_OF_ONE_PROCESS = ("KILL_AT", "KILL_SIGNAL", "PYTHONPATH", "PYTEST_CURRENT_TEST")
# More threads could not be forked.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ForkServers:
    """One process that has loaded what Scipion needs, and one that has loaded Scipion as well.

    The latter is forked from the former, anew for each environment, since Scipion keeps settings.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="forked-")
        self._packages = self._scipion = self._loaded = None
        self._names = map(str, itertools.count())

    def run(self, command, wait, stdin=None, stdout=None, stderr=None):
        """In the place of ``pyworkflow.protocol.launch._run``; return the process's number."""
        settings = _settings()
        if settings != self._loaded:
            self._load_scipion()
            self._loaded = settings
        return forked(self._scipion.address, command, wait)

    def _load_scipion(self):
        if self._packages is None:
            self._packages = _Server(self._new_address(), "packages", _start)
        if self._scipion is not None:
            self._scipion.close()
        self._scipion = _Server(self._new_address(), "scipion", self._fork)

    def _new_address(self):
        return os.path.join(self._folder.name, next(self._names))

    def _fork(self, words, standard):
        return fork(self._packages.address, words, standard, _settings())

    def close(self):
        """Let the servers end; what was forked goes on."""
        for server in filter(None, (self._scipion, self._packages)):
            server.close()
        self._folder.cleanup()


class _Server:
    """A process from which others are forked; it is told to end by the end of its input."""

    def __init__(self, address, level, start):
        self.address = address
        words = [sys.executable, "-m", _SERVER, address, level, _PADDING]
        its_input, self._input = os.pipe()
        output, its_output = os.pipe()
        self._process = start(words, (its_input, its_output, 2))
        os.close(its_input)
        os.close(its_output)
        with open(output) as said:
            if said.readline().strip() != "ready":
                raise RuntimeError(f"the process from which others are forked ({level}) has ended")

    def close(self):
        """Let it end as soon as no process that was forked from it is left."""
        os.close(self._input)


def _start(words, standard):
    stdin, stdout, stderr = standard
    environment = {**_settings(), **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=stderr, env=environment)


def _settings():
    """Return what a server takes from the environment."""
    return {name: value for name, value in os.environ.items() if name not in _OF_ONE_PROCESS}


@contextlib.contextmanager
def forked_starts():
    """Runs that Scipion launches meanwhile are forked."""
    servers = ForkServers()
    try:
        with launched_by(servers.run):
            yield
    finally:
        servers.close()


def real_starts():
    """Runs that Scipion launches meanwhile are started by itself, after all."""
    return launched_by(None)
