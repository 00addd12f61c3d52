"""A disk that fills up under way, and one that takes no files: real ones, a few MB large."""

import os
import subprocess
import threading
from pathlib import Path

import pytest
from transfer_scenarios import MOVIES, SHORT_TIMEOUTS, SIZE
from waiting import wait_until

from empiardownloader.disk.errors import FolderNotWritable, NoSpace
from empiardownloader.transfer import Destination, Downloader, FileRequest, FtpServer
from empiardownloader.units import format_size

MEGABYTE = 1 << 20


@pytest.fixture
def disk(tmp_path):
    """An empty disk of 14 MB: room for four movies and a little more."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=14m", "tmpfs", str(place)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here; test_transfer_parts has a disk that says it is")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def downloader(archive, disk, **options):
    server = FtpServer(archive.environment["EMPIAR_FTP_URL"] + "/1", SHORT_TIMEOUTS)
    return Downloader(server, Destination(disk / "extra"), disk / "tmp", **options)


def four_movies():
    return [FileRequest(f"data/{name}", SIZE + n, name) for n, name in enumerate(MOVIES[:4])]


def whole(archive, disk):
    """The movies in extra, each compared with its source."""
    names = os.listdir(disk / "extra") if (disk / "extra").exists() else []
    for name in names:
        source = archive.source(1, f"data/{name}").read_bytes()
        assert (disk / "extra" / name).read_bytes() == source, name
    return sorted(names)


def test_a_disk_that_fills_up_leaves_nothing_half_and_continue_goes_on(archive, disk):
    archive.reset()
    archive.set(rate=4_000_000)
    ballast = disk / "somebody else's file"
    first_is_here = threading.Event()

    def second_has_begun():
        # More than a resume asks for again.
        return any(part.stat().st_blocks * 512 > 500_000
                   for part in disk.glob(f"tmp/{MOVIES[1]}.*.part"))

    def fill_the_disk():
        first_is_here.wait(30)
        wait_until(second_has_begun)
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(MEGABYTE // 16))
            except OSError:
                pass

    filler = threading.Thread(target=fill_the_disk)
    filler.start()
    first = downloader(
        archive, disk, connections=1, on_complete=lambda wanted: first_is_here.set()
    )
    outcome = first.run(four_movies())
    filler.join()
    assert isinstance(outcome.fatal_error, NoSpace)
    here = whole(archive, disk)
    assert 1 <= len(here) < 4
    state = first.progress.snapshot()
    needed = format_size(state.bytes_total - state.bytes_done)
    shortage = f"Not enough disk space in {disk / 'tmp'}: {needed} to download, "
    assert shortage in str(outcome.fatal_error)
    assert " free: make room" in str(outcome.fatal_error)
    ballast.unlink()
    archive.reset()
    archive.forget_requests()
    again = downloader(archive, disk).run(four_movies())
    assert (again.completed, again.fatal_error) == (4, None)
    assert whole(archive, disk) == MOVIES[:4]
    assert any(request["rest"] for request in archive.requests() if request["command"] == "RETR")


def test_a_disk_that_is_too_small_is_told_before_the_first_byte(archive, disk):
    archive.reset()
    archive.forget_requests()
    wanted = [FileRequest(f"data/{name}", SIZE + n, name) for n, name in enumerate(MOVIES)]
    outcome = downloader(archive, disk).run(wanted)
    assert isinstance(outcome.fatal_error, NoSpace)
    assert "18.0 MB" in str(outcome.fatal_error)
    assert archive.count("RETR") == 0


def test_a_disk_that_takes_no_files_is_told_with_a_remedy(archive, disk):
    archive.reset()
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    outcome = downloader(archive, disk).run(four_movies())
    assert isinstance(outcome.fatal_error, FolderNotWritable)
    assert "check its permissions" in str(outcome.fatal_error)
    assert Path(disk).exists()
