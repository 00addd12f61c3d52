import pytest

from empiardownloader.files.globs import Globs


def matches(text, path, top="data"):
    return Globs(text, top).first_match(path) is not None


@pytest.mark.parametrize(
    "text, path",
    [
        ("data/Movies/*.tif", "data/Movies/a.tif"),
        ("/data/Movies/*.tif", "data/Movies/a.tif"),
        ("./data/*.tif", "data/a.tif"),
        ("data/*/*.tif", "data/Movies/a.tif"),
        ("*.tif", "data/Movies/a.tif"),
        ("a?.tif", "data/a1.tif"),
        ("a[12].tif", "data/a1.tif"),
        ("a[0-9].tif", "data/a7.tif"),
        ("a[!0-9].tif", "data/ab.tif"),
        ("a[^0-9].tif", "data/ab.tif"),
        ("a[]x].tif", "data/a].tif"),
        ("a[1,2].tif", "data/a2.tif"),
        ("a[-x].tif", "data/a-.tif"),
        ("data/**/*.tif", "data/a.tif"),
        ("data/**/*.tif", "data/x/y/a.tif"),
        ("data/**", "data/x/y/a.tif"),
        ("data/x**.tif", "data/x/y/a.tif"),
        ("**/Movies/*.tif", "data/x/Movies/a.tif"),
        ("**/a.tif", "data/a.tif"),
        ("data/Movies/", "data/Movies/x/a.tif"),
        ("*.mrc, *.tif", "data/a.tif"),
        ("*.mrc,,data/*.tif", "data/a.tif"),
        ("data/G_*/Data/F_*_fractions.tiff.bz2", "data/G_1/Data/F_2_fractions.tiff.bz2"),
        ("a b.tif", "data/a b.tif"),
        ("a*.tif", "data/a\u00e9\udce9.tif"),
    ],
)
def test_a_path_matches(text, path):
    assert matches(text, path)


@pytest.mark.parametrize(
    "text, path",
    [
        ("data/*.tif", "data/Movies/a.tif"),
        ("data/*/*.tif", "data/a.tif"),
        ("data/?.tif", "data//.tif"),
        ("data/b?a.tif", "data/b/a.tif"),
        ("data/b[+-9]a.tif", "data/b/a.tif"),
        ("data/b[!x]a.tif", "data/b/a.tif"),
        ("*.tif", "data/a.tif.jpg"),
        ("*.tif", "data/a.TIF"),
        ("*.tif", "elsewhere/a.tif"),
        ("**/*.tif", "elsewhere/a.tif"),
        ("a[0-9].tif", "data/ab.tif"),
        ("data/Movies/*.tif", "data/data/Movies/a.tif"),
        ("a.tif", "data/axtif"),
        ("a**b/c.tif", "data/ab/c.tif"),
    ],
)
def test_a_path_does_not_match(text, path):
    assert not matches(text, path)


@pytest.mark.parametrize(
    "name",
    [
        "a [1].tif",
        "a[1-3]b.tif",
        "[].tif",
        "[!].tif",
        "[z-a].tif",
        "a].tif",
        "a[.tif",
        "[[a]].tif",
        "[a][b].tif",
        "a*b?.tif",
        "a,b.tif",
        "a,b [1,2].tif",
        "x [a,b], [c].tif",
        "a\\d.tif",
        "a^$.(b)+{1}|.tif",
        "a--b&&c||d~~e[--&&||~~].tif",
    ],
)
def test_every_name_and_path_matches_itself(name):
    assert matches(name, f"data/{name}")
    assert matches(f"data/{name}", f"data/{name}")
    assert matches(f"data/[x], y/{name}", f"data/[x], y/{name}")


@pytest.mark.parametrize("text", ["", " ", ",", " , ,", "/"])
def test_a_text_without_patterns_is_no_pattern(text):
    assert not Globs(text, "data")


@pytest.mark.parametrize(
    "text, folder, may",
    [
        ("data/Movies/*.tif", "data", True),
        ("data/Movies/*.tif", "data/Movies", True),
        ("data/Movies/*.tif", "data/Micrographs", False),
        ("data/Movies/*.tif", "data/Movies/x", False),
        ("data/Movies/*.tif", "other", False),
        ("data/G_*/Data/*.tif", "data/G_1", True),
        ("data/G_*/Data/*.tif", "data/G_1/Thumbs", False),
        ("data/**/x/*.tif", "data/a/b/c", True),
        ("data/**/x/*.tif", "dat", False),
        ("*.tif", "data/a/b", True),
        ("*.tif", "other", False),
        ("**/x.tif", "data/a", True),
        ("data/a [1]/*.tif", "data/a [1]", True),
        ("data/a,b/c.tif", "data/a,b", True),
        ("data/a,b/c.tif", "data/c", False),
    ],
)
def test_folders_in_which_nothing_can_match_are_known(text, folder, may):
    assert bool(Globs(text, "data").choose("", [folder])) is may


def test_patterns_of_file_names_lead_down_to_a_deep_top_folder():
    globs = Globs("*.tif", "data/x/y")
    assert globs.choose("", ["data", "other"]) == ["data"]
    assert globs.choose("data/x", ["data/x/y", "data/x/z"]) == ["data/x/y"]
