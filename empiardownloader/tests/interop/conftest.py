"""Files that every server serves, and a downloader for them."""

import shutil
import tempfile
from pathlib import Path

import pytest
from interop_tree import Tree
from servers import FTP_SERVERS, HTTP_SERVERS

from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import Destination, Downloader, open_server

#: Waits as they are, but short: nothing here is far away.
POLICY = RetryPolicy(first_wait=0.05, longest_wait=1.0)


@pytest.fixture(scope="session")
def tree():
    # Not pytest's own folder, into which only its owner can look.
    folder = Path(tempfile.mkdtemp(prefix="interop-tree-"))
    yield Tree(folder)
    shutil.rmtree(folder)


def _served(kinds):
    def served(request, tree):
        with tree.served_by(request.param) as running:
            yield running

    return pytest.fixture(served, scope="session", params=kinds, ids=lambda kind: kind.name)


any_served = _served(FTP_SERVERS + HTTP_SERVERS)
ftp_served = _served(FTP_SERVERS)
http_served = _served(HTTP_SERVERS)


@pytest.fixture
def folder():
    """A folder for the downloads, removed after the test because they are large."""
    with tempfile.TemporaryDirectory(prefix="interop-") as name:
        yield Path(name)


@pytest.fixture
def download(folder):
    """A function that fetches from a running server into extra/, by way of tmp/."""

    def download(served, wanted, **options):
        options = {"policy": POLICY, **options}
        server = open_server(f"{served.url}/{Tree.entry}")
        destination = Destination(folder / "extra")
        return Downloader(server, destination, folder / "tmp", **options).run(wanted)

    return download
