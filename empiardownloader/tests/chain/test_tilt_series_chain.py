"""EMPIAR to motion correction by RELION to composed tilt series, all running at once."""

import importlib.util
import os
import unittest

from pyworkflow import Config
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.tests.data.tilt_entries import (
    ANGLES,
    AXIS,
    DOSE,
    mdoc_bytes,
    series_exposures,
)
from empiardownloader.tests.project import base

SHAPE, FRAMES, PIXEL_SIZE = (512, 512), 6, 0.675
SERIES = ("TS_01", "TS_02")
SLOW_SECS = 6  # for one tilt over one connection: composing begins while the second series comes


@unittest.skipUnless(importlib.util.find_spec("relion") and os.environ.get("RELION_HOME"),
                     "RELION or scipion-em-relion is not there")
class TestTiltSeriesChain(base.ArchiveTest):
    """Two series of five tilts, with an mdoc each."""

    @classmethod
    def fill(cls):
        files = {}
        for series in SERIES:
            exposures = series_exposures(series)
            files[f"data/mdocs/{series}.mrc.mdoc"] = mdoc_bytes(exposures)
            for exposure in exposures:
                seed = sum(exposure.name.encode())
                stack, _ = simulate_movie(seed, SHAPE, FRAMES)
                files[f"data/frames/{exposure.name}"] = mrc_bytes(stack.astype("int8"), PIXEL_SIZE)
        image_set = {"directory": "data/frames", "pixel_width": PIXEL_SIZE,
                     "frames_per_image": FRAMES}
        cls.entries.add_entry("10164", [image_set], files)

    def follower(self, className, pointer, source, output, **parameters):
        """Return a run of another plugin's protocol that reads an output of ours."""
        run = self.newProtocol(Config.getDomain().getProtocols()[className], **parameters)
        getattr(run, pointer).set(source)
        getattr(run, pointer).setExtended(output)
        return run

    def waitForOutput(self, run, output):
        def isThere():
            latest = getUpdatedProtocol(run)
            self.assertFalse(latest.isFailed(), latest.getErrorMessage())
            return latest.hasAttribute(output)

        self.waitFor(isThere, 240)
        self.proj._updateProtocol(run)

    def test_each_series_is_composed_with_angles_order_dose_and_axis(self):
        from tomo.objects import SetOfTiltSeries

        from empiardownloader.protocols import EmpiarTiltSeries

        size = self.archive.source(10164, "data/frames/TS_01_000_0.0.mrc").stat().st_size
        self.archive.set(rate=size / SLOW_SECS)
        download = self.start(self.newProtocol(EmpiarTiltSeries, entryId="10164",
                                               downloadAll=True, connections=2))
        self.waitForOutput(download, "outputMovies")
        relion = self.start(self.follower(
            "ProtRelionMotioncor", "inputMovies", download, "outputMovies",
            saveFloat16=False, doDW=False, savePSsum=False))
        self.waitForOutput(relion, "outputMicrographs")
        compose = self.start(self.follower(
            "ProtComposeTS", "inputMicrographs", relion, "outputMicrographs",
            filesPath=download._getExtraPath("mdocs")))
        self.archive.set(rate=0)
        for run in (download, relion, compose):
            self.waitForEnd(run, 300)
            self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
        composed = SetOfTiltSeries(filename=compose.tiltSeries.getFileName())
        composed.loadAllProperties()
        self.assertFalse(composed.isStreamOpen())
        found = {}
        for series in composed.iterItems():
            tilts = [(tilt.getTiltAngle(), tilt.getAcquisitionOrder(),
                      round(tilt.getAcquisition().getAccumDose(), 3)) for tilt in series]
            found[series.getTsId()] = (tilts, series.getAcquisition().getTiltAxisAngle())
        composed.close()
        # The set has its tilts by angle, the entry in order of acquisition.
        expected = sorted((angle, order, round(order * DOSE, 3))
                          for order, angle in enumerate(ANGLES, 1))
        self.assertEqual(found, dict.fromkeys(SERIES, (expected, AXIS)))
