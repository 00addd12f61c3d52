"""The wizards' tables as values: what is counted, what a run downloads, names as a pattern."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from empiardownloader import headless

headless.prepare_environment()

from empiardownloader.archive.entry import Entry, ImageSet  # noqa: E402
from empiardownloader.archive.image_sets import MOVIES  # noqa: E402
from empiardownloader.files.choice import MovieChoice  # noqa: E402
from empiardownloader.files.select_movies import MOVIES as RULES  # noqa: E402
from empiardownloader.files.select_movies import select_movies  # noqa: E402
from empiardownloader.files.tree import RemoteTree  # noqa: E402
from empiardownloader.lookup.entry_lookup import ResolvedEntry  # noqa: E402
from empiardownloader.lookup.entry_tilt_series import TiltSeriesList  # noqa: E402
from empiardownloader.lookup.selection import Selection  # noqa: E402
from empiardownloader.lookup.tilt_series import Tilt, TiltSeries  # noqa: E402
from empiardownloader.run.options import RunOptions  # noqa: E402
from empiardownloader.run.state import RunState  # noqa: E402
from empiardownloader.transfer import FileRequest  # noqa: E402
from empiardownloader.transfer.base import ListingItem  # noqa: E402
from empiardownloader.transfer.folder import FolderConnection, FolderServer  # noqa: E402
from empiardownloader.wizards import queries  # noqa: E402
from empiardownloader.wizards.base import ImageKind  # noqa: E402
from empiardownloader.wizards.dialogs.wait import Task  # noqa: E402
from empiardownloader.wizards.file_pattern import movieNames, namesPattern  # noqa: E402
from empiardownloader.wizards.image_set import sizeSentence  # noqa: E402
from empiardownloader.wizards.movie_table import MatchingMovies, movieTable  # noqa: E402
from empiardownloader.wizards.queries import askMovies  # noqa: E402
from empiardownloader.wizards.series_table import seriesTable  # noqa: E402
from empiardownloader.wizards.tables import gainOrientation  # noqa: E402

FOUND = ResolvedEntry(Entry("10200"), ImageSet(1), {})


def matching(sizes, count=None, is_whole=True):
    """Movies of which those of these sizes are shown; all of the count have the first one's."""
    movies = [
        FileRequest(f"data/{n}.tif", size, f"{n}.tif", "10200") for n, size in enumerate(sizes)
    ]
    known = [size for size in sizes if size is not None]
    all_known = known if count is None or not known else known + known[:1] * (count - len(sizes))
    return MatchingMovies(
        "data", Selection(movies, []), count or len(movies), all_known, is_whole)


@pytest.mark.parametrize(
    ("movies", "amount", "sentence"),
    [
        (matching([5000]), 1, "1 movie, 5.0 kB in total. This run downloads it."),
        (matching([5000, 7000]), None, "2 movies, 12.0 kB in total. This run downloads all of "
         "them."),
        (matching([5000, 7000]), 1, "2 movies, 12.0 kB in total. This run downloads the first one "
         "(5.0 kB)."),
        (matching([5000, 7000]), 9, "2 movies, 12.0 kB in total. This run downloads all of them."),
        (matching([5000] * 3, count=20_000), None,
         "Showing 3 of 20,000 movies (100.0 MB in total). This run downloads all of them."),
        (matching([5000] * 3, count=20_000), 10_000,
         "Showing 3 of 20,000 movies (100.0 MB in total). This run downloads the first 10,000 "
         "(about 50.0 MB)."),
        (matching([5000, None, None]), 2, "3 movies, about 15.0 kB in total. This run downloads "
         "the first 2 (about 10.0 kB)."),
        (matching([None, None]), 1, "2 movies, unknown size in total. This run downloads the first "
         "one (unknown size)."),
        (matching([5000] * 3, count=4000, is_whole=False), 5000,
         "Showing 3 of more than 4,000 movies (20.0 MB counted so far). This run downloads the "
         "first 5,000 (about 25.0 MB)."),
    ],
)
def test_the_wizard_says_how_many_movies_there_are_and_what_the_run_downloads(
    movies, amount, sentence
):
    said = movieTable(FOUND, movies, amount, free=10**12).heading[1]
    assert said == f"{sentence} Free on the disk: 1.0 TB."


