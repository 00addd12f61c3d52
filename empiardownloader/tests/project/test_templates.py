"""The workflow templates, as Scipion's chooser offers and its command line loads them."""

import fnmatch
import importlib.util
import os
import tempfile
import unittest

from empiardownloader.protocols import EmpiarTiltSeries
from empiardownloader.tests.project import base, templates
from empiardownloader.tests.project.templates import MOTIONCOR, RELION, TILT_SERIES, WHOLE_ENTRY


class TestTemplates(base.ArchiveTest):
    """Templates that download movies and correct them for motion at the same time."""

    paths = [f"data/Movies/movie_{number}.mrc" for number in range(1, 4)]

    @classmethod
    def fill(cls):
        cls.entries.add_entry("10001", [{"directory": "data/Movies", "pixel_width": 1.4}],
                              {path: base.movie(seed) for seed, path in enumerate(cls.paths)})

    def test_the_chooser_offers_them_and_says_what_they_need(self):
        offered = templates.offered()
        self.assertEqual(set(offered), {RELION, MOTIONCOR, WHOLE_ENTRY, TILT_SERIES})
        self.assertIn("scipion-em-tomo", offered[TILT_SERIES].description)
        for name in (RELION, WHOLE_ENTRY):
            self.assertIn("scipion-em-relion", offered[name].description)
        self.assertIn("scipion-em-motioncorr", offered[MOTIONCOR].description)

    def test_they_ask_for_entry_number_and_dose_or_for_the_entry_alone(self):
        offered = templates.offered()
        for name, fields in ((RELION, ["entry", "movies", "dose"]),
                             (MOTIONCOR, ["entry", "movies", "dose"]), (WHOLE_ENTRY, ["entry"])):
            workflow = templates.filled(offered[name])
            self.assertEqual([field.getAlias() for field in offered[name].getParams().values()],
                             fields)
            self.assertEqual(workflow[0]["entryId"], "10200")
            self.assertIsNone(workflow[0].get("dosePerFrame"), "as in EMDB")
            self.assertEqual(workflow[0].get("downloadAll", False), name == WHOLE_ENTRY)

    def test_motion_correction_reads_the_movies_and_waits_for_no_end(self):
        few = {"entry": "10001", "movies": "3", "dose": "1.5"}
        for name, template in templates.offered().items():
            if name == TILT_SERIES:
                continue  # below
            values = {"entry": "10001"} if name == WHOLE_ENTRY else few
            movies, correction = templates.filled(template, **values)
            self.assertEqual(movies["object.className"], "EmpiarDownloader")
            self.assertEqual(movies["entryId"], "10001")
            if values is few:
                self.assertEqual((movies["amountOfImages"], movies["dosePerFrame"]), (3, 1.5))
            self.assertEqual(correction["inputMovies"], f"{movies['object.id']}.outputMovies")
            self.assertNotIn("_prerequisites", correction, "they would wait for a finished run")

    def test_tilt_series_are_composed_of_what_the_motion_correction_of_their_frames_gives(self):
        template = templates.offered()[TILT_SERIES]
        series, correction, composed = templates.filled(template, entry="10499", series="2")
        self.assertEqual(series["object.className"], "EmpiarTiltSeries")
        self.assertEqual((series["entryId"], series["amountOfSeries"]), ("10499", 2))
        self.assertEqual(correction["inputMovies"], f"{series['object.id']}.outputMovies")
        self.assertEqual(composed["inputMicrographs"],
                         f"{correction['object.id']}.outputMicrographs")
        folder = self.proj.newProtocol(EmpiarTiltSeries)
        self.proj.saveProtocol(folder)
        mdocs = folder._getExtraPath("mdocs")
        self.assertTrue(fnmatch.fnmatchcase(mdocs, composed["filesPath"]), mdocs)

    def test_their_parameters_are_those_of_the_protocols_that_are_here(self):
        from pyworkflow import Config

        known = Config.getDomain().getProtocols()
        for template in templates.offered().values():
            for step in templates.filled(template):
                name = step["object.className"]
                if name in known:  # make chain brings those of the next steps
                    self.assertEqual(templates.unknownNames(step, known[name]), set(), name)

    @unittest.skipUnless(importlib.util.find_spec("scipion"), "scipion-app is not installed")
    def test_from_the_command_line_the_movies_come_also_without_the_plugin_of_the_next_step(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        values = {"entry": "10001", "movies": "3", "dose": "1.0"}
        project, said = templates.load(RELION, folder.name, **values)
        runs = {run.getClassName(): run for run in project.getRuns()}
        run = runs["EmpiarDownloader"]
        self.waitForEnd(run)
        os.chdir(project.path)
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(run.outputMovies.getAcquisition().getDosePerFrame(), 1.0)
        if importlib.util.find_spec("relion"):
            self.assertIs(runs["ProtRelionMotioncor"].inputMovies.getObjValue(), run)
        else:
            self.assertEqual(list(runs), ["EmpiarDownloader"])
            self.assertIn("'ProtRelionMotioncor' not found. Are you missing its plugin?", said)
            # What the window shows at the project's name.
            self.assertIn("Needs the plugin scipion-em-relion", project.getComment())

    @unittest.skipUnless(importlib.util.find_spec("scipion"), "scipion-app is not installed")
    def test_the_entrys_number_alone_brings_all_of_its_movies(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        project, _ = templates.load(WHOLE_ENTRY, folder.name, entry="EMPIAR-10001")
        [run] = [run for run in project.getRuns() if run.getClassName() == "EmpiarDownloader"]
        self.waitForEnd(run)
        os.chdir(project.path)
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(run.outputMovies.getSamplingRate(), 1.4)
