"""The open set, as its readers see it while it grows."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pwem.objects import SetOfMovies
from pyworkflow.object import Set
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.run.gain_choice import GainChoice
from empiardownloader.streaming.arrivals import Arrivals
from empiardownloader.streaming.set_shape import SetShape
from empiardownloader.tests.project import base


class TestStream(base.ArchiveTest):
    """Twelve movies that download slowly."""

    paths = base.numbered(12)

    @classmethod
    def fill(cls):
        super().fill()
        single = base.movie(50, frames=1)
        broken = {"data/Movies/movie_13.mrc": b"\x00\xff no header",
                  "data/Movies/movie_14.mrc": single}
        files = cls.numberedMovies()
        cls.entries.add_entry("10003", [{"directory": "data/Movies"}], {
            **{path: files[path] for path in cls.paths[:3]}, **broken})

    def test_the_set_is_open_and_readable_while_movies_are_on_their_way(self):
        self.holdBack("*movie_[4-9].mrc")
        run = self.newRun(entryId="10001", amountOfImages=12, connections=2)
        self.proj.saveProtocol(run)
        reader = self.startReader(run)
        reader.stdout.readline()
        self.start(run)
        self.waitFor(lambda: getUpdatedProtocol(run).hasAttribute("outputMovies"))
        seen = getUpdatedProtocol(run)
        self.assertTrue(seen.outputMovies.isStreamOpen())
        while int(reader.stdout.readline()) < 3:
            pass  # the first three describe the set, and are registered when all of them are here
        for number in range(4, 8):
            self.holdBack(f"*movie_[{number + 1}-9].mrc")
            self.assertEqual(int(reader.stdout.readline()), number, "seen as it came")
        self.archive.reset()
        self.waitForEnd(run)
        self.assertComplete(run, 10001, self.paths)
        report = self.report(reader)
        self.assertEqual(report["errors"], [])
        self.assertGreater(len(report["sizes"]), 4, "movies were seen as they came")
        self.assertGreaterEqual(report["sizes"][0], 1)
        self.assertEqual(report["sizes"], sorted(report["sizes"]))
        self.assertEqual(report["described"], [{
            "rate": 1.0, "dimensions": [128, 128, 4], "frames": [1, 4, 1], "voltage": 300.0,
            "files": True}])
        self.assertEqual(report["states"], [True, False], "closed once, never opened again")
        self.assertEqual(len(report["taken"]), 12)

    def test_what_is_no_movie_is_left_out_with_its_reason(self):
        run = self.runToEnd(self.newRun(entryId="10003", downloadAll=True))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(run.outputMovies.getSize(), 3)
        summary = "\n".join(run.summary())
        self.assertIn("movie_13.mrc: its header", summary)
        self.assertIn("movie_14.mrc: it is a single image", summary)

    def test_nothing_but_what_is_no_movie_fails_the_run(self):
        run = self.runToEnd(self.newRun(entryId="10003", downloadAll=True,
                                        filePattern="*_13.mrc, *_14.mrc"))
        self.assertTrue(run.isFailed())
        self.assertIn("single image", run.getErrorMessage())
        self.assertFalse(run.hasAttribute("outputMovies"))


class TestRegistration(base.ArchiveTest):
    """The registration alone, from many threads at once."""

    movies_ = 24

    def setUp(self):
        super().setUp()
        self.protocol = self.newRun(entryId="10001")
        self.proj.saveProtocol(self.protocol)
        self.protocol.makePathsAndClean()
        self.protocol.setMapper(self.proj.createMapper(self.protocol.getDbPath()))
        self.protocol._store()
        content = base.movie(1, shape=(16, 16), frames=2)
        self.names = [f"movie_{number}.mrc" for number in range(self.movies_)]
        for name in self.names:
            Path(self.protocol._getExtraPath(name)).write_bytes(content)
        self.protocol._record().saveEntry({
            "number": "10001", "imageSet": 1, "acquisition": {}, "gain": GainChoice().stored(),
            "document": {"EMPIAR-10001": {"imagesets": [{
                "category": "micrographs - multiframe", "pixel_width": 1.5}]}},
        })

    def fresh(self):
        """The protocol as at the start of a run, with nothing registered."""
        if os.path.exists(self.protocol._getPath("movies.sqlite")):
            os.unlink(self.protocol._getPath("movies.sqlite"))
        if self.protocol.hasAttribute("outputMovies"):
            self.protocol.deleteOutput(self.protocol.outputMovies)
        self.protocol._arrivals = Arrivals()
        self.protocol.setShape = SetShape()
        self.protocol._registrar = self.protocol._newRegistrar()
        self.protocol.setShape.expect(self.names[:1])
        self.protocol._account = self.protocol._newReporter()
        return self.protocol

    def test_a_hundred_runs_under_eight_threads(self):
        chance = random.Random(8)
        for _ in range(100):
            protocol = self.fresh()
            names = chance.sample(self.names, len(self.names))
            with ThreadPoolExecutor(8) as threads:  # an exception in a thread is raised here
                list(threads.map(protocol.registerImageStep, [names[part::8] for part in range(8)]))
            _, items = self.movies(protocol)
            self.assertEqual([item.getObjId() for item in items],
                             list(range(1, len(self.names) + 1)))
            self.assertEqual(sorted(item.getMicName() for item in items), sorted(self.names))
            self.assertEqual(protocol._registrar.leftOut() + protocol._registrar.failed(), [])

    def test_a_reader_that_keeps_a_lock_stops_nobody(self):
        protocol = self.fresh()
        protocol.registerImageStep(self.names[:2])
        leaky = SetOfMovies(filename=protocol._getPath("movies.sqlite"))
        half_read = leaky.iterItems()
        next(half_read)  # a SELECT that is not read to its end keeps a SHARED lock
        began = time.monotonic()
        for name in self.names[2:]:
            protocol.registerImageStep([name])
        protocol._setStreamState(Set.STREAM_CLOSED)
        self.assertLess(time.monotonic() - began, 20)
        self.assertEqual(len(self.movies(protocol)[1]), len(self.names))
        self.assertEqual(sum(1 for _ in half_read), 1, "its snapshot stays valid")
        leaky.close()

    def forbidWriting(self, protocol):
        """Neither in place, where SQLite needs a journal, nor as a copy."""
        for name in ("movies.sqlite-journal", "movies.sqlite.next"):
            os.mkdir(protocol._getPath(name))

    def allowWriting(self, protocol):
        for name in ("movies.sqlite-journal", "movies.sqlite.next"):
            os.rmdir(protocol._getPath(name))

    def test_a_set_that_cannot_be_written_loses_no_movie_and_raises_nothing(self):
        protocol = self.fresh()
        protocol.registerImageStep(self.names[:1])
        self.forbidWriting(protocol)
        protocol.registerImageStep(self.names[1:3])
        self.assertEqual(len(protocol._arrivals), 2)
        self.allowWriting(protocol)
        for names in protocol._arrivals.deal(2):
            protocol.registerImageStep(names)
        self.assertEqual(len(self.movies(protocol)[1]), 3)

    def test_a_set_that_can_never_be_written_fails_the_run(self):
        protocol = self.fresh()
        protocol.registerImageStep(self.names[:1])
        self.forbidWriting(protocol)
        for _ in range(5):
            protocol.registerImageStep(self.names[1:3])
        self.assertEqual(len(protocol._registrar.failed()), 2)
        self.assertEqual(protocol._registrar.leftOut(), [])
