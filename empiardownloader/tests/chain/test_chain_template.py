"""The templates against the plugins that they name; RELION's from the command line to its end."""

import importlib.util
import os
import tempfile
import unittest

from pwem.objects import SetOfMicrographs
from pyworkflow import Config

from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.tests.project import base, templates

SHAPE, FRAMES, PIXEL_SIZE = (512, 512), 8, 1.4
MOVIES = 10
SLOW_SECS = 20  # for a movie over one connection: Scipion looks for the input of what it scheduled
# every 15 to 20 seconds, and is to find it while movies still come


class TestNamesInTemplates(unittest.TestCase):
    """Scipion drops what a form does not have without a word."""

    def assertKnown(self, template, className):
        protocol = Config.getDomain().getProtocols()[className]
        steps = templates.filled(templates.offered()[template])
        self.assertEqual([step["object.className"] for step in steps],
                         ["EmpiarDownloader", className])
        self.assertEqual(templates.unknownNames(steps[1], protocol), set())

    @unittest.skipUnless(importlib.util.find_spec("relion"), "scipion-em-relion is not there")
    def test_those_for_relion_are_in_its_form(self):
        self.assertKnown(templates.RELION, "ProtRelionMotioncor")

    @unittest.skipUnless(importlib.util.find_spec("motioncorr"),
                         "scipion-em-motioncorr is not there")
    def test_those_for_motioncor_are_in_its_form(self):
        self.assertKnown(templates.MOTIONCOR, "ProtMotionCorr")


@unittest.skipUnless(importlib.util.find_spec("relion") and os.environ.get("RELION_HOME"),
                     "RELION or scipion-em-relion is not there")
class TestChainFromTemplate(base.ArchiveTest):
    """Movies that are large enough for RELION's sum of power spectra, and download slowly."""

    @classmethod
    def fill(cls):
        files = {}
        for index in range(1, MOVIES + 1):
            stack, _ = simulate_movie(index, SHAPE, FRAMES)
            files[f"data/movie_{index}.mrc"] = mrc_bytes(stack.astype("int8"), PIXEL_SIZE)
        cls.entries.add_entry("10001", [{"directory": "data", "pixel_width": PIXEL_SIZE}], files)

    def test_motion_correction_begins_while_movies_come_and_ends_after_the_last(self):
        size = self.archive.source(10001, "data/movie_1.mrc").stat().st_size
        self.archive.set(rate=size / SLOW_SECS)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        project, _ = templates.load(
            templates.RELION, folder.name, entry="10001", movies=str(MOVIES), dose="2.0")
        os.chdir(project.path)
        download, correction = sorted(project.getRuns(), key=lambda run: run.getObjId())
        self.proj = project
        self.waitForEnd(download, 300)
        self.waitForEnd(correction, 300)
        self.assertTrue(download.isFinished(), download.getErrorMessage())
        self.assertTrue(correction.isFinished(), correction.getErrorMessage())
        self.assertLess(correction.initTime.datetime(), download.endTime.datetime(), "a stream")
        micrographs = SetOfMicrographs(filename=correction._getPath("micrographs_dose-weighted"
                                                                    ".sqlite"))
        self.assertEqual(micrographs.getSize(), MOVIES)
        micrographs.close()
