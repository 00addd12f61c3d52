"""The gain reference in a run: turned as the movies show, only reported, or unchanged."""

import json
import os

import numpy as np

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie, tiff_bytes
from empiardownloader.images.pixels import read_gain
from empiardownloader.tests.project import base

SHAPE = (128, 128)
GAIN = gain_reference(1, SHAPE)
TURNED = np.ascontiguousarray(np.rot90(GAIN, -1)[:, ::-1])  # to be flipped, then turned by 90°


class TestGain(base.ArchiveTest):
    """Three movies of a camera with a pattern, as MRC and TIFF, and a wrongly oriented gain."""

    @classmethod
    def fill(cls):
        stacks = [simulate_movie(seed, SHAPE, frames=6, gain=GAIN)[0] for seed in range(3)]
        gain = {"data/gain.mrc": mrc_bytes(TURNED)}
        mrc = {f"data/m{n}.mrc": mrc_bytes(stack.astype("int8")) for n, stack in enumerate(stacks)}
        tiff = {f"data/m{n}.tif": tiff_bytes(stack) for n, stack in enumerate(stacks)}
        for number, movies in (("10001", mrc), ("10002", tiff)):
            cls.entries.add_entry(number, [{"directory": "data"}], {**movies, **gain})

    def done(self, run):
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        with open(run._getLogsPath("prepared_gain.json"), encoding="utf-8") as file:
            return self.movies(run)[0].getGain(), json.load(file), "\n".join(run.summary())

    def test_as_it_is_then_as_the_movies_show_on_continue(self):
        for number in ("10001", "10002"):
            with self.subTest(number):
                run = self.newRun(entryId=number, downloadAll=True, gainOrientation=1)
                path, told, _ = self.done(run)
                self.assertEqual(path, os.path.abspath(run._getExtraPath("gain.mrc")))
                self.assertEqual((told["rotation"], told["flip"]), (0, False))
                run.gainOrientation.set(0)
                path, told, summary = self.done(run)
                self.assertEqual(path, os.path.abspath(run._getExtraPath("gain_oriented.mrc")))
                self.assertTrue(np.array_equal(read_gain(path), GAIN))
                self.assertEqual((told["rotation"], told["flip"], told["evidence"]),
                                 (90, True, "movies"))
                self.assertIn("leave rotation and flip at none", summary)
                run.gainOrientation.set(1)
                self.assertEqual(os.path.basename(self.done(run)[0]), "gain.mrc")

    def test_a_gain_whose_project_was_moved_is_found_again(self):
        run = self.newRun(entryId="10001", downloadAll=True)
        gain = self.done(run)[0]
        self.assertTrue(gain.endswith("gain_oriented.mrc"))  # by all three, before the set is there
        run._imageOutput().file.rewriteItems(lambda movies: movies.setGain(f"/elsewhere{gain}"))
        self.assertEqual(self.done(run)[0], gain)
