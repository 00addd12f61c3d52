import random
import re

import pytest

from empiardownloader.files.image_kinds import split_extension
from empiardownloader.files.local_names import LocalNames, local_name

SAFE = re.compile(r"[A-Za-z0-9_+][A-Za-z0-9_+-]*(\.[A-Za-z0-9]+(\.(bz2|gz))?)?", re.IGNORECASE)


@pytest.mark.parametrize(
    "path, top, name",
    [
        ("data/a.tif", "data", "a.tif"),
        ("data/a.tif", "data/", "a.tif"),
        ("a.tif", "", "a.tif"),
        ("data/Movies/x_1.mrc.bz2", "data", "Movies_x_1.mrc.bz2"),
        ("data/Movies/x_1.mrc", "data/Movies", "x_1.mrc"),
        (
            "d/GridSquare_6089277/Data/FoilHole_1.tiff",
            "d",
            "GridSquare_6089277_Data_FoilHole_1.tiff",
        ),
        ("data2/a.tif", "data", "data2_a.tif"),
        ("other/b/a.tif", "data", "other_b_a.tif"),
        ("data/NOTE", "data", "NOTE"),
    ],
)
def test_a_clean_path_keeps_its_name_below_the_top_folder(path, top, name):
    assert local_name(path, top) == name


@pytest.mark.parametrize(
    "path, name",
    [
        ("d/image.0001.mrc", "image_0001.mrc"),
        ("d/TS_026_001_-0.0.tif", "TS_026_001_-0_0.tif"),
        ("d/May08_03.05.02+1.bin.MRC", "May08_03_05_02+1_bin.MRC"),
        ("d/a.b.mrcs.bz2", "a_b.mrcs.bz2"),
        ("d/Grid.1/a..tif", "Grid_1_a_.tif"),
        ("d/20dec03_y.frames.mrc", "20dec03_y_frames.mrc"),
    ],
)
def test_the_dot_before_the_extension_is_the_only_one(path, name):
    """pwem's ProtAlignMovies cuts a movie's name at the first dot."""
    assert local_name(path, "d") == name


def test_names_that_differ_in_dots_alone_stay_apart():
    names = LocalNames("d")
    given = [names.name(path) for path in ("d/a.1.mrc", "d/a_1.mrc", "d/a/1.mrc", "d/a.1.tif")]
    assert given[0] == "a_1.mrc"
    assert len({split_extension(name)[0] for name in given}) == 4


def test_a_run_keeps_the_dotted_names_that_it_began_with():
    names = LocalNames("d", {"d/image.0001.mrc": "image.0001.mrc"})
    given = [names.name(path) for path in ("d/image.0001.mrc", "d/image.0002.mrc")]
    assert given == ["image.0001.mrc", "image_0002.mrc"]


@pytest.mark.parametrize(
    "path, begins",
    [
        ("d/sb1_210512 pos 10 1-1_1.mrc", "sb1_210512_pos_10_1-1_1_"),
        ("d/cell 1 (slice 3).mrc", "cell_1__slice_3__"),
        ("d/a[1].mrc", "a_1__"),
        ('d/it\'s & "that"?!.mrc', "it_s____that____"),
        ("d/a,b;c:d|e%f#g$h`i~j=k@l.mrc", "a_b_c_d_e_f_g_h_i_j_k_l_"),
        ("d/w\u00efth_\u00f1.mrc", "w_th___"),
        ("d/\udce9.mrc", "__"),
        ("d/-rf.mrc", "_rf_"),
        ("d/.hidden.mrc", "_hidden_"),
        ("d/-x/a.mrc", "_x_a_"),
        ("d/9428 Lean Fasted/a.mrc", "9428_Lean_Fasted_a_"),
        ("d/a\nb\x00c.mrc", "a_b_c_"),
        ("../../etc/a.mrc", "______etc_a_"),
    ],
)
def test_odd_characters_become_underscores_and_a_hash_tells_the_paths_apart(path, begins):
    name = local_name(path, "d")
    assert SAFE.fullmatch(name)
    assert re.fullmatch(re.escape(begins) + r"[0-9a-f]{6}\.mrc", name)
    assert local_name(path, "d") == name


@pytest.mark.parametrize(
    "one, other",
    [
        ("d/a b.tif", "d/a_b.tif"),
        ("d/a b.tif", "d/a?b.tif"),
        ("d/x y/z.tif", "d/x/y z.tif"),
        ("d/\u00e9.tif", "d/\u00e8.tif"),
    ],
)
def test_names_that_were_changed_never_meet(one, other):
    assert local_name(one, "d") != local_name(other, "d")


@pytest.mark.parametrize(
    "one, other",
    [
        ("d/x_y.tif", "d/x/y.tif"),
        ("d/a_b/c.tif", "d/a/b_c.tif"),
        ("d/a.tif", "d/a.tiff"),
        ("d/a.mrc", "d/a.MRC"),
        ("d/a.mrc", "d/A.mrc"),
        ("d/a.tif", "d/a.tif.bz2"),
        ("d/a.mrc", "d/a.tif"),
        ("d/x/a.mrc", "d/X/a.mrc"),
    ],
)
def test_of_two_paths_with_one_stem_the_later_gets_a_hash(one, other):
    names = LocalNames("d")
    first, second = names.name(one), names.name(other)
    assert first == local_name(one, "d")
    stem, extension = split_extension(local_name(other, "d"))
    assert re.fullmatch(re.escape(stem) + "_[0-9a-f]{6}" + re.escape(extension), second)


def test_even_a_file_that_has_the_name_with_the_hash_is_told_apart():
    taken = LocalNames("d")
    taken.name("d/x_y.tif")
    hashed = taken.name("d/x/y.tif")
    names = LocalNames("d")
    given = [names.name(path) for path in ("d/x_y.tif", f"d/{hashed}", "d/x/y.tif")]
    assert len(set(given)) == 3


@pytest.mark.parametrize("length", [100, 179, 180, 181, 250, 5000])
@pytest.mark.parametrize("extension", [".tif", ".mrc.bz2", "." + "x" * 300])
def test_long_names_are_cut_and_stay_apart(length, extension):
    paths = [f"d/{'a' * length}/{'b' * length}_{number}{extension}" for number in range(3)]
    names = [local_name(path, "d") for path in paths]
    assert len(set(names)) == 3
    assert all(len(name.encode()) < 200 and SAFE.fullmatch(name) for name in names)
    if len(extension) < 10:
        assert all(name.endswith(extension) for name in names)


def test_no_two_of_many_random_paths_get_one_stem():
    chance = random.Random(10200)
    parts = ["a", "A", "b", "a b", "a_b", "a/b", "_", "-", "x.y", "\u00e9", "(1)", "[1]", "1"]
    paths = {
        "d/" + "/".join("".join(chance.choices(parts, k=chance.randint(1, 3))) for _ in range(2))
        + chance.choice([".tif", ".tiff", ".mrc", ".MRC", ".tif.bz2", ""])
        for _ in range(5000)
    }  # fmt: skip
    names = LocalNames("d")
    given = [names.name(path) for path in sorted(paths)]
    stems = {split_extension(name)[0].lower() for name in given}
    assert len(stems) == len(paths) > 3000
    assert all(SAFE.fullmatch(name) for name in given)


def test_a_name_does_not_depend_on_the_process_that_makes_it():
    assert local_name("data/a b.tif", "data") == "a_b_d28343.tif"
