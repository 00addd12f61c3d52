"""Files of equal names and sizes from other image sets and entries: none is taken for another."""

import errno
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from empiardownloader.run.destinations import RunFolder
from empiardownloader.transfer import Destination, FileRequest
from empiardownloader.transfer.download.destination import NameTaken
from empiardownloader.transfer.download.origins import keep_origin, origin_of

HERE = FileRequest("data/A/m.mrc", 4, "m.mrc", "10001")
OTHERS = [
    FileRequest("data/B/m.mrc", 4, "m.mrc", "10001"),
    FileRequest("data/A/m.mrc", 4, "m.mrc", "10002"),
    FileRequest("data/B/m.mrc", 4, "m.mrc", ""),
]
SAME = [HERE, FileRequest("data/A/m.mrc", 4, "m.mrc", "")]


def put(destination, wanted, tmp_path, content=b"mine"):
    part = tmp_path / "a.part"
    part.write_bytes(content)
    destination.publish(part, wanted)


@pytest.mark.parametrize("other", OTHERS)
def test_a_download_folder_refuses_another_file_of_the_same_name_and_size(tmp_path, other):
    put(Destination(tmp_path / "to"), HERE, tmp_path)
    again = Destination(tmp_path / "to")  # as in a later call
    with pytest.raises(NameTaken, match=r"data/A/m\.mrc of EMPIAR-10001.*choose another folder"):
        again.has(other)
    assert (tmp_path / "to" / "m.mrc").read_bytes() == b"mine"


@pytest.mark.parametrize("same", SAME)
def test_the_same_file_is_here(tmp_path, same):
    put(Destination(tmp_path / "to"), HERE, tmp_path)
    assert Destination(tmp_path / "to").has(same)


def test_a_file_that_was_copied_here_is_known_by_its_size_alone(tmp_path):
    (tmp_path / "m.mrc").write_bytes(b"mine")
    assert all(Destination(tmp_path).has(wanted) for wanted in [HERE, *OTHERS])


@pytest.mark.parametrize("other", OTHERS)
def test_in_a_run_the_other_file_takes_its_place(tmp_path, other):
    (tmp_path / "extra").mkdir()
    put(RunFolder(str(tmp_path / "extra"), True), HERE, tmp_path)
    again = RunFolder(str(tmp_path / "extra"), True)
    assert again.has(HERE)
    assert not again.has(other)
    put(again, other, tmp_path, b"your")
    assert (tmp_path / "extra" / "m.mrc").read_bytes() == b"your"
    last = RunFolder(str(tmp_path / "extra"), True)
    assert last.has(other)
    assert not last.has(HERE)


def test_a_path_of_any_characters_is_kept(tmp_path):
    strange = FileRequest("data/wïth \udce4.mrc", 1, "m.mrc", "1")
    (tmp_path / "m.mrc").touch()
    keep_origin(tmp_path / "m.mrc", strange)
    assert origin_of(tmp_path / "m.mrc") == ("1", strange.path)
    assert origin_of(tmp_path / "not there") is None


def test_a_file_system_without_attributes_goes_by_name_and_size_and_says_so_once(
    tmp_path, monkeypatch, caplog
):
    def refuse(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    monkeypatch.setattr(os, "getxattr", refuse)
    for name in ("a.mrc", "m.mrc"):
        put(Destination(tmp_path / "to"), replace(HERE, name=name), tmp_path)
    assert all(Destination(tmp_path / "to").has(wanted) for wanted in [HERE, *OTHERS])
    said = [line for line in caplog.messages if line.startswith(f"{tmp_path / 'to'}: ")]
    assert len(said) == 1
    assert "decided by its name and size" in said[0]


def test_a_file_that_is_copied_from_another_file_system_keeps_its_origin(tmp_path):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        part = Path(other, "a.part")
        part.write_bytes(b"mine")
        Destination(tmp_path / "to").publish(part, HERE)
    assert origin_of(tmp_path / "to" / "m.mrc") == ("10001", "data/A/m.mrc")
