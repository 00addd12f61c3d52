"""A run ends in spite of any exception, and soon after a request to stop."""

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import pytest
from random_files import random_files
from silent_ports import full_port
from waiting import wait_until

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.disk.errors import FolderNotWritable, NoSpace
from empiardownloader.net.errors import ConnectionFailed, FileMissing
from empiardownloader.transfer import (
    Destination,
    Downloader,
    FileRequest,
    FtpServer,
    HttpServer,
    Server,
    Timeouts,
    open_server,
)
from empiardownloader.transfer.download import part_file
from empiardownloader.transfer.folder import FolderConnection

pytestmark = pytest.mark.usefixtures("no_proxy")

#: Nothing in these tests may be ended by a time-out.
PATIENT = Timeouts(connect=600.0, stall=600.0, listing=600.0)
SIZE = 5_000_000
NAMES = [f"{n}.mrc" for n in range(5)]


@pytest.fixture
def entry(tmp_path):
    return random_files(tmp_path / "entry", NAMES, SIZE)


@pytest.fixture
def run(entry, tmp_path):
    """Download five files and one that is missing; fail where that does not end."""

    def run(server=None, names=(*NAMES, "missing.mrc"), size=SIZE, **options):
        options.setdefault("connections", 2)
        options.setdefault("sleep", lambda seconds: None)
        server = server or open_server(entry.as_uri())
        place = Destination(tmp_path / "extra")
        downloader = Downloader(server, place, tmp_path / "tmp", **options)
        outcomes = []
        wanted = [FileRequest(name, size, name) for name in names]
        thread = threading.Thread(target=lambda: outcomes.append(downloader.run(wanted)))
        thread.daemon = True
        before = set(threading.enumerate())
        thread.start()
        thread.join(120)
        assert outcomes, "it hangs"
        assert set(threading.enumerate()) <= before, "no thread outlives the run"
        return outcomes[0]

    return run


def raising(error):
    def callback(news):
        raise error

    return callback


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("callback", ["on_complete", "on_failure"])
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "the log's disk is full"), ValueError("odd")]
)
def test_a_callback_that_raises_ends_the_run_with_its_error(
    run, tmp_path, connections, callback, error
):
    names = ["missing.mrc", *NAMES] if callback == "on_failure" else NAMES
    outcome = run(names=names, connections=connections, **{callback: raising(error)})
    assert "a fault of this program" in str(outcome.fatal_error)
    assert type(error).__name__ in str(outcome.fatal_error)
    assert outcome.completed == len(os.listdir(tmp_path / "extra")), "what is here is counted"


@pytest.mark.parametrize("callback", ["on_complete", "on_failure"])
def test_a_callback_that_raises_before_the_first_worker_ends_the_run_likewise(
    entry, tmp_path, callback
):
    (tmp_path / "extra").mkdir()
    (tmp_path / "extra" / NAMES[0]).write_bytes((entry / NAMES[0]).read_bytes())
    outcome = Downloader(open_server(entry.as_uri()), Destination(tmp_path / "extra"),
                         tmp_path / "tmp", **{callback: raising(OSError("full"))}).run(
        [FileRequest(NAMES[0], SIZE, NAMES[0]), FileRequest("x", 5, "../x"),
         FileRequest(NAMES[1], SIZE, "1")])
    assert "a fault of this program" in str(outcome.fatal_error)
    assert not (tmp_path / "extra" / "1").exists()


def test_a_callback_that_ends_its_thread_does_not_leave_the_others_waiting(run):
    outcome = run(on_failure=lambda failure: sys.exit(3), names=["missing.mrc", *NAMES])
    assert "SystemExit" in str(outcome.fatal_error)


class Odd(Server):
    """The folder, over connections of which a method raises what no connection should."""

    def __init__(self, entry, method, error):
        self._root, self._method, self._error = entry, method, error
        self.raised = 0

    def connect(self):
        if self._method == "connect":
            self.fail()
        connection = FolderConnection(self._root)
        setattr(connection, self._method, self.fail)
        return connection

    def fail(self, *arguments):
        self.raised += 1
        raise self._error


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("method", ["connect", "size_of", "fetch"])
@pytest.mark.parametrize("error", [ValueError("odd"), OSError(errno.EIO, "odd"), MemoryError()])
def test_an_error_that_nobody_foresaw_fails_each_file_and_ends(
    run, entry, connections, method, error
):
    outcome = run(Odd(entry, method, error), NAMES, None, connections=connections)
    assert (outcome.completed, len(outcome.failures)) == (0, 5)
    assert all("a fault of this program" in str(failure.error) for failure in outcome.failures)


@pytest.mark.parametrize("connections", [1, 4])
def test_a_connection_that_cannot_be_closed_costs_nothing(run, entry, tmp_path, connections):
    server = Odd(entry, "close", OSError(errno.EIO, "odd"))
    outcome = run(server, connections=connections)
    assert server.raised
    assert (outcome.completed, outcome.fatal_error) == (5, None)
    assert [type(failure.error) for failure in outcome.failures] == [FileMissing]


