"""The downloader with each of Debian's servers, over FTP and HTTP alike."""

import contextlib
import logging
import os
import socket
import threading

import pytest
from interop_tree import ODD_FOLDER, ODD_NAMES
from servers import FTP_SERVERS, HTTP_SERVERS, Nginx

from empiardownloader.net.errors import FileMissing
from empiardownloader.transfer import DirectoryLister, FileRequest, Progress, open_server
from empiardownloader.transfer.download.identity import identity_of
from empiardownloader.transfer.download.part_file import PartFile

BIG = "data/big.mrc"
LIMITED = (*FTP_SERVERS, Nginx)  # Apache makes them wait


@pytest.fixture
def list_folder(any_served, tree):
    with DirectoryLister(open_server(f"{any_served.url}/{tree.entry}")) as list_folder:
        yield list_folder


class Watched(Progress):
    """Counts the received bytes, and acts at the first ones."""

    def __init__(self, act):
        super().__init__()
        self.count = 0
        self._acts = [act]

    def add_received(self, count):
        super().add_received(count)
        self.count += count
        if self._acts:
            self._acts.pop()()


# ------ listings


def test_a_folder_tells_its_files_and_folders(list_folder, tree):
    items = {item.name: item for item in list_folder("data")}
    folders = {name for name, item in items.items() if item.is_folder}
    assert folders == {"movies", "small", "odd", "many", "nothing", "links"}
    assert set(items) - folders == {"big.mrc", "empty.mrc"}


def test_the_top_of_the_server_can_be_listed(any_served):
    with DirectoryLister(open_server(any_served.url)) as list_folder:
        assert [item.name for item in list_folder("")] == ["empiar"]
        assert [item.name for item in list_folder("empiar/1")] == ["data"]


@pytest.mark.parametrize("below", ["odd", ODD_FOLDER])
def test_odd_names_are_listed_as_they_are(any_served, list_folder, below):
    names = {item.name for item in list_folder(f"data/{below}") if not item.is_folder}
    assert len(names) == len(ODD_NAMES)
    assert set(ODD_NAMES) - names <= set(any_served.not_given)


@pytest.mark.parametrize("below", ["odd", ODD_FOLDER])
def test_files_with_odd_names_come(any_served, tree, download, folder, below):
    wanted = tree.wanted(below, ODD_NAMES)
    outcome = download(any_served, wanted)
    missing = [failure.request for failure in outcome.failures]
    assert {item.path.rpartition("/")[2] for item in missing} == set(any_served.not_given)
    assert all(type(failure.error) is FileMissing for failure in outcome.failures)
    tree.assert_whole([item for item in wanted if item not in missing], folder / "extra")


def test_a_folder_that_is_not_there_is_missing(list_folder):
    for missing in ("data/nowhere", "data/nowhere/at all"):
        with pytest.raises(FileMissing):
            list_folder(missing)
    assert list_folder("data"), "the connection serves on"


def test_an_empty_folder_is_empty(list_folder):
    assert list_folder("data/nothing") == []


def test_a_folder_of_five_thousand_files_is_listed_whole(list_folder, tree):
    assert {item.name for item in list_folder("data/many")} == set(tree.many)


# ------ links


def test_a_link_is_said_to_be_one_or_is_what_it_points_to(list_folder, tree):
    items = {item.name: item for item in list_folder("data/links")}
    good, folder = items["good.mrc"], items["folder"]
    assert not good.is_folder
    assert good.size is None if good.is_link else good.size in (None, tree.movies["movie_03.mrc"])
    assert folder.is_link or folder.is_folder
    assert set(items) - {"broken.mrc"} == {"good.mrc", "folder", "to blanks.mrc"}


def test_a_link_to_a_folder_is_listed_like_it(list_folder, tree):
    assert {item.name for item in list_folder("data/links/folder")} == set(tree.movies)


def test_the_file_behind_a_link_comes_and_a_broken_link_is_missing(
    any_served, tree, download, folder
):
    wanted = tree.wanted("links", ["good.mrc", "broken.mrc"])
    outcome = download(any_served, wanted)
    assert [(failure.request, type(failure.error)) for failure in outcome.failures] == [
        (wanted[1], FileMissing)
    ]
    tree.assert_whole(wanted[:1], folder / "extra")


# ------ whole files


@pytest.mark.parametrize("connections", [1, 4, 12])
def test_many_files_come_whole(any_served, tree, download, folder, connections):
    wanted = tree.wanted("small", tree.small, tree.small)
    outcome = download(any_served, wanted, connections=connections)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (60, [], None)
    tree.assert_whole(wanted, folder / "extra")
    assert os.listdir(folder / "tmp") == []


def test_movies_whose_size_is_not_known_come_whole(any_served, tree, download, folder):
    wanted = tree.wanted("movies", list(tree.movies)[:4])
    assert download(any_served, wanted).completed == 4
    tree.assert_whole(wanted, folder / "extra")


