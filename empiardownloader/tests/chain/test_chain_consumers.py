"""The real protocols of other plugins on one stream, with stand-ins for their programs."""

import importlib.util
import json
import os
import tempfile
import unittest
from pathlib import Path

import mrcfile
import numpy as np
from pwem.objects import SetOfMicrographs
from pyworkflow import Config
from pyworkflow.protocol import MODE_RESUME, getUpdatedProtocol

from empiardownloader.demo.data.movies import gain_reference, simulate_movie
from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.tests.project import base

SHAPE, FRAMES, PIXEL_SIZE, DOSE_PER_FRAME = (128, 128), 6, 1.4, 2.0
#: What brings each protocol, its class, and what it is started with.
CONSUMERS = (
    ("motioncorr", "ProtMotionCorr", {"numberOfThreads": 3}),
    ("motioncorr", "ProtMotionCorrNewStreaming", {"numberOfThreads": 4}),
    ("motioncorr", "ProtMotionCorrTasks", {"streamingSleepOnWait": 3, "streamingBatchSize": 1}),
    ("warp", "ProtWarpMotionCorr", {"numberOfThreads": 4, "streamingSleepOnWait": 3}),
    ("cistem", "CistemProtUnblur", {}),
    ("xmipp3", "XmippProtFlexAlign",
     {"useGpu": False, "doLocalAlignment": False, "numberOfThreads": 1}),
)


def movieOf(path):
    """The same frames whenever they are asked for, by the number in the movie's name."""
    stack, _ = simulate_movie(int(path.rsplit("_", 1)[1].split(".")[0]), SHAPE, FRAMES)
    return stack.astype("int8")


