"""Protocols of other plugins that read an open set of tilt series or of micrographs.

Their programs, which need a GPU or are in no package, have stand-ins.
"""

import importlib.util
import json
import os
import tempfile
import unittest
from pathlib import Path

from pwem.objects import SetOfCTF
from pyworkflow import Config
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie
from empiardownloader.tests.chain.warp_race import has_lost_its_race
from empiardownloader.tests.data.tilt_entries import (
    ANGLES,
    AXIS,
    DOSE,
    mdoc_bytes,
    series_exposures,
)
from empiardownloader.tests.project import base

SHAPE, FRAMES, PIXEL_SIZE = (128, 128), 4, 0.675
SERIES = ("TS_01", "TS_02")


def needs(module):
    """Skip a test unless a plugin is there."""
    return unittest.skipUnless(importlib.util.find_spec(module), f"{module} is not there")


class ReadersTest(base.ArchiveTest):
    """What the classes below share."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._calls = Path(folder.name) / "calls.jsonl"
        os.environ["CHAIN_CALLS"] = str(self._calls)

    def calls(self, program):
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [call for call in map(json.loads, lines) if call["program"] == program]

    def reader(self, className, pointer, source, output, **parameters):
        """Return a run of another plugin's protocol that reads an output of ours."""
        run = self.newProtocol(Config.getDomain().getProtocols()[className], **parameters)
        getattr(run, pointer).set(source)
        getattr(run, pointer).setExtended(output)
        self.assertEqual(run.validate(), [])
        return run

    def waitForItems(self, run, output, count):
        """Wait until an output has so many items."""
        def areThere():
            latest = getUpdatedProtocol(run)
            self.assertFalse(latest.isFailed(), latest.getErrorMessage())
            return self.sizeOf(latest, output) >= count

        self.waitFor(areThere, 300)
        self.proj._updateProtocol(run)

    def sizeOf(self, run, output):
        found = getattr(run, output, None)
        return 0 if found is None else found.getSize()

    def assertEnded(self, run):
        self.waitForEnd(run, 300)
        self.assertTrue(run.isFinished(), f"{run.getClassName()}: {run.getErrorMessage()}")


