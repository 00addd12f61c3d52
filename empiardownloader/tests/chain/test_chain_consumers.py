"""The real protocols of other plugins on one stream, with stand-ins for their programs."""

import importlib.util
import json
import os
import re
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

import mrcfile
import numpy as np
import pytest
from pwem.objects import SetOfMicrographs, SetOfMovies
from pyworkflow import Config
from pyworkflow.object import Pointer
from pyworkflow.protocol import MODE_RESUME, StepExecutor, getUpdatedProtocol

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie
from empiardownloader.tests.chain.warp_race import has_lost_its_race
from empiardownloader.tests.project import base

SHAPE, FRAMES, PIXEL_SIZE, DOSE_PER_FRAME = (256, 256), 6, 1.4, 2.0
FIRST, ALL = 6, 8  # movies before and after Continue
HELD_BACK = 3  # of the first, by the server, until all consumers are at work
LONG_SECS = 900  # on a busy machine: eight processes of Scipion's run side by side

#: The plugin, the class of its protocol, and the values of its form that are not the defaults.
CONSUMERS = (
    ("motioncorr", "ProtMotionCorr", {"numberOfThreads": 3}),
    ("motioncorr", "ProtMotionCorrNewStreaming", {"numberOfThreads": 4}),
    ("motioncorr", "ProtMotionCorrTasks", {"streamingSleepOnWait": 3, "streamingBatchSize": 1}),
    ("warp", "ProtWarpMotionCorr", {"numberOfThreads": 4, "streamingSleepOnWait": 3}),
    ("cistem", "CistemProtUnblur", {}),
    ("xmipp3", "XmippProtFlexAlign",
     {"useGpu": False, "doLocalAlignment": False, "numberOfThreads": 1}),
)

#: Those that cannot be continued for more movies, whoever feeds them. Warp's plugin (3.6.2) appends
#: to its own set as Scipion has loaded it: ProtMovieAlignBase.getOutputSet lacks enableAppend().
NOT_CONTINUED = ("ProtWarpMotionCorr",)


def movieOf(path):
    """Return the frames of a movie, by the number in its name."""
    stack, _ = simulate_movie(int(path.rsplit("_", 1)[1].split(".")[0]), SHAPE, FRAMES)
    return stack.astype("int8")


class TestRelionOnMoviesThatDiffer(base.ArchiveTest):
    """Movies of 12 frames, and among them one of 8, one of 18, one of 3 and one of another size."""

    frames = {1: 8, 2: 12, 3: 12, 4: 3, 5: 18, 6: 12, 7: 12}
    of_set, dose = 12, 24.0

    @classmethod
    def fill(cls):
        gain = gain_reference(5, SHAPE)
        files = {"data/gain_ref.mrc": mrc_bytes(gain, PIXEL_SIZE)}
        for number, frames in cls.frames.items():
            shape = (128, 128) if number == 7 else SHAPE
            stack, _ = simulate_movie(number, shape, frames)
            files[f"data/m_{number}.mrc"] = mrc_bytes(stack.astype("int8"), PIXEL_SIZE)
        image_set = {"directory": "data", "pixel_width": PIXEL_SIZE, "pixel_height": PIXEL_SIZE}
        cls.entries.add_entry("10001", [image_set], files, cross_references=["EMD-10001"])
        cls.entries.add_map(10001, voltage=200, dose_per_image=cls.dose)

    def test_relion_is_called_with_the_frames_dose_and_gain_of_the_many(self):
        # The movie of 8 frames is the first of the list and the first to arrive.
        self.archive.set(rate=100_000, rate_paths="*m_[!1].mrc")
        download = self.runToEnd(self.newRun(entryId="10001", downloadAll=True))
        self.assertTrue(download.isFinished(), download.getErrorMessage())
        movies, items = self.movies(download)
        self.assertEqual(sorted(item.getMicName() for item in items),
                         [f"m_{number}.mrc" for number in (1, 2, 3, 5, 6)])
        relion = self.newProtocol(Config.getDomain().getProtocols()["ProtRelionMotioncor"],
                                  saveFloat16=False, savePSsum=False)  # 256 pixels are too few
        relion.inputMovies.set(download)
        relion.inputMovies.setExtended("outputMovies")
        self.runToEnd(relion)
        self.assertTrue(relion.isFinished(), relion.getErrorMessage())
        calls = [line for line in Path(relion.getStdoutLog()).read_text().splitlines()
                 if "--last_frame_sum" in line]
        self.assertTrue(calls)
        for call in calls:
            given = dict(re.findall(r"--(\w+) ([^-\s]\S*)", call))
            self.assertEqual((given["first_frame_sum"], given["last_frame_sum"]),
                             ("1", str(self.of_set)))
            self.assertAlmostEqual(float(given["dose_per_frame"]), self.dose / self.of_set)
            gain = given["gainref"].strip('"')
            self.assertTrue(os.path.samefile(gain, movies.getGain()))
        micrographs = SetOfMicrographs(
            filename=relion.outputMicrographsDoseWeighted.getFileName())
        self.assertEqual(sorted(item.getMicName() for item in micrographs.iterItems()),
                         sorted(item.getMicName() for item in items))
        micrographs.close()


