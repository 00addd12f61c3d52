"""A protocol that registers files in an open set, step by step, while they arrive.

Nothing in this module knows EMPIAR, and nothing which set it is: :class:`StreamingImport` feeds the
first of its outputs with the images that ``images`` reads. A subclass inserts its own steps, names
three of them with :meth:`StreamingImport._setStepIds`, and adds the names of files that have
arrived to ``self._arrivals``. A second output is fed by the subclass, when
:meth:`StreamingImport.onRegistered` and its neighbours tell it what became of each file.
"""

import logging
import time

from pwem.protocols import EMProtocol
from pyworkflow.object import Set
from pyworkflow.protocol import getUpdatedProtocol
from pyworkflow.protocol.constants import STATUS_ABORTED, STATUS_NEW, STEPS_PARALLEL

from ..images.header import MovieHeader
from ..images.unpack import unpacked_name
from . import sigterm as ending
from .arrivals import Arrivals
from .image_items import Movies
from .output_set import OutputSet
from .registrar import Output, Registrar
from .set_shape import SetShape, Shape
from .steps_file import remove_if_damaged

logger = logging.getLogger(__name__)

_DEAL_SECS = 1  # between two deals: a fast line fills steps with many movies, not many steps
_LONGEST_WAIT_SECS = 60


