"""Files that appear whole and durable or not at all; the order of what reaches the disk."""

import errno
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from empiardownloader.disk import atomic
from empiardownloader.disk.atomic import (
    atomic_file,
    atomic_link,
    move_into_place,
    read_json,
    remove_leftovers,
    sync_folder,
    write_json,
)
from empiardownloader.disk.errors import FolderNotWritable, NoSpace
from empiardownloader.transfer import Destination, FileRequest

OTHER_DISK = Path("/dev/shm")
TWO_DISKS = OTHER_DISK.is_dir() and os.stat("/dev/shm").st_dev != os.stat("/tmp").st_dev


@pytest.fixture
def part(tmp_path):
    path = tmp_path / "a.part"
    path.write_bytes(b"12345")
    return path


@pytest.fixture
def other_device(monkeypatch):
    """Renames out of the part's folder fail, as between two file systems."""
    rename = os.replace

    def replace(source, final):
        if str(source).endswith(".part"):
            raise OSError(errno.EXDEV, "other device")
        rename(source, final)

    monkeypatch.setattr(os, "replace", replace)


@pytest.fixture
def calls(monkeypatch):
    """The order of fsync and rename; a descriptor is told by the path that it has at the time."""
    seen = []
    fsync, rename = os.fsync, os.replace

    def spied_fsync(descriptor):
        seen.append(("fsync", Path(os.readlink(f"/proc/self/fd/{descriptor}")).name))
        fsync(descriptor)

    def spied_rename(source, final):
        seen.append(("rename", Path(final).name))
        rename(source, final)

    monkeypatch.setattr(os, "fsync", spied_fsync)
    monkeypatch.setattr(os, "replace", spied_rename)
    return seen


def without_chance(calls):
    return [(what, "hidden" if name.endswith(".incoming") else name) for what, name in calls]


def test_content_is_on_the_disk_before_the_name_and_the_name_before_the_end(part, calls):
    move_into_place(part, part.parent / "extra" / "a.mrc")
    assert calls == [
        ("fsync", "a.part"), ("fsync", part.parent.name), ("rename", "a.mrc"), ("fsync", "extra"),
    ]


def test_a_copy_is_on_the_disk_before_it_has_its_name(part, other_device, calls):
    (part.parent / "extra").mkdir()
    move_into_place(part, part.parent / "extra" / "a.mrc")
    assert without_chance(calls) == [
        ("fsync", "a.part"), ("rename", "a.mrc"),  # which fails
        ("fsync", "hidden"), ("rename", "a.mrc"), ("fsync", "extra"),
    ]
    assert not part.exists()


@pytest.mark.parametrize("write", [
    lambda path: write_json(path, [1]),
    lambda path: atomic_link(path, Path("there")),
])
def test_small_files_keep_the_same_order(tmp_path, calls, write):
    write(tmp_path / "a.json")
    assert without_chance(calls)[-2:] == [("rename", "a.json"), ("fsync", tmp_path.name)]
    assert os.listdir(tmp_path) == ["a.json"]


def test_an_error_that_only_fsync_tells_leaves_the_name_free(part, monkeypatch):
    def fail(descriptor):
        raise OSError(errno.EIO, "a write before has failed")

    monkeypatch.setattr(os, "fsync", fail)
    final = part.parent / "a.mrc"
    with pytest.raises(OSError, match="a write before"):
        move_into_place(part, final)
    with pytest.raises(OSError, match="a write before"):
        write_json(final, [])
    assert os.listdir(part.parent) == ["a.part"]


def test_an_error_that_only_close_tells_leaves_the_name_free(tmp_path, monkeypatch):
    close, duplicate = os.close, os.dup
    duplicates = []

    def noted(descriptor):
        duplicates.append(duplicate(descriptor))
        return duplicates[-1]

    def fail(descriptor):
        close(descriptor)
        if descriptor in duplicates:
            duplicates.remove(descriptor)
            raise OSError(errno.EDQUOT, "the file server tells it now")

    monkeypatch.setattr(os, "dup", noted)
    monkeypatch.setattr(os, "close", fail)
    with pytest.raises(OSError, match="tells it now"), atomic_file(tmp_path / "a.mrc") as file:
        file.write(b"1")
    monkeypatch.undo()
    assert os.listdir(tmp_path) == []


def test_a_link_in_the_parts_place_is_not_followed(tmp_path):
    (tmp_path / "precious").write_bytes(b"12345")
    (tmp_path / "a.part").symlink_to("precious")
    with pytest.raises(OSError) as refused:
        move_into_place(tmp_path / "a.part", tmp_path / "a.mrc")
    assert refused.value.errno == errno.ELOOP
    assert not (tmp_path / "a.mrc").exists()


def test_a_link_in_the_files_place_is_replaced(part):
    final = part.parent / "a.mrc"
    (part.parent / "precious").write_bytes(b"precious")
    final.symlink_to("precious")
    move_into_place(part, final)
    assert not final.is_symlink()
    assert (part.parent / "precious").read_bytes() == b"precious"


