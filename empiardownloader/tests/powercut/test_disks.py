"""The transfer on disks that users have: full, of a quota, read-only, without locks or links."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import traceback
from pathlib import Path

import pytest
from image_disks import MEGABYTE, block_device, make_image, mounted, own_mounts, why_not

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.disk.atomic import move_into_place
from empiardownloader.transfer import Destination, Downloader, FileRequest, FtpServer

NAMES = ["a.mrc", "b.mrc", "c.mrc", "d.mrc"]
SIZE = 2 * MEGABYTE
ALICE, BOB, GROUP = 1501, 1502, 1500

pytestmark = pytest.mark.skipif(bool(why_not("ext4")), reason=why_not("ext4") or "it can")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    own_mounts()
    entries = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    files = {f"data/{name}": os.urandom(SIZE) for name in NAMES}
    entries.add_entry("1", [{"directory": "data"}], files)
    with MiniatureArchive(entries.root) as archive:
        # What a child needs is loaded before it has lost the rights of root.
        time.strptime("0", "%S")
        outcome = fetch(archive, entries.root / "warm")
        assert outcome["complete"] == len(NAMES)
        yield archive


@pytest.fixture(autouse=True)
def plain(archive):
    archive.reset()


@pytest.fixture
def disk(tmp_path):
    """An ext4 with room for the four files and a little more, where all users come."""
    image = make_image(tmp_path / "disk.img", "ext4", 16 * MEGABYTE, "-m", "0")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # pytest's own folders are root's alone
        with mounted(image, Path(folder, "disk")) as place:
            place.chmod(0o777)
            yield place


def fetch(archive, folder, **options):
    """A transfer of the four files, and what came of it as plain values."""
    server = FtpServer(archive.environment["EMPIAR_FTP_URL"] + "/1")
    requests = [FileRequest(f"data/{name}", SIZE, name) for name in NAMES]
    destination = Destination(folder / "extra")
    outcome = Downloader(server, destination, folder / "tmp", **options).run(requests)
    return {"complete": outcome.completed, "fatal": type(outcome.fatal_error).__name__,
            "said": str(outcome.fatal_error),
            "failed": [str(one.error) for one in outcome.failures]}


def start_as(user, umask, archive, folder, **options):
    """The same by a user without root's rights, in a process of its own: its number and a pipe."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    try:
        os.setgroups([])
        os.setgid(GROUP)
        os.setuid(user)
        os.umask(umask)
        said = fetch(archive, folder, **options)
    except BaseException:  # noqa: BLE001 (the test shows it)
        said = {"raised": traceback.format_exc()}
    os.write(writing, json.dumps(said).encode())
    os._exit(0)


def fetch_as(user, umask, archive, folder, **options):
    """What came of it, when it has ended."""
    child, reading = start_as(user, umask, archive, folder, **options)
    with open(reading, "rb") as pipe:
        said = json.loads(pipe.read())
    os.waitpid(child, 0)
    assert "raised" not in said, said["raised"]
    return said


def assert_all_whole(archive, folder, least=0, most=4):
    """What is visible is whole, and its number within these bounds."""
    here = sorted(path.name for path in (folder / "extra").glob("*"))
    assert least <= len(here) <= most, here
    for name in here:
        assert (folder / "extra" / name).read_bytes() == \
            archive.source(1, f"data/{name}").read_bytes(), name


def fill(disk):
    """Another program's file takes what is left."""
    with open(disk / "ballast", "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def test_a_disk_that_fills_up(archive, disk):
    outcome = fetch(archive, disk, connections=1, on_complete=lambda wanted: fill(disk))
    assert outcome["fatal"] == "NoSpace", outcome
    assert " free" in outcome["said"]
    assert_all_whole(archive, disk, 1, 3)
    (disk / "ballast").unlink()
    assert fetch(archive, disk)["complete"] == 4
    assert_all_whole(archive, disk, 4)


@pytest.mark.skipif(bool(why_not("btrfs")), reason=why_not("btrfs") or "it can")
def test_a_quota_that_is_used_up(archive, tmp_path):
    def btrfs(*words):
        subprocess.run(["btrfs", *words], check=True, stdout=subprocess.DEVNULL)

    image = make_image(tmp_path / "disk.img", "btrfs")
    with mounted(image, tmp_path / "disk") as disk:
        folder = disk / "home"
        btrfs("quota", "enable", str(disk))
        btrfs("subvolume", "create", str(folder))
        btrfs("qgroup", "limit", "5M", str(folder))
        outcome = fetch(archive, folder, connections=1)
        assert outcome["fatal"] == "NoSpace", outcome
        assert "quota" in outcome["said"]
        assert_all_whole(archive, folder, 1, 3)
        btrfs("qgroup", "limit", "none", str(folder))
        assert fetch(archive, folder)["complete"] == 4
        assert_all_whole(archive, folder, 4)


def test_a_disk_that_becomes_read_only_under_way(archive, tmp_path):
    """As ext4 does by itself when its disk has an error."""
    image = make_image(tmp_path / "disk.img", "ext4", 16 * MEGABYTE, "-m", "0")

    def break_down(wanted):
        subprocess.run(["mount", "-o", "remount,abort", str(tmp_path / "disk")])

    with mounted(image, tmp_path / "disk", "loop,errors=remount-ro") as place:
        outcome = fetch(archive, place, connections=1, on_complete=break_down)
        assert outcome["fatal"] == "FolderNotWritable", outcome
        assert_all_whole(archive, place, 1, 3)
    subprocess.run(["fsck.ext4", "-p", str(image)], stdout=subprocess.DEVNULL)
    with mounted(image, tmp_path / "disk") as place:
        assert_all_whole(archive, place, 1, 3)
        assert fetch(archive, place)["complete"] == 4
        assert_all_whole(archive, place, 4)


@pytest.mark.skipif(not (shutil.which("mount.exfat-fuse") and os.path.exists("/dev/fuse")),
                    reason="there is no exfat-fuse: run install.sh")
def test_a_file_system_without_links_by_fuse(archive, tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    with block_device(tmp_path / "disk.img", 32 * MEGABYTE) as device:
        subprocess.run(["mkfs.exfat", device], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["mount.exfat-fuse", device, str(place)], check=True,
                       stdout=subprocess.DEVNULL)
        try:
            with pytest.raises(OSError):
                os.symlink("a", place / "link")
            assert fetch(archive, place)["complete"] == 4
            assert_all_whole(archive, place, 4)
            outside = tmp_path / "e.part"
            outside.write_bytes(b"12345")
            move_into_place(outside, place / "extra" / "e.mrc")
            assert sorted(os.listdir(place / "extra")) == [*NAMES, "e.mrc"]
        finally:
            subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
def test_a_part_of_another_user_fails_one_file_at_most(archive, disk, umask):
    """One user's run was killed in the middle of a file; the other three come to the next user."""
    for folder in (disk / "extra", disk / "tmp"):
        folder.mkdir()
        os.chown(folder, ALICE, GROUP)
        folder.chmod(0o2775)
    archive.set(stall_after=SIZE // 2)
    child, reading = start_as(ALICE, umask, archive, disk, connections=1)
    try:
        until = time.monotonic() + 120
        while not any(part.stat().st_size >= SIZE // 2 for part in disk.glob("tmp/*.part")):
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(reading)
    archive.reset()
    outcome = fetch_as(BOB, umask, archive, disk, connections=2)
    assert outcome["complete"] >= 3, outcome
    assert outcome["fatal"] == "NoneType", outcome
    assert_all_whole(archive, disk, 3)