class StreamingImport(EMProtocol):
    """Registers arriving images in parallel steps; a subclass closes the outputs after the last."""

    #: What the images of the first output are: :class:`Movies` or :class:`Micrographs`.
    images = Movies()
    #: The protocol's attribute and the file in the run's folder, of the first output.
    outputName, outputFile = "outputMovies", "movies.sqlite"

    #: Why the first output cannot be described, a sentence: then its images wait for Continue.
    undescribed = ""

    stepsExecutionMode = STEPS_PARALLEL
    # At every turn of the executor: _stepsCheck itself rations what takes time.
    _stepsCheckSecs = 0

    # -- what a subclass provides and calls -------------------------------------------------------

    def describeSet(self, images, header):
        """Give the first output its sampling rate, acquisition and gain.

        ``header`` is what most of its images have; dimensions and frames are given already.
        """
        raise NotImplementedError

    def descriptionError(self, header):
        """Return why a set of images with this header cannot be described, '' if it can."""
        return ""

    def onDescribed(self):
        """Called when readers see the first output as :meth:`describeSet` says."""

    def _outputSets(self):
        """Return the outputs, the first one being that of the arriving images."""
        return [OutputSet(self, self.outputName, self.outputFile, self.images.kind)]

    def _onMetadataRead(self):
        """Insert what can only be inserted when the first step has ended.

        Returns the step that the registration waits for.
        """
        return self._readId

    def _canRegister(self):
        """Return True if all files are here that the set needs; else movies wait for Continue."""
        return True

    def _showProgress(self, now=False):
        """Refresh the summary; called several times a second."""

    def onRegistered(self, names):
        """Called when movies are in the set."""

    def onFailed(self, name, reason):
        """Called when a movie could not be registered."""

    def onLeftOut(self, name, reason):
        """Called when a file is no movie."""

    def _resumeFromDisk(self):
        """Read what earlier processes of this run have registered."""
        for output in self._outputSets():
            output.takeUp()
        file = self._imageOutput().file
        self._arrivals = Arrivals(known=file.keys(), identity=unpacked_name)
        self.setShape = SetShape(self.images.noun)
        self._registrar = self._newRegistrar()
        if file.exists():
            self._restoreShapes(file)
        self._nextDeal = 0.0
        self._registerAfter = None  # the step, once it is known

    def _newRegistrar(self):
        output = Output(self.canDescribe, self.publishImages, self.putBack,
                        self.onRegistered, self.onFailed, self.onLeftOut)
        return Registrar(
            self.images, self.setShape, self._getExtraPath(), self._getTmpPath(), output
        )

    def _restoreShapes(self, file):
        images = file.load()
        width, height, _ = images.getDim()
        ofSet = Shape(width, height, self.images.frames(images))
        self.setShape.settle(ofSet)
        for name, shape in self.images.shapes(file, ofSet).items():
            self.setShape.add(name, shape)

    def _setStepIds(self, readId, arriveId, closeId):
        """Set the steps before registration, of the download, and of the set's closing."""
        self._readId, self._arriveId, self._closeId = readId, arriveId, closeId

    def registerImageStep(self, names):
        """Add downloaded movies to the output; report and leave out files that are no movies."""
        if self._canRegister():
            self._registrar.register(names)

    def _insertChild(self, key, child):
        """Insert an output, which :class:`SetFile` has written.

        EMProtocol writes it once more, in place: behind a reader's lock for up to 1000 s, if one
        has found the set's file before the project knows it.
        """
        super(EMProtocol, self)._insertChild(key, child)

    def isInStreaming(self):
        """True also when the output is closed: Continue may open it again and add movies.

        Scipion asks this before it launches a run whose output others read.
        """
        return True

    def copy(self, other, *arguments, **options):
        """Copy the attributes of another object of this run, as Scipion's window does.

        The outputs are closed first: checks of other protocols' forms (Xmipp's FlexAlign) leave
        read locks on them, which the window would otherwise keep until it is closed.
        """
        for _, output in self.iterOutputAttributes(Set):
            output.close()
        return super().copy(other, *arguments, **options)

    # -- the run as a whole -----------------------------------------------------------------------

    _hasEnded = False

    def run(self):
        """Run the steps; SIGTERM closes the set before it ends the process."""
        remove_if_damaged(self.getStepsFile())
        try:
            with ending.sigtermEnds():
                super().run()
        except ending.Ended:
            self._closeOnSigterm()
            raise SystemExit(ending.EXIT_CODE) from None

    def _saveReceived(self):
        """Sync unfinished files to the disk before the process ends."""

    def _closeOnSigterm(self):
        """Close the set for its readers; the threads of download and registration end here."""
        logger.error(ending.SENTENCE)
        self._saveReceived()
        with self._lock:
            self._hasEnded = True
            self._closeOutputSet()
            self.setFailed(ending.SENTENCE)
            # Scipion's Stop cancels the job and says so in the run's database by itself.
            with ending.alone(self.mapper.db):
                if getUpdatedProtocol(self).isAborted():
                    self.status.set(STATUS_ABORTED)
                else:
                    self._store()

    # -- steps while others run -------------------------------------------------------------------

    def _stepsCheck(self):
        """Insert steps for movies that have arrived, and release the closing step after the last.

        The executor naps three seconds whenever it launched nothing; here we look more closely, so
        that a movie is registered within about a second of its arrival.
        """
        self._waitForWork()
        if self._registerAfter is None and self._step(self._readId).isFinished():
            self._registerAfter = self._onMetadataRead()
        # Asked before dealing: nothing arrives after the end of the download.
        ended = self._step(self._arriveId).isFinished()
        self._insertRegisterSteps()
        if ended and not len(self._arrivals) and self._step(self._closeId).isWaiting():
            if self.setShape.decided is None and self._isRegistering():
                pass  # what is being read may decide, or else is held
            elif self._registrar.isHolding and not self.undescribed:
                self._registerHeld()
            else:
                self._releaseCloseStep()
        if self._newSteps:
            self.updateSteps()
        self._showProgress()

    def _waitForWork(self):
        """Block while steps are running and no movie is waiting.

        During the download, the end of a register step is ignored: the executor would launch
        nothing, and sleep for 3 s.
        """
        running = [step for step in self._steps if step.isRunning()]
        if self._step(self._arriveId).isRunning():
            running = [step for step in running if not self._registers(step)]
        until = time.monotonic() + _LONGEST_WAIT_SECS
        while running and all(step.isRunning() for step in running):
            if (self._freeWorkers() and self._dealIsDue()) or time.monotonic() > until:
                return
            self._showProgress()
            time.sleep(0.02)

    def _registers(self, step):
        return step.funcName.get() == self.registerImageStep.__name__

    def _dealIsDue(self):
        return len(self._arrivals) > 0 and time.monotonic() >= self._nextDeal

    def _freeWorkers(self):
        busy = sum(step.isRunning() or step.isNew() for step in self._steps[self._readId - 1 :])
        return max(0, max(1, self.numberOfThreads.get() - 1) - busy)

    def _insertRegisterSteps(self):
        """Insert one step per movie, or deal a backlog out to as many steps as can run."""
        free = self._freeWorkers()
        if not (free and self._dealIsDue()):
            return
        for names in self._arrivals.deal(free):
            self._insertRegisterStep(names)
        self._nextDeal = time.monotonic() + _DEAL_SECS

    def _registerHeld(self):
        """Decide the shape without the first movies of the list, which will not arrive."""
        if not self._isRegistering():
            self.setShape.decide_now()
            self._insertRegisterStep([])

    def _isRegistering(self):
        return any(
            self._registers(step) and (step.isNew() or step.isRunning()) for step in self._steps
        )

    def _insertRegisterStep(self, names):
        self._insertFunctionStep(
            self.registerImageStep, names, prerequisites=self._registerAfter, needsGPU=False
        )

    def _releaseCloseStep(self):
        others = range(self._closeId + 1, len(self._steps) + 1)
        self._step(self._closeId).setPrerequisites(self._arriveId, *others)
        self._step(self._closeId).setStatus(STATUS_NEW)
        self._newSteps = True

    def updateSteps(self):
        """Store the new steps; Scipion's own method stores all steps again, which is quadratic."""
        for step in self._steps[self._stepsSet.getSize() :]:
            self._stepsSet.append(step)
        for index in (self._arriveId, self._closeId):
            self._stepsSet.update(self._step(index))
        self._stepsSet.write()
        self._numberOfSteps.set(len(self._steps))
        self._store(self._numberOfSteps)
        self._newSteps = False

    def _step(self, index):
        # Never an attribute of the protocol: Scipion would store it as a part of it.
        return self._steps[index - 1]

    # -- the outputs ------------------------------------------------------------------------------

    def _imageOutput(self):
        return self._outputSets()[0]

    def publishImages(self, images):
        """Add images to the first output, the decided shape describing a new one."""
        output = self._imageOutput()
        isNew = not output.file.exists()
        output.publish(images, Set.STREAM_OPEN, self._describe)
        if isNew:
            self.onDescribed()

    def canDescribe(self):
        """Return True if the first output exists, or all values are known that a new one needs."""
        if not self.undescribed and not self._imageOutput().file.exists():
            self.undescribed = self.descriptionError(MovieHeader(*self.setShape.decided))
        return not self.undescribed

    def rewriteImages(self, without=(), new=()):
        """Rewrite the first output's description and images; drop images by name, and add
        others."""
        self._imageOutput().rewriteItems(self._describe, without, new)
        self.onDescribed()

    def _describe(self, images):
        header = MovieHeader(*self.setShape.decided)
        self.images.describe(images, header)
        self.describeSet(images, header)

    def correctByTheMany(self):
        """Correct the first output if most of its images have another shape than its description.

        Returns a sentence that says so, '' if nothing was to be corrected.
        """
        before, many = self.setShape.decided, self.setShape.of_the_many()
        file = self._imageOutput().file
        if many is None or many == before or not file.exists():
            return ""
        self.setShape.settle(many)
        misfits = list(filter(self.setShape.misfit_of, file.keys()))
        fitting = self._registrar.readmitted()
        self.rewriteImages(misfits, fitting)
        for name in misfits:
            self._registrar.dismiss(name)
        self.onRegistered([image.getMicName() for image in fitting])
        return (f"Most {self.images.noun}s have {many}, unlike the first of the list ({before}): "
                "the set was described anew, and protocols that have begun to read it need to run "
                "again")

    def putBack(self, names):
        """Try images again after a while that could not be registered now."""
        self._arrivals.put_back(names)
        self._nextDeal = time.monotonic() + 5 * _DEAL_SECS

    def _setStreamState(self, state):
        """Open or close every output that exists."""
        for output in self._outputSets():
            if output.known is not None:
                output.publish([], state)

    def _closeOutputSet(self):
        """Close the outputs of a failed or aborted run: Scipion calls it, for their readers."""
        for output in self._outputSets():
            output.close()