def test_a_file_that_is_missing_stops_no_other(any_served, tree, download, folder):
    wanted = tree.wanted("small", ["small_00.tif", "nowhere.tif", "small_01.tif"])
    outcome = download(any_served, wanted, connections=1)
    assert [type(failure.error) for failure in outcome.failures] == [FileMissing]
    tree.assert_whole([wanted[0], wanted[2]], folder / "extra")


# ------ interruptions


def leave_part(folder, wanted, content):
    part = PartFile(folder / "tmp", f"{wanted.name}.{identity_of(wanted)}", wanted.size)
    part.write(0, memoryview(content))
    part.close()


def test_a_part_is_continued_at_its_length(any_served, tree, download, folder):
    content = tree.content(BIG)
    # Not the file's beginning, so that it can be told what came; its end is compared.
    here = b"\0" * 16_900_000 + content[16_900_000:17_000_003]
    wanted = FileRequest(BIG, len(content), "big.mrc")
    leave_part(folder, wanted, here)
    assert download(any_served, [wanted]).completed == 1
    assert (folder / "extra" / "big.mrc").read_bytes() == here + content[len(here) :]


def test_a_part_of_another_file_is_not_gone_on_with(any_served, tree, download, folder):
    wanted = FileRequest(BIG, len(tree.content(BIG)), "big.mrc")
    leave_part(folder, wanted, b"\0" * 17_000_003)
    assert download(any_served, [wanted]).completed == 1
    tree.assert_whole([wanted], folder / "extra")


def test_a_session_that_is_killed_goes_on_where_it_was(any_served, tree, download, folder):
    killed = []
    progress = Watched(lambda: killed.append(any_served.kill_sessions()))
    wanted = [FileRequest(BIG, len(tree.content(BIG)), "big.mrc")]
    outcome = download(any_served, wanted, connections=1, progress=progress)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (1, [], None)
    tree.assert_whole(wanted, folder / "extra")
    assert killed[0] > 0
    assert progress.count == wanted[0].size, "not a byte came twice"


def test_sessions_that_are_killed_again_and_again_lose_no_file(
    any_served, tree, download, folder
):
    done = []

    def kill_after_every_tenth(wanted):
        done.append(wanted)
        if len(done) in (10, 20, 30):
            any_served.kill_sessions()

    wanted = tree.wanted("small", tree.small, tree.small)
    outcome = download(any_served, wanted, on_complete=kill_after_every_tenth)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (60, [], None)
    tree.assert_whole(wanted, folder / "extra")


class Refusal(logging.Handler):
    """Hears of a connection that is one too many; then those leave whose places were taken."""

    def __init__(self, places):
        super().__init__()
        self._places = places
        self.came = threading.Event()

    def emit(self, record):
        if "; going on with " in record.getMessage():
            while self._places:
                self._places.pop()()
            self.came.set()


def take_a_place(served, tree):
    """Be a connection that the server counts; a function that ends it."""
    if served.scheme == "http":  # a file that is larger than all buffers, and not read
        connection = socket.create_connection((served.address, served.port), 10)
        connection.sendall(f"GET /{tree.entry}/{BIG} HTTP/1.0\r\n\r\n".encode())
        connection.recv(1)
        return connection.close
    connection = open_server(f"{served.url}/{tree.entry}").connect()
    connection.list_folder("data")
    return connection.close


@pytest.mark.parametrize("kind", LIMITED, ids=lambda kind: kind.name)
def test_more_connections_than_the_server_bears_lose_no_file(
    kind, tree, download, folder, caplog
):
    """Others leave one place, until a connection of ours has been refused beside another."""
    caplog.set_level(logging.INFO, "empiardownloader")
    wanted = tree.wanted("movies", tree.movies, tree.movies)
    logger = logging.getLogger("empiardownloader")
    with contextlib.ExitStack() as ends:
        served = ends.enter_context(tree.served_by(kind, per_address=4, rate=4000))
        refusal = Refusal([take_a_place(served, tree) for _ in range(3)])
        logger.addHandler(refusal)
        ends.callback(logger.removeHandler, refusal)
        outcome = download(
            served, wanted, connections=12, on_complete=lambda wanted: refusal.came.wait(60))
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (12, [], None)
    tree.assert_whole(wanted, folder / "extra")
    refused = [line for line in caplog.messages if "; going on with " in line]
    assert refused
    assert all(f"({kind.too_many}" in line for line in refused)


# ------ IPv6


@pytest.mark.parametrize("kind", FTP_SERVERS + HTTP_SERVERS[:1] + HTTP_SERVERS[-1:],
                         ids=lambda kind: kind.name)
def test_all_goes_over_ipv6_too(kind, tree, download, folder):
    wanted = tree.wanted("small", list(tree.small)[:6])
    with tree.served_by(kind, address="::1") as served:
        with DirectoryLister(open_server(f"{served.url}/{tree.entry}")) as list_folder:
            assert {item.name for item in list_folder("data/movies")} == set(tree.movies)
        outcome = download(served, wanted)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (6, [], None)
    tree.assert_whole(wanted, folder / "extra")
