"""Bytes that go from a socket to a file within the kernel, and what happens where they cannot."""

import contextlib
import errno
import os
import random
import socket
import sys
import threading

import pytest
from scripted_ftp import scripted_ftp
from transfer_scenarios import HASTY, TransferScenarios

from empiardownloader.transfer import Downloader, FtpServer, Placement, Timeouts, Wanted
from empiardownloader.transfer import splice as module
from empiardownloader.transfer.splice import MOST, Splicer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other kernels have no splice")
real_splice = module.splice


def refuse_all(source, target, count, offset, flags):
    raise OSError(errno.ENOSYS, "not here")


def refuse_files(source, target, count, offset, flags):
    if offset is not None:
        raise OSError(errno.EINVAL, "this file system does not")
    return real_splice(source, target, count, offset, flags)


@pytest.fixture
def line():
    """A function that sends bytes from another thread, over a connection of TCP."""
    threads = []

    def send(content, timeout=10.0):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            here = socket.create_connection(listener.getsockname(), timeout)
            there, _ = listener.accept()

        def work():
            with there, contextlib.suppress(ConnectionError):  # some take less than all of it
                there.sendall(content)

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return here

    yield send
    for thread in threads:
        thread.join()


def fetch(data, file, splicer, offset=0):
    """Move all that comes to a place in the file; gives the lengths of the blocks."""
    lengths = []
    with data:
        while True:
            block = splicer.receive(data)
            lengths.append(len(block))
            while len(block):
                count = block.move(file, offset)
                offset += count
                block = block[count:]
            if not lengths[-1]:
                return lengths


@pytest.fixture
def splicer():
    splicer = Splicer()
    yield splicer
    splicer.close()


@pytest.mark.parametrize("size", [0, 1, 65_536, 3 * MOST + 17])
@pytest.mark.parametrize("offset", [0, 4097])
def test_every_byte_comes_to_its_place(line, splicer, tmp_path, size, offset):
    content = os.urandom(size)
    file = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    lengths = fetch(line(content), file, splicer, offset)
    assert os.pread(file, size + 1, offset) == content
    assert splicer.works, "it was the kernel that did it"
    assert (sum(lengths), max(lengths) <= MOST, splicer.held) == (size, True, 0)
    os.close(file)


def test_a_file_that_is_no_target_of_a_splice_is_written_to_as_any_other(line, splicer, tmp_path):
    content = os.urandom(2_000_000)
    file = os.open(tmp_path / "a", os.O_WRONLY | os.O_CREAT | os.O_APPEND)  # splice(2): EINVAL
    with line(content) as data:
        block = splicer.receive(data)
        offset = block.move(file, 0)
        assert (offset, splicer.works) == (len(block), False)
    os.close(file)
    assert (tmp_path / "a").read_bytes() == content[:offset]


def test_a_full_disk_is_an_error_of_the_write_and_no_refusal(line, splicer, tmp_path, monkeypatch):
    def full(source, target, count, offset, flags):
        if offset is not None:
            raise OSError(errno.ENOSPC, "full")
        return real_splice(source, target, count, offset, flags)

    monkeypatch.setattr(module, "splice", full)
    with line(b"abc") as data, pytest.raises(OSError, match="full") as raised:
        splicer.receive(data).move(0, 0)
    assert raised.value.errno == errno.ENOSPC
    assert splicer.works


def test_a_silent_line_is_given_up_after_its_time(splicer):
    here, there = socket.socketpair()
    here.settimeout(0.1)
    with here, there, pytest.raises(socket.timeout):
        splicer.receive(here)


def test_what_was_not_taken_does_not_come_before_what_follows(line, splicer, tmp_path):
    with line(b"left behind") as data:
        assert len(splicer.receive(data))
    file = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    fetch(line(b"wanted"), file, splicer)
    os.close(file)
    assert (tmp_path / "a").read_bytes() == b"wanted"


def test_a_pipe_of_the_usual_size_does_too(line, splicer, tmp_path, monkeypatch):
    def refuse(*arguments):
        raise PermissionError(errno.EPERM, "over the limit of this user")

    monkeypatch.setattr("fcntl.fcntl", refuse)
    content = os.urandom(1_000_000)
    file = os.open(tmp_path / "a", os.O_RDWR | os.O_CREAT)
    fetch(line(content), file, splicer)
    os.close(file)
    assert (tmp_path / "a").read_bytes() == content


# ------ in a download


def open_files():
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("splice", [real_splice, refuse_all, refuse_files])
def test_files_of_any_size_come_whole_and_no_pipe_stays_open(tmp_path, monkeypatch, splice):
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return splice(*arguments)

    monkeypatch.setattr(module, "splice", counted)
    before, chance = open_files(), random.Random(2)
    with scripted_ftp() as script:
        script.contents = {f"/1/{n}.mrc": os.urandom(chance.choice([1, 70_000, 3_000_000]))
                           for n in range(12)}
        wanted = [Wanted(path[3:], len(content), path[3:])
                  for path, content in script.contents.items()]
        outcome = Downloader(FtpServer(script.url, Timeouts(2.0, 5.0, 5.0)),
                             Placement(tmp_path / "extra"), tmp_path / "tmp").run(wanted)
        assert (outcome.complete, outcome.failures, outcome.fatal) == (12, [], None)
        for path, content in script.contents.items():
            assert (tmp_path / "extra" / path[3:]).read_bytes() == content
    assert calls
    if splice is refuse_all:
        assert len(calls) <= 4, "one refusal per connection is enough"
    assert open_files() <= before


def test_a_file_that_is_longer_than_its_list_leaves_nothing_for_the_next(tmp_path):
    with scripted_ftp() as script:
        script.contents = {"/1/long.mrc": os.urandom(900_000), "/1/next.mrc": os.urandom(900_000)}
        wanted = [Wanted("long.mrc", 100_000, "long.mrc"), Wanted("next.mrc", 900_000, "next.mrc")]
        outcome = Downloader(FtpServer(script.url, HASTY), Placement(tmp_path / "extra"),
                             tmp_path / "tmp", connections=1,
                             pause=lambda seconds: None).run(wanted)
        assert (outcome.complete, outcome.failures) == (2, [])
        for path, content in script.contents.items():
            assert (tmp_path / "extra" / path[3:]).read_bytes() == content


class WithoutSplice(TransferScenarios):
    command = "RETR"

    def make_server(self, archive):
        return FtpServer(archive.environment["EMPIAR_FTP_URL"] + "/1", HASTY)

    def make_unreachable_server(self, url):
        return FtpServer(f"ftp://{url}", HASTY)


class TestWhereTheKernelHasNoSplice(WithoutSplice):
    @pytest.fixture(autouse=True)
    def refuse(self, monkeypatch):
        monkeypatch.setattr(module, "splice", refuse_all)


class TestWhereTheFileSystemDoesNotTakeIt(WithoutSplice):
    @pytest.fixture(autouse=True)
    def refuse(self, monkeypatch):
        monkeypatch.setattr(module, "splice", refuse_files)
