"""Words in names mark few images: if they mark many similar images, all are movies."""

import pytest
from simulated_trees import tree_of

from empiardownloader.files import find_gains, resolve_directory, select_movies

WORDS = [
    ("dark", "light"),
    ("gain_of_function", "wild_type"),
    ("GainOfFunction", "WT"),
    ("defective", "intact"),
    ("defect_mutant", "intact"),
    ("plate_DW", "plate_AB"),
    ("plate_Ali", "plate_Eva"),
    ("ice_average_1", "ice_thick_1"),
    ("DarkState", "LightState"),
]


def offered(*paths, top="data", data_format="TIFF", **wishes):
    movies = select_movies(tree_of(*paths), top, data_format=data_format, **wishes)
    return [movie.remote.path for movie in movies]


@pytest.mark.parametrize("count", [5, 30])
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_a_word_on_half_of_the_images_of_a_folder_is_the_specimens(words, count):
    paths = [f"data/{word}_{n:03}.tif" for word in words for n in range(count)]
    assert sorted(offered(*paths)) == sorted(paths)


@pytest.mark.parametrize(
    "words", [*WORDS, ("reference", "sample"), ("refs", "targets"), ("metadata_free", "x")]
)
def test_a_folder_called_with_such_a_word_holds_movies_like_its_neighbours(words):
    paths = [f"data/{word}/GridSquare_1/m_{n:03}.tif" for word in words for n in range(30)]
    assert sorted(offered(*paths)) == sorted(paths)
    assert find_gains(tree_of(*paths), f"data/{words[1]}/GridSquare_1", "tiff") == []


