"""A transfer of 20,000 movies and three days: the size of its log, and the cost of reading it."""

import time

import pytest

from empiardownloader.run.summary import average_line, reason_lines, transfer_lines
from empiardownloader.tests import long_transfer
from empiardownloader.transfer_log import LogReader, read_history, to_curves
from empiardownloader.transfer_log.curves import MOST_POINTS

#: Processor seconds, some ten times what a machine of 2020 needs.
SUMMARY_SECS, READ_SECS, CURVES_SECS = 0.5, 10.0, 5.0


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("three_days") / "transfer.jsonl"
    long_transfer.write_log(path)
    return path


@pytest.fixture(scope="module")
def history(path):
    return read_history(path)


def cpu_seconds(function):
    began = time.process_time()
    function()
    return time.process_time() - began


def test_its_log_is_below_ten_megabytes(path):
    assert path.stat().st_size < 10_000_000


def test_the_log_has_each_movie_and_all_of_the_time(history):
    assert len(history.arrived) == len(history.registered) == long_transfer.MOVIES
    assert len(history.sessions) == 2
    assert history.running_seconds == pytest.approx(long_transfer.SECONDS, rel=0.01)
    assert any(sample.trouble for session in history.sessions for sample in session.samples)
    assert history.missing == {"gone.mrc": "the server has no such file"}


def test_it_is_read_in_seconds(path):
    assert cpu_seconds(lambda: read_history(path)) < READ_SECS


def test_reading_on_costs_nothing_where_nothing_was_added(path):
    reader = LogReader(path)
    reader.new_lines()
    assert cpu_seconds(lambda: [reader.new_lines() for _ in range(30)]) < SUMMARY_SECS


def test_the_summary_of_its_transfer_is_quick(history):
    names, lines = long_transfer.names(), []

    def summarize():
        lines.extend(transfer_lines(history, names, long_transfer.MOVIES, None, None))
        lines.extend(reason_lines("Missing", history.missing))
        lines.append(average_line(history))

    assert cpu_seconds(summarize) < SUMMARY_SECS
    assert lines[0] == "*Downloaded:* 20000 of 20000 movies, 18.0 TB of 18.0 TB"
    assert "2 sessions" in lines[-1]


def test_its_curves_are_few_points(history):
    curves = []
    assert cpu_seconds(lambda: curves.append(to_curves(history))) < CURVES_SECS
    for curve in (curves[0].rate, curves[0].size, curves[0].arrived, curves[0].registered):
        assert len(curve.x) <= MOST_POINTS + 10