@pytest.mark.parametrize("names", [NAMES[:1], NAMES])
@pytest.mark.parametrize("code", [errno.EDQUOT, errno.ENOSPC, errno.EIO])
def test_what_a_network_disk_tells_when_a_file_is_closed_is_no_success(
    run, tmp_path, monkeypatch, names, code
):
    class Os:
        """os, and a server that did not take all of a file says so when it is closed."""

        def __getattr__(self, name):
            return getattr(os, name)

        def close(self, file):
            is_part = os.readlink(f"/proc/self/fd/{file}").endswith(".part")
            os.close(file)
            if is_part:
                raise OSError(code, os.strerror(code))

    monkeypatch.setattr(part_file, "os", Os())
    outcome = run(names=names)
    assert outcome.completed == 0
    assert isinstance(outcome.fatal_error, NoSpace if code != errno.EIO else FolderNotWritable)
    assert not os.path.exists(tmp_path / "extra") or os.listdir(tmp_path / "extra") == []


# ------ the end is wanted


class Silences:
    """Servers that fall silent at some moment, and the requests until then."""

    @contextlib.contextmanager
    def accepting(self):
        """Not a word after the connection."""
        with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
            yield lambda: True, f"//127.0.0.1:{listener.getsockname()[1]}/1"

    @contextlib.contextmanager
    def unreachable(self):
        """Packets to it get lost, as the queue of those that wait is full."""
        with full_port() as port:
            yield lambda: True, f"//127.0.0.1:{port}/1"

    @contextlib.contextmanager
    def in_a_file(self):
        """Nothing after the first megabyte of a file, over either protocol."""
        with tempfile.TemporaryDirectory() as folder:
            entry = ArchiveFolder(folder)
            entry.add_entry("1", [{}], {name: os.urandom(SIZE) for name in NAMES})
            with MiniatureArchive(entry.root) as archive:
                archive.set(stall_after=1_000_000)
                yield lambda: archive.count("GET") + archive.count("RETR"), archive


def address(served, kind):
    if isinstance(served, str):
        return ("ftp:" if kind == "ftp" else "http:") + served
    return served.environment[f"EMPIAR_{kind.upper()}_URL"] + "/1"


def fetched_of(kind, url):
    return (FtpServer if kind == "ftp" else HttpServer)(url, PATIENT)


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("kind", ["ftp", "https"])
@pytest.mark.parametrize("silence", ["accepting", "unreachable", "in_a_file"])
def test_a_stop_is_answered_though_the_server_is_silent(run, silence, kind, connections):
    with getattr(Silences(), silence)() as (has_begun, served):
        answered = []

        def stop_requested():
            # The downloader asks from the first moment; the wish is as old as the silence.
            if has_begun() and not answered:
                answered.append(time.monotonic())
            return bool(answered) and time.monotonic() - answered[0] > 0.5

        outcome = run(fetched_of(kind, address(served, kind)), NAMES, connections=connections,
                      stop_requested=stop_requested)  # fmt: skip
        took = time.monotonic() - answered[0]
    assert outcome.stopped
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (0, [], None)
    assert took < 60, "and not the time-outs' ten minutes"


def test_a_stop_ends_a_wait_between_two_tries(run, entry):
    server = Odd(entry, "connect", ConnectionFailed("no connection"))
    outcome = run(server, NAMES, sleep=None, patience=3600.0, initial_patience=3600.0,
                  stop_requested=lambda: server.raised > 4)  # fmt: skip
    assert outcome.stopped
    assert outcome.failures == []


PROGRAM = """
import signal, sys
from pathlib import Path
from empiardownloader.transfer import *
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
url, folder = sys.argv[1:]
patient = Timeouts(connect=600.0, stall=600.0, listing=600.0)
server = (FtpServer if url.startswith("ftp") else HttpServer)(url, patient)
try:
    Downloader(server, Destination(Path(folder, "extra")), Path(folder, "tmp")).run(
        [FileRequest(f"{n}.mrc", 5_000_000, f"{n}.mrc") for n in range(5)])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.parametrize("kind", ["ftp", "https"])
@pytest.mark.parametrize("silence", ["accepting", "unreachable", "in_a_file"])
def test_ctrl_c_is_answered_though_the_server_is_silent(tmp_path, silence, kind):
    with getattr(Silences(), silence)() as (has_begun, served):
        words = [sys.executable, "-c", PROGRAM, address(served, kind), str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            try:
                wait_until(lambda: has_begun() and threads_of(process.pid) > 1)
                process.send_signal(signal.SIGINT)
                assert process.wait(60) == 0
            finally:
                process.kill()
            assert process.stdout.read() == "interrupted\n"


def threads_of(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0
