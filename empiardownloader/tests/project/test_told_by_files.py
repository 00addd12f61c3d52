"""What movies and the text files beside them say, in the set and in the summary."""

from types import SimpleNamespace

import numpy as np

from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.lookup.entry_lookup import ResolvedEntry
from empiardownloader.run.options import RunOptions
from empiardownloader.tests.data.eer import eer_bytes
from empiardownloader.tests.data.instrument_files import epu_xml, movie_mdoc, serialem_tiff
from empiardownloader.tests.project import base
from empiardownloader.wizards.base import ImageKind
from empiardownloader.wizards.image_set import entryTable
from empiardownloader.wizards.queries import askAcquisition, askEntry, askMovies

FRAMES = 4
STACK = np.random.default_rng(1).integers(0, 9, (FRAMES, 32, 48)).astype(np.uint8)
TIFF = serialem_tiff(STACK, 0.83, rotation_flip=3)
MRC = mrc_bytes(STACK.astype(np.int8), pixel_size=1)  # 1 is what programs write that know none
UNKNOWN = {"pixel_width": None, "pixel_height": None}
FOIL = "data/FoilHole_1_Data_2_3_20200304_15382"


def _movies(name, content, count=4):
    return {name.format(n): content for n in range(count)}


#: The entry's files; pixel size and dose per frame as they have to come into the set, and whose
#: they are; and the voltage. None is what nobody tells.
CASES = {
    "10101": (_movies("data/m{}.tif", TIFF), 0.83, "the movie's TIFF header", None, "", 300),
    "10102": (_movies("data/m{}.eer", eer_bytes(np.zeros((FRAMES, 32, 32)), 0.5, 8)),
              0.5, "the movie's EER header", 8.0, "the movie's EER header", 300),
    "10103": ({**_movies("data/m{}.mrc", MRC),
               **_movies("data/m{}.mrc.mdoc", movie_mdoc("m.mrc", 1.5, 20, FRAMES, 200))},
              1.5, "the movie's mdoc", 5.0, "the movie's mdoc", 200),
    "10104": ({**_movies(FOIL + "{}_Fractions.mrc", MRC),
               **_movies(FOIL + "{}.xml", epu_xml(0.91, 200))},
              0.91, "EPU's XML", None, "", 200),
    "10105": ({**_movies("data/m{}.tif", TIFF),
               **_movies("data/m{}.mdoc", movie_mdoc("m.tif", 1.66, 0, FRAMES, 300, binning=2))},
              0.83, "the movie's TIFF header", None, "", 300),
}