class TestReadersOfTiltSeries(ReadersTest):
    """Two series of five tilts with a gain reference; the second one comes while others read."""

    @classmethod
    def fill(cls):
        files = {"data/frames/gain_ref.mrc": mrc_bytes(gain_reference(5, SHAPE), PIXEL_SIZE)}
        for series in SERIES:
            exposures = series_exposures(series)
            files[f"data/mdocs/{series}.mrc.mdoc"] = mdoc_bytes(exposures)
            for exposure in exposures:
                stack, _ = simulate_movie(sum(exposure.name.encode()), SHAPE, FRAMES)
                files[f"data/frames/{exposure.name}"] = mrc_bytes(stack.astype("int8"), PIXEL_SIZE)
        image_set = {"directory": "data/frames", "pixel_width": PIXEL_SIZE,
                     "frames_per_image": FRAMES}
        cls.entries.add_entry("10164", [image_set], files)

    def found(self, output):
        """Angle, order and dose of the tilts of each series in a closed set of aligned series."""
        from tomo.objects import SetOfTiltSeries

        aligned = SetOfTiltSeries(filename=output.getFileName())
        aligned.loadAllProperties()
        self.assertFalse(aligned.isStreamOpen())
        found = {one.getTsId(): [(tilt.getTiltAngle(), tilt.getAcquisitionOrder(),
                                  round(tilt.getAcquisition().getAccumDose(), 3)) for tilt in one]
                 for one in aligned.iterItems()}
        aligned.close()
        return found

    def startWarp(self, download):
        return self.start(self.reader(
            "ProtWarpTSMotionCorr", "inputTSMovies", download, "outputTiltSeriesM",
            streamingSleepOnWait=3, numberOfThreads=4))  # of two, none is left for its steps

    def waitForWarp(self, warp, download, isReached):
        """Return Warp's run when it has come so far, or the one after its own race ended it."""
        def areThere():
            nonlocal warp
            if has_lost_its_race(warp):
                warp = self.startWarp(download)
                return False
            latest = getUpdatedProtocol(warp)
            self.assertFalse(latest.isFailed(), latest.getErrorMessage())
            return isReached(latest)

        self.waitFor(areThere, 300)
        self.proj._updateProtocol(warp)
        return warp

    @needs("warp")
    @needs("motioncorr")
    def test_warp_streams_and_motioncorr_takes_what_is_there(self):
        from empiardownloader.protocols import EmpiarTiltSeries

        expected = sorted((angle, order, round(order * DOSE, 3))
                          for order, angle in enumerate(ANGLES, 1))
        self.holdBack("*/TS_02_*")
        download = self.start(self.newProtocol(
            EmpiarTiltSeries, entryId="10164", downloadAll=True, gainOrientation=1))
        self.waitForItems(download, "outputTiltSeriesM", 1)
        warp = self.startWarp(download)
        early = self.reader(
            "ProtTsMotionCorr", "inputTiltSeriesM", download, "outputTiltSeriesM")
        self.start(early)
        self.assertEnded(early)
        self.assertEqual(self.found(early.tiltSeries), {"TS_01": expected})
        warp = self.waitForWarp(warp, download, lambda run: self.sizeOf(run, "TiltSeries") >= 1)
        self.assertTrue(getUpdatedProtocol(download).outputTiltSeriesM.isStreamOpen())
        self.archive.set(rate=0)
        self.assertEnded(download)
        late = self.reader("ProtTsMotionCorr", "inputTiltSeriesM", download, "outputTiltSeriesM")
        self.start(late)
        self.assertEnded(late)
        warp = self.waitForWarp(warp, download, lambda run: run.isFinished())
        self.assertEqual(self.found(late.tiltSeries), dict.fromkeys(SERIES, expected))
        self.assertEqual(self.found(warp.TiltSeries), dict.fromkeys(SERIES, expected))
        self.assertEqual(warp.CTFTomoSeries.getSize(), 2)
        # As Warp's tomostar files say: the angle, the axis and the dose of each tilt.
        stars = {call["series"]: call["tilts"] for call in self.calls("ts_ctf")}
        self.assertEqual(set(stars), set(SERIES))
        for tilts in stars.values():
            self.assertEqual([(angle, round(dose, 3)) for angle, _, dose in tilts],
                             [(angle, dose) for angle, _, dose in expected])
            self.assertEqual({axis for _, axis, _ in tilts}, {AXIS})
        for call in (*self.calls("WarpTools"), *self.calls("MotionCor3")):
            self.assertTrue(call["gainFound"], call)
            self.assertAlmostEqual(float(call["pixel"]), PIXEL_SIZE)


class TestReadersOfMicrographs(ReadersTest):
    """CTF estimation on an open set of micrographs."""

    paths = [f"data/Micrographs/mic_{number}.mrc" for number in range(1, 7)]

    @classmethod
    def fill(cls):
        # The mean of each is its number, which the stand-in turns into a defocus.
        files = {path: mrc_bytes(simulate_movie(number, SHAPE, 1)[0][0].astype("float32") * 0
                                 + number, PIXEL_SIZE)
                 for number, path in enumerate(cls.paths, 1)}
        image_set = {"directory": "data/Micrographs", "category": "micrographs - single frame",
                     "pixel_width": PIXEL_SIZE, "frames_per_image": 1}
        cls.entries.add_entry("10017", [image_set], files)

    @needs("cistem")
    def test_ctffind_estimates_each_as_it_comes(self):
        from empiardownloader.protocols import EmpiarMicrographs

        self.holdBack("*mic_[456]*")
        download = self.start(self.newProtocol(
            EmpiarMicrographs, entryId="10017", downloadAll=True))
        self.waitForItems(download, "outputMicrographs", 3)
        ctffind = self.start(self.reader(
            "CistemProtCTFFind", "inputMicrographs", download, "outputMicrographs",
            windowSize=64, streamingSleepOnWait=1))
        self.waitForItems(ctffind, "outputCTF", 3)
        self.assertTrue(getUpdatedProtocol(download).outputMicrographs.isStreamOpen())
        self.archive.set(rate=0)
        for run in (download, ctffind):
            self.assertEnded(run)
        estimated = SetOfCTF(filename=ctffind.outputCTF.getFileName())
        estimated.loadAllProperties()
        self.assertFalse(estimated.isStreamOpen())
        found = {one.getMicrograph().getMicName(): one.getDefocusU()
                 for one in estimated.iterItems()}
        estimated.close()
        self.assertEqual(found, {Path(path).name: 10000.0 + 100 * number
                                 for number, path in enumerate(self.paths, 1)})
        self.assertEqual(len(self.calls("ctffind")), 6)
