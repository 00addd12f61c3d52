import pytest
from simulated_trees import CountingTree, Item, tree_of

from empiardownloader.files.resolve_directory import resolve_directory


@pytest.mark.parametrize(
    "directory, paths, top",
    [
        ("data", ["data/a.tif"], "data"),
        ("/data/Movies/", ["data/Movies/a.tif", "data/x.txt"], "data/Movies"),
        ("data//./Movies", ["data/Movies/a.tif", "data/x.txt"], "data/Movies"),
        ("data/A B/c", ["data/A B/c/a.tif"], "data/A B/c"),
        # One data more: EMPIAR-10314, 11119, 11244.
        (
            "data/micrographs/Part1",
            ["data/data/micrographs/Part1/a.tif"],
            "data/data/micrographs/Part1",
        ),
        ("micrographs/Part1", ["data/micrographs/Part1/a.tif"], "data/micrographs/Part1"),
        ("211206/x", ["211206/data/x/a.tif", "211206/b.tif"], "211206/data/x"),
        # By its last part.
        ("data/frames", ["data/DEF/frames/a.tif", "data/DEF/x.txt"], "data/DEF/frames"),
        ("data/frames", ["frames/a.tif", "data/x.txt"], "data"),
        ("world/10200/data/Movies", ["data/Movies/a.tif"], "data/Movies"),
        ("data/movies", ["data/Movies/a.tif", "data/x.txt"], "data/Movies"),
        ("data/movies", ["data/X/Movies/a.tif", "data/X/movies/a.tif"], "data/X/movies"),
        ("data/x/frames", ["data/x/y/frames/a", "data/z/frames/a"], "data/x/y/frames"),
        # Several equally near: the folder that holds them all.
        ("data/frames", ["data/DEF/frames/a.tif", "data/VPP/frames/a.tif"], "data"),
        ("data/frames", ["data/q/D/frames/a", "data/q/V/frames/a", "data/r/x"], "data/q"),
        # But the nearer one, where one is.
        ("data/x/frames", ["data/D/frames/a", "data/D/E/frames/a"], "data/D/frames"),
        # Down through folders that hold nothing but one folder.
        ("data", ["data/Movies/a.tif"], "data/Movies"),
        ("data", ["data/Movies/x/a.tif", "data/.DS_Store"], "data/Movies/x"),
        ("data", ["data/Movies/a.tif", "data/gain.mrc"], "data"),
        ("data", ["data/Movies/a.tif", "data/Other/a.tif"], "data"),
        ("data/x", ["data/x/y/z/1/a.tif", "data/x/y/z/2/a.tif"], "data/x/y/z"),
        ("data/x", ["data/x/"], "data/x"),
        # Nothing of the kind: the entry's data, or the entry.
        ("data/typo", ["data/Movies/a.tif", "data/x.txt"], "data"),
        ("", ["data/a.tif", "10.xml"], "data"),
        ("/", ["data/a.tif", "10.xml"], "data"),
        ("data", ["frames/a.tif", "10.xml"], ""),
        ("data", ["10.xml"], ""),
        # Nothing leads out of the entry.
        ("../10001/data", ["data/a.tif"], "data"),
        ("data/../../x", ["data/a.tif"], "data"),
        ("data/x\0y", ["data/a.tif"], "data"),
    ],
)
def test_a_directory_is_found_where_it_really_is(directory, paths, top):
    tree = tree_of(*paths)
    assert resolve_directory(tree, directory) == top
    assert tree.listings <= 12


@pytest.mark.parametrize("directory", ["data/GridSquare_7/Data", "data/Data", "data/no", "x/y"])
def test_few_folders_are_listed_whatever_the_size_of_the_tree(directory):
    tree = tree_of(*(f"data/GridSquare_{n}/Data/a.tif" for n in range(500)))
    assert resolve_directory(tree, directory).startswith("data")
    assert tree.listings <= 11


def test_a_right_directory_costs_the_folders_on_the_way_to_it():
    tree = tree_of(*(f"data/Movies/Case{n}/a.tif" for n in range(500)))
    assert resolve_directory(tree, "data/Movies/Case3") == "data/Movies/Case3"
    assert tree.listings == 4


def test_one_of_a_name_beside_many_unopened_folders_is_not_believed_to_be_the_only_one():
    paths = [f"data/s{n:03}/x/a.tif" for n in range(50)] + ["data/s002/frames/a.tif"]
    assert resolve_directory(tree_of(*paths), "data/frames") == "data"


def test_a_lone_link_is_not_gone_down():
    tree = tree_of("store/a.tif", "data/", links={"data/current": "store"})
    assert resolve_directory(tree, "data") == "data"


def test_folders_that_contain_each_other_without_end_end():
    tree = CountingTree(lambda folder: [Item("data", is_folder=True)])
    assert resolve_directory(tree, "data").startswith("data/data")
    assert tree.listings < 20
