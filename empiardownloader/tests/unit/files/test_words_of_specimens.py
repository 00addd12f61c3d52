"""Words in names mark few images: if they mark many similar images, all are movies."""

from dataclasses import replace

import pytest
from simulated_trees import SimulatedServer, tree_of

from empiardownloader.files.find_gains import find_gains
from empiardownloader.files.match_gains import best_first
from empiardownloader.files.resolve_directory import directory_pattern, resolve_directory
from empiardownloader.files.select_movies import select_movies
from empiardownloader.files.tree import RemoteFile, RemoteTree

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
    ("cell_norm", "cell_hyper"),
    ("LMM", "HMM"),
    ("atlas", "control"),
    ("gain", "loss"),
    ("montage", "single"),
    ("darkfield", "brightfield"),
    ("flatfield", "curved"),
    ("final", "initial"),
    ("PSII", "PSI"),
    ("mic60", "mic10"),
    ("background", "signal"),
]

#: Words of specimens, of detectors or of programs, as names of folders.
FOLDER_WORDS = ["STAR", "Atlas", "DW", "DWS", "average", "logs", "coords", "maps", "class1", "mics",
                "stack", "masks", "References", "defects", "darks", "processed", "overview"]


def sized_tree(sizes):
    """Return a tree of files with these sizes, by path."""
    server = SimulatedServer(sizes)
    return RemoteTree(lambda folder: [
        replace(item, size=sizes.get(f"{folder}/{item.name}", item.size))
        for item in server(folder)
    ])


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


@pytest.mark.parametrize("word", FOLDER_WORDS)
def test_a_folder_like_its_neighbour_holds_movies_whatever_its_name(word):
    paths = [f"data/{folder}/x_{n:03}.tif" for folder in (word, "WT") for n in range(30)]
    assert sorted(offered(*paths)) == sorted(paths)


@pytest.mark.parametrize("word", ["DW", "average", "overview", "star"])
@pytest.mark.parametrize("movies", ["Movies", "raw_frames"])
def test_beside_a_folder_of_movies_a_folders_name_is_believed(word, movies):
    paths = [f"data/{folder}/x_{n:03}.tif" for folder in (movies, word) for n in range(30)]
    assert offered(*paths) == paths[:30]


def test_beside_much_larger_images_a_folders_name_is_believed():
    plain = [f"data/session/x_{n:03}.tif" for n in range(30)]
    sums = [f"data/DW/x_{n:03}.tif" for n in range(30)]
    sizes = {**dict.fromkeys(plain, 400_000), **dict.fromkeys(sums, 4_000)}
    tree = sized_tree(sizes)
    movies = select_movies(tree, "data", data_format="TIFF")
    assert [movie.remote.path for movie in movies] == plain


@pytest.mark.parametrize("word", ["SuperRef", "CountRef"])
def test_even_a_detectors_word_is_the_specimens_where_it_is_on_half_of_many_images(word):
    many = [f"data/{name}_{n:03}.tif" for name in (word, "Other") for n in range(40)]
    assert sorted(offered(*many)) == sorted(many)
    few = [path for path in many if int(path[-7:-4]) < 5]
    assert offered(*few) == [path for path in few if "Other" in path]


ALONE = ["Superref", "count_ref", "CDSRef", "gain_ref", "gain", "dark", "defects", "montage"]


@pytest.mark.parametrize("word", ALONE)
@pytest.mark.parametrize("count", [5, 40])
@pytest.mark.parametrize("pattern", ["", "*.tif", "data/**"])
def test_a_word_on_all_images_of_an_image_set_is_the_specimens(word, count, pattern):
    paths = [f"data/{word}_{n:03}_Jul03_12.01.{n}.tif" for n in range(count)]
    skipped = []
    assert offered(*paths, pattern=pattern, on_skipped=skipped.append) == paths
    assert skipped == []


@pytest.mark.parametrize("word", ALONE)
@pytest.mark.parametrize("gains", [[], ["data/CountRef_1.dm4"], ["data/gain/K3.mrc"]])
def test_movies_with_a_word_for_references_are_not_their_own_gains(word, gains):
    paths = [f"data/{word}_{n:03}.tif" for n in range(5)]
    found = find_gains(tree_of(*paths, *gains), "data", "tiff")
    assert [gain.path for gain in best_first(found, RemoteFile(paths[0]))] == gains


@pytest.mark.parametrize("below", ["", "/Movies", "/GridSquare_1"])
@pytest.mark.parametrize("words", [("dark", "light"), ("gain", "loss"), ("CountRef", "Other")])
def test_a_word_on_the_images_of_every_other_folder_is_the_specimens(words, below):
    paths = [f"data/{at}{below}/{word}_{n:03}.tif" for at, word in zip("AB", words)
             for n in range(5)]  # fmt: skip
    tree = tree_of(*paths)
    assert offered(*paths) == paths
    assert find_gains(tree, f"data/B{below}", "tiff") == []


