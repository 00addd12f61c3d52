"""'Stop here' while the run waits: between two tries, or for a long listing."""

import functools
import time

from pyworkflow.exceptions import PyworkflowException

from ..errors import EmpiarError

_GLANCE_SECS = 0.5


class StopHere(Exception):
    """The user wants the run to end with what it has; nothing more is to be asked of the server."""


class Patience:
    """Waits as long as the user lets it; ``stopRequested`` says whether that is over."""

    def __init__(self, stopRequested):
        self._stopRequested = stopRequested

    def wait(self, seconds):
        """Wait, and return at once when the run is to stop."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopRequested():
            time.sleep(max(0.0, min(_GLANCE_SECS, until - time.monotonic())))

    def pause(self, seconds):
        """The same, but StopHere is raised when the run is to stop."""
        self.wait(seconds)
        self.check()

    def check(self, *_):
        """Raise StopHere if the run is to stop."""
        if self._stopRequested():
            raise StopHere


def stoppable(step):
    """A step that the user may stop, and whose expected faults are a sentence, not a traceback.

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