@pytest.mark.parametrize("word", ["gain", "dark", "defects", "LMM", "SuperRef"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_word_on_few_images_is_a_references(word, count):
    movies = [f"data/m_{n:03}.tif" for n in range(30)]
    assert offered(*movies, *(f"data/{word}_{n}.tif" for n in range(count))) == movies


@pytest.mark.parametrize("folder", ["dark", "References", "gain_ref", "defects"])
def test_a_folder_of_few_references_waits(folder):
    movies = [f"data/m/{n:03}.tif" for n in range(30)]
    assert offered(*movies, f"data/{folder}/x.tif", f"data/{folder}/y.tif") == movies


@pytest.mark.parametrize(
    "name",
    ["gain_corrected_movies", "gain-normalized", "GainCorrected", "movies_with_gain",
     "unaligned_gain_applied"],
)  # fmt: skip
def test_movies_corrected_by_a_gain_come_before_micrographs(name):
    movies = [f"data/{name}/{n}.mrc" for n in range(4)]
    others = [f"data/Micrographs/{n}.mrc" for n in range(4)]
    assert offered(*movies, *others, data_format="MRC") == movies


PRODUCTS = [
    ("", ["_EVN", "_ODD", "_PS"]),
    ("", ["_Stk", "_DW", "_DWS"]),
    ("", ["_ctf", "_CTF_diag"]),
    ("", ["_rigid_aligned", "_patch_aligned_DW", "_background"]),
    ("_movie", ["_final", "_0_Sum", "_info", ""]),
    ("", ["_aligned_mic", "_avg_even", "_avg_odd", "_denoised"]),
    ("_frames", ["", "-a", "_sum"]),
    ("-257811", [""]),
]


@pytest.mark.parametrize("movie, endings", PRODUCTS)
def test_what_a_program_made_from_a_movie_is_no_movie(movie, endings):
    stems = [f"data/20200304_1538{n:02}" for n in range(12)]
    movies = [f"{stem}{movie}.mrc" for stem in stems]
    made = [f"{stem}{ending}.mrc" for stem in stems for ending in endings if ending != "-a"]
    assert offered(*movies, *made, data_format="MRC") == movies


@pytest.mark.parametrize(
    "others, reason",
    [
        (["m_1.tif.gz", "m_2.tif.bz2"], "copy of another file"),
        (["TS_1.tif"], "stack of a tilt series"),
        (["g_00001gr.tif", "g_00001gr_00002sq_v01.tif", "g_00001gr_00002sq_00003hl.tif"],
         "overview image"),
    ],
)  # fmt: skip
def test_other_images_among_the_movies_are_skipped_with_a_reason(others, reason):
    movies = [f"data/m_{n}.tif" for n in range(1, 6)]
    tilts = [f"data/TS_1_{n:03}_{n}.0.tif" for n in range(3)]
    skipped = []
    paths = [*movies, *tilts, *(f"data/{name}" for name in others)]
    assert sorted(offered(*paths, on_skipped=skipped.append)) == sorted(movies + tilts)
    assert {(item.path, item.reason) for item in skipped} == {
        (f"data/{name}", reason) for name in others
    }


@pytest.mark.parametrize("data_format", ["MRC", "MRCS", "TIFF", ""])
def test_of_one_stem_the_stack_is_the_movie(data_format):
    stacks = [f"data/x{n}.mrcs" for n in range(3)]
    sums = [f"data/x{n}.mrc" for n in range(3)]
    assert offered(*stacks, *sums, data_format=data_format) == stacks


def test_another_image_sets_folder_is_left_to_it_unless_a_pattern_names_it():
    own, other = ["data/a/1.tif"], ["data/a/tilted/2.tif"]
    others = {"data/a/tilted": "folder of image set 2"}
    skipped = []
    wishes = {"top": "data/a", "others": others}
    assert offered(*own, *other, on_skipped=skipped.append, **wishes) == own
    assert [(item.path, item.reason) for item in skipped] == list(others.items())
    for pattern in ("*.tif", "data/a/**", "**/*.tif"):
        assert offered(*own, *other, pattern=pattern, **wishes) == own
    assert offered(*own, *other, pattern="data/a/tilted/*.tif", **wishes) == other
    # From the other side it is the image set's own.
    assert offered(*own, *other, top="data/a/tilted", others={"data/a": "1"}) == other


MOVIES = [f"data/Movies/m_{n:04}.tif" for n in range(1, 13)]


@pytest.mark.parametrize(
    "pattern",
    ["data/Movies/m_0001.tif", "m_0001.tif", "m_0001.tif, m_0002.tif, ...", "m_1*.tif,m_000?.tif",
     "m_%04d.tif", "m_####.tif", "*.mrc", "data/Movies/", "m_*.tif", "*"],
)  # fmt: skip
def test_a_depositors_pattern_of_a_part_leaves_out_no_movie(pattern):
    wishes = {"top": "data/Movies", "depositor_pattern": pattern, "image_count": 12}
    assert offered(*MOVIES, **wishes) == MOVIES


def test_a_depositors_pattern_that_is_not_used_is_told():
    notes = []
    offered(*MOVIES, top="data/Movies", depositor_pattern="m_0001.tif", on_note=notes.append)
    assert len(notes) == 1
    assert "1 of 12" in notes[0]


@pytest.mark.parametrize(
    "directory",
    ["data/My Movies (K3)", "/data/My Movies (K3)/", "data//My Movies (K3)", "data\\My Movies (K3)",
     "DATA/my movies (k3)", "My Movies (K3)", "10200/data/My Movies (K3)", "data/My_Movies_(K3)",
     "/empiar/world_availability/10200/data/My Movies (K3)", "data/My Movies (K3)/*.tif",
     "data/My%20Movies%20(K3)", "data/My  Movies (K3) ", "data/My Movies (K3)/a1.tif",
     "data/My Movies &#40;K3&#41;", "data /My Movies (K3)"],
)  # fmt: skip
def test_a_directory_is_found_in_other_spellings(directory):
    tree = tree_of("data/My Movies (K3)/a1.tif", "data/Others/b1.tif")
    assert resolve_directory(tree, directory, {"data/Others"}) == "data/My Movies (K3)"


@pytest.mark.parametrize(
    "gain",
    ["data/ImagesForProcessing/EF-Falcon/300kV/x_EER_GainReference.gain", "data/Metadata/x.gain",
     "data/ImagesForProcessing/x.gain", "data/gain_refs/session1/x.gain", "data/Disc1/x.gain"],
)  # fmt: skip
def test_a_falcons_gain_is_found_where_epu_leaves_it(gain):
    movies = [f"data/Disc1/GridSquare_{g}/Data/m_{n}.eer" for g in (1, 2) for n in (1, 2)]
    found = find_gains(tree_of(*movies, gain), "data/Disc1/GridSquare_1/Data", "eer")
    assert [file.path for file in found] == [gain]
