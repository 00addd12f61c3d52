"""When a run has texts for the window, and what its record says."""

import json
import os
import tempfile

import pytest

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())

from empiardownloader.archive.image_sets import MOVIES
from empiardownloader.run.options import RunOptions
from empiardownloader.run.reporter import RECORD_FILE, RunReporter
from empiardownloader.run.state import RunState
from empiardownloader.run.summary import STOPPED


@pytest.fixture
def reporter(tmp_path):
    made = RunReporter(RunState(tmp_path), RunOptions("10200"), str(tmp_path), MOVIES, "movie")
    made.begin({"b.mrc", "a.mrc"})
    return made


def no_view():
    raise AssertionError("there is no entry yet that a summary could be of")


def test_nothing_is_shown_before_the_entry_is_read(reporter):
    assert reporter.show(no_view) is None
    assert reporter.show(no_view, now=True) is None


def test_a_run_that_is_stopped_before_says_so_and_then_is_silent_for_a_while(reporter):
    reporter.stopped = True
    texts = reporter.show(no_view)
    assert (texts.summary, texts.methods) == (STOPPED, "")
    assert reporter.show(no_view) is None
    assert reporter.show(no_view, now=True).summary == STOPPED
    assert reporter.show(no_view) is None
    reporter.hurry()
    assert reporter.show(no_view).summary == STOPPED


@pytest.mark.parametrize("stopped, status, said", [
    (False, "finished", "finished"),
    (True, "finished", "stopped here"),
    (True, "failed", "failed"),
    (False, "aborted", "aborted"),
])
def test_the_record_ends_with_the_status_and_with_what_is_in_the_set(
    reporter, tmp_path, stopped, status, said
):
    reporter.stopped = stopped
    reporter.end(status)
    events = [json.loads(line) for line in (tmp_path / RECORD_FILE).read_text().splitlines()]
    assert said in events[-1].values()
    assert reporter.history.registered.keys() == {"a.mrc", "b.mrc"}
