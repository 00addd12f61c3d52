"""What Scipion calls where it starts a process."""

import contextlib
import shlex
import sys

import pyworkflow
import pyworkflow.protocol  # its module "launch" has the name of a function there

from empiardownloader.tests.forked.request import fork

# Scipion looks once in so many seconds whether a scheduled run can begin; of itself, every 15.
_SLEEP_TIME = ("--sleep_time", "2")
_launch = sys.modules["pyworkflow.protocol.launch"]
_start = _launch._run


def fork_from(address):
    """Let this process's own starts be forked by the server at this address, while there is one."""

    def run(command, wait, stdin=None, stdout=None, stderr=None):
        with contextlib.suppress(OSError):
            return forked(address, command, wait)
        return _start(command, wait, stdin, stdout, stderr)

    _launch._run = run


@contextlib.contextmanager
def launched_by(run):
    """Scipion's processes are meanwhile what ``run`` makes of a command; None: what they are."""
    before, _launch._run = _launch._run, run or _start
    try:
        yield
    finally:
        _launch._run = before


def forked(address, command, wait):
    """Return the number of a process for a command; one that is not Python's alone is started."""
    words = shlex.split(command)
    if words[0] != sys.executable:
        return _start(command, wait)
    if words[1] == pyworkflow.getScheduleScript():
        words += _SLEEP_TIME
    process = fork(address, words)
    if wait:
        process.wait()
    else:
        process.forget()
    return process.number