@pytest.mark.skipif(not TWO_DISKS, reason="there is one file system only")
def test_between_file_systems_a_hidden_copy_is_renamed(tmp_path):
    with tempfile.TemporaryDirectory(dir=OTHER_DISK) as folder:
        part = Path(folder, "a.part")
        part.write_bytes(b"12345")
        move_into_place(part, tmp_path / "extra" / "a.mrc")
        assert (tmp_path / "extra" / "a.mrc").read_bytes() == b"12345"
        assert os.listdir(tmp_path / "extra") == ["a.mrc"]
        assert not part.exists()


@pytest.mark.parametrize(("number", "free", "error", "words"), [
    (errno.ENOSPC, 2, NoSpace, "extra: 5 bytes to download, 2 bytes free"),
    (errno.ENOSPC, 10**9, NoSpace, "is full .* make room and continue"),
    (errno.EDQUOT, 10**9, NoSpace, r"^Your quota on the disk of .*extra is used up"),
    (errno.EROFS, 10**9, FolderNotWritable, "Read-only"),
])
def test_a_copy_that_fails_is_told_with_its_reason_and_leaves_nothing(
    part, other_device, monkeypatch, number, free, error, words
):
    def fail(source, target, block):
        target.write(b"123")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(shutil, "copyfileobj", fail)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: shutil._ntuple_diskusage(0, 0, free))
    extra = part.parent / "extra"
    with pytest.raises(error, match=words):
        Destination(extra).publish(part, FileRequest("a.mrc", 5, "a.mrc"))
    assert os.listdir(extra) == []
    assert part.read_bytes() == b"12345", "Continue has it"


def test_a_block_that_raises_leaves_nothing(tmp_path):
    (tmp_path / "a.mrc").write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic_file(tmp_path / "a.mrc") as file:
        file.write(b"new")
        raise KeyboardInterrupt
    assert (tmp_path / "a.mrc").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.mrc"]


# ------ leftovers


WRITER = """
import sys, time
from pathlib import Path
from empiardownloader.disk.atomic import atomic_file
with atomic_file(Path(sys.argv[1])) as file:
    file.write(b"half")
    file.flush()
    print("writing", flush=True)
    sys.stdin.readline()
"""


def start_writer(final):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(final)], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert writer.stdout.readline() == "writing\n"
    return writer


def test_what_a_live_process_writes_is_no_leftover(tmp_path):
    with start_writer(tmp_path / "a.mrc") as writer:
        remove_leftovers(tmp_path)
        writer.communicate("go on\n")
    assert writer.returncode == 0
    assert os.listdir(tmp_path) == ["a.mrc"]
    assert (tmp_path / "a.mrc").read_bytes() == b"half"


def test_what_a_kill_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / "b.mrc").write_bytes(b"1")
    (tmp_path / ".a.mrc.incoming").write_bytes(b"123")  # as older versions named them
    with start_writer(tmp_path / "a.mrc") as writer:
        writer.kill()
    assert len(os.listdir(tmp_path)) == 3
    Destination(tmp_path).remove_leftovers()
    assert os.listdir(tmp_path) == ["b.mrc"]


def test_leftovers_that_other_processes_finish_meanwhile_are_no_error(tmp_path):
    words = [sys.executable, "-c", """
import sys
from empiardownloader.disk.atomic import write_json
for number in range(1000):
    write_json(sys.argv[1], number)
print(number)
"""]
    with subprocess.Popen([*words, str(tmp_path / "a.json")], stdout=subprocess.PIPE) as writer:
        while writer.poll() is None:
            remove_leftovers(tmp_path)
        assert writer.stdout.read() == b"999\n"
    assert os.listdir(tmp_path) == ["a.json"]


@pytest.mark.parametrize(("age", "stays"), [(3600, True), (48 * 3600, False)])
@pytest.mark.parametrize("kind", ["link", "file without locks"])
def test_where_no_lock_tells_only_what_is_old_is_removed(tmp_path, monkeypatch, kind, age, stays):
    leftover = tmp_path / ".x.incoming"
    if kind == "link":
        leftover.symlink_to("somewhere")
    else:
        leftover.touch()
        monkeypatch.setattr(atomic, "lock_file", lambda descriptor: False)
    stamp = time.time() - age
    os.utime(leftover, (stamp, stamp), follow_symlinks=False)
    remove_leftovers(tmp_path)
    assert os.path.lexists(leftover) == stays


# ------ JSON


@pytest.mark.parametrize("content", [b"", b'{"a": 1', b"\0" * 50, b"\xff\xfe", b"[1]", b"null"])
def test_a_damaged_state_is_no_state_and_one_line(tmp_path, caplog, content):
    (tmp_path / "a.json").write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert read_json(tmp_path / "a.json", dict) is None
    assert [line.getMessage().startswith(str(tmp_path / "a.json")) for line in caplog.records] == [
        True]


def test_a_state_that_was_never_written_is_no_state_without_a_word(tmp_path, caplog):
    assert read_json(tmp_path / "a.json", dict) is None
    assert not caplog.records


def test_a_state_comes_back_as_it_was(tmp_path):
    state = {"name": "Müller \udcfc 🔬", "numbers": [1, 2.5, None, True]}
    write_json(tmp_path / "a.json", state)
    assert read_json(tmp_path / "a.json", dict) == state


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_syncs_no_folders_is_borne(tmp_path, monkeypatch, number):
    def refuse(descriptor):
        raise OSError(number, "no fsync of folders here")

    monkeypatch.setattr(os, "fsync", refuse)
    sync_folder(tmp_path)
