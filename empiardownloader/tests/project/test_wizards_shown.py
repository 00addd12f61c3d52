"""What the wizards show, without a window: the tables and their words."""

import unittest

from pyworkflow import Config

from empiardownloader.archive import ASSUMED, Entry, ImageSet
from empiardownloader.files import Skipped
from empiardownloader.headless.environment import prepare_environment
from empiardownloader.lookup.entry_lookup import Found
from empiardownloader.lookup.selection import Selection
from empiardownloader.protocols import EmpiarDownloader
from empiardownloader.run.acquisition import MovieDescription
from empiardownloader.run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_NONE, RunOptions
from empiardownloader.transfer import Wanted
from empiardownloader.wizards.tables import (
    MOST_MOVIES,
    gainTable,
    gainWords,
    imageSetTable,
    movieTable,
)

PARTICLES = ImageSet(1, "Particles", "data/Particles", "picked particles - single frame")
MOVIES = ImageSet(
    2, "Movies", "data/Movies", "micrographs - multiframe", "TIFF", num_images=1200,
    frames_per_image=40, pixel_width=0.66,
    details="Grids were frozen. Rotate the gain by 90 degrees. No more.",
)  # fmt: skip
SUMS = ImageSet(3, "Sums", "data/Sums", "micrographs - single frame", "MRC")
ENTRY = Entry("10200", "Apoferritin", dataset_size="1.9 TB", release_date="2018-07-25",
              image_sets=(PARTICLES, MOVIES, SUMS))
FOUND = Found(ENTRY, MOVIES, {})


def described(imageSet, **given):
    run = EmpiarDownloader(**given)
    archives = MovieDescription.of(Found(ENTRY, imageSet, {}), ASSUMED)
    return archives.withOptions(RunOptions.of_form(run))


def imageSets(choice="", entry=ENTRY, **given):
    return imageSetTable(entry, choice, lambda imageSet: described(imageSet, **given), "none")


def movies(count, size=1000):
    return [Wanted(f"data/Movies/{n}.tif", size, f"{n}.tif") for n in range(count)]


def movieHeading(selected, amount, skipped=()):
    return movieTable(FOUND, "data/Movies", Selection(selected, skipped), amount).heading


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
                "gainPath": "EmpiarGainPathWizard",
            },
        )

    def test_each_image_set_is_a_row_with_what_the_entry_says_of_it(self):
        table = imageSets()
        self.assertEqual(list(table.heading),
                         ["EMPIAR-10200: Apoferritin", "1.9 TB in all, released 2018-07-25"])
        self.assertEqual([row.value for row in table.rows], ["1", "2", "3"])
        self.assertEqual(table.rows[1].cells, ("2", "Movies", "micrographs - multiframe", "TIFF",
                                               "1200", "0.66", "data/Movies"))
        self.assertEqual(table.rows[2].cells[4:6], ("", ""), "not known is empty")
        self.assertTrue(all(len(row.cells) == len(table.columns) for row in table.rows))

    def test_the_first_set_with_movies_is_chosen_at_first(self):
        self.assertEqual(imageSets().first, 1)

    def test_what_the_form_names_is_chosen_at_first(self):
        self.assertEqual(imageSets("3").first, 2)
        self.assertEqual(imageSets("Particles").first, 0)

    def test_a_choice_that_fits_nothing_does_not_hide_the_movies(self):
        self.assertEqual(imageSets("9").first, 1)

    def test_an_entry_without_movies_begins_with_its_first_set(self):
        only = Entry("10318", image_sets=(SUMS,))
        table = imageSets(entry=only)
        self.assertEqual(table.first, 0)
        self.assertIn("This image set is not said to hold movies.", table.rows[0].remarks)

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
        self.assertIn("nearest", gainWords(GAIN_FROM_ENTRY, "ignored"))
        self.assertEqual(gainWords(GAIN_BY_PATH, "data/g.mrc"), "data/g.mrc of the entry (given)")
        self.assertEqual(gainWords(GAIN_NONE, ""), "none (given)")

    def test_few_movies_are_all_shown_with_what_the_run_fetches_of_them(self):
        table = movieTable(FOUND, "data/Movies", Selection(movies(3), ()), 2)
        self.assertEqual(table.rows[2].cells, ("3", "data/Movies/2.tif", "1.0 kB"))
        self.assertEqual(table.heading[1], "All 3 movies that there are: 3.0 kB. "
                                           "The run fetches the first 2: 2.0 kB.")

    def test_of_many_the_first_hundred_are_shown(self):
        many = movies(MOST_MOVIES + 1)
        table = movieTable(FOUND, "data/Movies", Selection(many, ()), None)
        self.assertEqual(len(table.rows), MOST_MOVIES)
        self.assertEqual(table.heading[1],
                         "The first 100 movies: 100.0 kB. The run fetches all that match.")
        self.assertIn("The run fetches the first 500.", movieHeading(many, 500)[1])
        self.assertIn("The run fetches the first 101.", movieHeading(many, 101)[1])

    def test_more_than_there_are_is_all_that_there_are(self):
        self.assertIn("The run fetches the first 3: 3.0 kB.", movieHeading(movies(3), 20)[1])
        hundred = movies(MOST_MOVIES)
        self.assertIn("The run fetches the first 100: 100.0 kB.", movieHeading(hundred, 500)[1])

    def test_sizes_that_are_not_known_are_not_counted_as_nothing(self):
        selection = Selection([*movies(1), Wanted("data/b.tif", None, "b.tif")], ())
        table = movieTable(FOUND, "data/Movies", selection, None)
        self.assertEqual(table.rows[1].cells[2], "?")
        self.assertIn("at least 1.0 kB", table.heading[1])

    def test_what_was_skipped_is_counted_by_its_reason(self):
        skipped = [Skipped(f"{n}.jpg", "preview image") for n in range(3)]
        skipped.append(Skipped("g.mrc", "gain reference"))
        skipped += [Skipped("*.tif", "does not match", files=9), Skipped("x", "hidden", 0)]
        self.assertEqual(movieHeading(movies(1), 1, skipped)[2],
                         "Not movies, skipped: 9 does not match (e.g. *.tif); 3 preview image "
                         "(e.g. 0.jpg); 1 gain reference (e.g. g.mrc); 1 others")

    def test_gains_are_listed_as_they_came_with_the_depositors_words(self):
        table = gainTable(FOUND, [Wanted("data/g.mrc", 5000, "g.mrc"),
                                  Wanted("gain.dm4", None, "gain.dm4")])
        self.assertEqual([row.cells for row in table.rows],
                         [("data/g.mrc", "5.0 kB"), ("gain.dm4", "?")])
        self.assertEqual([row.value for row in table.rows], ["data/g.mrc", "gain.dm4"])
        self.assertIn("The depositors: “Rotate the gain by 90 degrees.”", table.heading)
