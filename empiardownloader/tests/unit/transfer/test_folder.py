"""A local folder as a server: the shortest transport, used for tests without sockets."""

import os
import shutil
import threading
import time

import pytest

from empiardownloader.disk.paths import UnsafeName
from empiardownloader.net.errors import ConnectionFailed, FileMissing, SizeMismatch
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import (
    Destination,
    DirectoryLister,
    Downloader,
    FileRequest,
    Progress,
    open_server,
)
from empiardownloader.transfer.folder import FolderConnection, FolderServer

SIZE = 3_000_001


@pytest.fixture
def entry(tmp_path):
    folder = tmp_path / "an entry"  # the blank is %20 in the address
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "a.mrc").write_bytes(os.urandom(SIZE))
    return folder


@pytest.fixture
def server(entry):
    return open_server(entry.as_uri())


@pytest.fixture
def download(server, tmp_path):
    def run(*wanted, **options):
        place = Destination(tmp_path / "extra")
        options.setdefault("policy", RetryPolicy(attempts=1))
        return Downloader(server, place, tmp_path / "parts", **options).run(wanted)

    return run


def test_it_lists(server):
    with DirectoryLister(server) as list_folder:
        assert [(item.name, item.is_folder) for item in list_folder("")] == [("data", True)]
        assert [(item.name, item.size) for item in list_folder("data")] == [("a.mrc", SIZE)]
        with pytest.raises(FileMissing):
            list_folder("nothing")


def test_it_fetches_what_is_there_and_names_what_is_not(entry, download, tmp_path):
    outcome = download(
        FileRequest("data/a.mrc", SIZE, "a.mrc"), FileRequest("data/b.mrc", 5, "b.mrc")
    )
    there = entry / "data" / "a.mrc"
    assert (tmp_path / "extra" / "a.mrc").read_bytes() == there.read_bytes()
    assert [failure.request.name for failure in outcome.failures] == ["b.mrc"]
    assert "not in the folder" in str(outcome.failures[0].error)


def test_files_that_are_asked_for_together_are_counted_together(server, tmp_path):
    progress = Progress()
    counts = []

    class Looking(Destination):
        def has(self, item):
            counts.append(progress.snapshot().files_total)
            return super().has(item)

    requests = [FileRequest("data/a.mrc", SIZE, f"{name}.mrc") for name in "abc"]
    Downloader(server, Looking(tmp_path / "extra"), tmp_path / "parts", progress=progress).run(
        requests
    )
    assert set(counts) == {3}



@pytest.mark.parametrize("connections", [1, 4])
def test_several_connections_share_a_file(entry, download, tmp_path, connections):
    progress = Progress()
    outcome = download(
        FileRequest("data/a.mrc", None, "a.mrc"), connections=connections, progress=progress
    )
    assert outcome.failures == []
    assert outcome.fatal_error is None
    assert (tmp_path / "extra" / "a.mrc").stat().st_size == SIZE
    assert progress.snapshot().bytes_done == SIZE


def test_links_are_listed_as_links(entry, server):
    (entry / "data" / "b.mrc").symlink_to("a.mrc")
    (entry / "data" / "up").symlink_to("..")
    with DirectoryLister(server) as list_folder:
        found = {item.name: (item.is_link, item.is_folder) for item in list_folder("data")}
    assert found == {"a.mrc": (False, False), "b.mrc": (True, False), "up": (True, False)}


@pytest.mark.parametrize("path", ["../secret", "data/../../secret", "/etc/hostname"])
def test_a_path_that_leaves_the_folder_is_refused(entry, server, path):
    (entry.parent / "secret").write_text("secret")
    connection = server.connect()
    for ask in (connection.size_of, connection.list_folder):
        with pytest.raises(UnsafeName):
            ask(path)


