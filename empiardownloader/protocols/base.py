"""The steps of all protocols, from an entry's id to a closed set."""

import logging
import socket

from pyworkflow.exceptions import PyworkflowException
from pyworkflow.object import Set
from pyworkflow.protocol.constants import STATUS_RUNNING

from ..archive.emdb import fetch_acquisition
from ..errors import TransferError
from ..files import select_movies
from ..lookup.entry_lookup import look_up_entry
from ..net.retry import RetryPolicy
from ..run.acquisition import AcquisitionValues
from ..run.at_work import AtWork
from ..run.declared import declared_shape
from ..run.download_setup import DownloadSetup
from ..run.gain_choice import GainChoice
from ..run.methods import citations
from ..run.stop_here import StopHere, stoppable
from ..run.summary import error_text
from ..settings import addresses
from ..transfer import DownloadResult
from .reported_import import ReportedImport

logger = logging.getLogger(__name__)


class EmpiarProtocol(ReportedImport):
    """Downloads images of an entry of EMPIAR and registers each as soon as it is here.

    The steps, and what a run keeps, shows and says, are the same for all kinds of images. A
    subclass has a label, outputs and a form, and says with the attributes below, and those of
    :class:`ReportedImport` and :class:`StreamingImport`, which images it wants. Parameters that its
    form lacks have their defaults (:class:`RunOptions`).
    """

    #: Which files of an image set are images of this protocol.
    rules = select_movies.MOVIES

    _isIncomplete = False  # the download step of this process left files out

    # -------------------------- INSERT steps functions -----------------------
    def _insertAllSteps(self):
        self._record().forgetStop()
        self._resumeFromDisk()
        self._account, self._files = self._newReporter(), self._downloadSetup()
        self.undescribed = ""
        self._account.begin(self._imageOutput().file.keys())
        self._files.remove_leftovers()
        self._resumeSelection()
        if self._imageOutput().file.isOpen() or self._isDescribedOtherwise():
            # Also where all steps are done: "Continue workflow" has opened it.
            self._record().forgetClosed()
        # What a step depends on is among its arguments, so that Continue runs again what must be.
        options = self._options()
        entry = (options.entry_id, options.image_set)
        gain = (options.gain_source, options.gain_path)
        images = self._choice()
        readId = self._insertFunctionStep(
            self.readXmlFileStep, *entry, *gain, prerequisites=[], needsGPU=False
        )
        downloadId = self._insertFunctionStep(
            self.downloadImagesStep, *entry, *images, prerequisites=readId, needsGPU=False
        )
        closeId = self._insertFunctionStep(
            self.closeSetStep,
            *entry,
            *images,
            prerequisites=downloadId,
            wait=True,
            needsGPU=False,
        )
        self._setStepIds(readId, downloadId, closeId)

    def _resumeSelection(self):
        """Register files of an earlier process; if some are missing, the step runs again."""
        selection = self._record().selection()
        if not selection:
            return
        place = self._files.place()
        try:
            complete = all(place.has(request) for request in selection)
        except TransferError:  # a name that no file of ours may have
            complete = False
        if not complete:
            self._record().forgetSelection()
            self._record().forgetClosed()  # the closing step has to run again, too
            return
        self.setShape.expect(request.name for request in selection)
        for request in selection:
            self._arrivals.add(request.name)

    def _onMetadataRead(self):
        """Insert the download of the gain reference, if the metadata step has found one."""
        afterId = super()._onMetadataRead()
        if self._account.stopped and not len(self._arrivals):
            return afterId
        wanted = self._description().gain().wanted
        if wanted is not None:
            afterId = self._insertFunctionStep(
                self.downloadGainStep, wanted.path, prerequisites=afterId, needsGPU=False
            )
            # On Continue the movies may be on their way by now; at least none is registered before.
            self._step(self._arriveId).setPrerequisites(afterId)
        if self._isDescribedOtherwise():
            afterId = self._insertFunctionStep(
                self.describeSetStep, prerequisites=afterId, needsGPU=False
            )
        return afterId

    def run(self):
        """Run the steps, in one process only; write the last line of the record."""
        atWork = AtWork(self._record().lockFile)
        if not atWork.take():
            self._leaveToOther(atWork.holder())
            return
        try:
            super().run()
        finally:
            if self._account is not None:
                self._account.end(self.getStatus())
            atWork.free()

    def _saveReceived(self):
        if self._account is not None:
            self._account.saveReceived()

    def _leaveToOther(self, holder):
        """Leave a run that was started twice to its first process."""
        machine, number = holder or ("another machine", 0)
        logger.error("This run is going on already, in process %s on %s: nothing is done here.",
                     number, machine)
        if number and machine == socket.gethostname():
            self.setPid(number)
        self.setStatus(STATUS_RUNNING)
        self._store(self._pid, self.status)

    # -------------------------- STEPS functions ------------------------------
    @stoppable
    def readXmlFileStep(self, entryId, imageSet, gainSource, gainPath):
        """Read the entry's metadata (JSON; the tutorial's was XML), find its folder and gain."""
        found = self._lookUp(entryId, imageSet)
        self._refuseMixing(found)
        acquisition = fetch_acquisition(found.entry.emdb_ids, addresses().emdb)
        description, kept = AcquisitionValues.of(found, acquisition), self._record().entry()
        if kept and self._imageOutput().file.exists():
            description = description.orElse(kept["acquisition"])
        with self._files.listed(found) as listed:
            folder, gain = listed.folder, self._chooseGain(listed)
        self._record().saveEntry(
            {
                "number": found.entry.number,
                "imageSet": found.image_set.number,
                "path": found.path,
                "document": found.document,
                "acquisition": description.stored(),
                "folder": folder,
                "gain": gain.stored(),
            }
        )
        self.entryCitation.set("\n".join(citations(found.entry)))
        self._store(self.entryCitation)
        return self._record().entryFile

    @stoppable
    def downloadGainStep(self, path):
        """Download the entry's gain reference, before the first movie."""
        # Movies that came before the user's stop are to be in the set, which needs it all the same:
        # it is asked for, but no longer waited for.
        isStopped = self._record().stopRequested()
        once = {"stop_requested": lambda: False, "policy": RetryPolicy(attempts=1),
                "initial_patience": 0, "patience": 0}
        options = once if isStopped else {}
        downloader = self._files.downloader(self._record().found(), unpacks=True, **options)
        outcome = downloader.run([self._description().gain().unpacked()])
        if outcome.stopped or (isStopped and not outcome.completed):
            raise StopHere
        for failure in outcome.failures:
            raise TransferError(f"The gain reference could not be downloaded. {failure.error}")
        if outcome.fatal_error:
            raise outcome.fatal_error

    def describeSetStep(self):
        """Give the set and its movies the values that the form has on Continue."""
        if self._canRegister():
            self.rewriteImages()
            self._showProgress(now=True)

    @stoppable
    def downloadImagesStep(self, entryId, imageSet, *choice):
        """Choose the movies and download them to tmp; move each into extra when it is complete."""
        self._files.sleep.raise_if_stopped()
        found = self._record().found()
        self.setShape.declare(declared_shape(found.image_set))
        selection, outcome = [], DownloadResult()
        while not (outcome.stopped or outcome.fatal_error or self.undescribed
                   or self.setShape.has_run_dry):
            longer = self._select(found)
            if len(longer) <= len(selection):
                break
            selection, new = longer, longer[len(selection):]
            self._choose(selection)
            self._downloadMovies(found, new, outcome)
        self._files.forgetListing()
        self._account.downloaded(outcome)
        self._files.keepSizes(selection, outcome)
        if self.setShape.is_hopeless:
            raise PyworkflowException(
                f"The first files are no {self.images.noun}s, so the rest was not downloaded. "
                "Choose another image set or file pattern.\n"
                + "\n".join(self._registrar.notMovies())
            )
        if self.undescribed:
            raise PyworkflowException(self.undescribed)
        if outcome.fatal_error and not outcome.completed and not self.hasAttribute(self.outputName):
            raise outcome.fatal_error
        self._isIncomplete = bool(outcome.failures or outcome.fatal_error)
        # Nothing is lost by not failing here: the movies that came are registered first, and
        # closeSetStep fails the run. Continue comes back here when one of the selection is missing.
        return self._record().selectionFile

    def _choose(self, selection):
        self._record().saveSelection(selection)
        self.setShape.expect(request.name for request in selection)
        self._setStreamState(Set.STREAM_OPEN)
        self._account.chosen(selection)

    def _downloadMovies(self, found, movies, total):
        """Download movies, and add how that ended to the ``total`` of this step."""
        downloader = self._files.downloader(
            found,
            progress=self._account.progress,
            on_complete=self._arrived,
            on_failure=self._missed,
            stop_requested=self._isToStop,
        )
        server = self._files.server(found)
        outcome = self._account.downloads(downloader, server).run(movies)
        total.completed += outcome.completed
        total.failures += outcome.failures
        total.fatal_error = outcome.fatal_error
        total.stopped = self._record().stopRequested() and outcome.stopped

    def _isToStop(self):
        isInVain = self.setShape.is_hopeless or self.undescribed
        return bool(isInVain) or self._record().stopRequested()

    def _arrived(self, request):
        self._account.record.arrived(request.name, request.size)
        self._registrar.look(request.name)
        self._arrivals.add(request.name)

    def _missed(self, failure):
        self._account.missing(failure)
        self.setShape.miss(failure.request.name)

    def closeSetStep(self, entryId, imageSet, *choice):
        """Close the outputs; fail with the list of missing images, if there are any."""
        self.shapeNote.set(self.correctByTheMany() or self.shapeNote.get(""))
        self._store(self.shapeNote)
        self._showProgress(now=True)
        missing = self._isIncomplete or self._registrar.failed()
        if not self.hasAttribute(self.outputName):
            if self.undescribed:
                raise PyworkflowException(self.undescribed)
            if self._account.stopped and not missing:
                return self._record().stopFile
            raise PyworkflowException(self._nothingRegistered())
        self._setStreamState(Set.STREAM_CLOSED)
        asked = self._record().stopTime()
        for output in self._outputSets():
            output.completeReaders(isStopped=lambda: self._record().stopTime() != asked)
        if missing:
            raise PyworkflowException(self._account.missingError())
        self._record().saveClosed()
        return self._record().closedFile

    def _nothingRegistered(self):
        history = self._account.history
        if history.left_out and not history.missing:
            noun, count = self.images.noun, len(history.left_out)
            headline = (f"None of the {count} downloaded files is a {noun}. Choose another image "
                        "set or file pattern.")
            return error_text(headline, history.left_out)
        return self._account.missingError()

    # --------------------------- UTILS functions -----------------------------
    # Overridden by protocols that choose images in another way.

    def _choice(self):
        """Return the values of the form that choose the images, which the steps depend on."""
        options = self._options()
        choice = (options.pattern, options.limit, options.decompress)
        # Earlier runs, which have neither, continue with the arguments they had.
        some = (options.names, options.every) if options.names or options.every > 1 else ()
        return choice + some

    def _lookUp(self, entryId, imageSet):
        """Return the entry with its image set."""
        return look_up_entry(
            entryId, imageSet, addresses(), self.contents, sleep=self._files.sleep.sleep
        )

    def _chooseGain(self, listed):
        """Return the gain reference for the images."""
        return GainChoice.fromOptions(self._options(), listed)

    def _select(self, found):
        """Return the images to download; a file that is none is replaced by the next."""
        options = self._options()
        limit = options.limit
        most = None if limit is None else limit + self.setShape.excluded_count()
        return self._files.movies(found, options.pattern, most, options.decompress)

    def _downloadSetup(self):
        return DownloadSetup(
            self._options(), self._record(), self._getExtraPath(), self._getTmpPath(), self.rules
        )

    def _refuseMixing(self, found):
        kept = self._record().entry()
        if kept is None or not self._imageOutput().file.exists():
            return
        if (kept["number"], kept["imageSet"]) != (found.entry.number, found.image_set.number):
            raise PyworkflowException(
                f"This run already contains {self.images.noun}s of EMPIAR-{kept['number']}, image "
                f"set {kept['imageSet']}. Create a new run for other data (Restart would delete "
                "these)."
            )

    def _canRegister(self):
        """Return True if the gain reference is here: a set must begin with it."""
        return self._description().isReady()

    def descriptionError(self, header):
        """Return a sentence if no source, not even the images, has the pixel size; else ''."""
        return self._description().pixelSizeError(header, self.images.noun)

    def describeSet(self, images, header):
        """Give the set its sampling rate, acquisition and gain, by the images' commonest header."""
        self.gainNote.set(self._description().applyTo(images, header))
        self._store(self.gainNote)
        self._account.hurry()

    def _isDescribedOtherwise(self):
        """Return True if there is a set, and the form has other values for its images by now."""
        file, isRead = self._imageOutput().file, self._record().entry() is not None
        if not (isRead and file.exists()):
            return False
        images = file.load()
        return not self._description().matches(images, self.images.frames(images))

    # Reports of the registration, and the summary.

    def onDescribed(self):
        self._description().remember()

    def onRegistered(self, names):
        self._account.record.registered(names)

    def onFailed(self, name, reason):
        self._account.record.failed(name, reason)

    def onLeftOut(self, name, reason):
        self._account.record.left_out(name, reason)
