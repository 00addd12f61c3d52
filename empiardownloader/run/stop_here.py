"""'Stop here' while the run waits for a retry or a long listing."""

import functools
import time

from pyworkflow.exceptions import PyworkflowException

from ..errors import EmpiarError

_GLANCE_SECS = 0.5


class StopHere(Exception):
    """The user ends the run with the files it has; no server is asked any more."""


class InterruptibleSleep:
    """A sleep that ends early when ``stopRequested`` returns True."""

    def __init__(self, stopRequested):
        self._stopRequested = stopRequested

    def wait(self, seconds):
        """Sleep; return at once if the run is to stop."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopRequested():
            time.sleep(max(0.0, min(_GLANCE_SECS, until - time.monotonic())))

    def sleep(self, seconds):
        """Sleep; raise StopHere if the run is to stop."""
        self.wait(seconds)
        self.raise_if_stopped()

    def raise_if_stopped(self, *_):
        """Raise StopHere if the run is to stop."""
        if self._stopRequested():
            raise StopHere


def stoppable(step):
    """Decorate a step that 'Stop here' may end, and whose expected errors become one sentence.

    A step that was stopped returns the file of the user's wish, which Continue removes: so it is
    run again.
    """

    @functools.wraps(step)
    def wrapped(self, *arguments):
        try:
            return step(self, *arguments)
        except StopHere:
            self._account.stopped = True
            self._arrivals.forget()
            return self._record().stopFile
        except (EmpiarError, ValueError) as error:
            raise PyworkflowException(str(error)) from None

    return wrapped
