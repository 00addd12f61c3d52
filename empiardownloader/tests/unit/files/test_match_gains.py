import pytest
from simulated_trees import tree_of

from empiardownloader.files.find_gains import gains_in
from empiardownloader.files.match_gains import best_first, pattern_of, with_own_gains
from empiardownloader.files.tree import RemoteFile, folders_above


def names(*paths):
    return [RemoteFile(path) for path in paths]


@pytest.mark.parametrize(
    "gains, movie, first",
    [
        (["CountRef_TS_011_012.dm4", "CountRef_0004.dm4"], "TS_0004_000_0.0.tif", 1),
        (["CountRef_TS_011_012.dm4", "CountRef_0004.dm4"], "TS_011_000_0.0.tif", 0),
        (["CountRef_TS_0005_0008.dm4", "CountRef_TS_0001_0004_plus_0010.dm4"],
         "TS_0010_001_3.0.tif", 1),
        (["CountRef_TS_0001_0004.dm4", "CountRef_TS_0005_0008.dm4"], "TS_0006_001_3.0.tif", 1),
        (["gain_2024.mrc", "gain-reference_2023.mrc"], "2023_0001.mrc", 1),
        (["gain_run1.mrc", "gain_run_2.mrc"], "run_2/frames/m_1.tif", 1),
        # Numbers of a date, or of a movie that is in no series, tell nothing.
        (["a_gain.mrc", "CountRef_Oct04_16.13.54.mrc"], "13_0002_1.tif", 0),
        (["a_gain.mrc", "gain_7.mrc"], "m_7.tif", 0),
    ],
)  # fmt: skip
def test_a_gain_that_names_the_series_or_the_folder_comes_first(gains, movie, first):
    files = names(*(f"data/{gain}" for gain in gains))
    assert best_first(files, RemoteFile(f"data/{movie}"))[0] == files[first]


def test_movies_of_other_folders_have_the_gain_that_is_nearer_to_them():
    movies = names(*(f"data/run_{n}/frames/m_{k}.tif" for n in (1, 2, 3) for k in (1, 2)))
    gains = names(*(f"data/run_{n}/2022_gain.mrc" for n in (1, 2, 3)))
    own = with_own_gains(movies, gains[0], gains)
    assert own == {movie.path: movie.path[:11] + "2022_gain.mrc" for movie in movies[2:]}
    shared = RemoteFile("data/gain.mrc")
    assert with_own_gains(movies, shared, [shared, RemoteFile("gain.mrc")]) == {}


@pytest.mark.parametrize(
    "gain",
    ["data/{}/gain.mrc", "data/{}/Gain/K3.mrc", "data/gain/{}_gain.mrc", "data/gains/{}.mrc",
     "data/References/{}/gain.mrc", "Gain_references/{}.mrc", "gain_{}.mrc",
     "data/{}/ImagesForProcessing/EF-Falcon/300kV/EER_GainReference.gain",
     "data/OffloadData/{}/EER_GainReference.gain", "data/{}/movies/image.dm4"],
)  # fmt: skip
def test_movies_of_another_session_have_the_gain_of_that_session(gain):
    movies = names(*(f"data/Session{n}/movies/m_{k}.tif" for n in (1, 2) for k in (1, 2)))
    used, other = (RemoteFile(gain.format(f"Session{n}")) for n in (1, 2))
    tree = tree_of(*(file.path for file in (*movies, used, other)))
    folders = {above: None for movie in movies for above in folders_above(movie.path)}
    known = [found for folder in folders for found in gains_in(tree, folder, "tiff")]
    assert {file.path for file in known} == {used.path, other.path}
    assert with_own_gains(movies, used, known) == dict.fromkeys(
        (movie.path for movie in movies[2:]), other.path)


@pytest.mark.parametrize(
    "chosen, others, pattern",
    [
        (["data/a/f/1.tif", "data/a/f/2.tif"], ["data/b/f/1.tif"], "data/a/f/**"),
        (["d/TS_01_1_0.tif", "d/TS_02_1_0.tif"], ["d/TS_03_1_0.tif"], "d/TS_01_*,d/TS_02_*"),
        ([f"d/{n}.tif" for n in range(9)], ["d/x.tif"], ""),
    ],
)
def test_the_pattern_chooses_the_movies_and_no_others(chosen, others, pattern):
    assert pattern_of(chosen, others) == pattern
