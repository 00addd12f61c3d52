"""The progress of a run in another process, read from its log."""

import pytest
from clocks import Clock

from empiardownloader.cli.run_progress import RunProgress
from empiardownloader.transfer import Progress
from empiardownloader.transfer_log import SampleSchedule, TransferLog

NAMES = [f"m_{number}.mrc" for number in range(10)]


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "transfer.jsonl"


def begin(path, clock, here=0):
    """A process of a run that has found some of ten movies of 100 bytes."""
    log, progress = TransferLog(path, clock, SampleSchedule(clock)), Progress(clock)
    log.begin()
    log.chosen(NAMES, 1000)
    for _ in NAMES:
        progress.add_file(100)
    progress.add_existing(100 * here)
    for name in NAMES[:here]:
        progress.file_done()
        log.arrived(name, 100)
    return log, progress


def download(log, progress, clock, names):
    for name in names:
        clock.now += 2
        progress.add_received(100)
        progress.file_done()
        log.arrived(name, 100)
        log.registered([name])
        log.sample(progress, 4, now=True)


def test_movies_bytes_rate_and_time_left_are_those_of_the_log(path, clock):
    seen = RunProgress(path, clock.now, clock)
    assert seen.snapshot() is None
    log, progress = begin(path, clock)
    assert seen.snapshot() is None, "nothing is measured yet"
    download(log, progress, clock, NAMES[:4])
    assert seen.snapshot().text("movies") == (
        "4 of 10 movies, 400 bytes of 1.0 kB, 50 bytes/s, 12 s left")
    assert seen.registered == 4


def test_what_was_there_before_a_resume_is_no_rate(path, clock):
    download(*begin(path, clock), clock, NAMES[:4])
    clock.now += 3600
    seen = RunProgress(path, clock.now, clock)
    assert seen.snapshot() is None, "the last sample is of the process before"
    log, progress = begin(path, clock, here=4)
    log.sample(progress, 4)
    assert seen.snapshot().text("movies") == "4 of 10 movies, 400 bytes of 1.0 kB"


def test_a_run_that_is_followed_from_its_middle_is_shown_at_once(path, clock):
    download(*begin(path, clock), clock, NAMES[:4])
    assert RunProgress(path, 0.0, clock).snapshot().files_done == 4


def test_a_process_that_began_before_its_log_was_looked_at_is_the_present_one(path, clock):
    started = clock.now
    clock.now += 3
    download(*begin(path, clock), clock, NAMES[:4])
    assert RunProgress(path, started, clock).snapshot().files_done == 4


def test_a_silence_grows_on_between_two_samples(path, clock):
    log, progress = begin(path, clock)
    download(log, progress, clock, NAMES[:4])
    progress.failed("connection refused", 3600)
    clock.now += 20
    log.sample(progress, 0)
    seen = RunProgress(path, 0.0, clock)
    clock.now += 220
    assert "no data for 4 min (connection refused); trying again until" in str(seen.snapshot())


def test_a_log_that_stands_still_shows_no_rate(path, clock):
    download(*begin(path, clock), clock, NAMES[:4])
    clock.now += 600
    assert RunProgress(path, 0.0, clock).snapshot().rate == 0


def test_files_that_are_no_movies_do_not_count(path, clock):
    log, progress = begin(path, clock)
    download(log, progress, clock, NAMES[:4])
    log.left_out(NAMES[0], "one frame")
    state = RunProgress(path, 0.0, clock).snapshot()
    assert (state.files_done, state.files_total) == (3, 9)
