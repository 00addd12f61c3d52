"""One odd movie changes nothing that a set says, at any place in the list and at any arrival."""

import itertools
import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pyworkflow.object import Set

from empiardownloader.run.gain_choice import GainChoice
from empiardownloader.streaming.arrivals import Arrivals
from empiardownloader.streaming.set_shape import SetShape
from empiardownloader.tests.project import base

SHAPE, FRAMES, DOSE, PIXEL_SIZE, MOVIES = (64, 48), 8, 24.0, 1.5, 6
NAMES = [f"m_{number}.mrc" for number in range(MOVIES)]
USUAL = base.movie(1, shape=SHAPE, frames=FRAMES)
ODD = {
    "short": base.movie(1, shape=SHAPE, frames=2),
    "a single image": base.movie(1, shape=SHAPE, frames=1),
    "of another size": base.movie(1, shape=(32, 32), frames=FRAMES),
    "with more frames": base.movie(1, shape=SHAPE, frames=FRAMES + 4),
    "broken": b"\x00\xff no header",
}
ARRIVALS = ("first", "last", "at any time", "at any time again")


class TestOddMovie(base.ArchiveTest):
    """The registration of six movies by several threads, 120 times from nothing."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(13)
        self.protocol = self.newRun(entryId="10001")
        self.proj.saveProtocol(self.protocol)
        self.protocol.makePathsAndClean()
        self.protocol.setMapper(self.proj.createMapper(self.protocol.getDbPath()))
        self.protocol._store()
        self.protocol._record().saveEntry({
            "number": "10001", "imageSet": 1, "gain": GainChoice().stored(),
            "acquisition": {"dose_per_image": [DOSE, "EMDB"], "voltage": [200.0, "EMDB"]},
            "document": {"EMPIAR-10001": {"imagesets": [{
                "category": "micrographs - multiframe", "pixel_width": PIXEL_SIZE}]}},
        })

    def begin(self, contents):
        """Begin a run with these movies, of which none has arrived."""
        protocol = self.protocol
        for path in Path(protocol._getPath()).glob("movies.sqlite*"):
            path.unlink()
        if protocol.hasAttribute("outputMovies"):
            protocol.deleteOutput(protocol.outputMovies)
        for name, content in zip(NAMES, contents):
            Path(protocol._getExtraPath(name)).write_bytes(content)
        protocol._arrivals = Arrivals()
        protocol.setShape = SetShape()
        protocol.setShape.expect(NAMES)
        protocol._registrar = protocol._newRegistrar()
        protocol._account = protocol._newReporter()

    def order(self, place, arrival):
        """Return the names in an order of arrival."""
        names = self.random.sample(NAMES, MOVIES)
        if arrival in ("first", "last"):
            names.remove(NAMES[place])
            names.insert(0 if arrival == "first" else MOVIES, NAMES[place])
        return names

    def register(self, names):
        """Let movies arrive in this order, and close the set after the last."""
        protocol = self.protocol
        with ThreadPoolExecutor(3) as threads:
            for name in names:
                protocol._registrar.look(name)
                threads.submit(protocol.registerImageStep, [name])
        self.assertIsNotNone(protocol.setShape.decide_now())
        protocol.registerImageStep([])
        self.assertEqual(protocol.correctByTheMany(), "")
        protocol._setStreamState(Set.STREAM_CLOSED)

    def description(self):
        """Return what the set says of its movies, and each of the usual ones of itself."""
        movies, items = self.movies(self.protocol)
        acquisition = movies.getAcquisition()
        usual = [item for item in items if item.getFramesRange()[1] == FRAMES]
        return {
            "dimensions": movies.getDim(),
            "frames": tuple(movies.getFramesRange()),
            "dose per frame": acquisition.getDosePerFrame(),
            "voltage": acquisition.getVoltage(),
            "pixel size": movies.getSamplingRate(),
            "open": movies.isStreamOpen(),
            "of usual movies": {
                (item.getSamplingRate(), tuple(item.getFramesRange()),
                 item.getAcquisition().getDosePerFrame()) for item in usual},
        }, sorted(os.path.basename(item.getFileName()) for item in usual)

    def test_the_description_is_the_same_wherever_it_is_and_whenever_it_arrives(self):
        for place, kind, arrival in itertools.product(range(MOVIES), ODD, ARRIVALS):
            with self.subTest(place=place, kind=kind, arrival=arrival):
                contents = [ODD[kind] if at == place else USUAL for at in range(MOVIES)]
                self.begin(contents)
                self.register(self.order(place, arrival))
                said, usual = self.description()
                self.assertEqual(said, {
                    "dimensions": (*reversed(SHAPE), FRAMES),
                    "frames": (1, FRAMES, 1),
                    "dose per frame": DOSE / FRAMES,
                    "voltage": 200.0,
                    "pixel size": PIXEL_SIZE,
                    "open": False,
                    "of usual movies": {(PIXEL_SIZE, (1, FRAMES, 1), DOSE / FRAMES)},
                })
                self.assertEqual(usual, [name for name in NAMES if name != NAMES[place]])
