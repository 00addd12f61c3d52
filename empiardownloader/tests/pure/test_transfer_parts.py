"""The local end: parts, places, and what a full or foreign disk does to them."""

import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from empiardownloader.transfer import Placement, Wanted
from empiardownloader.transfer.errors import FolderNotWritable, HeldElsewhere, NoSpace
from empiardownloader.transfer.parts import PartFile, check_space, local, publish

OTHER_DISK = Path("/dev/shm")


def test_a_part_has_one_writer(tmp_path):
    first = PartFile(tmp_path, "a.mrc", 10)
    with pytest.raises(HeldElsewhere):
        PartFile(tmp_path, "a.mrc", 10)
    first.write(memoryview(b"12345"))
    first.close()
    second = PartFile(tmp_path, "a.mrc", 10)
    assert second.length == 5
    second.close()


def test_a_part_that_was_moved_while_another_waited_is_not_written_to(tmp_path, monkeypatch):
    first = PartFile(tmp_path, "a.mrc", 5)
    first.write(memoryview(b"12345"))
    final = tmp_path / "a.mrc"

    import fcntl

    def lock_after_the_move(file, operation, lock=fcntl.flock):
        if not final.exists():
            os.replace(first.path, final)
            first.close()
        lock(file, operation)

    monkeypatch.setattr("fcntl.flock", lock_after_the_move)
    second = PartFile(tmp_path, "a.mrc", 5)
    assert second.length == 0, "a new part, not the published file"
    second.write(memoryview(b"x"))
    second.close()
    assert final.read_bytes() == b"12345"


@pytest.mark.skipif(
    not OTHER_DISK.is_dir() or os.stat("/dev/shm").st_dev == os.stat("/tmp").st_dev,
    reason="there is one file system only",
)
def test_between_file_systems_a_hidden_copy_is_renamed(tmp_path):
    folder = Path(tempfile.mkdtemp(dir=OTHER_DISK))
    part = folder / "a.part"
    part.write_bytes(b"12345")
    try:
        publish(part, tmp_path / "extra" / "a.mrc")
        assert (tmp_path / "extra" / "a.mrc").read_bytes() == b"12345"
        assert os.listdir(tmp_path / "extra") == ["a.mrc"]
        assert not part.exists()
    finally:
        shutil.rmtree(folder)


def _cross_device(*names):
    raise OSError(errno.EXDEV, "other device")


def test_a_disk_that_fills_up_during_the_copy_leaves_nothing_half(tmp_path, monkeypatch):
    part = tmp_path / "a.part"
    part.write_bytes(b"12345")
    place = Placement(tmp_path / "extra")

    def full(source, target):
        Path(target).write_bytes(b"123")
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(shutil, "copyfile", full)
    monkeypatch.setattr(os, "replace", _cross_device)
    with pytest.raises(NoSpace, match="make room and continue"):
        place.place(part, Wanted("a.mrc", 5, "a.mrc"))
    assert os.listdir(tmp_path / "extra") == []
    assert part.read_bytes() == b"12345", "Continue has it"


def test_a_hidden_copy_that_a_kill_left_is_swept_away(tmp_path):
    (tmp_path / ".a.mrc.incoming").write_bytes(b"123")
    (tmp_path / "b.mrc").write_bytes(b"1")
    Placement(tmp_path).prepare()
    assert os.listdir(tmp_path) == ["b.mrc"]


def test_a_file_of_another_size_is_not_the_one(tmp_path):
    (tmp_path / "a.mrc").write_bytes(b"123")
    place = Placement(tmp_path)
    assert place.is_here(Wanted("a.mrc", 3, "a.mrc"))
    assert place.is_here(Wanted("a.mrc", None, "a.mrc"))
    assert not place.is_here(Wanted("a.mrc", 4, "a.mrc"))


def test_a_full_disk_is_told_with_both_numbers(tmp_path):
    with pytest.raises(NoSpace, match=r"need 5000\.0 TB and .* free"):
        check_space(tmp_path, 5 * 10**15)
    check_space(tmp_path, 1)


def test_a_folder_that_takes_no_files_is_told_with_a_remedy(tmp_path):
    with pytest.raises(FolderNotWritable, match="check its permissions"), local(tmp_path):
        raise PermissionError(errno.EACCES, "denied")