class TestConsumersOfOneStream(base.ArchiveTest):
    """Eight movies with a gain reference; six at first, three of which are held back."""

    paths = [f"data/image.{number:04d}_{number}.mrc" for number in range(1, ALL + 1)]

    @classmethod
    def fill(cls):
        cls.gain = gain_reference(5, SHAPE)
        files = {path: mrc_bytes(movieOf(path), PIXEL_SIZE) for path in cls.paths}
        files["data/gain_ref.mrc"] = mrc_bytes(cls.gain, PIXEL_SIZE)
        image_set = {"directory": "data", "frames_per_image": FRAMES,
                     "pixel_width": PIXEL_SIZE, "pixel_height": PIXEL_SIZE}
        cls.entries.add_entry("10001", [image_set], files, cross_references=["EMD-10001"])
        cls.entries.add_map(10001, voltage=200, dose_per_image=DOSE_PER_FRAME * FRAMES)
        # By the names in the set, which have one dot.
        cls.sums = {Path(path).name.replace(".", "_").replace("_mrc", ".mrc"):
                    movieOf(path).sum(axis=0, dtype=np.float32) for path in cls.paths}

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.calls_ = Path(folder.name) / "calls.jsonl"
        os.environ["CHAIN_CALLS"] = str(self.calls_)

    # -- runs -------------------------------------------------------------------------------------

    def waitFor(self, condition, seconds=LONG_SECS):
        """Wait, looking once a second: a look at six runs reads six databases."""
        def seldom():
            time.sleep(1)
            return condition()

        super().waitFor(seldom, seconds)

    def reader(self, className, run, parameter="inputMovies", **parameters):
        """Return a new run of another plugin's protocol that reads a run's movies."""
        reader = self.newProtocol(Config.getDomain().getProtocols()[className], **parameters)
        getattr(reader, parameter).set(run)
        getattr(reader, parameter).setExtended("outputMovies")
        return reader

    def consumers(self, download):
        """Return the consumers whose plugins are installed, by class."""
        found = {name: self.consumer(name, download)
                 for module, name, _ in CONSUMERS if importlib.util.find_spec(module)}
        if not found:
            raise unittest.SkipTest("none of the plugins is there: make chain brings them")
        return found

    def consumer(self, className, download):
        """Return a new run of one of them."""
        run = self.reader(className, download,
                          **{name: parameters for _, name, parameters in CONSUMERS}[className])
        self.assertEqual(run.validate(), [])
        return run

    def startAnewAfterItsRace(self, download, consumers):
        """Replace Warp's run if the race in its own plugin has ended it; tell whether it had."""
        warp = consumers.get("ProtWarpMotionCorr")
        if warp is None or not has_lost_its_race(warp):
            return False
        consumers["ProtWarpMotionCorr"] = self.start(
            self.consumer("ProtWarpMotionCorr", download))
        return True

    def runHere(self, protocol):
        """Run a batch protocol in this process: a process of its own takes three seconds."""
        self.proj.saveProtocol(protocol)
        protocol.makePathsAndClean()
        protocol.setMapper(self.proj.createMapper(protocol.getDbPath()))
        protocol.setStepsExecutor(StepExecutor(self.proj.getHostConfig("localhost")))
        self.assertEqual(protocol.validate(), [])
        protocol.run()
        self.assertTrue(protocol.isFinished(), protocol.getErrorMessage())
        return protocol

    def waitUntilAllAreAtWork(self, download, consumers):
        """Wait until each has a first micrograph."""
        def areThere():
            self.proj._updateProtocol(download)  # like the window, after FlexAlign left a lock
            self.startAnewAfterItsRace(download, consumers)
            for run in consumers.values():
                state = getUpdatedProtocol(run)
                self.assertFalse(state.isFailed(), f"{run.getClassName()}: "
                                                   f"{state.getErrorMessage()}")
                if not list(state.iterOutputAttributes(SetOfMicrographs)):
                    return False
            return True

        self.waitFor(areThere)

    # -- what is to be seen -----------------------------------------------------------------------

    def micrographs(self, run):
        """Return the files of a consumer's micrographs on the disk, by their movies' names."""
        found = {}
        for _, output in run.iterOutputAttributes(SetOfMicrographs):
            micrographs = SetOfMicrographs(filename=output.getFileName())
            micrographs.loadAllProperties()
            self.assertFalse(micrographs.isStreamOpen(), run.getClassName())
            self.assertFalse(output.isStreamOpen(), run.getClassName())
            names = [micrograph.getMicName() for micrograph in micrographs.iterItems()]
            self.assertEqual(len(set(names)), len(names), "each once")
            self.assertEqual(output.getSize(), len(names))
            found.update({item.getMicName(): item.getFileName()
                          for item in micrographs.iterItems()})
            self.assertEqual(micrographs.getAcquisition().getVoltage(), 200)
            micrographs.close()
        return found

    def assertCorrected(self, run, names):
        """Check that every movie was summed once, and multiplied by the gain."""
        self.assertTrue(run.isFinished(), f"{run.getClassName()}: {run.getErrorMessage()}")
        micrographs = self.micrographs(run)
        self.assertEqual(sorted(micrographs), sorted(names), run.getClassName())
        self.assertEqual(len(set(micrographs.values())), len(names), "a file for each")
        for name, path in micrographs.items():
            with mrcfile.open(path, permissive=True) as file:
                image = np.asarray(file.data).reshape(SHAPE)
            np.testing.assert_allclose(
                image, self.sums[name] * self.gain, rtol=1e-4, atol=1e-3,
                err_msg=f"{run.getClassName()}, {name}")

    def assertCalls(self, consumers):
        """Check that each program was given the gain, the dose of a frame and all frames."""
        calls = [json.loads(line) for line in self.calls_.read_text().splitlines()]
        self.assertGreaterEqual(len({call["program"] for call in calls}), len(consumers) - 2,
                                "MotionCor has three protocols")
        for call in calls:
            self.assertTrue(call["gainFound"], call)
            if call.get("dose"):
                self.assertAlmostEqual(abs(float(call["dose"])), DOSE_PER_FRAME, msg=str(call))
            if call.get("pixel"):
                self.assertAlmostEqual(float(call["pixel"]), PIXEL_SIZE, msg=str(call))
            self.assertEqual(call.get("frames", FRAMES), FRAMES, call)

    def assertSetsOfPwem(self, download, names):
        """Check subset, join, split and crossed subset of the set as it is now, open or closed."""
        there = len(names)
        first = self.runHere(self.reader("ProtSubSet", download, "inputFullSet",
                                         selectIds=True, range="1-2"))
        random = self.reader("ProtSubSet", download, "inputFullSet", chooseAtRandom=True,
                             nElements=2)
        split = self.reader("ProtSplitSet", download, "inputSet", numberOfSets=2)
        joined = self.newProtocol(Config.getDomain().getProtocols()["ProtUnionSet"])
        joined.inputType.set(len(joined._unionTypes) - 1)
        crossed = self.reader("ProtCrossSubSet", download, "mainSet")
        crossed.secSet.set(first)
        crossed.secSet.setExtended("outputMovies")
        for run in (download, first):
            joined.inputSets.append(Pointer(run, extended="outputMovies"))
        self.assertMovies(first, [2])
        self.assertMovies(self.runHere(random), [2])
        self.assertMovies(self.runHere(crossed), [2])
        self.assertMovies(self.runHere(split), [there - there // 2, there // 2])
        self.assertMovies(self.runHere(joined), [there + 2])

    def assertMovies(self, run, sizes):
        """Check the outputs of a set protocol: sizes, files, gain, frames, pixel size and dose."""
        found = []
        for _, output in run.iterOutputAttributes(SetOfMovies):
            movies = SetOfMovies(filename=output.getFileName())
            movies.loadAllProperties()
            items = [item.clone() for item in movies.iterItems()]
            self.assertTrue(all(os.path.exists(item.getFileName()) for item in items))
            self.assertTrue(os.path.isabs(movies.getGain()))
            self.assertTrue(os.path.exists(movies.getGain()))
            self.assertEqual(list(movies.getFramesRange()), [1, FRAMES, 1])
            self.assertEqual(movies.getSamplingRate(), PIXEL_SIZE)
            self.assertAlmostEqual(movies.getAcquisition().getDosePerFrame(), DOSE_PER_FRAME)
            self.assertEqual({list(item.getFramesRange())[1] for item in items}, {FRAMES})
            movies.close()
            found.append(len(items))
        self.assertEqual(sorted(found, reverse=True), sizes, run.getClassName())

    # -- the stream -------------------------------------------------------------------------------

    @pytest.mark.timeout(4 * LONG_SECS)
    def test_all_take_the_movies_as_they_come_with_the_gain_through_stop_here_and_continue(self):
        self.holdBack("*image.000[456]*")
        download = self.start(self.newRun(entryId="10001", amountOfImages=FIRST, connections=4))
        self.waitFor(lambda: self.hasRegistered(download, FIRST - HELD_BACK))
        consumers = self.consumers(download)
        for run in consumers.values():
            self.start(run)
        self.assertSetsOfPwem(download, list(self.sums)[:FIRST - HELD_BACK])
        self.waitUntilAllAreAtWork(download, consumers)
        self.assertTrue(self.movies(download)[0].isStreamOpen(), "movies are still to come")
        download.stopHere()
        self.archive.set(rate=0)
        self.assertLess(len(self.endAll(download, consumers)), ALL)
        download.amountOfImages.set(ALL)
        self.runToEnd(download)
        self.proj.getRunsGraph(refresh=True)
        continued = {name: run for name, run in consumers.items() if name not in NOT_CONTINUED}
        for run in continued.values():
            run.runMode.set(MODE_RESUME)
            self.start(run)
        self.assertEqual(self.endAll(download, continued), sorted(self.sums))
        self.assertCalls(consumers)

    @pytest.mark.timeout(4 * LONG_SECS)
    def test_relion_takes_them_through_stop_here_and_continue_with_more(self):
        self.holdBack("*image.000[456]*")
        download = self.start(self.newRun(entryId="10001", amountOfImages=FIRST, connections=4))
        self.waitFor(lambda: self.hasRegistered(download, FIRST - HELD_BACK))
        relion = self.reader("ProtRelionMotioncor", download, saveFloat16=False, savePSsum=False)
        self.start(relion)
        self.waitUntilAllAreAtWork(download, {"RELION": relion})
        download.stopHere()
        self.archive.set(rate=0)
        first = self.endAll(download, {})
        self.assertLess(len(first), ALL)
        self.assertAligned(relion, first)
        download.amountOfImages.set(ALL)
        self.runToEnd(download)
        self.proj.getRunsGraph(refresh=True)
        relion.runMode.set(MODE_RESUME)
        self.start(relion)
        self.assertAligned(relion, self.endAll(download, {}))
        self.assertEqual(len(self.micrographs(relion)), ALL)

    def assertAligned(self, relion, names):
        """Check that RELION aligned each movie, and was given the gain in each of its calls."""
        self.waitForEnd(relion, LONG_SECS)
        self.assertTrue(relion.isFinished(), relion.getErrorMessage())
        micrographs = self.micrographs(relion)
        self.assertEqual(sorted(micrographs), sorted(names))
        for path in micrographs.values():
            with mrcfile.open(path, permissive=True) as file:
                self.assertGreater(np.std(file.data), 0)
        calls = re.findall(r'--gainref "?([^"\s]+)', Path(relion.getStdoutLog()).read_text())
        self.assertTrue(calls)
        self.assertTrue(all(map(os.path.exists, calls)), calls)

    def hasRegistered(self, download, count):
        """Read the run again; tell whether its set has so many movies for its readers."""
        self.proj._updateProtocol(download)
        return (download.hasAttribute("outputMovies")
                and download.outputMovies.getSize() == count)

    def endAll(self, download, consumers):
        """Wait for all ends and check what is there; return the movies of the closed set."""
        def hasEnded():
            self.proj._updateProtocol(download)
            return not download.isActive()

        self.waitFor(hasEnded)
        output, items = self.movies(download)
        self.assertTrue(download.isFinished(), download.getErrorMessage())
        self.assertFalse(output.isStreamOpen())
        names = sorted(item.getMicName() for item in items)
        for run in consumers.values():
            self.waitForEnd(run, LONG_SECS)
        while self.startAnewAfterItsRace(download, consumers):
            self.waitForEnd(consumers["ProtWarpMotionCorr"], LONG_SECS)
        for run in consumers.values():
            self.assertCorrected(run, names)
        return names

    @unittest.skipUnless(importlib.util.find_spec("emfacilities"),
                         "scipion-em-facilities is not there")
    def test_the_summary_monitor_shows_the_movies_of_a_run_with_its_default_name(self):
        from emfacilities.protocols.report_html import ReportHtml

        download = self.runToEnd(self.newRun(entryId="10001"))
        self.assertTrue(download.isFinished(), download.getErrorMessage())
        monitor = self.newProtocol(Config.getDomain().getProtocols()["ProtMonitorSummary"])
        monitor.inputProtocols.append(Pointer(download))
        self.proj.saveProtocol(monitor)
        monitor.makePathsAndClean()
        monitor.createReportDir()
        template = Path(monitor._getPath("template.html"))  # the package lacks its own
        template.write_text("%(runLines)s", encoding="utf-8")
        os.environ.setdefault("SCIPION_VERSION", "3")
        report = ReportHtml(monitor, None, mock.Mock(getData=dict), None)
        report.template = str(template)
        report.generate(True)
        page = Path(monitor.reportPath).read_text(encoding="utf-8")
        self.assertIn('name: "outputMovies",  size: "1"', page)
