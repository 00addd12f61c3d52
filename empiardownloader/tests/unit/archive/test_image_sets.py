"""Choosing an image set, and refusing an entry that is not released."""

import pytest

from empiardownloader.archive.entry import Entry, ImageSet
from empiardownloader.archive.errors import EntryNotReleased, NoMovies, NoSuchImageSet
from empiardownloader.archive.image_sets import MICROGRAPHS, check_released, choose_image_set

MOVIES = "micrographs - multiframe"
ENTRY = Entry(
    number="19999",
    status="REL",
    image_sets=(
        ImageSet(1, "Aligned micrographs", "data/Aligned", "micrographs - single frame", "MRC"),
        ImageSet(2, "Movies of grid A", "data/Movies/A", MOVIES, "TIFF"),
        ImageSet(3, "Movies of grid B", "data/Movies/B", MOVIES, "EER"),
        ImageSet(4, "Tilt series", "data/movies/b", "tilt series", "MRC"),
        ImageSet(5, "movies OF grid c", "2024", MOVIES, "MRC"),
    ),
)


@pytest.mark.parametrize("choice", ["", "  ", "\n"])
def test_no_choice_is_the_first_image_set_with_movies(choice):
    assert choose_image_set(ENTRY, choice).number == 2


@pytest.mark.parametrize(
    ("choice", "number"),
    [
        ("1", 1),
        (" 3 ", 3),
        ("03", 3),
        ("data/Aligned", 1),
        ("/data/Aligned/", 1),
        ("DATA/ALIGNED", 1),
        ("data/Movies/B", 3),
        ("data/movies/b", 4),
        ("2024", 5),
        ("Movies of grid B", 3),
        ("movies of GRID b", 3),
        ("Movies  of   grid B", 3),
        ("Movies of grid C", 5),
        ("tilt", 4),
        ("series", 4),
        ("grid a", 2),
        ("micrographs", 1),
    ],
)
def test_a_choice_is_a_number_a_directory_or_a_name(choice, number):
    assert choose_image_set(ENTRY, choice).number == number


def test_a_number_goes_before_a_directory_of_that_name():
    entry = Entry("19999", image_sets=(ImageSet(1, directory="2"), ImageSet(2, directory="data")))
    assert choose_image_set(entry, "2").directory == "data"


@pytest.mark.parametrize(
    "choice",
    ["6", "0", "-1", "1.0", "data/none", "grid D", pytest.param("9" * 5000, id="a long one"), "²"],
)
def test_a_choice_that_fits_nothing_lists_what_there_is(choice):
    with pytest.raises(NoSuchImageSet) as caught:
        choose_image_set(ENTRY, choice)
    message = str(caught.value)
    assert "EMPIAR-19999" in message
    assert "2 'Movies of grid A' (micrographs - multiframe, TIFF, data/Movies/A)" in message
    assert message.endswith("choose one by its number, directory or name.")


@pytest.mark.parametrize("choice", ["9", "7", "0", "3", "-24", "201", "2019.", "1.5"])
def test_a_number_that_is_no_image_sets_is_not_looked_for_within_names(choice):
    names = ("Movies 17-24 June 2019", "Movies of July, 1.5 kV")
    entry = Entry("19999", image_sets=tuple(ImageSet(n, name) for n, name in enumerate(names, 1)))
    with pytest.raises(NoSuchImageSet, match="has no image set"):
        choose_image_set(entry, choice)


def test_a_number_may_be_the_whole_name_of_an_image_set():
    entry = Entry("19999", image_sets=(ImageSet(1, "July 2019"), ImageSet(2, "2019")))
    assert choose_image_set(entry, "2019").number == 2
    assert choose_image_set(entry, "july 2019").number == 1


@pytest.mark.parametrize(
    ("choice", "fitting", "others"),
    [
        ("DATA/MOVIES/B", ["data/Movies/B", "data/movies/b"], ["1 '"]),
        ("Movies of", ["2 '", "3 '"], ["4 '"]),
    ],
)
def test_a_choice_that_fits_several_names_those(choice, fitting, others):
    with pytest.raises(NoSuchImageSet) as caught:
        choose_image_set(ENTRY, choice)
    message = str(caught.value)
    assert all(text in message for text in fitting)
    assert not any(text in message for text in others)
    assert message.endswith("choose one by its number.")


def test_image_sets_that_share_one_directory_are_told_apart_by_number():
    entry = Entry("19999", image_sets=(ImageSet(1, "a", "data"), ImageSet(2, "b", "data")))
    with pytest.raises(NoSuchImageSet, match="fits 2 image sets"):
        choose_image_set(entry, "data")
    assert choose_image_set(entry, "2").name == "b"


def test_without_movies_the_image_sets_are_listed_and_one_can_be_chosen():
    entry = Entry("10318", image_sets=(ImageSet(1, "", "data", "diffraction images", "SMV"),))
    with pytest.raises(NoMovies) as caught:
        choose_image_set(entry)
    message = str(caught.value)
    assert "1 'data' (diffraction images, SMV)" in message
    assert "choose one by its number" in message
    assert choose_image_set(entry, "1").category == "diffraction images"


def test_a_long_list_of_image_sets_is_cut():
    entry = Entry("19999", image_sets=tuple(ImageSet(n, f"set {n}") for n in range(1, 41)))
    with pytest.raises(NoMovies, match="and 28 more"):
        choose_image_set(entry)


@pytest.mark.parametrize(("choice", "error"), [("", NoMovies), ("1", NoSuchImageSet)])
def test_an_entry_without_image_sets_sends_the_user_to_its_page(choice, error):
    with pytest.raises(error, match=r"https://www\.ebi\.ac\.uk/empiar/EMPIAR-19999/"):
        choose_image_set(Entry("19999"), choice)


@pytest.mark.parametrize("status", ["REL", ""])
def test_a_released_entry_passes(status):
    check_released(Entry("19999", status=status))


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ("OBS", "obsolete"),
        ("WDRN", "withdrawn"),
        ("UNARCH", "out of the archive"),
        ("PROC", "processed"),
        ("WAIT", "waiting"),
        ("HOLD", "on hold"),
        ("HPUB", "publication"),
        ("HPRE", "preprint"),
        ("EMDBPUB", "EMDB"),
        ("SOMETHING", "not released"),
    ],
)
def test_any_other_status_is_named_and_explained(status, meaning):
    with pytest.raises(EntryNotReleased) as caught:
        check_released(Entry("19999", status=status))
    assert f"status {status}" in str(caught.value)
    assert meaning in str(caught.value)


@pytest.mark.parametrize(("category", "expected"), [
    ("micrographs - single frame", 1),
    ("Micrographs - Single Frame - non-dose-weighted", 1),
    ("micrographs - single-frame - no-doseweighted", 1),
    ("micrographs - focal pairs - unprocessed", 6),
    ("picked particles - single frame - processed", 6),
    ("micrographs - multiframe", 6),
    ("", 6),
])
def test_the_first_image_set_of_micrographs_is_one_of_single_frames(category, expected):
    first = ImageSet(1, "Images", "data", category)
    entry = Entry("19998", image_sets=(first, *ENTRY.image_sets[1:],
                                       ImageSet(6, category="micrographs - single frame")))
    assert choose_image_set(entry, contents=MICROGRAPHS).number == expected


def test_an_entry_without_micrographs_says_what_it_has():
    entry = Entry("19998", image_sets=ENTRY.image_sets[1:])
    with pytest.raises(NoMovies, match="single-frame micrographs, only 2 'Movies of grid A'"):
        choose_image_set(entry, contents=MICROGRAPHS)
