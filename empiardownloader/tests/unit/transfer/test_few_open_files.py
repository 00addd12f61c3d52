"""A limit of open files (`ulimit -n`): fewer connections, and every file all the same."""

import os
import resource
import subprocess
import sys

import pytest
from transfer_scenarios import MOVIES, SIZE, part_stem

from empiardownloader.errors import LimitReached, TooManyOpenFiles
from empiardownloader.net.errors import ConnectionFailed, TooManyConnections
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import (
    Destination,
    Downloader,
    FallbackServer,
    FileRequest,
    Progress,
    open_server,
)
from empiardownloader.transfer.base import Server
from empiardownloader.transfer.download.part_file import PartFile
from empiardownloader.transfer.server_health import ServerHealth

pytestmark = pytest.mark.usefixtures("no_proxy")

PROGRAM = """
import logging, resource, sys
from pathlib import Path
from empiardownloader.transfer import *
logging.basicConfig(level="WARNING", stream=sys.stdout)
url, folder, limit = sys.argv[1:]
wanted = [FileRequest(f"data/movie_{n}.mrc", None, f"movie_{n}.mrc") for n in range(6)]
open_server(url).connect().close()  # what is imported or read only once is not counted
resource.setrlimit(resource.RLIMIT_NOFILE, (int(limit), int(limit)))
result = Downloader(open_server(url), Destination(Path(folder, "extra")), Path(folder, "tmp"),
                    connections=12).run(wanted)
print(result)
"""


@pytest.mark.parametrize("kind", ["ftp", "https"])
def test_few_open_files_mean_fewer_connections(archive, tmp_path, kind):
    archive.reset()
    archive.set(rate=3_000_000)  # so that all connections are open at the same time
    url = archive.environment[f"EMPIAR_{kind.upper()}_URL"] + "/1"
    said = subprocess.run([sys.executable, "-c", PROGRAM, url, str(tmp_path), "14"],
                          stdout=subprocess.PIPE, text=True, check=True).stdout  # fmt: skip
    archive.reset()
    assert "failures=[]" in said
    assert sorted(os.listdir(tmp_path / "extra")) == MOVIES
    for name in MOVIES:
        here = (tmp_path / "extra" / name).read_bytes()
        assert here == archive.source(1, f"data/{name}").read_bytes()
    assert os.listdir(tmp_path / "tmp") == []
    assert said.count("opens no more files") == 1, "one line for the user"
    assert "ulimit -n" in said


@pytest.fixture
def no_more_files():
    """Lower the limit of this process to the number of files that are open, and some more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def leave(count):
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
        lowest_free = os.dup(0)
        os.close(lowest_free)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + count, before[1]))

    yield leave
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize("left", [0, 1])
def test_a_part_that_cannot_be_opened_now_is_free_afterwards(tmp_path, no_more_files, left):
    stem = part_stem(FileRequest("data/a.mrc", SIZE, "a.mrc"))
    no_more_files(left)
    with pytest.raises(TooManyOpenFiles, match="opens no more files"):
        PartFile(tmp_path, stem, SIZE)
    no_more_files(9)
    PartFile(tmp_path, stem, SIZE).close()


def test_a_file_that_cannot_be_published_now_is_published_later(tmp_path):
    class Busy(Destination):
        tries = 0

        def publish(self, part, request):
            Busy.tries += 1
            if Busy.tries < 3:
                raise TooManyOpenFiles("no more")
            super().publish(part, request)

    (tmp_path / "entry").mkdir()
    (tmp_path / "entry" / "a.mrc").write_bytes(b"\0" * SIZE)
    progress = Progress()
    result = Downloader(
        open_server((tmp_path / "entry").as_uri()), Busy(tmp_path / "extra"), tmp_path / "tmp",
        progress=progress, sleep=lambda seconds: None,
    ).run([FileRequest("a.mrc", SIZE, "a.mrc")])
    assert (result.completed, result.failures, Busy.tries) == (1, [], 3)
    assert (tmp_path / "extra" / "a.mrc").stat().st_size == SIZE
    state = progress.snapshot()
    assert (state.bytes_done, state.files_done, state.files_total) == (SIZE, 1, 1)


def test_a_lack_of_open_files_speaks_against_no_server_and_no_file():
    error = TooManyOpenFiles("no more")
    health = ServerHealth(lambda: 0, RetryPolicy(attempts=1))
    file = health.setbacks()
    for _ in range(9):
        health.failed(error, file)
    assert not health.brings_nothing(error)
    assert not health.gives_up(file)
    assert health.brings_nothing(ConnectionFailed("no connection"))
    assert issubclass(TooManyConnections, LimitReached)


class _Local(Server):
    def connect(self):
        raise TooManyOpenFiles("no more")


def test_a_lack_of_open_files_is_no_reason_for_another_server():
    server = FallbackServer(_Local(), _Local(), sleep=lambda seconds: None)
    for _ in range(20):
        with pytest.raises(TooManyOpenFiles):
            server.connect()
    assert not server._fallen_back