class TestConsumersOfOneStream(base.ArchiveTest):
    """Six movies with a gain reference, of which the last come when all consumers are at work."""

    paths = [f"data/image.{number:04d}_{number}.mrc" for number in range(1, 7)]

    @classmethod
    def fill(cls):
        cls.gain = gain_reference(5, SHAPE)
        files = {path: mrc_bytes(movieOf(path), PIXEL_SIZE) for path in cls.paths}
        files["data/gain_ref.mrc"] = mrc_bytes(cls.gain, PIXEL_SIZE)
        image_set = {"directory": "data", "frames_per_image": FRAMES,
                     "pixel_width": PIXEL_SIZE, "pixel_height": PIXEL_SIZE}
        cls.entries.add_entry("10001", [image_set], files, cross_references=["EMD-10001"])
        cls.entries.add_map(10001, voltage=200, dose_per_image=DOSE_PER_FRAME * FRAMES)
        # As the set names them.
        cls.sums = {Path(path).name.replace(".", "_").replace("_mrc", ".mrc"):
                    movieOf(path).sum(axis=0, dtype=np.float32) for path in cls.paths}

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self._calls = Path(folder.name) / "calls.jsonl"
        os.environ["CHAIN_CALLS"] = str(self._calls)

    def consumers(self, download, *classes):
        """Those whose plugins are here, reading the download's movies."""
        protocols, found = Config.getDomain().getProtocols(), {}
        for module, name, parameters in CONSUMERS:
            if importlib.util.find_spec(module) and (not classes or name in classes):
                run = self.newProtocol(protocols[name], **parameters)
                run.inputMovies.set(download)
                run.inputMovies.setExtended("outputMovies")
                found[name] = run
        if not found:
            raise unittest.SkipTest("none of the plugins is there: make chain brings them")
        return found

    def calls(self, name=None):
        lines = self._calls.read_text().splitlines() if self._calls.exists() else []
        return [json.loads(line) for line in lines]

    def output(self, run):
        """The micrographs of a consumer as they are on the disk, by their movies' names."""
        found = {}
        for _, output in run.iterOutputAttributes(SetOfMicrographs):
            micrographs = SetOfMicrographs(filename=output.getFileName())
            micrographs.loadAllProperties()
            self.assertFalse(micrographs.isStreamOpen(), run.getClassName())
            self.assertFalse(output.isStreamOpen(), run.getClassName())
            names = [micrograph.getMicName() for micrograph in micrographs.iterItems()]
            self.assertEqual(len(set(names)), len(names), "each once")
            found.update({item.getMicName(): item.getFileName()
                          for item in micrographs.iterItems()})
            self.assertEqual(micrographs.getAcquisition().getVoltage(), 200)
            micrographs.close()
        return found

    def assertCorrected(self, run, names):
        """Every movie once, its frames summed and multiplied by the gain."""
        self.assertTrue(run.isFinished(), f"{run.getClassName()}: {run.getErrorMessage()}")
        micrographs = self.output(run)
        self.assertEqual(sorted(micrographs), sorted(names), run.getClassName())
        self.assertEqual(len(set(micrographs.values())), len(names), "a file for each")
        for name, path in micrographs.items():
            with mrcfile.open(path, permissive=True) as file:
                image = np.asarray(file.data).reshape(SHAPE)
            np.testing.assert_allclose(
                image, self.sums[name] * self.gain, rtol=1e-4, atol=1e-3,
                err_msg=f"{run.getClassName()}, {name}")

    def assertCalls(self):
        """Each program was told where the gain is, and the dose of a frame."""
        for call in self.calls():
            self.assertTrue(call["gainFound"], call)
            if call.get("dose"):
                self.assertAlmostEqual(abs(float(call["dose"])), DOSE_PER_FRAME, msg=str(call))
            if call.get("pixel"):
                self.assertAlmostEqual(float(call["pixel"]), PIXEL_SIZE, msg=str(call))
            self.assertIn(call.get("frames", FRAMES), (FRAMES,))

    def waitUntilAllAreAtWork(self, consumers):
        """Each has a first micrograph, while movies are still to come."""
        def areThere():
            for run in consumers.values():
                state = getUpdatedProtocol(run)
                self.assertFalse(state.isFailed(), f"{run.getClassName()}: "
                                                   f"{state.getErrorMessage()}")
                if not list(state.iterOutputAttributes(SetOfMicrographs)):
                    return False
            return True

        self.waitFor(areThere, 300)

    def test_all_take_the_movies_as_they_come_and_apply_the_gain(self):
        self.holdBack("*image.000[456]*")
        download = self.start(self.newRun(entryId="10001", downloadAll=True, connections=4))
        self.waitFor(lambda: getUpdatedProtocol(download).hasAttribute("outputMovies"))
        self.proj._updateProtocol(download)
        consumers = self.consumers(download)
        for run in consumers.values():
            self.assertEqual(run.validate(), [])
            self.start(run)
        self.waitUntilAllAreAtWork(consumers)
        self.assertTrue(self.movies(download)[0].isStreamOpen(), "movies are still to come")
        self.archive.set(rate=0)
        self.waitForEnd(download, 240)
        self.assertFalse(self.movies(download)[0].isStreamOpen())
        for run in consumers.values():
            self.waitForEnd(run, 240)
            self.assertCorrected(run, self.sums)
        self.assertCalls()

    def test_stop_here_and_continue_with_more(self):
        self.holdBack("*image.000[456]*")
        download = self.newRun(entryId="10001", amountOfImages=6, connections=3)
        self.start(download)
        self.waitFor(lambda: getUpdatedProtocol(download).hasAttribute("outputMovies"))
        self.proj._updateProtocol(download)
        consumers = self.consumers(
            download, "ProtMotionCorr", "ProtMotionCorrNewStreaming", "ProtWarpMotionCorr")
        for run in consumers.values():
            self.start(run)
        self.waitUntilAllAreAtWork(consumers)
        download.stopHere()
        self.archive.set(rate=0)
        for run in (download, *consumers.values()):
            self.waitForEnd(run, 240)
            self.assertTrue(run.isFinished(), f"{run.getClassName()}: {run.getErrorMessage()}")
        self.runToEnd(download)
        self.proj.getRunsGraph(refresh=True)
        for run in consumers.values():
            run.runMode.set(MODE_RESUME)
            self.start(run)
            self.waitForEnd(run, 240)
            self.assertCorrected(run, self.sums)
        self.assertCalls()
