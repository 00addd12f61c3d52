import pytest
from simulated_trees import Item, NotThere, SimulatedServer, tree_of

from empiardownloader.files.select_movies import select_movies
from empiardownloader.files.tree import RemoteFile, RemoteTree, Skipped


def tree_with(*items, folder=""):
    return RemoteTree({folder: items}.__getitem__, missing=(KeyError,))


def paths_of(tree, top="data", **wishes):
    return [movie.remote.path for movie in select_movies(tree, top, **wishes)]


def test_files_and_folders_are_told_apart_in_natural_order():
    tree = tree_of("data/a10.tif", "data/a2.tif", "data/b10/x.tif", "data/b9/x.tif")
    assert [file.name for file in tree.files("data")] == ["a2.tif", "a10.tif"]
    assert list(tree.folders("data")) == ["data/b9", "data/b10"]


def test_no_folder_is_listed_twice():
    server = SimulatedServer(["data/x/a.tif", "data/y/b.tif"])
    tree = RemoteTree(server, missing=(NotThere,))
    for _ in range(3):
        assert tree.exists("data/x") and not tree.exists("data/z")
        assert len(paths_of(tree)) == 2
        assert tree.files("/data/x/") == tree.files("data/x")
    assert sorted(server.asked) == ["", "data", "data/x", "data/y"]


def test_whether_a_folder_is_there_is_told_by_the_folder_above():
    tree = tree_of("data/x/a.tif", "data/b.tif")
    assert tree.exists("") and tree.exists("data") and tree.exists("/data/x/")
    assert not tree.exists("data/y") and not tree.exists("data/b.tif")
    assert not tree.exists("elsewhere/x")
    assert tree.listings == 2


def test_a_folder_that_is_not_there_is_empty_and_noted():
    tree = tree_of("data/a.tif")
    assert list(tree.files("other")) == [] and list(tree.folders("other")) == []
    assert tree.unsafe_items == [Skipped("other", "cannot be opened as a folder", files=0)]
    assert paths_of(tree, "other") == []


def test_other_errors_pass_through_and_the_folder_is_asked_for_again():
    answers = [ConnectionError("cut"), [Item("a.tif")]]

    def list_folder(folder):
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    tree = RemoteTree(list_folder, missing=(NotThere,))
    with pytest.raises(ConnectionError):
        tree.files("data")
    assert [file.path for file in tree.files("data")] == ["data/a.tif"]


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "/etc/passwd", "../a.tif", "x/a.tif", "x\\a.tif", "a\n.tif", "a\r.tif",
     "a\0.tif", "\x1b[31m.tif", "a\x7f.tif", "a\x85.tif", "a\u2028.tif"],
)  # fmt: skip
@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize("is_link", [False, True])
def test_hostile_names_are_refused_and_noted(name, is_folder, is_link):
    tree = tree_with(Item(name, is_folder=is_folder, is_link=is_link), Item("good.tif"))
    assert [file.path for file in tree.files("")] == ["good.tif"]
    assert list(tree.folders("")) == []
    assert [refused.path for refused in tree.unsafe_items] == [name]
    assert tree.unsafe_items[0].reason in (
        "name leaves the folder",
        "control character in the name",
    )


@pytest.mark.parametrize(
    "name", ["a b.tif", "w\u00efth.tif", "\udce9.tif", "a&b?.tif", "[1] (2).tif", "-a.tif", "~.tif",
             "...tif", "a..tif", "C:.tif", "$(x).tif", "'\".tif"]
)  # fmt: skip
def test_names_that_are_only_odd_are_kept(name):
    assert [file.name for file in tree_with(Item(name)).files("")] == [name]


def test_of_a_name_that_is_listed_twice_the_first_counts():
    tree = tree_with(Item("a.tif", 1), Item("a.tif", 2), Item("a.tif", is_folder=True))
    assert tree.files("") == (RemoteFile("a.tif", 1),)
    assert list(tree.folders("")) == []


def test_a_file_knows_its_name_and_folder():
    tree = tree_with(Item("a.tif", 7, modified="2024"), folder="data/x")
    (file,) = tree.files("data/x")
    assert (file.path, file.name, file.folder) == ("data/x/a.tif", "a.tif", "data/x")
    assert (file.size, file.modified, file.is_link) == (7, "2024", False)
    assert RemoteFile("a.tif").folder == ""


