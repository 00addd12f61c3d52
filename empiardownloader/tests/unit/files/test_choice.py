"""Movies chosen by name, or every k-th of the list."""

import pytest

from empiardownloader.files.choice import MovieChoice
from empiardownloader.files.select_movies import SelectedFile
from empiardownloader.files.tree import RemoteFile

PATHS = [f"data/Session {part}/m.{number:02}.tif" for part in (1, 2) for number in range(6)]
MOVIES = [
    SelectedFile(RemoteFile(path), f"S{path[13]}_m_{path[-6:-4]}.tif") for path in PATHS
]


def chosen(text="", every=1):
    return [movie.remote.path for movie in MovieChoice.of(text, every).apply(MOVIES)]


@pytest.mark.parametrize("name", [
    "data/Session 2/m.03.tif", "/data/Session 2/m.03.tif", "DATA/session 2/M.03.TIF",
    "S2_m_03.tif", "S2_m_03", " s2_M_03 ",
])
def test_a_movie_is_found_by_each_of_its_names(name):
    assert chosen(name) == ["data/Session 2/m.03.tif"]


@pytest.mark.parametrize("name", ["m.03.tif", "m.03", "M.03.TIF"])
def test_a_name_that_several_movies_have_means_all_of_them_and_is_told(name):
    paths = ["data/Session 1/m.03.tif", "data/Session 2/m.03.tif"]
    assert chosen(name) == paths
    choice = MovieChoice.of(name)
    assert choice.note(choice.apply(MOVIES)) == (
        "1 name stands for several movies, all of which are chosen: " + ", ".join(paths)
    )
    both = MovieChoice.of(f"{name},nowhere,m.04")
    assert both.note(both.apply(MOVIES)) == (
        "Not in the image set: 1 of 3 names: nowhere. 2 names stand for several movies, all of "
        "which are chosen: " + ", ".join([*paths, PATHS[4], PATHS[10]])
    )


def test_the_order_is_that_of_the_list():
    assert chosen("S2_m_01, S1_m_05,,S1_m_00") == [PATHS[0], PATHS[5], PATHS[7]]


def test_no_names_are_all_movies():
    assert chosen() == PATHS
    assert not MovieChoice.of("")


def test_every_third():
    assert chosen(every=3) == PATHS[::3]
    assert chosen("S1_m_00,S1_m_02,S1_m_04", every=2) == [PATHS[0], PATHS[4]]


def test_a_file_has_a_name_in_each_line(tmp_path):
    file = tmp_path / "good.txt"
    file.write_text("# picked by eye\nS1_m_01.tif 0.93\n\n  S2_m_02.tif\n")
    assert chosen(str(file)) == [PATHS[1], PATHS[8]]
    file.write_text("# nothing\n")
    with pytest.raises(ValueError, match="contains no names"):
        MovieChoice.of(str(file))


def test_names_that_do_not_exist_are_told():
    choice = MovieChoice.of("S1_m_01,nowhere.tif")
    assert choice.note(choice.apply(MOVIES)) == (
        "Not in the image set: 1 of 2 names: nowhere.tif"
    )
    many = MovieChoice.of(",".join(f"x{number}" for number in range(9)))
    assert many.note([]).endswith("9 of 9 names: x0, x1, x2, x3, x4 and 4 more")
    assert MovieChoice.of("S1_m_01").note(MOVIES) == ""


def test_the_list_is_not_walked_further_than_needed():
    walked = []

    def offered():
        for movie in MOVIES:
            walked.append(movie)
            yield movie

    list(MovieChoice.of("S1_m_01,data/Session 1/m.02.tif").apply(offered()))
    assert len(walked) == 3
    walked.clear()
    list(MovieChoice.of("m.01.tif").apply(offered()))
    assert len(walked) == len(MOVIES), "another folder may have one of that name"
