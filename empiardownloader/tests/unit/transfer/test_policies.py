"""The decisions of the transfer, apart from sockets and disks."""

import re
import time

import pytest
from clocks import Clock

from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer.download.connection_limit import ConnectionLimit
from empiardownloader.transfer.ftp.listing import parse_list, parse_mlsd
from empiardownloader.transfer.progress import Progress, silence_text
from empiardownloader.units import format_duration, format_size


def never():
    return False


def test_waits_grow_to_a_minute_and_are_jittered():
    policy = RetryPolicy()
    assert [policy.wait(n, lambda: 1.0) for n in range(1, 9)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [policy.wait(n, lambda: 0.0) for n in (1, 7)] == [0.5, 30]
    assert policy.wait(0, lambda: 1.0) == 0.5, "the last try brought bytes"
    assert not policy.exhausted(7)
    assert policy.exhausted(8)


def test_a_refusal_takes_a_place_away_and_quiet_time_gives_it_back():
    clock = Clock()
    limit = ConnectionLimit(4, clock, try_more_after=60)
    for _ in range(4):
        assert limit.acquire(never)
    assert limit.reduce(), "there are others to go on with"
    limit.release()
    assert limit.allowed == 3
    assert not limit.acquire(give_up=_true_at_the_second_question())
    clock.now += 60
    assert limit.acquire(never), "one more is tried after a while"
    assert limit.allowed == 4


def test_the_last_connection_is_never_taken_away():
    limit = ConnectionLimit(2)
    assert limit.acquire(never)
    assert not limit.reduce()
    assert limit.allowed == 1


def test_more_than_the_user_set_is_never_allowed():
    clock = Clock()
    limit = ConnectionLimit(2, clock, try_more_after=1)
    limit.acquire(never)
    limit.acquire(never)
    limit.reduce()
    for _ in range(10):
        clock.now += 10
        limit.acquire(give_up=_true_at_the_second_question())
    assert limit.allowed == 2


def _true_at_the_second_question():
    answers = iter([False, True, True])
    return lambda: next(answers)


def test_the_rate_is_that_of_the_last_half_minute():
    clock = Clock()
    progress = Progress(clock)
    progress.add_file(10_000)
    for _ in range(100):
        clock.now += 1
        progress.add_received(10)
    for _ in range(40):
        clock.now += 1
        progress.add_received(20)
    state = progress.snapshot()
    assert state.rate == pytest.approx(20, rel=0.05)
    assert state.bytes_done == 1800
    assert state.seconds_left == pytest.approx(8200 / 20, rel=0.05)


@pytest.mark.parametrize("silent", [30, 31, 300, 36_000])
@pytest.mark.parametrize("before", [0.1, 1, 29, 1000])
def test_the_rate_of_a_dead_line_is_zero_after_half_a_minute(before, silent):
    clock = Clock()
    progress = Progress(clock)
    progress.add_file(10**9)
    for _ in range(10):
        progress.add_received(10**6)
        clock.now += before / 10
    clock.now += silent
    state = progress.snapshot()
    assert (state.rate, state.seconds_left) == (0, None)


def test_the_rate_of_a_dying_line_falls_with_the_clock():
    clock = Clock()
    progress = Progress(clock)
    for _ in range(60):
        progress.add_received(100)
        clock.now += 1
    rates = []
    for _ in range(31):
        rates.append(progress.snapshot().rate)
        clock.now += 1
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == pytest.approx(100, rel=0.05)
    assert rates[15] == pytest.approx(50, rel=0.1)
    assert rates[30] == 0


def test_a_resume_is_no_speed():
    clock = Clock()
    progress = Progress(clock)
    progress.add_file(10**9)
    progress.add_existing(5 * 10**8)
    clock.now += 5
    for _ in range(5):
        progress.add_received(100)
        clock.now += 1
    assert progress.snapshot().rate == pytest.approx(80)


def test_a_silent_line_says_since_when_why_and_how_long_it_is_waited_for():
    clock = Clock()
    progress = Progress(clock)
    progress.add_file(1000)
    progress.add_received(100)
    progress.failed("connection refused", 3600.0)
    assert not progress.snapshot().is_silent, "it may pass within seconds"
    clock.now += 240
    progress.failed("connection refused", 3600.0)
    text = str(progress.snapshot())
    words = r"no data for 4 min \(connection refused\); trying again until .*\d\d:\d\d$"
    assert re.search(words, text)
    assert "/s" not in text
    progress.add_received(1)
    assert "no data" not in str(progress.snapshot())


@pytest.mark.parametrize("ahead, day", [(0, False), (3 * 86_400, True)])
def test_the_day_is_named_where_it_is_not_today(ahead, day):
    until = time.time() + ahead
    expected = time.strftime("%H:%M", time.localtime(until))
    text = silence_text(4000, "no route to host", until)
    assert text.startswith("no data for 1 h 6 min (no route to host); trying again until ")
    assert text.endswith(expected)
    assert text.endswith(f"until {expected}") != day


@pytest.mark.parametrize("seconds, words", [(15, "15 s"), (119, "1 min"), (3599, "59 min")])
def test_the_length_of_a_silence(seconds, words):
    assert silence_text(seconds, "why", 0.0).startswith(f"no data for {words} (why)")


def test_what_is_thrown_away_is_not_counted_as_done():
    progress = Progress(Clock())
    progress.add_file(100)
    progress.add_received(60)
    progress.add_received(-60)
    assert progress.snapshot().bytes_done == 0
    assert progress.snapshot().seconds_left is None


def test_the_memory_of_the_progress_does_not_grow():
    clock = Clock()
    progress = Progress(clock)
    for _ in range(100_000):
        clock.now += 0.01
        progress.add_received(1)
    assert len(progress._samples) < 100


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1500, "1.5 kB"), (569_560_224, "569.6 MB"),
     (3.9e12, "3.9 TB"), (9e15, "9000.0 TB")],
)
def test_bytes_as_people_read_them(count, text):
    assert format_size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(9, "9 s"), (61, "1 min 1 s"), (4000, "1 h 6 min"), (0.2, "0 s"),
     (3296 * 3600, "137 d 8 h")]
)
def test_seconds_as_people_read_them(seconds, text):
    assert format_duration(seconds) == text


