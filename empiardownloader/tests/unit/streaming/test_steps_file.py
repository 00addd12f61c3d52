"""Scipion's record of steps: a damaged one is removed, any other stays as it is."""

import sqlite3

import pytest
from pyworkflow.protocol.protocol import FunctionStep, StepSet

from empiardownloader.streaming.steps_file import remove_if_damaged


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "steps.sqlite"
    steps = StepSet(filename=str(path))
    for number in range(40):
        steps.append(FunctionStep(None, f"step{number}", number))
    steps.write()
    steps.close()
    return path


def loaded(path):
    steps = StepSet(filename=str(path))
    count = steps.getSize()
    steps.close()
    return count


def test_a_whole_record_stays(path, caplog):
    remove_if_damaged(str(path))
    assert loaded(path) == 40
    assert not caplog.records


@pytest.mark.parametrize("damage", [
    lambda content: b"",
    lambda content: bytes(len(content)),
    lambda content: content[:1024],
    lambda content: content[:1024] + bytes(len(content) - 1024),
    lambda content: b"no database",
])
def test_a_damaged_record_is_removed_with_one_line(path, caplog, damage):
    path.write_bytes(damage(path.read_bytes()))
    remove_if_damaged(str(path))
    assert not path.exists()
    (record,) = caplog.records
    assert "every step is looked at again" in record.getMessage()
    assert loaded(path) == 0


def test_a_record_without_tables_is_removed(path):
    path.unlink()
    with sqlite3.connect(str(path)) as connection:
        connection.execute("CREATE TABLE Properties (key, value)")
    remove_if_damaged(str(path))
    assert not path.exists()


def test_a_record_that_another_process_writes_stays(path, caplog):
    writer = sqlite3.connect(str(path), isolation_level=None)
    writer.execute("BEGIN EXCLUSIVE")
    with pytest.MonkeyPatch.context() as patch:
        connect = sqlite3.connect
        patch.setattr(sqlite3, "connect", lambda path: connect(path, timeout=0))
        remove_if_damaged(str(path))
    writer.close()
    assert loaded(path) == 40
    assert not caplog.records


def test_no_record_is_none_to_remove(tmp_path, caplog):
    remove_if_damaged(str(tmp_path / "steps.sqlite"))
    assert not caplog.records
