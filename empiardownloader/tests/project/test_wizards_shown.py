"""Tables and texts of the wizards, without a window."""

import unittest

from pyworkflow import Config

from empiardownloader.archive.emdb import ASSUMED
from empiardownloader.archive.entry import Entry, ImageSet
from empiardownloader.files.tree import Skipped
from empiardownloader.headless.environment import prepare_environment
from empiardownloader.lookup.entry_lookup import ResolvedEntry
from empiardownloader.lookup.selection import Selection
from empiardownloader.protocols import EmpiarDownloader
from empiardownloader.run.acquisition import AcquisitionValues
from empiardownloader.run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_NONE, RunOptions
from empiardownloader.transfer import FileRequest
from empiardownloader.wizards.movie_table import MatchingMovies, movieTable
from empiardownloader.wizards.tables import gainTable, gainText, imageSetTable

PARTICLES = ImageSet(1, "Particles", "data/Particles", "picked particles - single frame")
MOVIES = ImageSet(
    2, "Movies", "data/Movies", "micrographs - multiframe", "TIFF", num_images=1200,
    frames_per_image=40, pixel_width=0.66, image_width=5760, image_height=4092,
    details="Grids were frozen. Rotate the gain by 90 degrees. No more.",
)  # fmt: skip
SUMS = ImageSet(3, "Sums", "data/Sums", "micrographs - single frame", "MRC")
ENTRY = Entry("10200", "Apoferritin", dataset_size="1.9 TB", release_date="2018-07-25",
              image_sets=(PARTICLES, MOVIES, SUMS))
FOUND = ResolvedEntry(ENTRY, MOVIES, {})


def described(imageSet, **given):
    run = EmpiarDownloader(**given)
    archives = AcquisitionValues.of(ResolvedEntry(ENTRY, imageSet, {}), ASSUMED)
    return archives.withOptions(RunOptions.of_form(run))


def imageSets(choice="", entry=ENTRY, **given):
    return imageSetTable(entry, choice, lambda imageSet: described(imageSet, **given), "none",
                         lambda imageSet: imageSet.holds_movies)


class TestWizardTables(unittest.TestCase):
    """Each table is a function of what the archive said and of the form."""

    @classmethod
    def setUpClass(cls):
        prepare_environment()

    def test_scipion_finds_a_wizard_for_each_field(self):
        found = Config.getDomain().findWizards(EmpiarDownloader(), "tkinter")
        self.assertEqual(
            {name: wizard.__name__ for name, wizard in found.items()},
            {
                "entryId": "EmpiarImageSetWizard",
                "imageSet": "EmpiarImageSetWizard",
                "filePattern": "EmpiarFilePatternWizard",
                "movieNames": "EmpiarFilePatternWizard",
                "gainPath": "EmpiarGainPathWizard",
            },
        )

    def test_each_image_set_is_a_row_with_what_the_entry_says_of_it(self):
        table = imageSets()
        self.assertEqual(list(table.heading),
                         ["EMPIAR-10200: Apoferritin", "1.9 TB in total, released 2018-07-25"])
        self.assertEqual([row.value for row in table.rows], ["1", "2", "3"])
        self.assertEqual(table.rows[1].cells, ("2", "Movies", "micrographs - multiframe", "1200",
                                               "40", "5760 x 4092", "0.66", "TIFF",
                                               "data/Movies"))
        self.assertEqual(table.rows[2].cells[3:7], ("?", "?", "?", "?"), "unknown")
        self.assertTrue(all(len(row.cells) == len(table.columns) for row in table.rows))

    def test_the_first_set_with_movies_is_chosen_at_first(self):
        self.assertEqual(imageSets().first, 1)

    def test_what_the_form_names_is_chosen_at_first(self):
        self.assertEqual(imageSets("3").first, 2)
        self.assertEqual(imageSets("Particles").first, 0)

    def test_a_choice_that_fits_nothing_is_told_and_no_other_is_preselected(self):
        self.assertIsNone(imageSets("9").first)
        self.assertIn("The form's image set '9' is not in this entry: select one.",
                      imageSets("9").heading)

    def test_of_an_entry_without_movies_nothing_is_chosen_at_first(self):
        only = Entry("10318", image_sets=(SUMS,))
        table = imageSets(entry=only)
        self.assertIsNone(table.first)
        self.assertEqual(table.rows[0].remarks[0],
                         "According to EMPIAR this image set contains: micrographs - single frame.")

    def test_each_value_says_where_it_comes_from(self):
        remarks = imageSets(voltage=200.0, dosePerFrame=1.25).rows[1].remarks
        self.assertIn("Pixel size: 0.66 Å/px (EMPIAR-10200)", remarks)
        self.assertIn("Voltage: 200 kV (given)", remarks)
        self.assertIn("Spherical aberration: 2.7 mm (assumed)", remarks)
        self.assertIn("Dose per frame: 1.25 e/Å² (given)", remarks)

    def test_what_nobody_knows_is_said(self):
        remarks = imageSets().rows[2].remarks
        self.assertIn("Pixel size: unknown to EMPIAR. Enter it in the form if the movies do not "
                      "tell it.", remarks)
        self.assertIn("Dose per frame: unknown (0 in the set). Enter it if you want dose "
                      "weighting.", remarks)

    def test_the_depositors_words_on_the_gain_are_quoted(self):
        remarks = imageSets().rows[1].remarks
        self.assertEqual(remarks[-2:], ("Gain reference: none",
                                        "The depositors: “Rotate the gain by 90 degrees.”"))

    def test_the_gain_is_told_as_the_form_has_it(self):
        self.assertIn("closest", gainText(GAIN_FROM_ENTRY, "ignored"))
        self.assertEqual(gainText(GAIN_BY_PATH, "data/g.mrc"),
                         "data/g.mrc of the entry (your choice)")
        self.assertEqual(gainText(GAIN_NONE, ""), "not used (your choice)")

    def test_what_was_skipped_is_counted_by_its_reason(self):
        skipped = [Skipped(f"{n}.jpg", "preview image") for n in range(3)]
        skipped.append(Skipped("g.mrc", "gain reference"))
        skipped += [Skipped("*.tif", "does not match", files=9), Skipped("x", "hidden", 0)]
        movies = [FileRequest("data/Movies/0.tif", 1000, "0.tif")]
        matching = MatchingMovies("data/Movies", Selection(movies, skipped), 1, [1000])
        self.assertEqual(movieTable(FOUND, matching, 1, free=1e12).heading[2],
                         "Not movies, skipped: 9 does not match (e.g. *.tif); 3 preview image "
                         "(e.g. 0.jpg); 1 gain reference (e.g. g.mrc); 1 others")

    def test_gains_are_listed_as_they_came_with_the_depositors_words(self):
        table = gainTable(FOUND, [FileRequest("data/g.mrc", 5000, "g.mrc"),
                                  FileRequest("gain.dm4", None, "gain.dm4")],
                          lambda path: (f"about {path}",))
        self.assertEqual([row.cells for row in table.rows],
                         [("data/g.mrc", "5.0 kB"), ("gain.dm4", "?")])
        self.assertEqual([row.value for row in table.rows], ["data/g.mrc", "gain.dm4"])
        self.assertEqual(table.rows[1].remarks, ("about gain.dm4",))
        self.assertIn("The depositors: “Rotate the gain by 90 degrees.”", table.heading)
