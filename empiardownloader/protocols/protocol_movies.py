"""Movies of an entry of EMPIAR, as a stream."""

import enum

from pwem.objects import SetOfMovies

from . import form as sections
from .base import EmpiarProtocol


class EmpiarOutputs(enum.Enum):
    """What the protocol produces."""

    outputMovies = SetOfMovies


class EmpiarDownloader(EmpiarProtocol):
    """Brings the movies of an entry of EMPIAR, the public archive of raw electron microscopy
    images, into the project, as a stream: motion correction can start with the first movie.

    Give the entry's number, for example 10200, and how many movies you want. The protocol reads
    the entry's metadata, finds its gain reference, fetches the movies several at a time and adds
    each to the output as soon as it is here, with pixel size, gain and acquisition. An entry with
    several image sets gives its first set of movies unless you choose another.

    *The form*: what is left empty is taken from EMPIAR and from the map in EMDB. The wands beside
    the fields ask the archive before anything is fetched: they show the entry's image sets with
    the pixel size, voltage, Cs, magnification and dose that the run will use and where each comes
    from, the movies that a file pattern means with their sizes, and the entry's gain references.

    Connect the next protocol (motion correction, for example) to the output before or while this
    one runs: it takes the movies as they come, until the set is closed at the end.

    *Stop and Continue*: a run can be stopped, killed or cut off at any moment. Continue fetches
    what is missing, goes on within a half-fetched movie and registers nothing twice. To get more
    movies of the same image set, raise the number and continue; values and the gain reference can
    be changed in the same way, for the movies that are here, too. _Stop here_, in the run's menu,
    finishes the movies under way and closes the set. Restart deletes everything and begins anew.

    When single movies cannot be fetched, the others are; the run then fails with the list of what
    is missing, and Continue tries exactly that again. A file that is no movie (its header cannot
    be read, or it has one frame) is left out, and the summary says why.

    *Before you trust a result*, look in the summary at the values that are _assumed_, and at what
    the movies and the depositors say of the gain reference's orientation. Dose weighting needs a
    dose per frame; where EMDB does not know it, give it.

    *For a whole data set*, try a few movies first, then choose all and continue. A download folder
    keeps the movies outside the project, for several projects to share. With fewer than three
    threads there is no streaming. The same without a window: _empiardownloader run 10200
    --project NAME -n 5_.
    """

    _label = "empiar downloader"
    _possibleOutputs = EmpiarOutputs

    # -------------------------- DEFINE param functions -----------------------
    def _defineParams(self, form):
        sections.defineEntry(form)
        sections.defineGainAndAcquisition(form)
        sections.defineTransfer(form)
        form.addParallelSection(threads=3, mpi=1)