@pytest.mark.parametrize(
    "size, kept", [(0, 0), (5_600_000_224, 5_600_000_224), (None, None), (-1, None)]
)
def test_a_size_is_kept_where_there_is_one(size, kept):
    assert tree_with(Item("a.tif", size)).files("")[0].size == kept


def test_a_link_with_a_movies_extension_is_a_file_of_unknown_size():
    tree = tree_of("data/real/a.tif", links={"data/b.tif": "data/real/a.tif"})
    assert tree.files("data") == (RemoteFile("data/b.tif", None, "", True),)
    assert paths_of(tree) == ["data/b.tif", "data/real/a.tif"]


def test_a_link_to_a_folder_elsewhere_is_followed_after_the_real_folders():
    tree = tree_of("data/x/a.tif", "store/b.tif", links={"data/current": "store"})
    assert paths_of(tree) == ["data/x/a.tif", "data/current/b.tif"]
    assert tree.exists("data/current")


def test_a_broken_link_stops_nothing():
    links = {"data/a.tif": "gone.tif", "data/old": "gone", "data/x/older": "gone"}
    tree = tree_of("data/x/b.tif", links=links)
    assert paths_of(tree) == ["data/a.tif", "data/x/b.tif"]
    assert not tree.exists("data/old")
    assert [refused.path for refused in tree.unsafe_items] == ["data/old", "data/x/older"]


def test_a_link_to_a_file_without_extension_is_no_folder():
    listings = {
        "": [Item("data", is_folder=True)],
        "data": [Item("NOTE", is_link=True), Item("a.tif")],
        # Asked to LIST a file, vsftpd answers with the file's own line.
        "data/NOTE": [Item("data/NOTE")],
    }
    tree = RemoteTree(listings.__getitem__, missing=(KeyError,))
    assert paths_of(tree) == ["data/a.tif"]
    assert not tree.exists("data/NOTE")


CIRCLES = [
    {"data/loop": "data"},
    {"data/x/loop": "data/x"},
    {"data/x/up": "data"},
    {"data/x/up": ""},
    {"data/x/to_y": "data/y", "data/y/to_x": "data/x"},
    {"data/latest": "data/x"},
    {"data/a_link_before_all": "data/x", "data/x/l": "data/a_link_before_all"},
]


@pytest.mark.parametrize("links", CIRCLES, ids=str)
def test_a_circle_of_links_ends_and_offers_every_movie_once(links):
    tree = tree_of("data/x/a1.tif", "data/x/a2.tif", "data/y/b.tif", links=links)
    left_out = []
    movies = paths_of(tree, on_skipped=left_out.append)
    assert movies == ["data/x/a1.tif", "data/x/a2.tif", "data/y/b.tif"]
    assert {item.reason for item in left_out} == {"link to a folder already seen"}
    assert tree.listings < 20


@pytest.mark.parametrize("links", CIRCLES, ids=str)
def test_a_circle_that_cannot_be_seen_to_be_of_links_ends_too(links):
    # Apache's index shows a link to a folder as a folder.
    paths = ["data/x/a1.tif", "data/x/a2.tif", "data/y/b.tif"]
    tree = tree_of(*paths, links=links, shows_links=False)
    assert set(paths) <= set(paths_of(tree))
    assert tree.listings < 200


def test_a_folder_that_contains_itself_is_entered_once():
    listing = [Item("a.tif", 5), Item("data", is_folder=True)]
    tree = RemoteTree(lambda folder: listing)
    left_out = []
    assert paths_of(tree, on_skipped=left_out.append) == ["data/a.tif"]
    assert left_out == [Skipped("data/data", "folder that contains itself", files=0)]


def test_folders_without_end_end():
    def list_folder(folder):
        return [Item(f"{len(folder)}.tif"), Item("deeper", is_folder=True)]

    tree = RemoteTree(list_folder)
    left_out = []
    assert len(paths_of(tree, on_skipped=left_out.append)) == 12
    assert left_out[-1].reason == "nested too deeply"


def test_doubled_folders_of_one_name_are_no_circle():
    tree = tree_of("data/data/data/a.tif", "data/data/b.tif", "data/b.tif")
    assert paths_of(tree) == ["data/b.tif", "data/data/b.tif", "data/data/data/a.tif"]


def test_folders_that_look_alike_are_all_entered():
    tree = tree_of(*(f"data/TS_{n}/frames/{i}.tif" for n in range(4) for i in range(3)))
    assert len(paths_of(tree)) == 12
