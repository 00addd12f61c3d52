"""The summary of a run: its order, its counts, and lines for a running run only."""

import time

import pytest

from empiardownloader.run.summary import (
    LIVE,
    STOPPED,
    average_line,
    current_lines,
    failed_state,
    live_state,
    missing_error,
    plain_error,
    reason_lines,
    transfer_lines,
    with_state,
)
from empiardownloader.transfer import ProgressSnapshot
from empiardownloader.transfer_log import History

NAMES = [f"m_{number:02}.mrc" for number in range(1, 13)]
MOVING = ProgressSnapshot(14_000_000, 25_200_000, 4, 12, 240_000.0)
SILENT = ProgressSnapshot(14_000_000, 25_200_000, 4, 12, 0.0, 240.0, "connection refused", 3600.0)


def history(arrived=0, failed=(), left_out=(), fatal=""):
    lines = [{"time": 0.0, "what": "begin", "continued": False}]
    lines += [{"time": 1.0, "what": "arrived", "name": name} for name in NAMES[:arrived]]
    reasons = [(name, "it is gone") for name in failed] + ([("", fatal)] if fatal else [])
    lines += [{"time": 2.0, "what": "failed", "name": name, "reason": why} for name, why in reasons]
    lines += [{"time": 3.0, "what": "left out", "name": name, "reason": "one frame"}
              for name in left_out]
    told = History()
    told.add_all(lines)
    return told


def now(lines, active=True):
    return list(current_lines("\n".join(lines), active))


def test_a_download_that_goes_on_has_rate_and_time_left_only_while_it_does():
    lines = transfer_lines(history(4), NAMES, 3, MOVING, None)
    assert now(lines) == [
        "*Downloaded:* 4 of 12 movies, 14.0 MB of 25.2 MB at 240.0 kB/s; 47 s left",
        "*Registered:* 3 of 12 movies",
    ]
    assert now(lines, active=False)[0] == "*Downloaded:* 4 of 12 movies, 14.0 MB of 25.2 MB"


def test_a_dead_line_has_neither_but_says_what_is_wrong():
    state = live_state(SILENT, "ftp://server")
    assert "no data for 4 min (connection refused); trying again until" in state
    text = "\n".join(now([state, *transfer_lines(history(4), NAMES, 3, SILENT, None)]))
    assert "/s" not in text
    assert " left" not in text
    assert now([state], active=False) == [], "of an ended run it is not true"


@pytest.mark.parametrize("arrived, failed, left_out, limit, downloaded, total", [
    (0, NAMES[:5], (), None, 0, 12),  # the failed ones are counted once, in the total
    (12, (), NAMES[:1], None, 11, 11),  # a file that is no movie is no movie of the total
    (6, (), NAMES[:1], 5, 5, 5),  # it was replaced by the next of the list
    (12, (), NAMES, None, 0, 0),
    (3, (), (), 5, 3, 5),
])
def test_counts_are_of_movies(arrived, failed, left_out, limit, downloaded, total):
    line = transfer_lines(history(arrived, failed, left_out), NAMES, 0, None, limit)[0]
    assert line.startswith(f"*Downloaded:* {downloaded} of {total} movies")


def test_a_continued_run_counts_what_is_here_before_it_has_looked():
    told = history(12)
    told.add_all([{"time": 5.0, "what": "begin", "continued": True}])
    empty = ProgressSnapshot(0, 0, 0, 0, 0.0)
    assert transfer_lines(told, NAMES, 12, empty, None)[0] == "*Downloaded:* 12 of 12 movies"


def test_a_run_of_another_kind_says_its_noun():
    first = transfer_lines(history(1), NAMES, 0, None, None, "micrograph")[0]
    assert "1 of 12 micrographs" in first


def test_nothing_is_said_of_numbers_before_there_are_any():
    assert transfer_lines(history(), [], 0, None, None) == []


def test_the_state_stands_below_the_title_and_only_once():
    lines = ["title", STOPPED, "rest"]
    assert with_state(lines, "*Failed:* why") == ["title", "*Failed:* why", "rest"]
    assert with_state(lines, "") == lines


def test_an_error_of_many_lines_is_one_sentence_of_the_state():
    assert failed_state("2 of 6 failed.\na: gone\nb: gone") == "*Failed:* 2 of 6 failed."
    assert failed_state(None) == "*Failed*"
    assert failed_state("\033[31mProtocol failed: 2 of 6.\na\033[0m") == "*Failed:* 2 of 6."


def test_an_error_has_no_colours_and_no_heading():
    assert plain_error("\033[31mProtocol failed: it is\ngone\033[0m") == "it is\ngone"
    assert plain_error("it is gone") == "it is gone"
    assert plain_error(None) == ""


def test_what_is_live_is_dropped_and_empty_lines_stay():
    assert now(["a", "", f"b{LIVE}c", f"{LIVE}d"], active=False) == ["a", "", "b"]
    assert now(["a", "", f"b{LIVE}c", f"{LIVE}d"]) == ["a", "", "bc", "d"]


def test_many_files_of_one_reason_are_one_line():
    lines = reason_lines("Missing", {f"m{number}": "it is gone" for number in range(20_000)})
    assert lines[0] == "*Missing:* 20000"
    assert len(lines) == 2


@pytest.mark.parametrize("arrived, failed, fatal, headline", [
    (5, NAMES[5:6], "", "1 of 6 movies could not be downloaded. Continue tries it again."),
    (4, NAMES[4:6], "", "2 of 6 movies could not be downloaded. Continue tries them again."),
    (2, NAMES[2:3], "the disk is full",
     "4 of 6 movies could not be downloaded: the disk is full. Continue tries them again."),
])
def test_the_error_counts_what_is_missing_and_names_one_cause_once(
    arrived, failed, fatal, headline
):
    first, *rest = missing_error(history(arrived, failed, fatal=fatal), 6).split("\n")
    assert first == headline
    assert rest == [f"{name}: it is gone" for name in failed]


def test_the_average_has_bytes_time_and_sessions():
    told = history()
    numbers = {"bytes_total": 100, "files": 0, "files_total": 1, "rate": 1, "connections": 1}
    told.add_all([
        {"time": 0.0, "what": "progress", "bytes": 0, "fetched": 0, **numbers},
        {"time": 50.0, "what": "progress", "bytes": 100, "fetched": 1000, **numbers},
        {"time": 50.0, "what": "end", "how": "finished"},
    ])
    assert average_line(told) == "Received 1.0 kB in 50 s (20 bytes/s on average)"
    assert average_line(history()) == ""


def test_the_summary_of_twenty_thousand_movies_is_made_in_an_instant():
    names = [f"FoilHole_{number}_Data_Fractions.tiff" for number in range(20_000)]
    told = History()
    told.add_all([{"time": 0.0, "what": "begin", "continued": False}])
    told.add_all({"time": 1.0, "what": "arrived", "name": name} for name in names)
    began = time.process_time()
    for _ in range(10):
        transfer_lines(told, names, 20_000, MOVING, None)
    assert (time.process_time() - began) / 10 < 0.5