@pytest.mark.parametrize("word", ["dark", "gain", "LMM"])
def test_a_users_pattern_takes_a_word_for_the_specimens_like_the_rules(word):
    paths = [f"data/{name}_{n:03}.tif" for name in (word, "other") for n in range(30)]
    assert sorted(offered(*paths, pattern="data/*.tif")) == sorted(paths)
    few = [*paths[30:], paths[0]]
    assert offered(*few, pattern="data/*.tif") == paths[30:]
    assert offered(*few, pattern=f"data/{word}_*.tif") == paths[:1]


@pytest.mark.parametrize("folder", ["Gain", "gain_refs", "CountRefs", "References", "Gains/K3"])
@pytest.mark.parametrize("name", ["CountRef_{}.mrc", "K3_gain_{}.mrc", "2020110{}_gain.mrc"])
def test_a_folder_of_gains_holds_no_movies_though_the_image_set_has_no_others(folder, name):
    paths = [f"data/{folder}/{name.format(n)}" for n in range(1, 6)]
    assert offered(*paths, top=f"data/{folder}", data_format="MRC") == []


def test_a_few_gains_are_no_movies_though_the_sizes_are_unknown():
    movies = [f"data/m_{n:03}.mrc" for n in range(12)]
    gains = [f"data/2020110{n}_gain.mrc" for n in (3, 2, 1)]
    server = SimulatedServer([*movies, *gains])
    tree = RemoteTree(lambda folder: [replace(item, size=None) for item in server(folder)])
    found = select_movies(tree, "data", data_format="MRC")
    assert [movie.remote.path for movie in found] == movies
    assert [gain.path for gain in find_gains(tree, "data", "mrc")] == gains


@pytest.mark.parametrize("word", ["gain", "dark", "defects", "LMM", "SuperRef", "Atlas"])
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
    ("_frames", ["", "-a", "-b", "-b-DW", "_sum", "_frames_cor", "_corr"]),
    ("-257811", [""]),
    ("", ["_deconv", "_average", "_unblur", "_dw", "_topaz_denoised", "_topaz", "_junk"]),
    ("", ["_patch_aligned", "_ctf_diag_2D", "_powpair", "_aligned", "_weighted"]),
    ("", ["_half1", "_half2", "_bin2", "_binned", "_lp", "_filt", "__ctf_flip", "_hp"]),
    ("", ["_mask", "_seg", "_particles", "_autopick", "_extract", "_preali", "_rec"]),
]


@pytest.mark.parametrize("movie, endings", PRODUCTS)
def test_what_a_program_made_from_a_movie_is_no_movie(movie, endings):
    stems = [f"data/20200304_1538{n:02}" for n in range(12)]
    movies = [f"{stem}{movie}.mrc" for stem in stems]
    made = [f"{stem}{ending}.mrc" for stem in stems for ending in endings if ending != "-a"]
    assert offered(*movies, *made, data_format="MRC") == movies


@pytest.mark.parametrize("ending", ["_q", ".x7y", "-Some_Program"])
@pytest.mark.parametrize("size, is_product", [(4_000, True), (200_000, False), (400_000, False)])
def test_an_unknown_ending_is_a_programs_if_the_images_are_much_smaller(ending, size, is_product):
    movies = [f"data/x_{n:02}.mrc" for n in range(5)]
    made = [f"data/x_{n:02}{ending}.mrc" for n in range(5)]
    sizes = {**dict.fromkeys(movies, 400_000), **dict.fromkeys(made, size)}
    tree = sized_tree(sizes)
    found = {movie.remote.path for movie in select_movies(tree, "data", data_format="MRC")}
    assert found == set(movies if is_product else movies + made)


@pytest.mark.parametrize(
    "endings, left",
    [
        ([".mrc", ".mrc.bz2"], ".mrc"),
        ([".tif", ".tif.gz", ".tif.bz2"], ".tif"),
        ([".mrc.bz2", ".mrc.gz"], ".mrc.bz2"),
        ([".mrcs.bz2", ".mrc"], ".mrcs.bz2"),
        ([".tif", ".tiff"], ".tif"),
        ([".tiff.bz2", ".tif"], ".tif"),
        ([".MRC", ".MRC.BZ2"], ".MRC"),
    ],
)
def test_a_movie_in_two_forms_is_one_movie(endings, left):
    paths = [f"data/x_{n}{ending}" for n in range(5) for ending in endings]
    assert offered(*paths, data_format="") == [f"data/x_{n}{left}" for n in range(5)]


