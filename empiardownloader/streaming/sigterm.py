"""The end of a run by SIGTERM.

A queue ends a job at its walltime, or when it is cancelled, with SIGTERM, and with SIGKILL some
seconds later; so does a machine that is shut down. Python's own answer to SIGTERM is to die at
once, which would leave the set open for ever.
"""

import contextlib
import signal
import threading

#: Exit code of a process that SIGTERM ended, as a shell gives it.
EXIT_CODE = 128 + signal.SIGTERM

SENTENCE = (
    "The run was ended from outside (SIGTERM), as a queue does at the walltime or when a job is "
    "cancelled. The set is closed with the movies that are registered; Continue downloads the rest."
)


class Ended(BaseException):
    """SIGTERM was received; no Exception, as no step may catch it."""


@contextlib.contextmanager
def sigtermEnds():
    """SIGTERM raises :class:`Ended` in the main thread, once; only that thread can ask for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _raiseOnce)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGTERM) is _raiseOnce:
            signal.signal(signal.SIGTERM, before)


def _raiseOnce(number, frame):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # what is left to do takes a moment
    raise Ended


@contextlib.contextmanager
def alone(database):
    """Hold SQLite's write lock on a SqliteDb, so that it can be read and changed in one step.

    It ends with a commit; what is not committed by the end is dropped.
    """
    database.commit()  # what SIGTERM interrupted
    database.executeCommand("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        database.connection.rollback()
