"""Micrographs of an entry of EMPIAR, as a stream."""

import enum

from pwem.objects import SetOfMicrographs

from ..archive import image_sets
from ..files import select_movies
from ..streaming.image_items import Micrographs
from . import form as sections
from .base import EmpiarProtocol


class EmpiarMicrographsOutputs(enum.Enum):
    """Outputs of the protocol."""

    outputMicrographs = SetOfMicrographs


class EmpiarMicrographs(EmpiarProtocol):
    """Downloads single-frame micrographs of an entry of EMPIAR, the public archive of raw electron
    microscopy images, as a stream: CTF estimation can start with the first one.

    Enter the entry's number, for example 10017, and how many micrographs you want. The protocol
    reads the entry's metadata, downloads several files at a time and adds each to the output as
    soon as it is here, with pixel size and acquisition. An entry with several image sets gives its
    first set of single-frame micrographs unless you choose another.

    Aligned sums are welcome. If a folder has movies beside them, only the sums are taken; of
    several sums of one movie (with and without dose weighting) the first, unless a file pattern
    asks for the other. A stack of frames is left out, and the summary says why: for movies there is
    _empiar downloader_.

    *The form*: empty fields are filled from EMPIAR and from the map in EMDB. The wands beside the
    fields ask the archive before anything is downloaded.

    Connect the next protocol (CTF estimation, for example) to the output before or while this one
    runs: it processes micrographs as they come, until the set is closed at the end.

    *Stop and Continue*: a run can be stopped, killed or cut off at any moment. Continue downloads
    what is missing and registers nothing twice. To get more micrographs of the same image set,
    raise the number and continue. _STOP STREAMING (Stop here)_, in the run's menu, finishes the
    current files and closes the set. Restart deletes everything and begins anew.

    *Before you trust a result*, look in the summary at the values that are _assumed_: the pixel
    size above all, which differs from that of the movies if the sums are binned.
    """

    _label = "empiar micrographs"
    _possibleOutputs = EmpiarMicrographsOutputs
    images = Micrographs()
    outputName, outputFile = "outputMicrographs", "micrographs.sqlite"
    contents, rules = image_sets.MICROGRAPHS, select_movies.MICROGRAPHS
    contentName = "micrographs"

    # -------------------------- DEFINE param functions -----------------------
    def _defineParams(self, form):
        worded = sections.InOtherWords(form, self.images.noun, entryId="10017")
        sections.defineEntry(worded)
        form.addSection(label="Acquisition")
        sections.defineAcquisition(worded)
        sections.defineTransfer(worded)
        form.addParallelSection(threads=3, mpi=1)
