"""A run's record: written by many threads, torn by kills, read while it grows."""

import contextlib
import json
import math
import random
import resource
import subprocess
import sys
import threading
import time

import pytest
from clocks import Clock

from empiardownloader.transfer import Progress
from empiardownloader.transfer_log import (
    History,
    LogReader,
    SampleSchedule,
    TransferLog,
    read_history,
    to_curves,
)
from empiardownloader.transfer_log.curves import MOST_POINTS


@pytest.fixture
def path(tmp_path):
    return tmp_path / "transfer.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def what(path):
    return [line["what"] for line in lines(path)]


def moving(files=4, size=100, clock=time.monotonic):
    progress = Progress(clock)
    for _ in range(files):
        progress.add_file(size)
    return progress


# -- what is written ------------------------------------------------------------------------------


def test_every_line_stands_for_itself_and_has_a_time(path):
    clock = Clock()
    record = TransferLog(path, clock)
    record.begin()
    record.chosen(["a.mrc", "b.mrc"], 200)
    clock.now += 5
    record.arrived("a.mrc", 100)
    record.registered(["a.mrc"])
    record.failed("b.mrc", "the server has no such file")
    record.left_out("c.mrc", "it is a single image, not a movie")
    record.end("failed")
    assert lines(path) == [
        {"time": 1000.0, "what": "begin", "continued": False},
        {"time": 1000.0, "what": "chosen", "movies": 2, "bytes": 200},
        {"time": 1005.0, "what": "arrived", "name": "a.mrc", "bytes": 100},
        {"time": 1005.0, "what": "registered", "name": "a.mrc"},
        {"time": 1005.0, "what": "failed", "name": "b.mrc",
         "reason": "the server has no such file"},
        {"time": 1005.0, "what": "left out", "name": "c.mrc",
         "reason": "it is a single image, not a movie"},
        {"time": 1005.0, "what": "end", "how": "failed"},
    ]


def test_a_sample_says_how_far_the_transfer_is(path):
    record, progress = TransferLog(path), moving()
    progress.add_received(150)
    progress.file_done()
    record.sample(progress, 3)
    (line,) = lines(path)
    assert {name: line[name] for name in line if name not in ("time", "rate")} == {
        "what": "progress", "bytes": 150, "bytes_total": 400, "files": 1, "files_total": 4,
        "fetched": 150, "connections": 3,
    }


def test_no_sample_before_there_is_anything_to_fetch_and_the_first_at_once_then(path):
    record, progress = TransferLog(path), Progress()
    record.sample(progress, 0)
    assert not path.exists()
    progress.add_file(10)
    record.sample(progress, 1)
    record.sample(progress, 1)
    assert what(path) == ["progress"]


def test_the_samples_of_a_week_stay_few():
    clock = Clock(0.0)
    schedule, taken = SampleSchedule(clock), 0
    gaps, last = [], 0.0
    while clock.now < 7 * 86400:
        if schedule.is_due():
            taken += 1
            gaps.append(clock.now - last)
            last = clock.now
        clock.now += 1
    assert taken < 12_000
    assert max(gaps) <= 61
    assert gaps[1:20] == [2.0] * 19


def test_names_of_any_kind_come_back_as_they_were(path):
    record = TransferLog(path)
    names = ["wïth ñõn æšçiį.mrc", 'quo"te\n.mrc', "日本.tif"]
    record.registered(names)
    assert list(read_history(path).registered) == names
    assert path.read_bytes().isascii()


# -- kills and faults -----------------------------------------------------------------------------


@pytest.mark.parametrize("torn", [b'{"time":5', b"\x00\x00", b'{"time":5,"what":"end"}'])
def test_a_torn_last_line_is_not_read_and_is_cut_off_by_the_next_writer(path, torn):
    TransferLog(path).begin()
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    assert len(read_history(path).sessions) == 1
    record = TransferLog(path)
    record.begin()
    assert what(path) == ["begin", "begin"]
    assert path.read_bytes().startswith(whole)
    assert [line["continued"] for line in lines(path)] == [False, True]


