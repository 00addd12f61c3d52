"""Files of equal names and sizes from other image sets and entries: none is taken for another."""

import json

import pytest

from empiardownloader.run.destinations import RunFolder
from empiardownloader.transfer import Placement, Wanted
from empiardownloader.transfer.download.destination import NameTaken
from empiardownloader.transfer.download.origins import Origins

HERE = Wanted("data/A/m.mrc", 4, "m.mrc", "10001")
OTHERS = [
    Wanted("data/B/m.mrc", 4, "m.mrc", "10001"),
    Wanted("data/A/m.mrc", 4, "m.mrc", "10002"),
    Wanted("data/B/m.mrc", 4, "m.mrc", ""),
]
SAME = [HERE, Wanted("data/A/m.mrc", 4, "m.mrc", "")]


def put(placement, wanted, tmp_path, content=b"mine"):
    part = tmp_path / "a.part"
    part.write_bytes(content)
    placement.place(part, wanted)


@pytest.mark.parametrize("other", OTHERS)
def test_a_download_folder_refuses_another_file_of_the_same_name_and_size(tmp_path, other):
    put(Placement(tmp_path / "to"), HERE, tmp_path)
    again = Placement(tmp_path / "to")  # as in a later call
    with pytest.raises(NameTaken, match=r"data/A/m\.mrc of EMPIAR-10001.*choose another folder"):
        again.is_here(other)
    assert (tmp_path / "to" / "m.mrc").read_bytes() == b"mine"


@pytest.mark.parametrize("same", SAME)
def test_the_same_file_is_here(tmp_path, same):
    put(Placement(tmp_path / "to"), HERE, tmp_path)
    assert Placement(tmp_path / "to").is_here(same)


def test_a_file_that_was_copied_here_is_known_by_its_size_alone(tmp_path):
    (tmp_path / "m.mrc").write_bytes(b"mine")
    assert all(Placement(tmp_path).is_here(wanted) for wanted in [HERE, *OTHERS])


@pytest.mark.parametrize("other", OTHERS)
def test_in_a_run_the_other_file_takes_its_place(tmp_path, other):
    (tmp_path / "extra").mkdir()
    put(RunFolder(str(tmp_path / "extra"), True), HERE, tmp_path)
    again = RunFolder(str(tmp_path / "extra"), True)
    assert again.is_here(HERE)
    assert not again.is_here(other)
    put(again, other, tmp_path, b"your")
    assert (tmp_path / "extra" / "m.mrc").read_bytes() == b"your"
    last = RunFolder(str(tmp_path / "extra"), True)
    assert last.is_here(other)
    assert not last.is_here(HERE)


@pytest.mark.parametrize("torn", [b'{"name": "m.mrc", "ent', b"\xff\xfe", b"[1]", b'{"name": 3}'])
def test_a_line_that_was_cut_short_spoils_no_other(tmp_path, torn):
    path = tmp_path / "origins"
    Origins(path).note(Wanted("data/x.mrc", 1, "x.mrc", "1"))
    with open(path, "ab") as file:
        file.write(torn)
    Origins(path).note(HERE)
    read = Origins(path)
    assert read.of("x.mrc") == ("1", "data/x.mrc")
    assert read.of("m.mrc") == ("10001", "data/A/m.mrc")
    assert read.of("y.mrc") is None


def test_a_name_of_any_characters_is_kept(tmp_path):
    strange = Wanted("data/wïth \udce4.mrc", 1, "wïth.mrc", "1")
    Origins(tmp_path / "origins").note(strange)
    assert Origins(tmp_path / "origins").of("wïth.mrc") == ("1", strange.path)
    lines = (tmp_path / "origins").read_text("ascii").split()
    assert json.loads(" ".join(lines))["name"] == "wïth.mrc"


def test_the_same_origin_is_noted_once(tmp_path):
    origins = Origins(tmp_path / "origins")
    for _ in range(3):
        origins.note(HERE)
    assert (tmp_path / "origins").read_text().count("m.mrc\"") == 2, "name and path, once"