LS = """total 12
drwxr-xr-x    2 ftp      ftp          4096 Oct 04  2019 a folder
-rw-r--r--    1 ftp      ftp     569560224 Mar 04 15:38 FoilHole_1 [2].mrc
lrwxrwxrwx    1 0        0              11 Jan 01  2020 link.mrc -> ../b.mrc
-rw-r--r--    1 ftp      ftp             0 Jan 01  2020  leading blank
-rw-r--r--.   1 user     a-group        12 2020-01-01 10:00 iso date
drwxr-xr-x    2 ftp      ftp          4096 Oct 04  2019 .
what is this line?
""".replace("\n", "\r\n").encode()


def test_a_listing_in_the_form_of_ls():
    items = {item.name: item for item in parse_list(LS)}
    names = {"a folder", "FoilHole_1 [2].mrc", "link.mrc", " leading blank", "iso date"}
    assert set(items) == names
    assert items["a folder"].is_folder
    assert items["FoilHole_1 [2].mrc"].size == 569_560_224
    assert items["link.mrc"].is_link
    assert items["link.mrc"].size is None, "the link's own size says nothing"
    assert items["iso date"].size == 12


def test_a_listing_in_facts():
    data = (
        b"type=cdir;modify=20200101000000; /data\r\n"
        b"Type=file;Size=12;Modify=20200101000000; a  b;c.mrc\r\n"
        b"type=dir;modify=20200101000000; folder\r\n"
        b"type=OS.unix=symlink;size=5; link\r\n"
        b"nonsense\r\n"
    )
    items = {item.name: item for item in parse_mlsd(data)}
    assert set(items) == {"a  b;c.mrc", "folder", "link"}
    assert items["a  b;c.mrc"].size == 12
    assert items["a  b;c.mrc"].modified == "20200101000000"
    assert items["link"].is_link


def test_a_name_that_is_not_utf_8_finds_its_way_back():
    (item,) = parse_list(b"-rw-r--r-- 1 ftp ftp 1 Jan 01 2020 \xe9t\xe9.mrc\r\n")
    assert item.name.encode("utf-8", "surrogateescape") == b"\xe9t\xe9.mrc"