@pytest.mark.parametrize(
    ("choice", "amount", "sentence", "selected"),
    [
        (MovieChoice(("1", "2.tif")), None, "downloads 2 that the form names (about 10.0 kB)",
         [1, 2]),
        (MovieChoice(every=3), None, "downloads 7 of them, one in 3 (about 35.0 kB)", []),
        (MovieChoice(every=3), 2, "downloads 2 of them, one in 3 (about 10.0 kB)", []),
    ],
)
def test_the_wizard_says_what_a_choice_by_name_or_step_downloads(
    choice, amount, sentence, selected
):
    table = movieTable(FOUND, matching([5000] * 3, count=20), amount, 10**12, choice)
    assert f"This run {sentence}. Free on the disk" in table.heading[1]
    assert table.selected == selected


class ManyMovies(FolderConnection):
    """Lists so many movies of 1 GB in its root, which are nowhere."""

    def __init__(self, count):
        super().__init__(Path())
        self._names = [f"FoilHole_{number:07}_Fractions.tif" for number in range(count)]

    def list_folder(self, folder):
        return [] if folder else [ListingItem(name, 10**9) for name in self._names]


class Listing(FolderServer):
    def __init__(self, connection):
        super().__init__("file:///")
        self._connection = connection

    def connect(self):
        return self._connection


def test_twenty_thousand_movies_are_counted_and_summed_up_in_seconds(monkeypatch):
    monkeypatch.setattr(queries, "_server", lambda *ignored: Listing(ManyMovies(20_000)))
    began = time.process_time()
    options, kind = RunOptions("10200", limit=19_999), ImageKind(MOVIES, RULES, "movie")
    found = askMovies(Task(), FOUND, options, "", kind)
    said = movieTable(FOUND, found, options.limit, free=70e9).heading[1]
    assert time.process_time() - began < 10
    assert said == (
        "Showing 1,000 of 20,000 movies (20.0 TB in total). This run downloads the first 19,999 "
        "(about 20.0 TB). Free on the disk: 70.0 GB, which is not enough.")


def test_other_images_are_called_by_their_name():
    micrographs = replace(matching([5000, 7000]), noun="micrograph")
    said = movieTable(FOUND, micrographs, None, free=10**12).heading[1]
    assert said.startswith("2 micrographs, 12.0 kB in total.")


@pytest.mark.parametrize(("amount", "fits"), [(1, True), (2, True), (3, False), (None, False)])
def test_the_wizard_says_when_the_disk_is_too_small(amount, fits):
    said = movieTable(FOUND, matching([5000] * 4), amount, free=12_000).heading[1]
    assert said.endswith("Free on the disk: 12.0 kB." if fits else
                         "Free on the disk: 12.0 kB, which is not enough.")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"limit": 1}, "1 movie: about 1.0 GB. Free on the disk: 70.0 GB."),
        ({"limit": 60}, "60 movies: about 60.0 GB. Free on the disk: 70.0 GB."),
        ({"limit": 19_999}, "19,999 movies: about 20.0 TB. Free on the disk: 70.0 GB, which is not "
         "enough."),
        ({}, "all movies: about 20.0 TB. Free on the disk: 70.0 GB, which is not enough."),
        ({"every": 1000}, "all movies, one in 1,000: about 20.0 GB. Free on the disk: 70.0 GB."),
        ({"names": "a.tif, b.tif"}, "2 movies: about 2.0 GB. Free on the disk: 70.0 GB."),
    ],
)
def test_the_size_of_any_number_is_estimated_before_the_files_are_listed(options, sentence):
    image_set = ImageSet(1, category="micrographs - multiframe", num_images=20_000)
    entry = Entry("10200", dataset_size="20 TB", image_sets=(image_set,))
    said = sizeSentence(entry, image_set, RunOptions("10200", **options), "movie", 70e9)
    assert said == f"This run downloads {sentence}"


