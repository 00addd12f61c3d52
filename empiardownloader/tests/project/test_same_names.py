"""Movies and gain references of equal names and sizes, of two image sets of an entry."""

import tempfile
from pathlib import Path

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes
from empiardownloader.tests.project import base

SHAPE = (32, 32)
SETS = ("data/First", "data/Second")
MOVIES = ("m_1.mrc", "m_2.mrc")


class TestSameNames(base.ArchiveTest):
    @classmethod
    def fill(cls):
        files = {}
        for number, folder in enumerate(SETS):
            files[f"{folder}/gain.mrc"] = mrc_bytes(gain_reference(number, SHAPE))
            for place, name in enumerate(MOVIES):
                files[f"{folder}/{name}"] = base.movie(10 * number + place, SHAPE)
        cls.entries.add_entry("10001", [{"directory": folder} for folder in SETS], files)

    def runOf(self, number, store):
        """A run of one image set, ended, with its gain reference as deposited."""
        run = self.newRun(entryId="10001", imageSet=str(number + 1), downloadAll=True,
                          gainOrientation=1, downloadFolder=store)
        self.assertWhole(self.runToEnd(run), number, number)
        return run

    def assertWhole(self, run, number, gainOf):
        """The run has its image set's movies, and the gain reference of an image set."""
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        output, items = self.movies(run)
        self.assertEqual(sorted(item.getMicName() for item in items), list(MOVIES))
        for name in MOVIES:
            self.assertSame(run._getExtraPath(name), f"{SETS[number]}/{name}")
        self.assertSame(output.getGain(), f"{SETS[gainOf]}/gain.mrc")

    def assertSame(self, place, path):
        there = self.archive.source(10001, path).read_bytes()
        self.assertTrue(Path(place).read_bytes() == there, f"{place} is not {path}")

    def twoImageSets(self, store=""):
        first, _ = (self.runOf(number, store) for number in range(len(SETS)))
        first.gainSource.set(1)
        first.gainPath.set(f"{SETS[1]}/gain.mrc")
        self.assertWhole(self.runToEnd(first), 0, 1)

    def test_in_runs_of_one_project(self):
        self.twoImageSets()

    def test_in_a_folder_that_they_share(self):
        with tempfile.TemporaryDirectory() as store:
            self.twoImageSets(store)
