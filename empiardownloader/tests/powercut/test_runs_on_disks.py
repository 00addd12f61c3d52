"""Whole runs of the protocol in a project on the disks that users have.

Each ends with one sentence that says what to do; after that was done, the same command finishes it.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import no_locks
import pytest
from check_cut import look_at_end, runs
from image_disks import MEGABYTE, block_device, make_image, mounted, own_mounts, why_not

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.headless import runs as headless_runs

ENTRY, MOVIES = "10001", 6
SLOW = 40_000  # bytes per second: about a movie a second
SECONDS = 300  # of a command, on a busy machine

pytestmark = pytest.mark.skipif(bool(why_not("ext4")), reason=why_not("ext4") or "it can")


class Runs:
    """One entry, and a place where every process has its disk."""

    def __init__(self, folder, archive, expected):
        self.folder, self.archive, self.expected = folder, archive, expected
        self.place = folder / "disk"
        self.place.mkdir()
        self._environment = {**os.environ, **archive.environment,
                             "SCIPION_USER_DATA": str(self.place / "data")}
        self._number = 0

    def start(self, rate=0, prefix=()):
        """Start the command that runs the protocol; returns its process and its output's file."""
        self.archive.set(rate=rate)
        self._number += 1
        output = self.folder / f"{self._number}.log"
        command = [*prefix, sys.executable, "-m", "empiardownloader", "run", ENTRY, "--all",
                   "--no-gain", "--connections", "2", "--project", "disks"]
        with open(output, "wb") as file:
            process = subprocess.Popen(command, stdout=file, stderr=file, env=self._environment,
                                       start_new_session=True)
        return process, output

    def end(self, process, output):
        """Wait for the command; returns its exit code and what it has said."""
        try:
            process.wait(SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):  # the run's own process is in its group
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        return process.returncode, output.read_text(encoding="utf-8", errors="replace")

    def broken_under_way(self, break_down):
        """Run the command, and do something to the disk when the first movie is there."""
        process, output = self.start_slowly()
        break_down()
        return self.end(process, output)

    def start_slowly(self, prefix=()):
        """Start the command, and return when the first movie is there."""
        process, output = self.start(SLOW, prefix)
        until = time.monotonic() + SECONDS
        while not any(list(run.glob("extra/*.mrc")) for run in runs(self.place)):
            assert process.poll() is None and time.monotonic() < until, output.read_text()[-3000:]
            time.sleep(0.02)
        return process, output

    def finish(self, prefix=()):
        """Run the command again, to the end."""
        code, said = self.end(*self.start(prefix=prefix))
        wrong = [said] if code else []
        look_at_end(self.place, self.expected, wrong)
        assert not wrong, wrong


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    own_mounts()
    folder = tmp_path_factory.mktemp("disks")
    contents = {}
    for number in range(MOVIES):
        stack, _ = simulate_movie(number, shape=(96, 96), frames=5)
        contents[f"movie_{number}.mrc"] = mrc_bytes(stack.astype("int8"), 1.1)
    entries = ArchiveFolder(folder / "archive")
    entries.add_entry(ENTRY, [{"directory": "data"}], {
        f"data/{name}": content for name, content in contents.items()})
    expected = {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    with MiniatureArchive(entries.root) as archive:
        yield Runs(folder, archive, expected)


def assert_ends_with(code, said, words):
    """Assert that the last that the command says is, in plain words, what is wrong."""
    assert code == 1, said[-4000:]
    assert words in said.splitlines()[-1], said[-4000:]
    assert "Traceback" not in said, said[-4000:]


def fill(disk):
    with open(disk / "ballast", "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def test_a_small_disk_that_fills_up(here, tmp_path):
    image = make_image(tmp_path / "disk.img", "ext4", 32 * MEGABYTE, "-m", "0")
    with mounted(image, here.place) as disk:
        code, said = here.broken_under_way(lambda: fill(disk))
        assert_ends_with(code, said, " is full")
        (disk / "ballast").unlink()
        here.finish()


def test_a_disk_that_becomes_read_only(here, tmp_path):
    image = make_image(tmp_path / "disk.img", "ext4", 32 * MEGABYTE, "-m", "0")
    with mounted(image, here.place, "loop,errors=remount-ro") as disk:
        code, said = here.broken_under_way(
            lambda: subprocess.run(["mount", "-o", "remount,abort", str(disk)]))
        assert_ends_with(code, said, "Read-only file system")
    subprocess.run(["fsck.ext4", "-p", str(image)], stdout=subprocess.DEVNULL)
    with mounted(image, here.place):
        here.finish()


@pytest.mark.skipif(bool(why_not("btrfs")), reason=why_not("btrfs") or "it can")
def test_a_quota_that_is_used_up(here, tmp_path):
    """No byte more is admitted: how many Btrfs does, where some are left, varies."""
    def btrfs(*words):
        return subprocess.run(["btrfs", *words], check=True, stdout=subprocess.PIPE, text=True)

    image = make_image(tmp_path / "disk.img", "btrfs")
    with mounted(image, here.place) as disk:
        btrfs("quota", "enable", str(disk))
        btrfs("subvolume", "create", str(disk / "data"))
        number = btrfs("inspect-internal", "rootid", str(disk / "data")).stdout.strip()

        def limit(size):  # from outside: the quota does not admit its own change either
            btrfs("qgroup", "limit", size, f"0/{number}", str(disk))

        code, said = here.broken_under_way(lambda: limit("1"))
        assert_ends_with(code, said, "quota")
        limit("none")
        here.finish()


@pytest.mark.skipif(not (shutil.which("mount.exfat-fuse") and os.path.exists("/dev/fuse")),
                    reason="there is no exfat-fuse: run install.sh")
def test_a_disk_without_links(here, tmp_path):
    with block_device(tmp_path / "disk.img", 32 * MEGABYTE) as device:
        subprocess.run(["mkfs.exfat", device], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["mount.exfat-fuse", device, str(here.place)], check=True,
                       stdout=subprocess.DEVNULL)
        try:
            for link in (os.link, os.symlink):
                (here.place / "a").touch()
                with pytest.raises(OSError):
                    link(here.place / "a", here.place / "b")
            here.finish()
        finally:
            subprocess.run(["umount", str(here.place)], check=True)


@pytest.mark.skipif(bool(no_locks.REASON), reason=no_locks.REASON or "it can")
def test_a_disk_without_locks(here, tmp_path):
    """Killed in the middle, with all its processes, and continued."""
    without_locks = [sys.executable, no_locks.__file__]
    refused = subprocess.run([*without_locks, "flock", str(tmp_path), "true"], text=True,
                             stderr=subprocess.PIPE)
    assert "No locks available" in refused.stderr
    image = make_image(tmp_path / "disk.img", "ext4", 32 * MEGABYTE, "-m", "0")
    with mounted(image, here.place):
        process, output = here.start_slowly(without_locks)
        os.killpg(process.pid, signal.SIGKILL)
        here.end(process, output)
        here.finish(without_locks)


def test_a_state_that_cannot_be_read_is_explained_by_the_disk(tmp_path, monkeypatch):
    """Scipion's own error is a traceback, and does not say that the disk is read-only."""
    def fail(run):
        raise Exception("Error creating SqliteMapper")

    monkeypatch.setattr("pyworkflow.protocol.getUpdatedProtocol", fail)
    monkeypatch.setattr(headless_runs, "is_running", lambda project, run: True)
    image = make_image(tmp_path / "disk.img", "ext4", 16 * MEGABYTE)
    for options, error in (("loop", "Error creating"), ("loop,ro", "Read-only file system")):
        with mounted(image, tmp_path / "disk", options) as disk, \
                pytest.raises(Exception, match=error):
            next(headless_runs.follow(SimpleNamespace(path=str(disk)), None))