@pytest.mark.parametrize("path", ["data", "data/a.mrc/b.mrc", "nothing/a.mrc"])
def test_what_is_no_file_is_missing(download, path):
    outcome = download(FileRequest(path, 5, "a.mrc"))
    assert [type(failure.error) for failure in outcome.failures] == [FileMissing]


def test_a_file_that_ends_early_has_another_size_than_listed(entry, server):
    class Nothing:
        is_full = False

        def write(self, block):
            pass

    with pytest.raises(SizeMismatch, match=f"{SIZE} bytes, not {SIZE + 1}"):
        server.connect().fetch("data/a.mrc", Nothing(), SIZE, SIZE + 1, SIZE + 1)


def test_a_folder_that_is_not_mounted_cannot_be_connected(tmp_path):
    with pytest.raises(ConnectionFailed, match="is it mounted"):
        open_server((tmp_path / "nothing").as_uri()).connect()


@pytest.mark.parametrize("url", ["file://another.machine/data", "gopher://here/data"])
def test_an_address_of_anything_else_is_refused(url):
    with pytest.raises(ValueError, match="address"):
        open_server(url)


def test_a_full_disk_is_said_for_all_files_also_where_no_list_has_sizes(
    entry, download, monkeypatch
):
    names = [f"m_{number:02}.mrc" for number in range(20)]
    for name in names:
        (entry / "data" / name).write_bytes(bytes(1000))
    usage, free = shutil.disk_usage, [10**9]
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(path)._replace(free=free[0]))
    outcome = download(
        *(FileRequest(f"data/{name}", None, name) for name in names),
        connections=1,
        on_complete=lambda file: free.__setitem__(0, 10),
    )
    left = f"{len(names) - outcome.completed}.0 kB"
    assert f": {left} to download, 10 bytes free: make room" in str(outcome.fatal_error)


def test_ctrl_c_while_a_thread_begins_is_no_other_error(download, monkeypatch):
    def start(thread):
        try:
            raise KeyboardInterrupt
        finally:  # as Python's Condition.wait does where a signal comes between two of its lines
            raise RuntimeError("release unlocked lock")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(KeyboardInterrupt):
        download(FileRequest("data/a.mrc", SIZE, "a.mrc"))


class Counted(FolderConnection):
    """Says how often it is looked at once bytes have come."""

    looks, begun = 0, threading.Event()

    def is_open(self):
        Counted.looks += Counted.begun.is_set()
        return True


class LateLastWord(Counted):
    """All bytes are here some time before the server says that they are all."""

    def fetch(self, *arguments, **options):
        super().fetch(*arguments, **options)
        Counted.begun.set()
        time.sleep(0.5)


class SlowInSegments(Counted):
    """One of a server that sends parts of files, beside `Whole` ones of another server."""

    def fetch(self, path, sink, start, stop, size=None):
        Counted.begun.set()
        time.sleep(0.5)
        super().fetch(path, sink, start, stop, size)


class Whole(Counted):
    splits_files = False


@pytest.mark.parametrize("size", [1_000, 30_000_000])
@pytest.mark.parametrize("kinds", [(LateLastWord,), (SlowInSegments, Whole)])
def test_connections_without_work_rest(entry, tmp_path, kinds, size):
    Counted.looks = 0
    Counted.begun.clear()
    made = iter(kinds + kinds[-1:] * 9)

    class Server(FolderServer):
        def connect(self):
            return next(made)(entry)

    content = os.urandom(size)
    (entry / "b.mrc").write_bytes(content)
    wanted = [FileRequest("b.mrc", size, name) for name in ("b.mrc", "c.mrc", "d.mrc", "e.mrc")]
    began = time.monotonic()
    Downloader(Server(entry.as_uri()), Destination(tmp_path), tmp_path / "parts").run(wanted)
    took = time.monotonic() - began
    for request in wanted:
        assert (tmp_path / request.name).read_bytes() == content
    # Three rest at most, for 0.05 s each time; without a rest it is thousands.
    assert Counted.looks < 50 + 3 * 20 * took, "they asked again and again"
