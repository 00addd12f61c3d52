"""One big file over several HTTP connections, with faults."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from transfer_scenarios import OVERLAP, SHORT_TIMEOUTS, leave_part, part_stem

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.disk.errors import NoSpace
from empiardownloader.errors import FatalError
from empiardownloader.transfer import (
    Destination,
    Downloader,
    FileRequest,
    FtpServer,
    HttpServer,
    Progress,
    Timeouts,
)
from empiardownloader.transfer.download.segments import MIN_SEGMENT

pytestmark = pytest.mark.usefixtures("no_proxy")

SIZE = 30_000_001
BIG = FileRequest("data/big.mrc", SIZE, "big.mrc")
UNKNOWN = FileRequest("data/big.mrc", None, "big.mrc")
PART = f"{part_stem(BIG)}.{SIZE}.part"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    entry = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    small = {f"data/small_{n}.mrc": os.urandom(2 * MIN_SEGMENT - 1) for n in range(2)}
    entry.add_entry("1", [{}], {"data/big.mrc": os.urandom(SIZE), **small})
    with MiniatureArchive(entry.root) as archive:
        yield archive


@pytest.fixture
def archive(served):
    served.reset()
    served.forget_requests()
    yield served
    served.reset()


@pytest.fixture
def source(archive):
    return archive.source(1, "data/big.mrc").read_bytes()


@pytest.fixture
def download(archive, tmp_path):
    def download(*wanted, protocol="https", **options):
        kind = FtpServer if protocol == "ftp" else HttpServer
        server = kind(archive.environment[f"EMPIAR_{protocol.upper()}_URL"] + "/1", SHORT_TIMEOUTS)
        options.setdefault("sleep", lambda seconds: None)
        place = Destination(tmp_path / "extra")
        return Downloader(server, place, tmp_path / "tmp", **options).run(wanted or [BIG])

    return download


def starts(archive, command="GET"):
    return sorted(
        request["rest"] or 0 for request in archive.requests() if request["command"] == command
    )


def assert_whole(tmp_path, source):
    assert (tmp_path / "extra" / "big.mrc").read_bytes() == source
    assert os.listdir(tmp_path / "tmp") == []


class Held(Progress):
    """Nobody gets further than a beginning until four connections bring something, or too late."""

    def __init__(self, archive):
        super().__init__()
        self._archive = archive
        self._until = time.monotonic() + 60
        self.came = []
        archive.set(rate=5_000)

    def add_received(self, count):
        super().add_received(count)
        if len(self.came) < 4:
            self.came = starts(self._archive)
            if len(self.came) == 4 or time.monotonic() > self._until:
                self._archive.set(rate=0)


def test_one_file_comes_over_four_limited_connections_at_once_in_equal_parts(
    archive, tmp_path, source
):
    url = archive.environment["EMPIAR_HTTPS_URL"] + "/1"
    patient = HttpServer(url, Timeouts(connect=30.0, stall=60.0, listing=30.0))
    held = Held(archive)
    place = Destination(tmp_path / "extra")
    assert Downloader(patient, place, tmp_path / "tmp", progress=held).run([BIG]).completed == 1
    assert_whole(tmp_path, source)
    assert held.came == pytest.approx([0, SIZE / 4, SIZE / 2, 3 * SIZE / 4], abs=100_000)
    asked = starts(archive)
    assert set(held.came) <= set(asked)
    assert all(later - start >= MIN_SEGMENT for start, later in zip(asked, asked[1:])), (
        "what is divided later is worth a request")


def test_a_size_that_is_not_listed_is_asked_for_once(archive, download, tmp_path, source):
    archive.set(rate=20_000_000)
    assert download(UNKNOWN).completed == 1
    assert_whole(tmp_path, source)
    assert archive.count("HEAD") == 1
    assert len(starts(archive)) >= 4


def test_small_files_are_asked_for_whole_and_once(archive, download):
    archive.set(rate=10_000_000)
    wanted = [FileRequest(f"data/small_{n}.mrc", 2 * MIN_SEGMENT - 1, f"{n}") for n in range(2)]
    assert download(*wanted).completed == 2
    assert starts(archive) == [0, 0]


def test_over_ftp_a_file_is_never_divided(archive, download, tmp_path, source):
    archive.set(rate=30_000_000)
    assert download(protocol="ftp").completed == 1
    assert_whole(tmp_path, source)
    assert starts(archive, "RETR") == [0]


def test_progress_counts_every_byte_of_every_part_once(archive, download):
    archive.set(rate=20_000_000, cut_after=3_000_000, cut_times=5)
    progress = Progress()
    assert download(progress=progress).completed == 1
    state = progress.snapshot()
    assert (state.bytes_done, state.bytes_total, state.files_done) == (SIZE, SIZE, 1)
    assert progress.bytes_received() == SIZE, "no byte came twice"


@pytest.mark.parametrize(
    "fault",
    [
        {"cut_after": 0, "cut_times": 3},
        {"cut_after": 2_000_000, "cut_times": 6},
        {"stall_after": 0, "stall_times": 2},
        {"stall_after": 3_000_000, "stall_times": 3},
    ],
)
def test_faults_on_some_connections_lose_nothing(archive, download, tmp_path, source, fault):
    archive.set(rate=20_000_000, **fault)
    before = set(threading.enumerate())
    assert download().completed == 1
    assert_whole(tmp_path, source)
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("wanted", [BIG, UNKNOWN])
def test_a_server_without_ranges_sends_the_file_over_one_connection(
    archive, download, tmp_path, source, caplog, wanted
):
    caplog.set_level("INFO", "empiardownloader")
    archive.set(rate=20_000_000, refuse_rest=True)
    progress = Progress()
    assert download(wanted, progress=progress).completed == 1
    assert_whole(tmp_path, source)
    assert sum("whole files only" in message for message in caplog.messages) == 1
    assert len(starts(archive)) <= 8
    assert progress.snapshot().bytes_done == SIZE


@pytest.mark.parametrize("off", [-5, 5, 10_000_000])
def test_a_wrong_size_in_the_list_is_put_right(archive, download, tmp_path, source, off):
    assert download(FileRequest("data/big.mrc", SIZE + off, "big.mrc")).completed == 1
    assert_whole(tmp_path, source)


def test_a_file_that_is_replaced_under_way_begins_again_over_all_connections(
    archive, download, tmp_path, source, caplog
):
    caplog.set_level("INFO", "empiardownloader")
    archive.set(rate=20_000_000, cut_after=3_000_000)  # each comes to a pause before the end
    place = archive.source(1, "data/big.mrc")
    content = os.urandom(SIZE)
    new = place.with_name("new")
    new.write_bytes(content)
    os.utime(new, (time.time() + 5, time.time() + 5))
    replacing = threading.Lock()

    def replace(seconds):
        # All wait for it: else the other connections may bring the rest of the old file meanwhile.
        with replacing:
            if new.exists():
                os.replace(new, place)

    progress = Progress()
    try:
        assert download(sleep=replace, progress=progress).completed == 1
    finally:
        place.write_bytes(source)
    assert_whole(tmp_path, content)
    assert 1 <= sum("; begun again" in line for line in caplog.messages) <= 2
    assert progress.snapshot().bytes_done == SIZE


def test_a_missing_file_is_one_failure_and_nothing_is_left_open(archive, download):
    archive.set(missing=["*/big.mrc"])
    outcome = download()
    assert (outcome.completed, len(outcome.failures), outcome.fatal_error) == (0, 1, None)


@pytest.fixture
def with_gaps(tmp_path, source):
    """Leave the part of an interrupted download with two received pieces."""
    pieces = ((0, 1_000_000), (9_000_000, 20_000_000))
    leave_part(tmp_path / "tmp", BIG, SIZE, {start: source[start:stop] for start, stop in pieces})


def test_continue_fetches_the_gaps_and_nothing_else(
    archive, download, tmp_path, source, with_gaps
):
    archive.set(rate=20_000_000)
    progress = Progress()
    assert download(progress=progress).completed == 1
    assert_whole(tmp_path, source)
    assert progress.bytes_received() == SIZE - 12_000_000


def test_ftp_goes_on_at_the_first_gap_of_what_https_left(
    archive, download, tmp_path, source, with_gaps
):
    progress = Progress()
    assert download(protocol="ftp", progress=progress).completed == 1
    assert_whole(tmp_path, source)
    assert starts(archive, "RETR") == [1_000_000 - OVERLAP]
    assert progress.snapshot().bytes_done == SIZE


def test_https_divides_what_ftp_left(archive, download, tmp_path, source):
    leave_part(tmp_path / "tmp", BIG, SIZE, {0: source[:10_000_000]})
    archive.set(rate=20_000_000)
    assert download().completed == 1
    assert_whole(tmp_path, source)
    asked = starts(archive)
    assert asked[0] == 10_000_000 - OVERLAP
    assert len(asked) >= 4


def test_a_part_whose_file_has_changed_its_size_is_not_trusted(archive, download, tmp_path):
    wanted = FileRequest("data/big.mrc", SIZE + 7, "big.mrc")
    leave_part(tmp_path / "tmp", wanted, SIZE + 7, {9_000_000: b"something else"})
    assert download(wanted).completed == 1
    assert_whole(tmp_path, archive.source(1, "data/big.mrc").read_bytes())


# ------ a kill, a machine that sleeps, a clock that jumps

WORKER = f"""
import sys
from pathlib import Path
from empiardownloader.transfer import *
from empiardownloader.transfer.download import part_file
part_file.SYNC_BYTES = 1_000_000
url, folder = sys.argv[1:]
server = HttpServer(url, Timeouts(connect=2.0, stall=0.5, listing=5.0))
outcome = Downloader(server, Destination(Path(folder, "extra")), Path(folder, "tmp")).run(
    [FileRequest("data/big.mrc", {SIZE}, "big.mrc")])
