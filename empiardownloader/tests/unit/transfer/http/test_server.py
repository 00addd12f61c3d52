"""The HTTP transport and the downloader, against a real HTTP server in a process of its own."""

import pytest
from transfer_scenarios import MOVIES, SHORT_TIMEOUTS, SIZE, TransferScenarios

from empiardownloader.net.errors import FileMissing
from empiardownloader.transfer import DirectoryLister, FtpServer, HttpServer, open_server
from empiardownloader.transfer.base import Sink

pytestmark = pytest.mark.usefixtures("no_proxy")


class TestHttp(TransferScenarios):
    command = "GET"

    def make_server(self, archive):
        return HttpServer(archive.environment["EMPIAR_HTTPS_URL"] + "/1/", SHORT_TIMEOUTS)

    def make_unreachable_server(self, url):
        return HttpServer(f"http://{url}", SHORT_TIMEOUTS)


class TestHttpWithoutListedSizes(TestHttp):
    """As it is: a page rounds sizes, so that each is asked for when its file's turn comes."""

    def listed_size(self, name):
        return None


@pytest.fixture
def server(archive):
    archive.reset()
    archive.forget_requests()
    yield open_server(archive.environment["EMPIAR_HTTPS_URL"] + "/1")
    archive.reset()


def test_a_folder_is_listed_with_one_request_and_without_sizes(archive, server):
    with DirectoryLister(server) as list_folder:
        items = {item.name: item for item in list_folder("data")}
    assert set(items) == {*MOVIES, "odd names", "empty.mrc"}
    assert {item.size for item in items.values()} == {None}, "a page rounds them"
    assert len(items["movie_0.mrc"].modified) == len("2024-11-22 20:42")
    assert archive.count("GET") == len(archive.requests()) == 1


def test_the_size_is_exact_whatever_the_page_shows(archive, server):
    archive.set(list_size_off=500_000)
    assert server.connect().size_of("data/movie_3.mrc") == SIZE + 3


def test_one_connection_serves_the_list_and_all_files(archive, server):
    connection = server.connect()
    connection.list_folder("data")
    for name in MOVIES[:3]:
        size = connection.size_of(f"data/{name}")
        connection.fetch(f"data/{name}", Counted(), 0, size)
    connection.close()
    assert len({request["session"] for request in archive.requests()}) == 1


def test_a_file_is_no_folder(server):
    with DirectoryLister(server) as list_folder, pytest.raises(FileMissing):
        list_folder("data/movie_0.mrc/x")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("ftp://host/a", FtpServer),
        ("FTP://host/a", FtpServer),
        ("http://host:8080/a", HttpServer),
        ("https://host/a/", HttpServer),
        ("HTTPS://host/a/", HttpServer),
    ],
)
def test_the_scheme_of_an_address_chooses_the_transport(url, kind):
    assert type(open_server(url)) is kind


@pytest.mark.parametrize(
    "url", ["", "host/a", "rsync://host/a", "file://host/a", "http://", "https:///a", "ftp:///a"]
)
def test_an_address_that_no_transport_speaks_is_refused(url):
    with pytest.raises(ValueError, match="must begin with"):
        open_server(url)


class Counted(Sink):
    count = 0

    def write(self, block):
        self.count += len(block)

    def restart(self):
        self.count = 0
