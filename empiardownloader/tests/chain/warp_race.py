"""A race in Warp's own plugin, which may end a run of it whoever feeds it.

Its protocols (scipion-em-warp 3.6.2) read their input in the thread that makes steps and in that of
a step, with one cursor; SQLite refuses the second one when they meet. Warp's plugin cannot continue
for more, so such a run is launched anew, as docs/consumers says.
"""

from pyworkflow.protocol import getUpdatedProtocol

_REFUSED = "Recursive use of cursors not allowed"


def has_lost_its_race(run):
    """Tell whether that race ended a run."""
    latest = getUpdatedProtocol(run)
    error = str(latest.getErrorMessage() or "")
    lost = latest.isFailed() and _REFUSED in error
    if lost:
        print(f"{run.getClassName()} is started anew:", error)
    return lost