def test_a_record_that_is_nothing_but_a_torn_line(path):
    path.write_bytes(b"x" * 10_000)
    TransferLog(path).begin()
    assert what(path) == ["begin"]


@pytest.mark.parametrize("junk", ["nonsense", "[1, 2]", "17", '{"what": "begin"}',
                                  '{"time": 1, "what": "never heard of"}',
                                  '{"time": 1, "what": "progress", "bytes": "many"}',
                                  '{"time": 1, "what": "failed"}', '{"time": 1, "what": ["a"]}'])
def test_lines_that_cannot_be_understood_are_skipped(path, junk):
    record = TransferLog(path)
    record.begin()
    with path.open("a") as file:
        file.write(junk + "\n")
    record.registered(["a"])
    history = read_history(path)
    assert list(history.registered) == ["a"]
    assert not history.failed
    assert history.latest is None
    to_curves(history)


def test_a_kill_at_any_moment_leaves_whole_lines_and_at_most_one_torn(path):
    writer = subprocess.Popen([sys.executable, "-c", _ENDLESS, str(path)], stdout=subprocess.PIPE)
    writer.stdout.readline()
    writer.kill()
    writer.communicate()
    *whole, _ = path.read_bytes().split(b"\n")
    assert len(whole) > 100
    for line in whole:
        json.loads(line)
    record = TransferLog(path)
    record.begin()
    assert what(path)[-1] == "begin"


_ENDLESS = """
import sys
from empiardownloader.transfer_log import TransferLog
record = TransferLog(sys.argv[1])
count = 0
while True:
    record.registered([f"movie_{count}.mrc"])
    count += 1
    if count == 200:
        print("go", flush=True)
"""