@pytest.mark.parametrize("word", ["_compressed", "-bz2", " gzip", "_packed"])
def test_a_folder_of_packed_copies_waits(word):
    movies = [f"data/session/x_{n}.mrc" for n in range(5)]
    packed = [f"data/session{word}/x_{n}.mrc.bz2" for n in range(5)]
    assert offered(*movies, *packed, data_format="MRC") == movies
    assert offered(*packed, data_format="MRC") == packed


@pytest.mark.parametrize(
    "others, reason",
    [
        (["m_1.tif.gz", "m_2.tif.bz2"], "copy of another file"),
        (["TS_1.tif"], "stack of a tilt series"),
        (["TS_1_rec.tif", "TS_1_preali.tif"], "made from another image"),
        (["TS_1_Vol.tif", "TS_1_ODD_Vol.tif", "TS_1_2ND_Vol.tif"], "made from another image"),
        (["GridMap.tif", "medium_mag_map_2.tif"], "overview image"),
        (["g_00001gr.tif", "g_00001gr_00002sq_v01.tif", "g_00001gr_00002sq_00003hl.tif"],
         "overview image"),
    ],
)  # fmt: skip
def test_other_images_among_the_movies_are_skipped_with_a_reason(others, reason):
    movies = [f"data/m_{n}.tif" for n in range(1, 6)]
    tilts = [f"data/TS_1_{n:03}_{n}.0.tif" for n in range(3)]
    skipped = []
    stack = "data/TS_1.tif"
    paths = [*movies, *tilts, stack, *(f"data/{name}" for name in others)]
    assert sorted(offered(*paths, on_skipped=skipped.append)) == sorted(movies + tilts)
    found = {item.path: item.reason for item in skipped}
    assert found.pop(stack) == "stack of a tilt series"
    assert found == {f"data/{name}": reason for name in others if f"data/{name}" != stack}


@pytest.mark.parametrize("name", ["{} - Copy", "{} - Kopie (2)", "{} (1)", "{}(2)", "{} copy 2",
                                  "Copy of {}"])  # fmt: skip
def test_a_second_copy_of_a_movie_is_skipped_if_it_has_its_size(name):
    movies = [f"data/x_{n}.tif" for n in range(5)]
    sizes = dict.fromkeys([*movies, f"data/{name.format('x_3')}.tif"], 400_000)
    found = select_movies(sized_tree(sizes), "data")
    assert [movie.remote.path for movie in found] == movies
    sizes[f"data/{name.format('x_4')}.tif"] = 300_000
    assert len(list(select_movies(sized_tree(sizes), "data"))) == len(movies) + 1


#: Where movies are, and a folder of images of the same names that a program made from them.
MADE = [
    ("data", "data/average"), ("data", "data/average/even"), ("data", "data/deconv"),
    ("data", "data/x"), ("data/Filme", "data/Summe"), ("data/raw", "data/moyenne"),
    ("data/zz", "data/aa"), ("data/s/frames", "data/s/corregido"),
]  # fmt: skip


@pytest.mark.parametrize("movies, made", MADE)
@pytest.mark.parametrize("ending", ["", "_Fractions"])
def test_much_smaller_images_of_the_same_names_in_another_folder_are_no_movies(
    movies, made, ending
):
    originals = [f"{movies}/x_{n}{ending}.mrc" for n in range(5)]
    others = [f"{made}/x_{n}.mrc" for n in range(5)]
    sizes = {**dict.fromkeys(originals, 400_000), **dict.fromkeys(others, 40_000)}
    skipped = []
    found = select_movies(sized_tree(sizes), "data", on_skipped=skipped.append)
    assert [movie.remote.path for movie in found] == originals
    assert skipped
    # Of the same size they are another session's, and the user may ask for either.
    sizes.update(dict.fromkeys(others, 390_000))
    if not ending and "average" not in made:
        assert len(list(select_movies(sized_tree(sizes), "data"))) == 10
    asked = select_movies(sized_tree(sizes), made)
    assert [movie.remote.path for movie in asked] == others


@pytest.mark.parametrize("packed", ["data/raw/bz2", "data/upload", "data/aa"])
def test_packed_copies_of_the_same_names_in_another_folder_are_no_movies(packed):
    movies = [f"data/raw/x_{n}.mrc" for n in range(5)]
    copies = [f"{packed}/x_{n}.mrc.bz2" for n in range(5)]
    assert offered(*movies, *copies) == movies
    assert offered(*copies) == copies
    others = [f"{packed}/y_{n}.mrc.bz2" for n in range(5)]
    assert sorted(offered(*movies, *others)) == sorted(movies + others)


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
     "data/My Movies &#40;K3&#41;", "data /My Movies (K3)", "'data/My Movies (K3)'",
     '"data/My Movies (K3)"', "./data/x/../My Movies (K3)", "data/My Movies (K3).",
     "data/My-Movies-(K3)", "data/My+Movies+(K3)", "data/My Movies (K3)/**/*.tif",
     "data/My Movies (K3)\n", "data/My Movies (K3), data/Others",
     "https://ftp.ebi.ac.uk/empiar/world_availability/10200/data/My Movies (K3)/"],
)  # fmt: skip
def test_a_directory_is_found_in_other_spellings(directory):
    tree = tree_of("data/My Movies (K3)/a1.tif", "data/Others/b1.tif")
    assert resolve_directory(tree, directory, {"data/Others"}) == "data/My Movies (K3)"


