"""Single-frame micrographs as a stream: which are chosen, registered, left out and continued."""

import os
from pathlib import Path

from pwem.objects import SetOfMicrographs
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.protocols import EmpiarMicrographs
from empiardownloader.tests.project import base

CATEGORY = "micrographs - single frame"
SHAPE = (64, 48)


def micrograph(seed, frames=1, shape=SHAPE):
    return base.movie(seed, shape=shape, frames=frames)


def paths(count, form="data/Micrographs/mic_{}.mrc"):
    return [form.format(number) for number in range(1, count + 1)]


class TestMicrographs(base.ArchiveTest):
    """Entries with image sets of micrographs, beside movies and with stacks among them."""

    @classmethod
    def fill(cls):
        cls.entries.add_map(90001, dose_per_image=40.0, magnification=37000)
        content = {path: micrograph(seed) for seed, path in enumerate(paths(8))}
        movies = {f"data/Movies/m_{n}.mrc": micrograph(n, frames=4) for n in (1, 2)}
        cls.entries.add_entry("10001", [
            {"directory": "data/Movies"},
            {"directory": "data/Micrographs", "category": CATEGORY, "frames_per_image": 1,
             "pixel_width": 1.1, "pixel_height": 1.1, "image_width": "48", "image_height": "64",
             "name": "Sums"},
        ], {**movies, **content}, cross_references=["EMD-90001"])
        names = [*paths(2), "data/Micrographs/mic_3.mrc", *paths(6)[3:]]
        cls.add("10002", {path: micrograph(n, frames=5 if n == 2 else 1)
                          for n, path in enumerate(names)})
        cls.add("10003", {path: micrograph(n, frames=6) for n, path in enumerate(paths(12))})
        aligned = paths(3, "data/Micrographs/stack_{}_SumCorr_DW.mrc")
        stacks = paths(3, "data/Micrographs/stack_{}.mrc")
        cls.add("10004", {**{path: micrograph(1) for path in aligned},
                          **{path: micrograph(1, frames=6) for path in stacks}})
        cls.add("10005", {path: micrograph(n, shape=(32, 32) if n == 3 else SHAPE)
                          for n, path in enumerate(paths(6))})

    @classmethod
    def add(cls, number, content):
        cls.entries.add_entry(number, [{"directory": "data/Micrographs", "category": CATEGORY}],
                              content)

    def newRun(self, **parameters):
        return self.newProtocol(EmpiarMicrographs, **parameters)

    def micrographs(self, run):
        """The output as a consumer finds it on the disk."""
        output = SetOfMicrographs(filename=run._getPath(run.outputFile))
        output.loadAllProperties()
        items = [item.clone() for item in output.iterItems()]
        output.close()
        return output, items

    def names(self, run):
        return [item.getMicName() for item in self.micrographs(run)[1]]

    def assertWhole(self, run, wanted):
        """The run is finished and its set closed, with each micrograph once."""
        self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
        output, items = self.micrographs(run)
        self.assertFalse(output.isStreamOpen())
        self.assertEqual(run.outputMicrographs.getSize(), len(wanted))
        self.assertEqual(sorted(self.names(run)), sorted(map(os.path.basename, wanted)))
        self.assertEqual([item.getObjId() for item in items], list(range(1, len(wanted) + 1)))
        self.assertEqual(sorted(os.listdir(run._getExtraPath())), sorted(self.names(run)))
        return output, items

    def test_the_set_has_sampling_rate_and_acquisition_and_no_dose(self):
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=5))
        output, items = self.assertWhole(run, paths(5))
        self.assertEqual(output.getDim(), (48, 64, 1))
        for one in (output, run.outputMicrographs, *items):
            self.assertEqual(one.getSamplingRate(), 1.1)
            self.assertEqual(one.getAcquisition().getVoltage(), 300)
            self.assertEqual(one.getAcquisition().getMagnification(), 37000)
            self.assertFalse(one.getAcquisition().getDosePerFrame())
        for item in items:
            self.assertEqual(Path(item.getFileName()).read_bytes(), self.archive.source(
                10001, f"data/Micrographs/{item.getMicName()}").read_bytes())
        summary = "\n".join(run.summary())
        for line in ("Image set 2: Sums", "*Registered:* 5 of 5 micrographs", "Pixel size: 1.1"):
            self.assertIn(line, summary)
        for word in ("movie", "Gain", "Dose", "frames"):
            self.assertNotIn(word, "\n".join(run.summary()[1:]), "but in the entry's title")
        text, = run._methods()
        self.assertIn("5 micrographs (48 x 64 pixels", text)
        self.assertNotIn("dose", text)
        self.assertTrue(run.citations())

    def test_values_of_the_form_go_first(self):
        run = self.runToEnd(self.newRun(entryId="10001", samplingRate=3.0, voltage=200.0))
        output, items = self.assertWhole(run, paths(1))
        for one in (output, *items):
            self.assertEqual(one.getSamplingRate(), 3.0)
            self.assertEqual(one.getAcquisition().getVoltage(), 200)
        run.samplingRate.set(2.0)
        self.runToEnd(run)
        output, items = self.assertWhole(run, paths(1))
        self.assertEqual([one.getSamplingRate() for one in (output, *items)], [2.0, 2.0])

    def test_a_stack_is_left_out_with_its_reason_and_replaced(self):
        run = self.runToEnd(self.newRun(entryId="10002", amountOfImages=4))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(sorted(self.names(run)), [f"mic_{n}.mrc" for n in (1, 2, 4, 5)])
        self.assertIn("mic_3.mrc: it is a stack of 5 images, not a micrograph",
                      "\n".join(run.summary()))

    def test_an_image_set_of_stacks_ends_the_run_with_what_is_there(self):
        run = self.runToEnd(self.newRun(entryId="10003", downloadAll=True))
        self.assertTrue(run.isFailed())
        self.assertIn("no micrographs", run.getErrorMessage())
        self.assertIn("a stack of 6 images", run.getErrorMessage())
        self.assertFalse(run.hasAttribute("outputMicrographs"))

    def test_sums_are_taken_where_their_movies_lie_beside_them(self):
        run = self.runToEnd(self.newRun(entryId="10004", downloadAll=True))
        self.assertWhole(run, paths(3, "stack_{}_SumCorr_DW.mrc"))

    def test_another_size_is_left_out(self):
        run = self.runToEnd(self.newRun(entryId="10005", downloadAll=True))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(sorted(self.names(run)), [f"mic_{n}.mrc" for n in (1, 2, 3, 5, 6)])
        self.assertIn("it has 32 x 32 pixels, the micrographs of the set have 48 x 64",
                      "\n".join(run.summary()))

    def test_ctf_estimation_sees_each_micrograph_of_the_open_set_once(self):
        run = self.newRun(entryId="10001", amountOfImages=6)
        self.holdBack("*mic_[5-6].mrc")
        self.proj.saveProtocol(run)
        reader = self.startReader(run, "CtfEstimation")
        reader.stdout.readline()
        self.start(run)
        while int(reader.stdout.readline()) < 4:
            pass
        seen = getUpdatedProtocol(run)
        self.assertTrue(seen.outputMicrographs.isStreamOpen())
        self.assertEqual(seen.outputMicrographs.getSamplingRate(), 1.1)
        self.archive.reset()
        self.waitForEnd(run)
        _, items = self.assertWhole(run, paths(6))
        report = self.report(reader)
        self.assertEqual(report["errors"], [])
        self.assertEqual(report["states"], [True, False])
        self.assertNotIn(0, report["sizes"])
        self.assertEqual([tuple(item) for item in report["taken"]],
                         [(item.getObjId(), item.getMicName()) for item in items])

    def test_killed_and_continued_with_more(self):
        run = self.newRun(entryId="10001", amountOfImages=4)
        for place in ("set_file:publish", "set_file:publish:2:after", "output_set:_announce:after",
                      "protocols/base:closeSetStep"):
            self.runToEnd(run, killAt=place)
            self.assertFalse(run.isFinished())
        self.runToEnd(run)
        self.assertWhole(run, paths(4))
        first = self.names(run)
        self.archive.forget_requests()
        run.amountOfImages.set(7)
        self.runToEnd(run)
        self.assertWhole(run, paths(7))
        self.assertEqual(self.names(run)[:4], first)
        self.assertEqual(self.archive.count("RETR"), 3)

    def test_stop_here_closes_the_set_and_continue_brings_the_rest(self):
        run = self.newRun(entryId="10001", amountOfImages=6, connections=2)
        self.holdBack("*mic_[4-6].mrc")
        self.start(run)
        self.waitFor(lambda: self.archive.count("RETR") == 5)
        self.waitFor(lambda: os.path.exists(run._getPath(run.outputFile)))
        run.stopHere()
        self.archive.reset()
        self.waitForEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertGreaterEqual(len(self.names(run)), 3)
        self.assertFalse(self.micrographs(run)[0].isStreamOpen())
        self.runToEnd(run)
        self.assertWhole(run, paths(6))

    def test_the_form_has_no_gain_and_no_dose(self):
        run = self.newRun(entryId="10001")
        self.assertEqual(run.validate(), [])
        for name in ("gainSource", "gainPath", "gainOrientation", "doseInitial", "dosePerFrame"):
            self.assertFalse(run.hasAttribute(name), name)
        summary = "\n".join(run.summary())
        self.assertIn("the first micrograph", summary)
        self.assertNotIn("Gain", summary)
        for name, param in run.iterDefinitionAttributes():
            words = f"{getattr(param, 'label', '')} {getattr(param, 'help', '')}"
            self.assertNotIn("movie", words.lower(), name)
