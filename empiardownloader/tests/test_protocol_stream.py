"""The open set, as those see it who read it while it grows."""

import json
import os
import random
import threading
import time
from pathlib import Path

from pwem.objects import SetOfMovies
from pyworkflow.object import Set
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.protocols.arrivals import Arrivals
from empiardownloader.protocols.gain import GainChoice
from empiardownloader.protocols.registration import Registrar
from empiardownloader.tests import base


class TestStream(base.ArchiveTest):
    """Twelve movies that come slowly."""

    paths = [f"data/Movies/movie_{number}.mrc" for number in range(1, 13)]

    @classmethod
    def fill(cls):
        files = {path: base.movie(seed, shape=(128, 128)) for seed, path in enumerate(cls.paths)}
        single = base.movie(50, frames=1)
        broken = {"data/Movies/movie_13.mrc": b"no header", "data/Movies/movie_14.mrc": single}
        cls.entries.add_entry("10001", [{"directory": "data/Movies"}], files)
        cls.entries.add_entry("10003", [{"directory": "data/Movies"}], {
            **{path: files[path] for path in cls.paths[:3]}, **broken})

    def test_the_set_is_open_and_readable_while_movies_are_on_their_way(self):
        self.archive.set(rate=40_000)
        run = self.start(self.newRun(entryId="10001", amountOfImages=12, connections=2))
        reader = self.startReader(run)
        self.waitFor(lambda: getUpdatedProtocol(run).hasAttribute("outputMovies"))
        seen = getUpdatedProtocol(run)
        self.assertTrue(seen.outputMovies.isStreamOpen())
        self.assertGreaterEqual(seen.outputMovies.getSize(), 1)
        self.assertLess(seen.outputMovies.getSize(), 12)
        self.waitForEnd(run)
        self.assertComplete(run, 10001, self.paths)
        time.sleep(0.5)
        report = json.loads(reader.communicate()[0])
        states = report["states"]
        self.assertEqual(report["errors"], [])
        self.assertGreater(len(states), 4, "movies were seen as they came")
        self.assertTrue(all(state["size"] >= 1 and state["files"] for state in states))
        self.assertTrue(all(state["dimensions"] == [128, 128, 4] for state in states))
        for earlier, later in zip(states, states[1:]):
            self.assertEqual(later["items"][:len(earlier["items"])], earlier["items"])
            self.assertLessEqual(later["open"], earlier["open"], "never opened again")
        self.assertFalse(states[-1]["open"])
        self.assertEqual(len(states[-1]["items"]), 12)

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
        self.protocol._registrar = Registrar(self.protocol)
        return self.protocol

    def test_a_hundred_runs_under_eight_threads(self):
        chance = random.Random(8)
        for _ in range(100):
            protocol = self.fresh()
            names = chance.sample(self.names, len(self.names))
            threads = [threading.Thread(target=protocol.registerImageStep, args=[names[part::8]])
                       for part in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
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
        protocol._publish([], Set.STREAM_CLOSED)
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(len(self.movies(protocol)[1]), len(self.names))
        self.assertEqual(sum(1 for _ in half_read), 1, "its snapshot stays valid")
        leaky.close()

    def test_a_set_that_cannot_be_written_loses_no_movie_and_raises_nothing(self):
        protocol = self.fresh()
        protocol.registerImageStep(self.names[:1])
        os.mkdir(protocol._getPath("movies.sqlite.next"))
        protocol.registerImageStep(self.names[1:3])
        self.assertEqual(len(protocol._arrivals), 2)
        os.rmdir(protocol._getPath("movies.sqlite.next"))
        for names in protocol._arrivals.deal(2):
            protocol.registerImageStep(names)
        self.assertEqual(len(self.movies(protocol)[1]), 3)

    def test_a_set_that_can_never_be_written_fails_the_run(self):
        protocol = self.fresh()
        protocol.registerImageStep(self.names[:1])
        os.mkdir(protocol._getPath("movies.sqlite.next"))
        for _ in range(5):
            protocol.registerImageStep(self.names[1:3])
        self.assertEqual(len(protocol._registrar.failed()), 2)
        self.assertEqual(protocol._registrar.leftOut(), [])
