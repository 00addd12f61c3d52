"""Runs and commands whose processes are forked instead of started.

All else is as with a real start: each has its arguments, environment, working folder, standard
files and number. REAL_STARTS=1 does without.
"""

import contextlib
import functools
import itertools
import os
import subprocess
import sys
import tempfile

from empiardownloader.tests.forked import forwarder
from empiardownloader.tests.forked.launching import forked, launched_by
from empiardownloader.tests.forked.request import fork

_SERVER = "empiardownloader.tests.forked.server"
_PADDING = "-" * 4000  # room for the words by which others find a process
# They change from process to process, and Scipion reads none of them.
_OF_ONE_PROCESS = ("KILL_AT", "KILL_SIGNAL", "PYTHONPATH", "PYTEST_CURRENT_TEST")
# The interpreter reads these when it starts.
_OF_A_REAL_START = ("PYTHON", "LC_", "LANG")
_MOST_SERVERS = 4  # a command that was started a moment ago may not have reached its own yet
# More threads could not be forked.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class ForkServers:
    """One process that has loaded what Scipion needs, and one that has loaded Scipion as well.

    The latter is forked from the former, anew for each environment, since Scipion keeps settings.
    """

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="forked-")
        self._packages_server = None
        self._scipion = {}  # by their settings, the newest last
        self._names = map(str, itertools.count())

    def run(self, command, wait, stdin=None, stdout=None, stderr=None):
        """In the place of ``pyworkflow.protocol.launch._run``; return the process's number."""
        return forked(self.scipion(_settings(os.environ)), command, wait)

    def packages(self):
        """Return the address of the process that has loaded the packages and the command line."""
        if self._packages_server is None:
            self._packages_server = _Server(self._new_address(), "packages", _start)
        return self._packages_server.address

    def scipion(self, settings):
        """Return the address of a process that has loaded Scipion with these settings."""
        key = tuple(sorted(settings.items()))
        if key not in self._scipion:
            if len(self._scipion) == _MOST_SERVERS:
                self._scipion.pop(next(iter(self._scipion))).close()
            fork_it = functools.partial(fork, self.packages(), environment=settings)
            self._scipion[key] = _Server(self._new_address(), "scipion", fork_it)
        return self._scipion[key].address

    def _new_address(self):
        return os.path.join(self._folder.name, next(self._names))

    def close(self):
        """Let the servers end; what was forked goes on."""
        for server in (*self._scipion.values(), self._packages_server):
            if server is not None:
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
    environment = {**_settings(os.environ), **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(words, stdin=stdin, stdout=stdout, stderr=stderr, env=environment)


def _settings(environment):
    """Return what a server takes from the environment."""
    return {name: value for name, value in environment.items() if name not in _OF_ONE_PROCESS}


_servers = []  # the one in use, if any


@contextlib.contextmanager
def forked_starts():
    """Runs that Scipion launches meanwhile are forked, and commands that ask for it."""
    servers = ForkServers()
    _servers.append(servers)
    try:
        with launched_by(servers.run):
            yield
    finally:
        _servers.remove(servers)
        servers.close()


def command(*arguments, **environment):
    """Return the words of ``empiardownloader`` with these arguments, for subprocess.

    ``environment``: what the command gets beside os.environ.
    """
    uses_scipion = arguments[:1] in (("run",), ("demo",))
    return python("-m", "empiardownloader", *arguments, uses_scipion=uses_scipion, **environment)


def python(*arguments, uses_scipion=True, **environment):
    """Return the words of a Python command with these arguments, for subprocess."""
    words = [sys.executable, *arguments]
    if not _servers or any(name.startswith(_OF_A_REAL_START) for name in environment):
        return words
    if uses_scipion:
        address = _servers[0].scipion(_settings({**os.environ, **environment}))
    else:
        address = _servers[0].packages()
    return [sys.executable, "-S", "-E", forwarder.__file__, address, *words]


def real_starts():
    """Runs that Scipion launches meanwhile are started by itself, after all."""
    return launched_by(None)
