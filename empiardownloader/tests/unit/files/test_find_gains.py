import pytest
from simulated_trees import tree_of

from empiardownloader.files.find_gains import find_gains


def gains(*paths, folder="data/frames", kind="tiff"):
    return [gain.path for gain in find_gains(tree_of(*paths), folder, kind)]


MOVIES = ["data/frames/a_1.tif", "data/frames/a_2.tif"]


@pytest.mark.parametrize(
    "path",
    [
        "data/frames/gain.mrc",
        "data/frames/CountRef_a.dm4",
        "data/frames/a_gain.tiff.bz2",
        "data/frames/x.gain",
        "data/frames/gain.dm3",
        "data/frames/gain/anything.mrc",
        "data/frames/calibration/gain.mrc",
        "data/gain/K3-0001.mrc",
        "data/gainRefer/K3-0001.tif",
        "data/gain_ref/x.dm4",
        "data/References/x.gain",
        "data/Extra/CountRef_x.mrc",
        "data/CountRef_a.mrc",
        "gain.mrc",
        "gain/x.mrc",
    ],
)
def test_a_gain_is_found_in_every_place_where_one_was_seen(path):
    assert gains(path, *MOVIES) == [path]


@pytest.mark.parametrize(
    "path",
    [
        "data/frames/defects_x.tif",
        "data/frames/CountDefects_x.txt",
        "data/frames/dark.mrc",
        "data/frames/gain.tif.jpg",
        "data/frames/gain_notes.txt",
        "data/frames/a_3.tif",
        "data/gain/dark.mrc",
        "data/gain/defects.tif",
        "data/gain/README",
        "data/darks/x.mrc",
        "data/frames/deep/er/gain.mrc",
        "elsewhere/x.dm4",
    ],
)
def test_what_is_no_gain_or_belongs_elsewhere_is_left(path):
    assert gains(path, *MOVIES) == []


def test_the_nearest_comes_first_and_then_the_newest_name():
    paths = [
        "data/frames/gain_20200101.mrc",
        "data/frames/gain_20210101.mrc",
        "data/frames/gain/g.mrc",
        "data/gain/g_2.mrc",
        "data/gain/g_10.mrc",
        "data/gain_20230101.mrc",
        "gain_20240101.mrc",
    ]
    order = [1, 0, 2, 4, 3, 5, 6]
    assert gains(*paths, *MOVIES) == [paths[at] for at in order]


@pytest.mark.parametrize("name", ["K2-0001.dm4", "x.DM3", "x.dm4.gz"])
def test_a_lone_camera_file_beside_the_movies_is_a_gain(name):
    assert gains(f"data/frames/{name}", *MOVIES) == [f"data/frames/{name}"]
    assert gains(f"data/frames/{name}", *MOVIES, kind="") == [f"data/frames/{name}"]


@pytest.mark.parametrize(
    "paths, kind",
    [
        (["data/frames/x.dm4", "data/frames/y.dm4"], "tiff"),
        (["data/frames/x.dm4"], "dm4"),
        (["data/frames/x.dm4"], "mrc"),
    ],
)
def test_other_camera_files_are_not(paths, kind):
    assert gains(*paths, *MOVIES, kind=kind) == []


def test_a_lone_camera_file_does_not_count_beside_a_gain_that_says_so():
    assert gains("data/frames/x.dm4", "data/frames/gain.mrc", *MOVIES) == ["data/frames/gain.mrc"]


def test_a_folder_of_movies_of_the_gain_protein_has_no_gain():
    paths = [f"data/frames/GAIN_{n:03}.tif" for n in range(40)]
    assert gains(*paths) == []


@pytest.mark.parametrize("folder", ["GAIN domain", "reference_strain", "gains in weight"])
def test_a_folder_of_other_movies_has_no_gains(folder):
    assert gains(*(f"data/{folder}/{n}.tif" for n in range(20)), *MOVIES) == []


def test_the_search_lists_few_folders():
    paths = [f"data/set/GridSquare_{n}/Data/a.tif" for n in range(500)]
    paths += [f"data/set/GridSquare_7/Data/gain_{n}/x.txt" for n in range(50)]
    tree = tree_of(*paths)
    assert find_gains(tree, "data/set/GridSquare_7/Data", "tiff") == []
    assert tree.listings <= 11


def test_movies_at_the_root_of_an_entry_have_gains_too():
    assert gains("gain.mrc", "a.tif", folder="") == ["gain.mrc"]


OTHER_SESSIONS = [
    *("data/run 2/gain.mrc", "data/run 2/b_1.tif"),
    *("data/run 3/gain.mrc", "data/run 3/raw/c_1.tif"),
]


def test_the_gain_of_another_session_is_not_taken_for_movies_that_have_none():
    """As in EMPIAR-13453, of which one year's movies are corrected already."""
    assert gains(*OTHER_SESSIONS, *MOVIES) == []
    assert gains(*OTHER_SESSIONS, "data/Extra/gain.mrc", *MOVIES) == ["data/Extra/gain.mrc"]


def test_a_folder_beside_of_any_name_comes_after_those_called_so_and_the_one_above():
    extra, called_so, above = "data/Extra/gain.mrc", "data/gain/x.mrc", "data/CountRef_a.mrc"
    for nearer in (called_so, above, MOVIES[0].replace("a_1.tif", "gain.mrc")):
        assert gains(extra, nearer, *MOVIES) == [nearer]
    assert gains(extra, "gain.mrc", *MOVIES) == [extra, "gain.mrc"]


def test_folders_beside_of_any_name_are_opened_only_where_they_are_few_and_nothing_is_nearer():
    for paths, opened in (
        ([f"data/x{n}/gain.mrc" for n in range(4)], 0),
        ([f"beside the folder above {n}/gain.mrc" for n in range(3)], 0),
        (["data/Micrographs/a.mrc", "data/Extra/notes.txt"], 2),
        (["data/Micrographs/a.mrc", "data/CountRef_a.mrc"], 0),
    ):
        tree = tree_of(*paths, *MOVIES)
        find_gains(tree, "data/frames", "tiff")
        assert tree.listings == len(["", "data", "data/frames"]) + opened


@pytest.mark.parametrize("folder", ["data/gain", "data/gain/frames"])
def test_the_movies_folder_is_not_looked_into_again_as_a_folder_of_gains(folder):
    assert gains(f"{folder}/a.tif", folder=folder) == []