def test_an_entry_that_does_not_tell_its_size_is_said_to_be_of_unknown_size():
    entry, options = Entry("10200", image_sets=(ImageSet(1),)), RunOptions("10200", limit=3)
    said = sizeSentence(entry, ImageSet(1), options, "movie", 70e9)
    assert said == "This run downloads 3 movies of unknown size. Free on the disk: 70.0 GB."


@pytest.mark.parametrize(
    "chosen",
    [
        ["data/a.tif"],
        ["data/a.tif", "data/x/b [1].tif"],
        ["data/a,b.tif"],
        ["data/x/same.tif"],
        ["data/odd*?.tif", "data/[ab].tif"],
    ],
)
def test_chosen_names_as_a_pattern_match_these_movies_and_no_other(chosen):
    listed = ["data/a.tif", "data/a,b.tif", "data/other.tif", "data/same.tif", "data/x/same.tif",
              "data/x/b [1].tif", "data/odd*?.tif", "data/[ab].tif"]
    pattern = namesPattern(chosen, listed)
    names = movieNames(chosen, listed)
    assert bool(names) == (not any("," in path for path in chosen))
    tree = RemoteTree(lambda folder: listing(folder, listed))
    found = [movie.remote.path for movie in select_movies(tree, "data", pattern=pattern)]
    # A class of letters may match more: '[ab].tif' also matches 'a.tif'.
    assert set(chosen) <= set(found)
    if "data/[ab].tif" not in chosen:
        assert sorted(found) == sorted(chosen)


class Item:
    size, is_link, modified = 1, False, ""

    def __init__(self, name, is_folder):
        self.name, self.is_folder = name, is_folder


def listing(folder, paths):
    inside = [path[len(folder):].lstrip("/") for path in paths
              if not folder or path.startswith(f"{folder}/")]
    names = dict.fromkeys((path.split("/")[0], "/" in path) for path in inside)
    return [Item(*name) for name in names]


def test_tilt_series_are_told_with_what_is_suspicious(tmp_path):
    file = FileRequest("data/a.mrc", 2_000_000, "a.mrc", "10164")
    tilts = tuple(Tilt(f"{n}.mrc", n, angle, 2.5, file if n < 3 else None)
                  for n, angle in enumerate((0.0, 3.0, -3.0), 1))
    series = [TiltSeries("TS_01", tilts, axis=85.3, notes=("1 of 3 tilts is missing",)),
              TiltSeries("TS_02", ())]
    table = seriesTable(TiltSeriesList(FOUND, "data", series, None, ["a note"], is_whole=False))
    assert table.heading[1:] == ["The first 2 tilt series, 4.0 MB in total.", "a note"]
    assert [row.cells for row in table.rows] == [
        ("TS_01", "2", "1", "0 to 3", "85.3", "2.50", "4.0 MB"),
        ("TS_02", "0", "", "?", "?", "?", "?"),
    ]
    assert table.rows[0].remarks == ("1 of 3 tilts is missing",)
    assert table.first is None


@pytest.mark.parametrize(
    ("details", "applies", "sentences"),
    [
        ("", 0, ("Its orientation is found from the first three movies when the run downloads "
                 "them.",)),
        ("", 1, ("It is used as deposited (your choice); the summary reports what the movies "
                 "show.",)),
        ("The gain reference needs a rotation of 90 degrees counter-clockwise.", 0,
         ("As the depositors say, it has to be turned by 90° counter-clockwise.",
          "Its orientation is found from the first three movies when the run downloads them.")),
    ],
)
def test_the_gains_orientation_is_told_as_far_as_it_is_known(tmp_path, details, applies, sentences):
    found = ResolvedEntry(Entry("10200"), ImageSet(1, details=details), {})
    options = RunOptions("10200", gain_orientation=applies)
    assert gainOrientation(RunState(str(tmp_path)), found, options)("gain.mrc") == sentences
