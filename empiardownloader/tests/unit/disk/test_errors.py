"""Errors of the disk that end a run, and those that fail one file."""

import errno
import os
from collections import namedtuple

import pytest

from empiardownloader.disk.errors import (
    FileNotWritable,
    FolderNotWritable,
    NoSpace,
    map_disk_errors,
)

FOR_ALL = {
    errno.ENOSPC: NoSpace,
    errno.EDQUOT: NoSpace,
    errno.EROFS: FolderNotWritable,
    errno.EIO: FolderNotWritable,
    errno.ENODEV: FolderNotWritable,
    errno.ESTALE: FolderNotWritable,
    errno.ENOTCONN: FolderNotWritable,
}
FOR_ONE = [
    errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST,
    errno.ELOOP, errno.EMLINK, errno.EFBIG, errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL,
    errno.EBUSY, errno.ENOENT,
]


@pytest.mark.parametrize("number", FOR_ALL)
def test_what_no_file_escapes_ends_the_run(tmp_path, number):
    with pytest.raises(FOR_ALL[number], match=str(tmp_path)), map_disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), "a.part")


@pytest.mark.parametrize("number", FOR_ONE)
def test_what_another_file_escapes_fails_one(tmp_path, number):
    place = tmp_path / "a.mrc"
    with pytest.raises(FileNotWritable) as failed, map_disk_errors(tmp_path):
        raise OSError(number, os.strerror(number), str(place))
    assert str(failed.value).startswith(f"{place} cannot be written ({os.strerror(number)}): ")


def test_the_file_in_the_way_is_named(tmp_path):
    (tmp_path / "a.part").touch()
    (tmp_path / "a.mrc").mkdir()
    with pytest.raises(FileNotWritable, match=r"a\.mrc cannot .* a folder is in its place"), \
            map_disk_errors(tmp_path):
        os.replace(tmp_path / "a.part", tmp_path / "a.mrc")


def test_a_folder_that_takes_no_files_ends_the_run(tmp_path, monkeypatch):
    """Root may write everywhere, so the system's answer is a stand-in."""
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    with pytest.raises(FolderNotWritable, match="check its permissions"), map_disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "denied")


def test_a_file_in_the_folders_place_ends_the_run(tmp_path):
    (tmp_path / "extra").touch()
    place = tmp_path / "extra"
    with pytest.raises(FolderNotWritable) as caught, map_disk_errors(place):
        os.mkdir(place / "a")
    assert str(caught.value) == (
        f"Cannot write to {place}: {place} is a file, not a folder. Choose another folder")


def test_a_disk_without_room_for_a_folder_is_told_as_full(tmp_path):
    with pytest.raises(NoSpace, match="is full"), map_disk_errors(tmp_path / "not" / "there"):
        raise OSError(errno.ENOSPC, "full")


def test_a_disk_that_has_no_inodes_left_says_so(tmp_path, monkeypatch):
    state = namedtuple("state", "f_files f_favail f_bavail f_frsize")(100, 0, 10**6, 4096)
    monkeypatch.setattr(os, "statvfs", lambda place: state)
    with pytest.raises(NoSpace, match="takes no more files"), map_disk_errors(tmp_path):
        raise OSError(errno.ENOSPC, "full")
