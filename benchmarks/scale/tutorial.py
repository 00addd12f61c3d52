"""The scheme of Scipion's streaming tutorial, for comparison: one step for each movie.

Everything else is ours: the same reading, the same transfer, the same headers. The tutorial appends
without a lock, which crashes; here it takes one.
"""

from pwem.objects import Movie, SetOfMovies
from pwem.protocols import EMProtocol
from pyworkflow.object import Set
from pyworkflow.protocol import Protocol

from empiardownloader.images.header import read_header
from empiardownloader.protocols import EmpiarDownloader


class OneStepPerMovie(EmpiarDownloader):
    """Inserts a step for every new movie, stores all steps again, writes in place."""

    _label = "one step per movie"
    _stepsCheckSecs = 3

    def _stepsCheck(self):
        ended = self._step(self._arriveId).isFinished()
        for [name] in self._arrivals.deal(len(self._arrivals)):
            self._insertFunctionStep(
                self.registerImageStep, name, prerequisites=self._readId, needsGPU=False
            )
        if ended and not len(self._arrivals) and self._step(self._closeId).isWaiting():
            self._releaseCloseStep()
        if self._newSteps:
            self.updateSteps()

    def updateSteps(self):
        Protocol.updateSteps(self)

    def registerImageStep(self, name):
        path = self._getExtraPath(name)
        header = read_header(path)
        movie = Movie(location=path)
        movie.setMicName(name)
        with self._lock:
            if self.hasAttribute(self.outputName):
                output = getattr(self, self.outputName)
                output.enableAppend()
                output.append(movie)
                self._updateOutputSet(self.outputName, output, Set.STREAM_OPEN)
            else:
                self._defineFirst(movie, header)

    def _defineFirst(self, movie, header):
        output = SetOfMovies.create(self._getPath())
        self.images.describe(output, header)
        self.describeSet(output, header)
        output.setStreamState(Set.STREAM_OPEN)
        output.append(movie)
        self._defineOutputs(**{self.outputName: output})
        self._store(output)

    def closeSetStep(self, *arguments):
        with self._lock:
            output = getattr(self, self.outputName)
            self._updateOutputSet(self.outputName, output, Set.STREAM_CLOSED)

    def _insertChild(self, key, child):
        EMProtocol._insertChild(self, key, child)

    def _closeOutputSet(self):
        EMProtocol._closeOutputSet(self)
