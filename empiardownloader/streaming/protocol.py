"""A protocol whose movies arrive by themselves: their way into an open set, step by step.

Nothing in this module knows EMPIAR. A subclass inserts its own steps, names three of them with
:meth:`StreamedMovies._insertedSteps`, and adds the names of files that have come to
``self._arrivals``.
"""

import contextlib
import logging
import time

from pwem.protocols import EMProtocol
from pyworkflow.object import Set
from pyworkflow.protocol import getUpdatedProtocol
from pyworkflow.protocol.constants import STATUS_ABORTED, STATUS_NEW, STEPS_PARALLEL

from ..disk.locks import exclusive_lock
from ..images import MovieHeader, unpacked_name
from . import sigterm as ending
from .arrivals import Arrivals
from .registrar import Registrar
from .set_file import PublishedSet
from .set_shape import SetShape, Shape

logger = logging.getLogger(__name__)

OUTPUT = "outputMovies"
_DEAL_SECS = 1  # between two deals: a fast line fills steps with many movies, not many steps
_LINGER_SECS = 60


class StreamedMovies(EMProtocol):
    """Registers arriving movies in parallel steps and closes the set after the last."""

    stepsExecutionMode = STEPS_PARALLEL
    # At every turn of the executor: _stepsCheck itself rations what takes time.
    _stepsCheckSecs = 0

    # -- what a subclass provides and calls -------------------------------------------------------

    def describeSet(self, movieSet, header):
        """Give a set everything it says of its movies, by the header that most of them have."""
        raise NotImplementedError

    def noteDescribed(self):
        """The output that can be seen is as :meth:`describeSet` says."""

    def _afterReading(self):
        """Insert what can only be inserted when the first step has ended.

        Returns the step that the registration waits for.
        """
        return self._readId

    def _mayRegister(self):
        """Whether all is here that a set needs; else movies stay for Continue."""
        return True

    def _showProgress(self, now=False):
        """Refresh the summary; called several times a second."""

    def noteRegistered(self, names):
        """Movies are in the set."""

    def noteFailed(self, name, reason):
        """A movie could not be registered."""

    def noteLeftOut(self, name, reason):
        """A file is no movie."""

    def _takeUp(self):
        """Find out what an earlier run of this protocol has registered."""
        published = self._published()
        if published.exists() and not self.hasAttribute(OUTPUT):
            # Killed before the project heard of the output.
            self._announce(published.load())
        self._arrivals = Arrivals(known=published.names(), identity=unpacked_name)
        self._registrar = Registrar(self)
        self.setShape = SetShape()
        if published.exists():
            self._knowShapes(published)
        self._nextDeal = 0.0
        self._registerAfter = None  # the step, once it is known

    def _knowShapes(self, published):
        movieSet = published.load()
        width, height, _ = movieSet.getDim()
        self.setShape.settle(Shape(width, height, movieSet.getFramesRange().getLastFrame()))
        for name, frames in published.frames().items():
            self.setShape.add(name, Shape(width, height, frames))

    def _insertedSteps(self, readId, arriveId, closeId):
        """The steps after which movies can be registered, with which arrivals end, that closes."""
        self._readId, self._arriveId, self._closeId = readId, arriveId, closeId

    def registerImageStep(self, names):
        """Add movies that have come to the output; what is no movie is left out with its reason."""
        if self._mayRegister():
            self._registrar.register(names)

    def isInStreaming(self):
        """True also when the output is closed: Continue may open it again and add movies.

        Scipion asks this before it launches a run whose output others read.
        """
        return True

    # -- the run as a whole -----------------------------------------------------------------------

    _hasEnded = False

    def run(self):
        """As any protocol; and SIGTERM closes the set before it ends the process."""
        try:
            with ending.sigtermEnds():
                super().run()
        except ending.Ended:
            self._endNow()
            raise SystemExit(ending.EXIT_CODE) from None

    def _saveReceived(self):
        """The process ends: keep what was received of the files under way."""

    def _endNow(self):
        """Leave what Continue takes up; threads that fetch and register end with the process."""
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
        """Insert steps for the movies that have come, and let the set be closed after the last.

        The executor naps three seconds whenever it launched nothing; here we look more closely, so
        that a movie is registered within about a second of its arrival.
        """
        self._linger()
        if self._registerAfter is None and self._step(self._readId).isFinished():
            self._registerAfter = self._afterReading()
        # Asked before dealing: nothing arrives after the end of the download.
        ended = self._step(self._arriveId).isFinished()
        self._dealArrivals()
        if ended and not len(self._arrivals) and self._step(self._closeId).isWaiting():
            if self.setShape.decided is None and self._isRegistering():
                pass  # what is being read may decide, or else is held
            elif self._registrar.isHolding:
                self._registerHeld()
            else:
                self._releaseClosing()
        if self._newSteps:
            self.updateSteps()
        self._showProgress()

    def _linger(self):
        """Wait while steps run and nothing is to be done, and return at once when something is.

        While movies are on their way, the end of a registration is nothing to be done: the executor
        would launch nothing, and nap.
        """
        running = [step for step in self._steps if step.isRunning()]
        if self._step(self._arriveId).isRunning():
            running = [step for step in running if not self._registers(step)]
        until = time.monotonic() + _LINGER_SECS
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

    def _dealArrivals(self):
        """One step per movie while they come singly; a backlog goes to as many as can run."""
        free = self._freeWorkers()
        if not (free and self._dealIsDue()):
            return
        for names in self._arrivals.deal(free):
            self._insertRegisterStep(names)
        self._nextDeal = time.monotonic() + _DEAL_SECS

    def _registerHeld(self):
        """Movies wait for the first ones of the list, which will not come: decide without them."""
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

    def _releaseClosing(self):
        others = range(self._closeId + 1, len(self._steps) + 1)
        self._step(self._closeId).setPrerequisites(self._arriveId, *others)
        self._step(self._closeId).setStatus(STATUS_NEW)
        self._newSteps = True

    def updateSteps(self):
        """Store what is new; Scipion's own stores all steps again, which is quadratic."""
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

    # -- the output -------------------------------------------------------------------------------

    def publishMovies(self, movies):
        """Add movies to the output, the decided shape describing a new one."""
        isNew = not self._published().exists()
        header = MovieHeader(*self.setShape.decided)
        self._publish(
            movies, Set.STREAM_OPEN, lambda movieSet: self.describeSet(movieSet, header)
        )
        if isNew:
            self.noteDescribed()

    def amendMovies(self, without=(), new=()):
        """Describe the output anew, and each movie in it; drop movies by name, and add others."""
        with self._publishing():
            published = self._published()
            header = MovieHeader(*self.setShape.decided)
            self._announce(
                published.amend(lambda movies: self.describeSet(movies, header), without, new)
            )
            self.noteDescribed()

    def completeReaders(self, isStopped):
        """Let protocols that have an earlier file of the closed set open see its end.

        Waits for them; ``isStopped()`` ends the wait.
        """
        self._published().superseded.complete(self._publishing, isStopped)

    def correctByTheMany(self):
        """Describe the output anew if most of its movies are of another shape than the first three.

        Returns a sentence that says so, '' if nothing was to be corrected.
        """
        before, many = self.setShape.decided, self.setShape.of_the_many()
        if many is None or many == before or not self._published().exists():
            return ""
        self.setShape.settle(many)
        misfits = [name for name in self._published().names()
                   if self.setShape.misfit_of(name)]
        fitting = self._registrar.readmitted()
        self.amendMovies(misfits, fitting)
        for name in misfits:
            self._registrar.dismiss(name)
        self.noteRegistered([movie.getMicName() for movie in fitting])
        return (f"Most movies have {many}, unlike the first of the list ({before}): the set was "
                "described anew, and protocols that have begun to read it need to run again")

    def putBack(self, names):
        """Movies that could not be registered now are tried again after a while."""
        self._arrivals.put_back(names)
        self._nextDeal = time.monotonic() + 5 * _DEAL_SECS

    def _published(self):
        return PublishedSet(self._getPath("movies.sqlite"))

    @contextlib.contextmanager
    def _publishing(self):
        # Scipion's Stop closes the set from the window's process, while a job on a queue may live.
        with self._lock, exclusive_lock(self._getLogsPath("publishing.lock")):
            yield

    def _publish(self, movies, state, describe=None):
        with self._publishing():
            state = Set.STREAM_CLOSED if self._hasEnded else state
            self._announce(self._published().publish(movies, state, describe))

    def _announce(self, movieSet):
        """Make the project know the present state of the output."""
        if self.hasAttribute(OUTPUT):
            output = getattr(self, OUTPUT)
            output.copy(movieSet, copyId=False, ignoreAttrs=[])
            if self.mapper.exists(output.getObjId()):
                self._store(output)
            else:
                # A second launch copies the project's database over the run's.
                output.cleanObjId()
                self._insertChild(OUTPUT, output)
        else:
            self._defineOutputs(**{OUTPUT: movieSet})
            self._store(movieSet)

    def _insertChild(self, key, child):
        # EMProtocol would write the set's file in place, where a reader may hold a lock.
        super(EMProtocol, self)._insertChild(key, child)

    def _closeOutputSet(self):
        """Scipion closes the output of a failed or aborted run: this way no reader keeps it."""
        if self.hasAttribute(OUTPUT) and self._published().isOpen():
            self._publish([], Set.STREAM_CLOSED)
