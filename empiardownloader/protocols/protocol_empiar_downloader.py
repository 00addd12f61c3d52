"""The protocol: its form, its steps, and what it shows."""

import enum
import logging
import time
from contextlib import contextmanager
from pathlib import Path

from pwem.objects import SetOfMovies
from pwem.protocols import EMProtocol
from pyworkflow.exceptions import PyworkflowException
from pyworkflow.object import Set, String
from pyworkflow.protocol.constants import STATUS_NEW, STEPS_PARALLEL

from ..archive import ArchiveError, BadEntryId, entry_number
from ..catalogue import NothingFound, look_up, restore, select, server_of
from ..settings import addresses
from ..transfer import Downloader, Progress, TransferError
from . import form as formSections
from .acquisition import MovieDescription
from .arrivals import Arrivals
from .published_set import PublishedSet
from .registration import Registrar
from .run_record import RunRecord
from .summary import citation, methodsText, reasonLines, runLines

logger = logging.getLogger(__name__)

_SUMMARY_SECS = 5
_DEAL_SECS = 1  # between two deals: a fast line fills steps with many movies, not many steps
_LINGER_SECS = 60


class EmpiarOutputs(enum.Enum):
    """What the protocol produces."""

    outputMovies = SetOfMovies


OUTPUT = EmpiarOutputs.outputMovies.name