@pytest.mark.parametrize("between", [";", ", ", " and ", " & "])
def test_several_folders_in_one_text_mean_the_folder_that_contains_them(between):
    tree = tree_of("data/x/A/1.tif", "data/x/B/2.tif", "data/C/3.tif")
    assert resolve_directory(tree, f"data/x/A{between}data/x/B") == "data/x"
    assert resolve_directory(tree, f"data/x/A{between}data/x/B", {"data/x/B"}) == "data/x/A"
    assert resolve_directory(tree, f"data/C{between}data/nowhere") == "data"


@pytest.mark.parametrize(
    "directory, pattern",
    [
        ("data/a_*.tif", "data/a_*.tif"),
        ("data/S*/Movies", "data/S*/Movies/**"),
        ("/data/S?/", "data/S?/**"),
        ("data/S1, S2", "data/S1/**,data/S2/**"),
        ("data/S1 and data/S2/x", "data/S1/**,data/S2/x/**"),
        ("data/S1;data/S2/*.mrc", "data/S1/**,data/S2/*.mrc"),
        ("data/S1", ""),
        ("", ""),
    ],
)
def test_a_pattern_in_a_directory_tells_the_image_sets_files(directory, pattern):
    assert directory_pattern(directory) == pattern


@pytest.mark.parametrize("count", [None, 4, 30])
def test_a_pattern_tells_image_sets_of_one_folder_apart(count):
    paths = [f"data/{name}_{n}.tif" for name in "abc" for n in range(5)]
    wishes = {"depositor_pattern": "data/b_*.tif", "image_count": count}
    assert offered(*paths, **wishes) == paths
    assert offered(*paths, shares_folder=True, **wishes) == paths[5:10]
    wishes["depositor_pattern"] = paths[7]
    assert offered(*paths, shares_folder=True, **wishes) == paths, "one file is an example"


def test_a_directory_that_leads_out_of_the_entry_means_nothing():
    tree = tree_of("data/A/1.tif", "data/B/1.tif")
    assert resolve_directory(tree, "../../etc/A") == "data"


@pytest.mark.parametrize(
    "gain",
    ["data/ImagesForProcessing/EF-Falcon/300kV/x_EER_GainReference.gain", "data/Metadata/x.gain",
     "data/ImagesForProcessing/x.gain", "data/gain_refs/session1/x.gain", "data/Disc1/x.gain"],
)  # fmt: skip
def test_a_falcons_gain_is_found_where_epu_leaves_it(gain):
    movies = [f"data/Disc1/GridSquare_{g}/Data/m_{n}.eer" for g in (1, 2) for n in (1, 2)]
    found = find_gains(tree_of(*movies, gain), "data/Disc1/GridSquare_1/Data", "eer")
    assert [file.path for file in found] == [gain]


@pytest.mark.parametrize(
    "name",
    ["particles.mrcs", "particles_shiny.mrcs", "class_averages.mrcs", "2dclasses.mrcs"],
)
def test_a_stack_of_particles_or_classes_among_movies_is_skipped(name):
    movies = [f"data/m_{n}.mrcs" for n in range(5)]
    assert offered(*movies, f"data/{name}", data_format="MRCS") == movies
    stacks = ["particles", "particles_shiny", "class_averages", "2dclasses", "classes_final"]
    all_of_them = [f"data/{stack}.mrcs" for stack in stacks]
    assert offered(*movies, *all_of_them, data_format="MRCS") == movies
    many = [f"data/class1_{n:03}.mrcs" for n in range(20)]
    assert sorted(offered(*movies, *many, data_format="MRCS")) == sorted(movies + many)


@pytest.mark.parametrize(
    "gain",
    ["K3_gain.dm4", "GAINREF.MRC", "gainref_K2.mrc.bz2", "CDSRef_1.dm4", "superres_gain.mrc",
     "GainNormalizationReference.mrc", "Gatan_gain_reference_image.dm3", "norm.mrc",
     "K3-19010064.gain_x1.m3.dm4", "Gain Reference Image K2.dm4", "flatfield_ref.tif"],
)  # fmt: skip
def test_a_gain_is_found_by_its_name(gain):
    movies = [f"data/m_{n}.tif" for n in range(5)]
    tree = tree_of(*movies, f"data/{gain}")
    assert [file.path for file in find_gains(tree, "data", "tiff")] == [f"data/{gain}"]
