"""Micrographs of a folder are told from movies, products of programs and references."""

import pytest
from simulated_trees import tree_of

from empiardownloader.files.classify_micrographs import classify_micrographs
from empiardownloader.files.select_movies import MICROGRAPHS, select_movies
from empiardownloader.files.tree import RemoteFile

MOVIE, SUM = 600_000_000, 60_000_000


def folder(*names, size=SUM):
    return [RemoteFile(f"data/{name}", size) for name in names]


def numbered(form, size=SUM, count=5):
    return folder(*[form.format(number) for number in range(1, count + 1)], size=size)


@pytest.mark.parametrize(("files", "form"), [
    (numbered("mic_{}.mrc"), "mic_{}.mrc"),
    (numbered("stack_{}_SumCorr.mrc"), "stack_{}_SumCorr.mrc"),
    (numbered("FoilHole_{}_Fractions.mrc"), "FoilHole_{}_Fractions.mrc"),
    ([*numbered("m_{}.mrc"), *numbered("m_{}_DW.mrc")], "m_{}.mrc"),
    ([*numbered("m_{}_SumCorr.mrc"), *numbered("m_{}_SumCorr_DW.mrc")], "m_{}_SumCorr.mrc"),
    ([*numbered("m_{}.mrc", MOVIE), *numbered("m_{}_DW.mrc")], "m_{}_DW.mrc"),
    ([*numbered("m_{}.mrc", MOVIE), *numbered("m_{}_DW.mrc"), *numbered("m_{}_ctf.mrc")],
     "m_{}_DW.mrc"),
    ([*numbered("m_{}.mrc"), *numbered("m_{}_ctf.mrc"), *numbered("m_{}_ps.mrc")], "m_{}.mrc"),
    ([*numbered("{}_movie.mrcs", MOVIE), *numbered("{}.mrc")], "{}.mrc"),
    ([*numbered("{}_frames.mrc", None), *numbered("{}.mrc", None)], "{}.mrc"),
    ([*numbered("m_{}.mrcs", MOVIE), *numbered("m_{}.mrc")], "m_{}.mrc"),
    ([*numbered("m_{}.mrc"), *folder("gain.mrc", "CountRef_1.mrc", "m_1.mrc.jpg", "list.txt")],
     "m_{}.mrc"),
    ([*numbered("m_{}.mrc"), *numbered("m_{}.mrc.bz2", SUM // 2)], "m_{}.mrc"),
], ids=["plain", "sums", "Fractions that are aligned", "weighted beside plain",
        "weighted beside sum", "weighted beside movie", "diagnostics beside sum and movie",
        "diagnostics", "movie by its ending", "movie by its ending, sizes unknown",
        "stack of the same name", "references and text", "packed copies"])
def test_of_each_exposure_one_micrograph_is_offered(files, form):
    contents = classify_micrographs(files)
    assert [file.name for file in contents.movies] == [form.format(n) for n in range(1, 6)]
    offered = {file.path for file in contents.movies}
    assert {item.path for item in contents.skipped} == {file.path for file in files} - offered
    assert all(item.reason for item in contents.skipped)


@pytest.mark.parametrize("others", [
    ["data/Movies/x_1.tif", "data/Movies/x_2.tif"],
    ["data/frames/x_1.mrc", "data/Particles/p_1.mrc"],
    ["data/gain_ref/gain_1.mrc", "data/Class averages/c_1.mrc"],
], ids=["movies", "movies and particles", "references and averages"])
@pytest.mark.parametrize("own", ["Micrographs", "Aligned_DW", "session1"])
def test_folders_of_micrographs_come_before_others(own, others):
    wanted = [f"data/{own}/m_{number}.mrc" for number in range(1, 4)]
    tree = tree_of(*wanted, *others)
    selected = select_movies(tree, "data", data_format="MRC", rules=MICROGRAPHS)
    assert [item.remote.path for item in selected] == wanted


def test_a_folder_of_movies_alone_is_looked_into():
    selected = select_movies(tree_of("data/Movies/a.mrc"), "data", rules=MICROGRAPHS)
    assert [item.remote.path for item in selected] == ["data/Movies/a.mrc"]
