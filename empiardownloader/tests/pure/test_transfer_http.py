"""The HTTP transport and the downloader, against a real HTTP server in a process of its own."""

import pytest
from transfer_scenarios import HASTY, MOVIES, SIZE, TransferScenarios, serve_movies

from empiardownloader.transfer import (
    FileMissing,
    FolderLister,
    FtpServer,
    HttpServer,
    Progress,
    open_server,
)
from empiardownloader.transfer.errors import UnsafeName


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    with serve_movies(tmp_path_factory.mktemp("archive")) as served:
        yield served


class TestHttp(TransferScenarios):
    command = "GET"

    def make_server(self, archive):
        return HttpServer(archive.environment["EMPIAR_HTTPS_URL"] + "/1/", HASTY)

    def make_unreachable_server(self, url):
        return HttpServer(f"http://{url}", HASTY)


class TestHttpWithoutListedSizes(TestHttp):
    """As it really is: a page rounds sizes, so that each is asked for when the file's turn comes."""

    def listed_size(self, name):
        return None
