"""The gain reference in a run: turned as the movies show, only reported, or unchanged."""

import gzip
import io
import json
import os
import struct
import unittest

import numpy as np
from PIL import Image
from tifffile import TiffFile

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie, tiff_bytes
from empiardownloader.images.pixels import read_gain
from empiardownloader.streaming.tilt_series_items import is_available
from empiardownloader.tests.data.dm import dm4_bytes
from empiardownloader.tests.data.eer import eer_bytes, electron_frames
from empiardownloader.tests.data.tilt_entries import mdoc_bytes, series_exposures
from empiardownloader.tests.project import base

SHAPE = (128, 128)
GAIN = gain_reference(1, SHAPE)
TURNED = np.ascontiguousarray(np.rot90(GAIN, -1)[:, ::-1])  # to be flipped, then turned by 90°


def marked_as_zstd(content):
    """Return a TIFF movie whose tags name a compression that no frame is in."""
    marked = bytearray(content)
    with TiffFile(io.BytesIO(content)) as tiff:
        for page in tiff.pages:
            struct.pack_into("<H", marked, page.tags[259].valueoffset, 50000)
    return bytes(marked)


class TestGain(base.ArchiveTest):
    """Three movies of a camera with a pattern, as MRC and TIFF, and a wrongly oriented gain."""

    @classmethod
    def fill(cls):
        stacks = [simulate_movie(seed, SHAPE, frames=6, gain=GAIN)[0] for seed in range(3)]
        gain = {"data/gain.mrc": mrc_bytes(TURNED)}
        mrc = {f"data/m{n}.mrc": mrc_bytes(stack.astype("int8")) for n, stack in enumerate(stacks)}
        tiff = {f"data/m{n}.tif": tiff_bytes(stack) for n, stack in enumerate(stacks)}
        deflated = [tiff_bytes(stack, "tiff_adobe_deflate") for stack in stacks]
        zstd = {f"data/m{n}.tif": marked_as_zstd(content) for n, content in enumerate(deflated)}
        turned_dm = {"data/CountRef.dm4": dm4_bytes(np.ascontiguousarray(TURNED[::-1]))}
        random = np.random.default_rng(5)
        frames = [electron_frames(random, GAIN, 120, 0.1) for _ in range(3)]
        eer = {f"data/m{n}.eer": eer_bytes(one, 0.9, 12) for n, one in enumerate(frames)}
        image = Image.fromarray(TURNED)
        falcon = io.BytesIO()
        image.save(falcon, "TIFF")
        twice = mrc_bytes(np.kron(TURNED, np.ones((2, 2), np.float32)))
        exposures = series_exposures("TS_01", extension="tif")
        tilts = {f"data/{exposure.name}": tiff_bytes(stack)
                 for exposure, stack in zip(exposures, stacks)}
        tilts["data/TS_01.mrc.mdoc"] = mdoc_bytes(exposures[:3])
        for number, files in {
            "10001": {**mrc, **gain},
            "10002": {**tiff, **gain},
            "10003": {**zstd, **gain},
            "10004": {**mrc, "data/gain.mrc.gz": gzip.compress(gain["data/gain.mrc"])},
            "10005": {**tiff, **turned_dm},
            "10006": mrc,
            "10007": {**eer, "data/falcon.gain": falcon.getvalue()},
            "10008": {**tiff, "data/SuperRef.mrc": twice},
            "10009": {**tilts, **gain},
        }.items():
            cls.entries.add_entry(number, [{"directory": "data"}], files)

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
                self.assertIn("gain.mrc, flipped left to right, then turned by 90° "
                              "counter-clockwise, as the movies show.", run.methods()[0])
                run.gainOrientation.set(1)
                self.assertEqual(os.path.basename(self.done(run)[0]), "gain.mrc")
                self.assertIn("Their gain reference is gain.mrc, as it is.", run.methods()[0])

    def test_whatever_its_source_and_format_it_is_turned_as_the_movies_show(self):
        local = os.path.abspath("mine.mrc")
        with open(local, "wb") as file:
            file.write(mrc_bytes(TURNED))
        for name, parameters in {
            "gain": {"entryId": "10001", "gainSource": 1, "gainPath": "data/gain.mrc"},
            "mine": {"entryId": "10006", "gainSource": 2, "gainPath": local},
            "gain ": {"entryId": "10004"},  # packed
            "CountRef": {"entryId": "10005"},
            "SuperRef": {"entryId": "10008"},
        }.items():
            with self.subTest(parameters):
                run = self.newRun(downloadAll=True, **parameters)
                path, told, summary = self.done(run)
                oriented = f"{name.strip()}_oriented.mrc"
                self.assertEqual(path, os.path.abspath(run._getExtraPath(oriented)))
                self.assertTrue(np.allclose(read_gain(path), GAIN))
                self.assertEqual((told["rotation"], told["flip"], told["evidence"]),
                                 (90, True, "movies"))
                self.assertIn("leave rotation and flip at none", summary)
        self.assertTrue(np.array_equal(read_gain(local), TURNED))

    def test_the_gain_of_eer_movies_is_reported_and_stays_as_it_is(self):
        run = self.newRun(entryId="10007", downloadAll=True)
        path, told, summary = self.done(run)
        self.assertEqual(path, os.path.abspath(run._getExtraPath("falcon.gain")))
        self.assertEqual((told["rotation"], told["flip"], told["evidence"]), (0, False, "movies"))
        self.assertIn("It is set as it is, and has to be flipped left to right, then turned by 90°",
                      summary)

    def test_frames_that_cannot_be_read_here_are_one_sentence(self):
        run = self.newRun(entryId="10003", downloadAll=True)
        path, told, summary = self.done(run)
        self.assertEqual(path, os.path.abspath(run._getExtraPath("gain.mrc")))
        self.assertEqual((told["evidence"], len(told["notes"])), ("none", 1))
        self.assertEqual(summary.count("could not be looked at"), 1)

    def test_a_run_without_a_gain_says_so_in_one_line(self):
        run = self.newRun(entryId="10006", downloadAll=True)
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertIsNone(self.movies(run)[0].getGain())
        said = [line for line in run.summary() if "gain" in line.lower()]
        self.assertEqual(said, ["No gain reference was found in the entry"])

    @unittest.skipUnless(is_available(), "scipion-em-tomo is not installed")
    def test_frames_of_tilt_series_show_it_too(self):
        from empiardownloader.protocols import EmpiarTiltSeries

        run = self.newProtocol(EmpiarTiltSeries, entryId="10009", downloadAll=True)
        path, told, summary = self.done(run)
        self.assertEqual(path, os.path.abspath(run._getExtraPath("gain_oriented.mrc")))
        self.assertTrue(np.array_equal(read_gain(path), GAIN))
        self.assertEqual((told["rotation"], told["flip"]), (90, True))
        self.assertIn("leave rotation and flip at none", summary)
        self.assertEqual(run.outputTiltSeriesM.getGain(), path)

    def test_a_gain_whose_project_was_moved_is_found_again(self):
        run = self.newRun(entryId="10001", downloadAll=True)
        gain = self.done(run)[0]
        self.assertTrue(gain.endswith("gain_oriented.mrc"))  # by all three, before the set is there
        run._imageOutput().file.rewriteItems(lambda movies: movies.setGain(f"/elsewhere{gain}"))
        self.assertEqual(self.done(run)[0], gain)