class TestToldByFiles(base.ArchiveTest):
    """Entries of which neither EMPIAR nor EMDB says anything, and some of which they say other."""

    @classmethod
    def fill(cls):
        for number, (files, *_) in CASES.items():
            cls.entries.add_entry(number, [{"directory": "data", **UNKNOWN}], files)
        cls.entries.add_entry("10110", [{"directory": "data", **UNKNOWN}],
                              _movies("data/m{}.mrc", MRC, 30))
        mdocs = _movies("data/m{}.mrc.mdoc", movie_mdoc("m.mrc", 1.5, 20, FRAMES, 200))
        cls.entries.add_entry(
            "10111", [{"directory": "data", "pixel_width": 3.0, "pixel_height": 3.0}],
            {**_movies("data/m{}.mrc", MRC, 6), **mdocs}, cross_references=["EMD-90111"])
        cls.entries.add_map(90111, voltage=300, dose_per_image=40)

    def test_what_nobody_else_says_comes_from_the_files_with_its_origin(self):
        for number, (_, size, sizeOrigin, dose, doseOrigin, voltage) in CASES.items():
            with self.subTest(number):
                run = self.runToEnd(self.newRun(entryId=number, downloadAll=True))
                self.assertTrue(run.isFinished(), run.getErrorMessage())
                output, items = self.movies(run)
                acquisition = output.getAcquisition()
                self.assertEqual(len(items), 4)
                self.assertAlmostEqual(output.getSamplingRate(), size, places=4)
                self.assertAlmostEqual(acquisition.getDosePerFrame(), dose or 0)
                self.assertEqual(acquisition.getVoltage(), voltage)
                self.assertEqual({item.getSamplingRate() for item in items},
                                 {output.getSamplingRate()})
                summary = "\n".join(run.summary())
                self.assertIn(f"Pixel size: {size:g} Å/px ({sizeOrigin})", summary)
                said = f"{dose:g} e/Å² ({doseOrigin})" if dose else "unknown (0 in the set)"
                self.assertIn(f"Dose per frame: {said}", summary)

    def test_a_text_is_fetched_for_the_first_movies_only(self):
        self.archive.forget_requests()
        run = self.runToEnd(self.newRun(entryId="10111", downloadAll=True))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.archive.count("RETR", "*.mdoc"), 3)
        self.archive.forget_requests()
        self.runToEnd(run)
        self.assertEqual(self.archive.count("RETR"), 0)

    def test_form_before_archives_before_files_and_each_disagreement_is_a_line(self):
        run = self.runToEnd(self.newRun(entryId="10111", downloadAll=True))
        output, _ = self.movies(run)
        acquisition = output.getAcquisition()
        self.assertEqual((output.getSamplingRate(), acquisition.getVoltage(),
                          acquisition.getDosePerFrame()), (3.0, 300, 5.0))
        summary = "\n".join(run.summary())
        self.assertIn("Pixel size: EMPIAR-10111 says 3 Å, the movie's mdoc 1.5 Å (half: "
                      "super-resolution?)", summary)
        self.assertIn("Voltage: EMD-90111 says 300 kV, the movie's mdoc 200 kV", summary)
        self.assertIn("Dose per frame: EMD-90111 says 10 e/Å², the movie's mdoc 5 e/Å²", summary)
        run.samplingRate.set(1.5)
        run.dosePerFrame.set(2.0)
        self.runToEnd(run)
        self.assertEqual((self.movies(run)[0].getSamplingRate(),
                          self.movies(run)[0].getAcquisition().getDosePerFrame()), (1.5, 2.0))
        self.assertNotIn("super-resolution", "\n".join(run.summary()))

    def test_the_wizards_tell_each_disagreement(self):
        run = self.runToEnd(self.newRun(entryId="10111", downloadAll=True))
        lines = ["Pixel size: EMPIAR-10111 says 3 Å, the movie's mdoc 1.5 Å (half: "
                 "super-resolution?)", "Voltage: EMD-90111 says 300 kV, the movie's mdoc 200 kV"]
        task = SimpleNamespace(say=lambda text: None, sleep=lambda seconds: None)
        entry, document = askEntry(task, "10111")
        found = ResolvedEntry(entry, entry.image_sets[0], document)
        matching = askMovies(task, found, RunOptions.of_form(run), "", ImageKind.of(run))
        acquisition = askAcquisition(task, entry)
        (row,) = entryTable(run, "10111", entry, document, acquisition).rows
        for line in lines:
            self.assertIn(line, matching.selection.notes)
            self.assertIn(line, row.remarks)
        (row,) = entryTable(self.newRun(), "10111", entry, document, acquisition).rows
        self.assertNotIn(lines[0], row.remarks)

    def test_a_pixel_size_that_nobody_knows_ends_the_run_after_its_first_movies(self):
        self.archive.set(rate=20_000)
        self.archive.forget_requests()
        run = self.runToEnd(self.newRun(entryId="10110", downloadAll=True, connections=1))
        self.assertTrue(run.isFailed())
        self.assertIn("Neither EMPIAR-10110 nor its movies say the pixel size",
                      run.getErrorMessage())
        self.assertFalse(run.hasAttribute("outputMovies"))
        self.assertLess(self.archive.count("RETR"), 20)
        self.archive.reset()
        run.samplingRate.set(0.9)
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual((len(self.movies(run)[1]), run.outputMovies.getSamplingRate()), (30, 0.9))
