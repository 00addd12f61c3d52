"""The protocol: its form, its steps, and what it shows."""

import enum
import logging
import os
import time
from contextlib import contextmanager

from pwem.objects import SetOfMovies
from pyworkflow.exceptions import PyworkflowException
from pyworkflow.object import Set, String

from ..archive import ArchiveError, BadEntryId, entry_number
from ..catalogue import NothingFound, look_up, restore
from ..movies import unpacked_name
from ..settings import addresses
from ..transfer import Progress, TransferError, Wanted
from . import form as sections
from .acquisition import MovieDescription
from .gain import GainChoice
from .places import check_store
from .run_files import RunFiles
from .run_record import RunRecord
from .streaming import OUTPUT, StreamedMovies
from .summary import citation, methodsText, reasonLines, runLines

logger = logging.getLogger(__name__)

_SUMMARY_SECS = 5


class EmpiarOutputs(enum.Enum):
    """What the protocol produces."""

    outputMovies = SetOfMovies


class EmpiarDownloader(StreamedMovies):
    """Brings the movies of an entry of EMPIAR, the public archive of raw electron microscopy
    images, into the project, as a stream: motion correction can start with the first movie.

    Give the entry's number, for example 10200, and how many movies you want. The protocol reads
    the entry's metadata, finds its gain reference, fetches the movies several at a time and adds
    each to the output as soon as it is here, with pixel size, gain and acquisition. An entry with
    several image sets gives its first set of movies unless you choose another.

    Connect the next protocol (motion correction, for example) to the output before or while this
    one runs: it takes the movies as they come, until the set is closed at the end.

    *Stop and Continue*: a run can be stopped, killed or cut off at any moment. Continue fetches
    what is missing, goes on within a half-fetched movie and registers nothing twice. To get more
    movies of the same image set, raise the number and continue. _Stop here_, in the run's menu,
    finishes the movies under way and closes the set. Restart deletes everything and begins anew.

    When single movies cannot be fetched, the others are; the run then fails with the list of what
    is missing, and Continue tries exactly that again. A file that is no movie (its header cannot
    be read, or it has one frame) is left out, and the summary says why.
    """

    _label = "empiar downloader"
    _possibleOutputs = EmpiarOutputs

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.entryCitation = String()
        self.gainNote = String()

    # -------------------------- DEFINE param functions -----------------------
    def _defineParams(self, form):
        sections.defineEntry(form)
        sections.defineGainAndAcquisition(form)
        sections.defineTransfer(form)
        form.addParallelSection(threads=3, mpi=1)

    # -------------------------- INSERT steps functions -----------------------
    def _insertAllSteps(self):
        self._record().forgetStop()
        self._takeUp()
        self._progress, self._failures, self._stopped = Progress(), [], False
        self._nextSummary, self._files = 0.0, RunFiles(self)
        self._takeUpSelection()
        # What a step depends on is among its arguments, so that Continue runs again what must be.
        entry = (_text(self.entryId), _text(self.imageSet))
        gain = (self.gainSource.get(), _text(self.gainPath))
        movies = (_text(self.filePattern), self._limit(), self.decompress.get())
        readId = self._insertFunctionStep(
            self.readXmlFileStep, *entry, *gain, prerequisites=[], needsGPU=False
        )
        downloadId = self._insertFunctionStep(
            self.downloadImagesStep, *entry, *movies, prerequisites=readId, needsGPU=False
        )
        closeId = self._insertFunctionStep(
            self.closeSetStep,
            *entry,
            *movies,
            prerequisites=downloadId,
            wait=True,
            needsGPU=False,
        )
        self._insertedSteps(readId, downloadId, closeId)

    def _takeUpSelection(self):
        """Register what an earlier run has fetched; what it has not makes the step run again."""
        selection = self._record().selection()
        if not selection:
            return
        place = self._files.place()
        try:
            complete = all(place.is_here(wanted) for wanted in selection)
        except TransferError:  # a name that no file of ours may have
            complete = False
        if not complete:
            self._record().forgetSelection()
            return
        for wanted in selection:
            self._arrivals.add(wanted.name)

    def _afterReading(self):
        """Only now it is known whether there is a gain reference to fetch before the movies."""
        wanted = self._gain().wanted
        if wanted is None:
            return super()._afterReading()
        gainId = self._insertFunctionStep(
            self.downloadGainStep, wanted.path, prerequisites=self._readId, needsGPU=False
        )
        # On Continue the movies may be on their way by now; at least none is registered before.
        self._step(self._arriveId).setPrerequisites(gainId)
        return gainId

    # -------------------------- STEPS functions ------------------------------
    def readXmlFileStep(self, entryId, imageSet, gainSource, gainPath):
        """Read the entry's metadata (JSON; the tutorial's was XML), find its folder and gain."""
        with _oneSentence():
            found = look_up(entryId, imageSet, addresses())
            self._refuseMixing(found)
            description = MovieDescription.ask(found, addresses().emdb)
            description.completedBy(self).check()
            with self._files.listed(found) as listed:
                folder, gain = listed.folder, GainChoice.made(self, listed)
        self._record().saveEntry(
            {
                "number": found.entry.number,
                "imageSet": found.image_set.number,
                "document": found.document,
                "acquisition": description.stored(),
                "folder": folder,
                "gain": gain.stored(),
            }
        )
        self.entryCitation.set(citation(found.entry))
        self._store(self.entryCitation)
        return self._record().entryFile

    def downloadGainStep(self, path):
        """Fetch the entry's gain reference, before the first movie."""
        with _oneSentence():
            downloader = self._files.downloader(self._found(), unpacks=True)
            outcome = downloader.run([self._unpackedGain()])
            for failure in outcome.failures:
                raise TransferError(f"The gain reference did not come. {failure.error}")
            if outcome.fatal:
                raise outcome.fatal

    def downloadImagesStep(self, entryId, imageSet, filePattern, limit, decompress):
        """Choose the movies and fetch them into tmp, each moved into extra when it is whole."""
        with _oneSentence():
            selection = self._select(filePattern, limit)
            self._record().saveSelection(selection)
            if self.hasAttribute(OUTPUT):
                self._publish([], Set.STREAM_OPEN)
            outcome = self._files.downloader(
                self._found(),
                progress=self._progress,
                on_complete=lambda wanted: self._arrivals.add(wanted.name),
                stop_requested=self._record().stopRequested,
            ).run(selection)
            if outcome.fatal and not outcome.complete and not self.hasAttribute(OUTPUT):
                raise outcome.fatal
        self._stopped = outcome.stopped
        self._failures = [f"{failure.wanted.name}: {failure.error}" for failure in outcome.failures]
        if outcome.fatal:
            self._failures.insert(0, str(outcome.fatal))
        # Nothing is lost by not failing here: the movies that came are registered first, and
        # closeSetStep fails the run. Continue comes back here when one of the selection is missing.
        return self._record().selectionFile

    def closeSetStep(self, entryId, imageSet, filePattern, limit, decompress):
        """Close the output; fail with what is missing, if anything is."""
        self._showProgress(now=True)
        missing = [*self._failures, *self._registrar.failed()]
        if not self.hasAttribute(OUTPUT):
            raise PyworkflowException(
                "None of the files could be registered as a movie. "
                + "; ".join([*self._registrar.leftOut(), *missing][:10])
            )
        self._publish([], Set.STREAM_CLOSED)
        if missing:
            raise PyworkflowException(
                "Not all movies came; Continue fetches the missing ones. "
                + "; ".join(missing[:10])
            )
        return self._record().selectionFile

    # --------------------------- INFO functions ------------------------------
    def _validate(self):
        errors = []
        try:
            entry_number(self.entryId.get(""))
        except BadEntryId as error:
            errors.append(str(error))
        if self.samplingRate.get() is not None and self.samplingRate.get() <= 0:
            errors.append("The pixel size has to be greater than zero, or empty.")
        source, path = self.gainSource.get(), _text(self.gainPath)
        if source in (sections.GAIN_BY_PATH, sections.GAIN_LOCAL) and not path:
            errors.append("Give the path of the gain file, or let it be found in the entry.")
        elif source == sections.GAIN_LOCAL and not os.path.isfile(path):
            errors.append(f"There is no gain file {path}: correct its path.")
        if _text(self.downloadFolder):
            errors += filter(None, [check_store(_text(self.downloadFolder))])
        return errors

    def _warnings(self):
        if self.numberOfThreads.get() >= 3:
            return []
        return [
            "With fewer than three threads the movies are only registered when all have been "
            "fetched: there is no streaming. Set _Scipion threads_ to 3 or more."
        ]

    def _summary(self):
        return self.summaryVar.get("Nothing is known before the run has started.").split("\n")

    def _methods(self):
        return [self.methodsVar.get()] if self.methodsVar.get() else []

    def _citations(self):
        return ["Iudin2023", *filter(None, [self.entryCitation.get()])]

    def getActions(self):
        """'Stop here', in the menu of a running protocol."""
        return [("Stop here", self.stopHere)] if self.isRunning() else []

    def stopHere(self, event=None):
        """Finish the movies under way and close the set; called in the window's process."""
        self._record().requestStop()

    # --------------------------- UTILS functions -----------------------------
    def _limit(self):
        return None if self.downloadAll.get() else self.amountOfImages.get()

    def _record(self):
        return RunRecord(self._getLogsPath())

    def _found(self):
        kept = self._record().entry()
        return restore(kept["document"], kept["number"], str(kept["imageSet"]))

    def _gain(self):
        return GainChoice.restored(self._record().entry()["gain"])

    def _unpackedGain(self):
        wanted = self._gain().wanted
        return Wanted(wanted.path, wanted.size, unpacked_name(wanted.name))

    def _gainFile(self):
        """The gain reference as a file of this machine, '' for none."""
        gain = self._gain()
        return self._getExtraPath(self._unpackedGain().name) if gain.wanted else gain.local

    def _select(self, pattern, limit):
        with self._files.listed(self._found(), self._record().entry()["folder"]) as listed:
            movies = listed.movies(pattern, limit).movies
        self._files.forgetListed()
        if not self.decompress.get():
            return movies
        return [Wanted(movie.path, movie.size, unpacked_name(movie.name)) for movie in movies]

    def _refuseMixing(self, found):
        kept = self._record().entry()
        if kept is None or not self._published().exists():
            return
        if (kept["number"], kept["imageSet"]) != (found.entry.number, found.image_set.number):
            raise PyworkflowException(
                f"This run holds movies of EMPIAR-{kept['number']}, image set {kept['imageSet']}. "
                "To get others, use Restart, which deletes these, or a new run."
            )

    def describeSet(self, movieSet, header):
        """Sampling rate, acquisition and gain of a new set, by its first movie's header."""
        self._description().describe(movieSet, header)
        gain, note = self._gain().fitting(self._gainFile(), header)
        movieSet.setGain(gain or None)
        self.gainNote.set(note)
        self._store(self.gainNote)

    def _description(self):
        kept = self._record().entry()
        return MovieDescription.restored(self._found(), kept["acquisition"]).completedBy(self)

    def _showProgress(self, now=False):
        """Write the summary that the window shows, every few seconds."""
        if not now and time.monotonic() < self._nextSummary:
            return
        self._nextSummary = time.monotonic() + _SUMMARY_SECS
        if self._record().entry() is None:
            return
        found, description = self._found(), self._description()
        registered, frames = 0, found.image_set.frames_per_image
        if self.hasAttribute(OUTPUT):
            output = getattr(self, OUTPUT)
            registered, frames = output.getSize(), output.getFramesRange().getLastFrame()
        lines = runLines(found, description, frames, registered, self._progress, self._stopped)
        lines += self._gain().lines(self.gainNote.get(""), found.image_set.details)
        lines += reasonLines("Missing", [*self._failures, *self._registrar.failed()])
        lines += reasonLines("Left out", self._registrar.leftOut())
        self.summaryVar.set("\n".join(lines))
        self.methodsVar.set(methodsText(found, description, registered))
        self._store(self.summaryVar, self.methodsVar)


def _text(parameter):
    return parameter.get("").strip()


@contextmanager
def _oneSentence():
    """What is expected to go wrong ends a step with its sentence alone, without a traceback."""
    try:
        yield
    except (ArchiveError, NothingFound, TransferError, ValueError) as error:
        raise PyworkflowException(str(error)) from None
