"""HTTP only, with Apache and nginx: pages, sizes, kept connections."""

import time

import pytest
from servers import HTTP_SERVERS

from empiardownloader.net.errors import SizeMismatch
from empiardownloader.transfer import DirectoryLister, FileRequest, Progress, open_server
from empiardownloader.transfer.base import Sink


@pytest.fixture
def server(http_served, tree):
    return open_server(f"{http_served.url}/{tree.entry}")


@pytest.fixture
def connection(server):
    connection = server.connect()
    yield connection
    connection.close()


class Kept(Sink):
    def __init__(self):
        self.content = bytearray()

    def write(self, block):
        self.content += block

    def restart(self):
        self.content.clear()


def told_since(served, before, count):
    """The next requests that the server was asked; it writes them down when they are over."""
    deadline = time.monotonic() + 5
    while len(served.told()) < before + count and time.monotonic() < deadline:
        time.sleep(0.01)
    return served.told()[before:]


def test_a_folder_takes_one_request_and_its_dates_are_read(http_served, server, tree):
    before = len(http_served.told())
    with DirectoryLister(server) as list_folder:
        items = list_folder("data/movies")
    assert {item.name for item in items} == set(tree.movies)
    assert {item.size for item in items} == {None}, "a page rounds them"
    dated = 16 if http_served.name != "apache2-plain" else 0
    assert {len(item.modified) for item in items} == {dated}
    asked = told_since(http_served, before, 1)
    assert [request[1:] for request in asked] == [("GET", "200")]


def test_sizes_are_exact(connection, tree):
    for name, size in tree.movies.items():
        assert connection.size_of(f"data/movies/{name}") == size
    with pytest.raises(SizeMismatch, match="empty"):
        connection.size_of("data/empty.mrc")


def test_one_connection_serves_lists_sizes_and_files(http_served, connection, tree):
    before = len(http_served.told())
    connection.list_folder("data")
    for name in list(tree.small)[:5]:
        path, sink = f"data/small/{name}", Kept()
        connection.fetch(path, sink, 0, connection.size_of(path))
        assert sink.content == tree.content(path)
    asked = told_since(http_served, before, 11)
    assert len(asked) == 11
    assert len({request[0] for request in asked}) == 1


def test_a_part_is_asked_for_by_its_range(http_served, connection, tree):
    before, path, sink = len(http_served.told()), "data/movies/movie_00.mrc", Kept()
    connection.fetch(path, sink, 3_999_000, 4_000_000)
    assert sink.content == tree.content(path)[3_999_000:]
    assert told_since(http_served, before, 1)[0][1:] == ("GET", "206")


def test_a_packed_file_is_not_unpacked_on_the_way(connection, tree):
    path = "data/odd/packed.mrc.gz"
    sink = Kept()
    connection.fetch(path, sink, 0, connection.size_of(path))
    assert sink.content == tree.content(path)


@pytest.mark.parametrize("kind", HTTP_SERVERS, ids=lambda kind: kind.name)
def test_one_big_file_comes_over_several_connections(kind, tree, download, folder):
    path = "data/big.mrc"
    size, progress = len(tree.content(path)), Progress()
    with tree.served_by(kind, rate=4000) as served:  # alone, one connection would take 6 s
        outcome = download(served, [FileRequest(path, size, "big.mrc")], progress=progress)
        asked = [request for request in told_since(served, 0, 4) if request[1] == "GET"]
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (1, [], None)
    tree.assert_whole([FileRequest(path, size, "big.mrc")], folder / "extra")
    assert progress.bytes_received() == size, "not a byte came twice"
    assert {request[2] for request in asked} == {"206"}
    assert len({request[0] for request in asked}) > 1
