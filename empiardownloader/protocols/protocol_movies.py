"""Movies of an entry of EMPIAR, as a stream."""

import enum

from pwem.objects import SetOfMovies

from . import form as sections
from .base import EmpiarProtocol


class EmpiarOutputs(enum.Enum):
    """Outputs of the protocol."""

    outputMovies = SetOfMovies


class EmpiarDownloader(EmpiarProtocol):
    """Downloads the movies of an entry of EMPIAR, the public archive of raw electron microscopy
    images, into the project, as a stream: motion correction can start with the first movie.

    Enter the entry's number, for example 10200, and how many movies you want. The protocol reads
    the entry's metadata, finds its gain reference, downloads several movies at a time and adds
    each to the output as soon as it is complete, with pixel size, gain and acquisition. If an entry
    has several image sets, the first one that contains movies is used unless you choose another.

    *The form*: empty fields get the values of EMPIAR and of the map in EMDB. The wands beside the
    fields ask the archive before anything is downloaded. They show the entry's image sets with the
    pixel size, voltage, Cs, magnification and dose that the run will use and the source of each,
    the movies that match a file pattern with their sizes, and the entry's gain references.

    Connect the next protocol (motion correction, for example) to the output before or during the
    run: it processes the movies as they are registered, until the set is closed at the end.

    *Stop and Continue*: a run can be stopped, killed or cut off at any moment. Continue downloads
    what is missing, resumes within a movie and registers nothing twice. To get more movies of the
    same image set, raise the number and continue. You can change values and the gain reference in
    the same way; the movies that are registered already get them, too.
    _STOP STREAMING (Stop here)_, in the run's menu, finishes the movies that are being downloaded
    and closes the set. Restart deletes everything and begins anew.

    If single movies cannot be downloaded, the others are; the run then fails with the list of what
    is missing, and Continue tries exactly that again. A file that is not a movie (its header cannot
    be read, or it has one frame) is left out, and the summary says why.

    *Before you trust a result*, look in the summary at the values that are _assumed_, and at what
    the movies and the depositors say of the gain reference's orientation. Dose weighting needs a
    dose per frame; if neither the movies nor EMDB report it, enter it.

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
        sections.defineChoice(form)
        sections.defineGain(form)
        sections.defineAcquisition(form)
        sections.defineDose(form)
        sections.defineTransfer(form)
        form.addParallelSection(threads=3, mpi=1)