class EmpiarDownloader(EMProtocol):
    """Brings the movies of an entry of EMPIAR, the public archive of raw electron microscopy
    images, into the project, as a stream: motion correction can start with the first movie.

    Give the entry's number, for example 10200, and how many movies you want. The protocol reads
    the entry's metadata, fetches the movies several at a time and adds each to the output as soon
    as it is here, with pixel size and acquisition. An entry with several image sets gives its
    first set of movies unless you choose another.

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
    stepsExecutionMode = STEPS_PARALLEL
    # At every turn of the executor: _stepsCheck itself rations what takes time.
    _stepsCheckSecs = 0

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.entryCitation = String()

    # -------------------------- DEFINE param functions -----------------------
    def _defineParams(self, form):
        formSections.defineEntry(form)
        formSections.defineAcquisition(form)
        formSections.defineTransfer(form)
        form.addParallelSection(threads=3, mpi=1)

    # -------------------------- INSERT steps functions -----------------------
    def _insertAllSteps(self):
        self._prepareRun()
        entryId, imageSet = self.entryId.get().strip(), self.imageSet.get("").strip()
        # What a step depends on is among its arguments, so that Continue runs again what must be.
        request = (entryId, imageSet, self.filePattern.get("").strip(), self._limit())
        self._readId = self._insertFunctionStep(
            self.readXmlFileStep, entryId, imageSet, prerequisites=[], needsGPU=False
        )
        self._downloadId = self._insertFunctionStep(
            self.downloadImagesStep, *request, prerequisites=self._readId, needsGPU=False
        )
        self._closeId = self._insertFunctionStep(
            self.closeSetStep,
            *request,
            prerequisites=self._downloadId,
            wait=True,
            needsGPU=False,
        )

    def _prepareRun(self):
        """Take up what an earlier run of this protocol has left in its folder."""
        self._record().forgetStop()
        published = self._published()
        if published.exists() and not self.hasAttribute(OUTPUT):
            # Killed before the project heard of the output.
            self._announce(published.load())
        self._arrivals = Arrivals(known=published.names())
        self._registrar = Registrar(self)
        self._progress = Progress()
        self._failures = []
        self._stopped = False
        self._nextDeal = self._nextSummary = 0.0
        selection = self._record().selection()
        if all(self._isHere(wanted) for wanted in selection):
            for wanted in selection:
                self._arrivals.add(wanted.name)
        else:
            self._record().forgetSelection()  # so that the download step runs again

    def _stepsCheck(self):
        """Insert steps for the movies that have come, and let the set be closed after the last.

        The executor naps three seconds whenever it launched nothing; here we look more closely, so
        that a movie is registered within about a second of its arrival.
        """
        self._linger()
        # Asked before dealing: nothing arrives after the end of the download.
        ended = self._step(self._downloadId).isFinished()
        self._dealArrivals()
        if ended and not len(self._arrivals) and self._step(self._closeId).isWaiting():
            self._releaseClosing()
        if self._newSteps:
            self.updateSteps()
        self._showProgress()

    def _linger(self):
        """Wait while steps run and nothing is to be done, and return at once when something is."""
        running = [step for step in self._steps if step.isRunning()]
        until = time.monotonic() + _LINGER_SECS
        while running and all(step.isRunning() for step in running):
            if self._freeWorkers() and self._dealIsDue() or time.monotonic() > until:
                return
            self._showProgress()
            time.sleep(0.02)

    def _dealIsDue(self):
        return len(self._arrivals) > 0 and time.monotonic() >= self._nextDeal

    def _freeWorkers(self):
        busy = sum(step.isRunning() or step.isNew() for step in self._steps[self._readId - 1:])
        return max(0, max(1, self.numberOfThreads.get() - 1) - busy)

    def _dealArrivals(self):
        """One step per movie while they come singly; a backlog goes to as many as can run."""
        free = self._freeWorkers()
        if not (free and self._dealIsDue()):
            return
        for names in self._arrivals.deal(free):
            self._insertFunctionStep(
                self.registerImageStep, names, prerequisites=self._readId, needsGPU=False
            )
        self._nextDeal = time.monotonic() + _DEAL_SECS

    def _releaseClosing(self):
        registering = range(self._closeId + 1, len(self._steps) + 1)
        self._step(self._closeId).setPrerequisites(self._downloadId, *registering)
        self._step(self._closeId).setStatus(STATUS_NEW)
        self._newSteps = True

    def updateSteps(self):
        """Store the steps that are new; Scipion's own stores all of them, every time."""
        for step in self._steps[self._stepsSet.getSize():]:
            self._stepsSet.append(step)
        self._stepsSet.update(self._step(self._closeId))
        self._stepsSet.write()
        self._numberOfSteps.set(len(self._steps))
        self._store(self._numberOfSteps)
        self._newSteps = False

    # -------------------------- STEPS functions ------------------------------
    def readXmlFileStep(self, entryId, imageSet):
        """Read the entry's metadata and choose the image set (JSON; the tutorial's was XML)."""
        with _oneSentence():
            found = look_up(entryId, imageSet, addresses())
            self._refuseMixing(found)
            description = MovieDescription.ask(found, addresses().emdb)
            description.completedBy(self).check()
        self._record().saveEntry(
            {
                "number": found.entry.number,
                "imageSet": found.image_set.number,
                "document": found.document,
                "acquisition": description.stored(),
            }
        )
        self.entryCitation.set(citation(found.entry))
        self._store(self.entryCitation)
        return self._record().entryFile

    def downloadImagesStep(self, entryId, imageSet, filePattern, limit):
        """Choose the movies and fetch them into tmp, each moved into extra when it is whole."""
        with _oneSentence():
            found = self._found()
            server = server_of(found.entry, addresses())
            selection = select(found, server, filePattern, limit)
            self._record().saveSelection(selection.movies)
            if self.hasAttribute(OUTPUT):
                self._publish([], Set.STREAM_OPEN)
            outcome = Downloader(
                server,
                Path(self._getExtraPath()),
                Path(self._getTmpPath()),
                connections=self.connections.get(),
                progress=self._progress,
                on_complete=lambda wanted: self._arrivals.add(wanted.name),
                stop_requested=self._record().stopRequested,
            ).run(selection.movies)
            if outcome.fatal and not outcome.complete and not self.hasAttribute(OUTPUT):
                raise outcome.fatal
        self._stopped = outcome.stopped
        self._failures = [f"{failure.wanted.name}: {failure.error}" for failure in outcome.failures]
        if outcome.fatal:
            self._failures.insert(0, str(outcome.fatal))
        # Nothing is lost by not failing here: the movies that came are registered first, and
        # closeSetStep fails the run. Continue comes back here when one of the selection is missing.
        return self._record().selectionFile

    def registerImageStep(self, names):
        """Add movies that have come to the output; what is no movie is left out with its reason."""
        self._registrar.register(names)

    def closeSetStep(self, entryId, imageSet, filePattern, limit):
        """Close the output; fail with what is missing, if anything is."""
        self._showProgress(now=True)
        if not self.hasAttribute(OUTPUT):
            raise PyworkflowException(
                "None of the files could be registered as a movie. "
                + "; ".join([*self._registrar.reasons(), *self._failures][:10])
            )
        self._publish([], Set.STREAM_CLOSED)
        if self._failures:
            raise PyworkflowException(
                f"{len(self._failures)} movies did not come; Continue fetches them. "
                + "; ".join(self._failures[:10])
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
    def _step(self, index):
        # Never an attribute of the protocol: Scipion would store it as a part of it.
        return self._steps[index - 1]

    def _limit(self):
        return None if self.downloadAll.get() else self.amountOfImages.get()

    def _record(self):
        return RunRecord(self._getLogsPath())

    def _published(self):
        return PublishedSet(self._getPath("movies.sqlite"))

    def _isHere(self, wanted):
        path = Path(self._getExtraPath(wanted.name))
        return path.is_file() and wanted.size in (None, path.stat().st_size)

    def _found(self):
        kept = self._record().entry()
        return restore(kept["document"], kept["number"], str(kept["imageSet"]))

    def _refuseMixing(self, found):
        kept = self._record().entry()
        if kept is None or not self._published().exists():
            return
        if (kept["number"], kept["imageSet"]) != (found.entry.number, found.image_set.number):
            raise PyworkflowException(
                f"This run holds movies of EMPIAR-{kept['number']}, image set {kept['imageSet']}. "
                "To get others, use Restart, which deletes these, or a new run."
            )

    def describeMovies(self):
        """Sampling rate and acquisition of the movies, and where each value comes from."""
        kept = self._record().entry()
        return MovieDescription.restored(self._found(), kept["acquisition"]).completedBy(self)

    def publishMovies(self, movies, describe):
        """Add movies to the output; one thread at a time."""
        self._publish(movies, Set.STREAM_OPEN, describe)

    def putBack(self, names):
        """Movies that could not be registered now are tried again after a while."""
        self._arrivals.put_back(names)
        self._nextDeal = time.monotonic() + 5 * _DEAL_SECS

    def _publish(self, movies, state, describe=None):
        with self._lock:
            self._announce(self._published().publish(movies, state, describe))

    def _announce(self, movieSet):
        """Make the project know the present state of the output."""
        if self.hasAttribute(OUTPUT):
            output = getattr(self, OUTPUT)
            output.copy(movieSet, copyId=False, ignoreAttrs=[])
            self._store(output)
        else:
            self._defineOutputs(**{OUTPUT: movieSet})
            self._store(movieSet)

    def _insertChild(self, key, child):
        # EMProtocol would write the set's file in place, where a reader may hold a lock.
        super(EMProtocol, self)._insertChild(key, child)

    def _closeOutputSet(self):
        """Scipion closes the output of a failed or aborted run: this way no reader keeps it."""
        if self.hasAttribute(OUTPUT) and getattr(self, OUTPUT).isStreamOpen():
            self._publish([], Set.STREAM_CLOSED)

    def _showProgress(self, now=False):
        """Write the summary that the window shows, every few seconds."""
        if not now and time.monotonic() < self._nextSummary:
            return
        self._nextSummary = time.monotonic() + _SUMMARY_SECS
        if self._record().entry() is None:
            return
        found, description = self._found(), self.describeMovies()
        registered, frames = 0, found.image_set.frames_per_image
        if self.hasAttribute(OUTPUT):
            output = getattr(self, OUTPUT)
            registered, frames = output.getSize(), output.getFramesRange().getLastFrame()
        lines = runLines(found, description, frames, registered, self._progress, self._stopped)
        lines += reasonLines("Not fetched", self._failures)
        lines += reasonLines("Left out", self._registrar.reasons())
        self.summaryVar.set("\n".join(lines))
        self.methodsVar.set(methodsText(found, description, registered))
        self._store(self.summaryVar, self.methodsVar)


@contextmanager
def _oneSentence():
    """What is expected to go wrong ends a step with its sentence alone, without a traceback."""
    try:
        yield
    except (ArchiveError, NothingFound, TransferError, ValueError) as error:
        raise PyworkflowException(str(error)) from None