@contextlib.contextmanager
def no_file_above(size):
    """Truncate writes at this size and fail the next one, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_is_full_stops_nothing_and_the_record_goes_on_when_there_is_room(path, caplog):
    record = TransferLog(path)
    record.begin()
    with no_file_above(path.stat().st_size + 10):
        record.failed("a.mrc", "gone")
        assert not path.read_bytes().endswith(b"\n"), "half a line"
        record.left_out("b.mrc", "one frame")
        record.registered(["c.mrc"])
    record.registered(["d.mrc"])
    assert [line.get("name") for line in lines(path)] == [None, "d.mrc"]
    assert record.history.failed == {"a.mrc": "gone"}
    assert list(record.history.registered) == ["c.mrc", "d.mrc"]
    assert [entry.levelname for entry in caplog.records] == ["WARNING"], "said once"


def test_a_folder_that_is_gone_stops_nothing(tmp_path):
    record = TransferLog(tmp_path / "gone" / "transfer.jsonl")
    record.begin()
    record.registered(["a.mrc"])
    assert list(record.history.registered) == ["a.mrc"]


def test_threads_do_not_mix_their_lines(path):
    record = TransferLog(path)

    def write(number):
        for movie in range(200):
            record.registered([f"{number}_{movie}" + "x" * random.randrange(2000)])

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lines(path)) == 1600


# -- what the lines add up to ---------------------------------------------------------------------


def test_a_reader_follows_a_record_that_grows(path):
    reader = LogReader(path)
    assert reader.new_lines() == []
    record = TransferLog(path)
    record.begin()
    assert [line["what"] for line in reader.new_lines()] == ["begin"]
    assert reader.new_lines() == []
    with path.open("a") as file:
        file.write('{"time": 1, "what"')
    assert reader.new_lines() == []
    with path.open("a") as file:
        file.write(': "end", "how": "finished"}\n')
    assert [line["what"] for line in reader.new_lines()] == ["end"]
    assert not reader.was_replaced()


def test_a_reader_notices_that_the_log_was_replaced(path, tmp_path):
    reader = LogReader(path)
    TransferLog(path).begin()
    reader.new_lines()
    path.unlink()
    assert reader.was_replaced()
    (tmp_path / "kept").touch()  # takes the place that the old file has left
    TransferLog(path).begin()
    assert reader.was_replaced()
    reader.start_over()
    assert len(reader.new_lines()) == 1
    assert not reader.was_replaced()


def test_a_reason_stays_through_continue_until_the_movie_has_come(path):
    record = TransferLog(path)
    record.begin()
    record.chosen(["a", "b", "c"], 3)
    for name in ("a", "b"):
        record.failed(name, "gone")
    record.failed("", "the disk is full")
    record.left_out("c", "one frame")
    continued = TransferLog(path)
    continued.begin()
    continued.chosen(["a", "b", "c"], 3)
    assert continued.history.failed == {"a": "gone", "b": "gone"}
    continued.arrived("a", 1)
    assert continued.history.failed == {"b": "gone"}
    assert continued.history.left_out == {"c": "one frame"}
    assert read_history(path).failed == {"b": "gone"}


@pytest.mark.parametrize("how, missing", [
    ("again", {"b": "gone"}),
    ("for another reason", {"b": "cut off"}),
    ("not tried", {}),
])
def test_what_is_being_tried_again_is_not_missing(path, how, missing):
    record = TransferLog(path)
    record.begin()
    record.chosen(["a", "b"], 2)
    record.failed("b", "gone")
    assert record.history.missing == {"b": "gone"}
    record.end("failed")
    assert read_history(path).missing == {"b": "gone"}
    continued = TransferLog(path)
    continued.begin()
    continued.chosen(["a", "b"], 2)
    assert continued.history.missing == read_history(path).missing == {}
    if how != "not tried":
        continued.failed("b", "gone" if how == "again" else "cut off")
    assert continued.history.missing == read_history(path).missing == missing
    continued.end("stopped here")
    assert read_history(path).missing == {"b": "gone", **missing}


def test_the_transfer_itself_is_no_movie(path):
    record = TransferLog(path)
    record.begin()
    record.failed("", "the disk is full")
    record.failed("a", "the disk is full")
    assert record.history.missing == {"a": "the disk is full"}


def test_a_silence_is_in_the_record_as_soon_as_it_begins_and_ends(path):
    clock = Clock()
    record, progress = TransferLog(path, clock), moving(clock=clock)
    progress.add_received(10)
    record.sample(progress, 2)
    progress.failed("connection refused", 3600)
    for _ in range(60):
        clock.now += 1
        record.sample(progress, 2)
    progress.add_received(10)
    record.sample(progress, 2)
    begun = next(line for line in lines(path) if "trouble" in line)
    ended = lines(path)[-1]
    assert (begun["trouble"], begun["silent"], begun["until"]) == ("connection refused", 10, 4600)
    assert "trouble" not in ended
    first, *_, last = read_history(path).sessions[-1].samples
    silent = next(each for each in read_history(path).sessions[-1].samples if each.trouble)
    assert (silent.trouble, silent.silent, silent.until) == ("connection refused", 10, 4600)
    assert (first.trouble, last.trouble) == ("", "")


def test_a_movie_that_is_not_asked_for_any_more_is_not_missing(path):
    record = TransferLog(path)
    record.begin()
    record.failed("b", "gone")
    record.chosen(["a"], 1)
    assert record.history.failed == read_history(path).failed == {}


def test_what_was_said_once_is_not_said_again(path):
    for _ in range(3):
        record = TransferLog(path)
        record.arrived("a", 1)
        record.left_out("b", "one frame")
        record.failed("c", "gone")
    assert what(path) == ["arrived", "left out", "failed"]


def test_the_mean_rate_is_that_of_the_time_in_which_bytes_came(path):
    clock = Clock()
    record, progress = TransferLog(path, clock), moving(1, 1000)
    for moved, seconds in ((0, 10), (600, 100)):
        record.begin()
        progress = moving(1, 1000)
        record.sample(progress, 1, now=True)
        clock.now += seconds
        progress.add_received(moved)
        record.sample(progress, 1, now=True)
        clock.now += 50
        record.sample(progress, 0, now=True)
        record.end("finished")
        clock.now += 86400
    history = read_history(path)
    assert history.mean_rate == pytest.approx(6.0)
    assert history.fetched == 600
    assert history.running_seconds == 60 + 150


# -- curves ---------------------------------------------------------------------------------------


def two_sessions(path, movies=10, away=86400.0):
    clock = Clock()
    for session in range(2):
        record = TransferLog(path, clock)
        record.begin()
        progress = moving(2 * movies, clock=clock)
        progress.add_existing(100 * movies * session)
        for number in range(movies):
            clock.now += 3
            progress.add_received(100)
            record.arrived(f"{session}_{number}", 100)
            record.registered([f"{session}_{number}"])
            record.sample(progress, 2, now=True)
        record.end("finished")
        clock.now += away
    return read_history(path)


def test_a_gap_between_two_sessions_is_short_on_the_axis_and_empty_in_the_curves(path):
    series = to_curves(two_sessions(path))
    (gap,) = series.gaps
    assert series.unit == "s"
    assert (gap.start, gap.seconds) == (30.0, 86400.0)
    assert 0 < gap.end - gap.start < 10
    assert series.end == pytest.approx(gap.end + 30)
    for curve in (series.rate, series.size, series.arrived, series.registered):
        assert [math.isnan(x) for x in curve.x].count(True) == 1
        assert not [x for x in curve.x if gap.start < x < gap.end]
        assert all(math.isnan(x) == math.isnan(y) for x, y in zip(curve.x, curve.y))
        known = [x for x in curve.x if not math.isnan(x)]
        assert known == sorted(known)
    assert series.arrived.y[-1] == series.registered.y[-1] == 20


def test_the_curves_have_the_rate_and_the_bytes_of_each_sample(path):
    series = to_curves(two_sessions(path))
    first, second = series.size.y[:10], series.size.y[11:]
    assert list(first) == [100.0 * number for number in range(1, 11)]
    assert list(second) == [1000.0 + size for size in first]
    assert series.size_total == 2000
    for rates in (series.rate.y[:10], series.rate.y[11:]):
        assert rates[0] == 0, "one sample says nothing of the speed"
        assert list(rates[1:]) == pytest.approx([100 / 3] * 9), "a hundred bytes in three seconds"
    for curve in (series.rate, series.size):
        assert list(curve.x[:10]) == [3.0 * number for number in range(1, 11)]


def test_the_rate_of_a_dead_line_is_drawn_as_none(path):
    history = History()
    received = [0, 600, 1200, 1200, 1200]
    history.add_all({"time": 10 * at, "what": "progress", "bytes": done, "bytes_total": 5000,
                     "files": 0, "files_total": 9, "fetched": done, "rate": 40, "connections": 1}
                    for at, done in enumerate(received))
    assert list(to_curves(history).rate.y) == [0, 60, 60, 0, 0]


def test_a_session_that_was_killed_before_its_first_sample_draws_nothing_wrong(path):
    TransferLog(path, Clock(0)).begin()
    TransferLog(path, Clock(100)).begin()
    series = to_curves(read_history(path))
    assert list(series.rate.x) == []
    assert len(series.gaps) == 1


def test_an_empty_record_is_an_empty_picture(path):
    series = to_curves(read_history(path))
    assert (series.end, series.chosen, list(series.rate.x)) == (0, 0, [])


def test_a_clock_that_was_set_back_turns_no_curve_around(path):
    clock = Clock()
    record, progress = TransferLog(path, clock), moving()
    record.begin()
    record.sample(progress, 1, now=True)
    clock.now -= 500
    continued = TransferLog(path, clock)
    continued.begin()
    continued.registered(["a"])
    series = to_curves(read_history(path))
    assert series.gaps[0].seconds == 0
    assert series.end >= 0


def test_twenty_thousand_movies_are_thinned_out_and_the_last_point_stays(path):
    clock = Clock()
    record = TransferLog(path, clock)
    record.begin()
    for number in range(20_000):
        clock.now += 1
        record.registered([f"FoilHole_{number:06}_Data_Fractions.tif"])
    history = read_history(path)
    series = to_curves(history)
    assert len(series.registered.x) <= MOST_POINTS + 2
    assert series.registered.y[-1] == 20_000
    assert series.registered.x[-1] == pytest.approx(20_000 / 3600)
    assert path.stat().st_size < 3_000_000
