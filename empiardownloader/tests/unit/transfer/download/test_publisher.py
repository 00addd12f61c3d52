"""Files are brought to the disk while others come, and an error there is that file's."""

import errno
import os
import threading

import pytest
from random_files import random_files
from waiting import wait_until

from empiardownloader.disk.errors import FolderNotWritable, NoSpace
from empiardownloader.transfer import Destination, Downloader, FileRequest, open_server

SIZE = 100_000
NAMES = [f"{number}.mrc" for number in range(6)]


@pytest.fixture
def entry(tmp_path):
    return random_files(tmp_path / "entry", NAMES, SIZE)


def run(entry, destination, **options):
    server, parts = open_server(entry.as_uri()), entry.parent / "tmp"
    return Downloader(server, destination, parts, **options).run(
        [FileRequest(name, SIZE, name) for name in NAMES])


class SlowDisk(Destination):
    """A destination where the first file waits for what the test wants to see."""

    def __init__(self, folder, is_seen):
        super().__init__(folder)
        self._is_seen = is_seen
        self.at_work, self.most = 0, 0
        self._lock = threading.Lock()

    def publish(self, part, request):
        with self._lock:
            self.at_work += 1
            self.most = max(self.most, self.at_work)
        if request.name == NAMES[0]:
            wait_until(self._is_seen)
        super().publish(part, request)
        with self._lock:
            self.at_work -= 1


def test_a_connection_goes_on_while_a_file_is_brought_to_the_disk(entry, tmp_path):
    parts = tmp_path / "tmp"
    disk = SlowDisk(tmp_path / "extra", lambda: list(parts.glob(f"{NAMES[1]}.*")))
    assert run(entry, disk, connections=1).completed == len(NAMES)


@pytest.mark.parametrize("connections", [1, 3])
def test_a_slow_disk_has_no_more_files_at_once_than_there_are_connections(
    entry, tmp_path, connections
):
    parts, extra = tmp_path / "tmp", tmp_path / "extra"
    disk = SlowDisk(extra, lambda: len(list(parts.glob("*"))) + len(list(extra.glob("*"))) > 1)
    outcome = run(entry, disk, connections=connections)
    assert outcome.completed == len(NAMES)
    assert 1 <= disk.most <= connections


def test_files_are_told_when_they_are_at_their_destination_and_not_before(entry, tmp_path):
    extra, seen = tmp_path / "extra", []
    run(entry, Destination(extra), connections=3,
        on_complete=lambda request: seen.append((extra / request.name).stat().st_size))
    assert seen == [SIZE] * len(NAMES)


@pytest.mark.parametrize(("number", "error"),
                         [(errno.EIO, FolderNotWritable), (errno.EDQUOT, NoSpace)])
def test_an_fsync_that_fails_late_fails_the_file_and_the_next_run_finishes_it(
    entry, tmp_path, monkeypatch, number, error
):
    extra, real = tmp_path / "extra", os.fsync

    def fail(descriptor):
        if f"{NAMES[2]}." in os.readlink(f"/proc/self/fd/{descriptor}"):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        outcome = run(entry, Destination(extra), connections=1)
    assert [failure.request.name for failure in outcome.failures] == [NAMES[2]]
    assert isinstance(outcome.fatal_error, error)
    assert not (extra / NAMES[2]).exists()
    assert outcome.completed == len(list(extra.iterdir())) < len(NAMES)
    assert run(entry, Destination(extra)).failures == []
    for name in NAMES:
        assert (extra / name).read_bytes() == (entry / name).read_bytes()


def test_a_fault_in_the_publication_is_told_and_stops_no_other_file(entry, tmp_path):
    class Odd(Destination):
        def publish(self, part, request):
            if request.name == NAMES[0]:
                raise ValueError("odd")
            super().publish(part, request)

    outcome = run(entry, Odd(tmp_path / "extra"), connections=2)
    assert [failure.request.name for failure in outcome.failures] == [NAMES[0]]
    assert "odd" in str(outcome.failures[0].error)
    assert "fault of this program" in str(outcome.failures[0].error)
    assert (outcome.completed, outcome.fatal_error) == (len(NAMES) - 1, None)


def test_files_added_when_the_last_is_published_are_fetched(entry, tmp_path):
    """By a callback, which is called when no worker has anything left to do."""
    def more(request):
        if request.name == NAMES[0]:
            downloader.add([FileRequest(NAMES[1], SIZE, NAMES[1])])

    downloader = Downloader(open_server(entry.as_uri()), Destination(tmp_path / "extra"),
                            tmp_path / "tmp", connections=1, on_complete=more)
    assert downloader.run([FileRequest(NAMES[0], SIZE, NAMES[0])]).completed == 2