sys.exit(outcome.completed != 1)
"""


@contextlib.contextmanager
def downloading(archive, tmp_path):
    url = archive.environment["EMPIAR_HTTPS_URL"] + "/1"
    with subprocess.Popen([sys.executable, "-c", WORKER, url, str(tmp_path)]) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_there_is_more_than(count, part):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if part.exists() and part.stat().st_blocks * 512 > count:
            return
        time.sleep(0.01)
    raise AssertionError("nothing comes")


def test_after_kills_all_that_had_come_is_kept(archive, download, tmp_path, source):
    archive.set(rate=4_000_000)
    for count in (4_000_000, 12_000_000, 20_000_000):
        with downloading(archive, tmp_path):
            wait_until_there_is_more_than(count, tmp_path / "tmp" / PART)
    archive.set(rate=0)
    progress = Progress()
    assert download(progress=progress).completed == 1
    assert_whole(tmp_path, source)
    assert progress.bytes_received() < SIZE - 15_000_000


def test_a_machine_that_slept_longer_than_a_stall_goes_on(archive, tmp_path, source):
    archive.set(rate=4_000_000)
    with downloading(archive, tmp_path) as process:
        wait_until_there_is_more_than(4_000_000, tmp_path / "tmp" / PART)
        process.send_signal(signal.SIGSTOP)
        archive.kill()  # its connections die meanwhile
        time.sleep(1.5)
        archive.restart()
        process.send_signal(signal.SIGCONT)
        assert process.wait(120) == 0
    assert_whole(tmp_path, source)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_jumps_changes_nothing(
    archive, download, tmp_path, source, monkeypatch, hours
):
    archive.set(rate=8_000_000, stall_after=1_000_000, stall_times=1)
    begun, now = time.monotonic(), time.time

    def jumped():
        return now() + (3600 * hours if time.monotonic() - begun > 0.3 else 0)

    monkeypatch.setattr(time, "time", jumped)
    assert download().completed == 1
    assert_whole(tmp_path, source)
    assert time.monotonic() - begun < 60


# ------ a server that says nothing, a disk that is too small


def test_a_server_that_never_answers_ends_the_run_with_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        server = HttpServer(
            f"http://127.0.0.1:{listener.getsockname()[1]}", Timeouts(2.0, 0.1, 1.0)
        )
        waits = []
        outcome = Downloader(
            server, Destination(tmp_path / "extra"), tmp_path / "tmp", connections=1,
            sleep=waits.append,
        ).run([FileRequest(f"{n}.mrc", 5, f"{n}.mrc") for n in range(1000)])
    assert isinstance(outcome.fatal_error, FatalError)
    assert "accepts the connection and does not answer" in str(outcome.fatal_error)
    assert len(outcome.failures) == 1
    assert 60 <= sum(waits) <= 200


@contextlib.contextmanager
def small_disk(tmp_path, size):
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(disk)]
    if subprocess.run(words, capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def downloader_to(disk, archive, **options):
    server = HttpServer(archive.environment["EMPIAR_HTTPS_URL"] + "/1", SHORT_TIMEOUTS)
    return Downloader(server, Destination(disk / "extra"), disk / "tmp", **options)


def test_a_file_that_does_not_fit_is_told_before_its_first_byte(archive, tmp_path):
    with small_disk(tmp_path, "14m") as disk:
        outcome = downloader_to(disk, archive).run([UNKNOWN])
    assert isinstance(outcome.fatal_error, NoSpace)
    assert "30.0 MB to download" in str(outcome.fatal_error)
    assert "14.7 MB free" in str(outcome.fatal_error)
    assert starts(archive) == []


def test_a_disk_that_fills_up_amid_the_parts_loses_none_of_them(archive, tmp_path, source):
    archive.set(rate=8_000_000)
    with small_disk(tmp_path, "40m") as disk:
        ballast = disk / "somebody else's file"

        class Filling(Progress):
            def add_received(self, count):
                super().add_received(count)
                if self.bytes_received() > 8_000_000 and not ballast.exists():
                    ballast.write_bytes(bytes(20 << 20))

        outcome = downloader_to(disk, archive, progress=Filling()).run([BIG])
        assert isinstance(outcome.fatal_error, NoSpace)
        assert not (disk / "extra" / "big.mrc").exists()
        ballast.unlink()
        progress = Progress()
        assert downloader_to(disk, archive, progress=progress).run([BIG]).completed == 1
        assert (disk / "extra" / "big.mrc").read_bytes() == source
        assert progress.bytes_received() < SIZE - 8_000_000


def test_two_runs_into_one_folder_share_the_work(archive, tmp_path, source):
    archive.set(rate=8_000_000)
    url = archive.environment["EMPIAR_HTTPS_URL"] + "/1"
    outcomes = []

    def run():
        server, place = HttpServer(url, SHORT_TIMEOUTS), Destination(Path(tmp_path, "extra"))
        outcomes.append(Downloader(server, place, tmp_path / "tmp").run([BIG]))

    runs = [threading.Thread(target=run) for _ in range(2)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    assert [outcome.completed for outcome in outcomes] == [1, 1]
    assert_whole(tmp_path, source)
