"""State files of a run in its logs folder."""

import pytest

from empiardownloader.run.state import RunState


def test_notes_are_kept(tmp_path):
    state = RunState(str(tmp_path))
    state.saveNotes(["another folder"], "skipped: 3")
    assert RunState(str(tmp_path)).notes() == (["another folder"], "skipped: 3")


@pytest.mark.parametrize("content", [None, "", "[]", '{"notes": 3, "skipped": []}', "{"])
def test_notes_of_an_older_run_and_damaged_ones_are_empty(tmp_path, content):
    if content is not None:
        (tmp_path / "notes.json").write_text(content)
    assert RunState(str(tmp_path)).notes() == ([], "")
