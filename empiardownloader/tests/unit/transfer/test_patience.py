"""Waiting: for a server that is away, for another run's parts, for a place; and not for ever."""

import itertools
import os
import threading

import pytest
from transfer_scenarios import MOVIES, SHORT_TIMEOUTS, SIZE, part_stem
from waiting import wait_until

from empiardownloader.errors import FatalError
from empiardownloader.net.errors import ConnectionFailed
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import (
    Destination,
    Downloader,
    FileRequest,
    FtpServer,
    HttpServer,
    Progress,
)
from empiardownloader.transfer.download.part_file import PartFile

pytestmark = pytest.mark.usefixtures("no_proxy")

KINDS = {"ftp": FtpServer, "https": HttpServer}
WANTED = [FileRequest(f"data/{name}", SIZE + n, name) for n, name in enumerate(MOVIES)]


@pytest.fixture(params=KINDS)
def server(request, archive):
    archive.reset()
    archive.forget_requests()
    yield KINDS[request.param](
        archive.environment[f"EMPIAR_{request.param.upper()}_URL"] + "/1", SHORT_TIMEOUTS)
    archive.reset()


class FastClock:
    """A clock that only waiting moves: `sleep` is both."""

    def __init__(self):
        self.now = 0.0
        self._lock = threading.Lock()
        self.each = lambda: None

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        with self._lock:
            self.now += seconds
            self.each()


def downloader(server, folder, **options):
    return Downloader(server, Destination(folder / "extra"), folder / "tmp", **options)


def assert_whole(archive, folder, names=MOVIES):
    for name in names:
        here = (folder / "extra" / name).read_bytes()
        assert here == archive.source(1, f"data/{name}").read_bytes()


class Away(Progress):
    """The archive is away from the first byte on, for a while of the fast clock."""

    def __init__(self, archive, clock, seconds):
        super().__init__()
        self._archive, self._clock, self._seconds = archive, clock, seconds
        self._until = None
        self._is_over = False
        clock.each = self.look
        archive.set(rate=3_000)  # of what is not here, no buffer on the way has the rest

    def add_received(self, count):
        super().add_received(count)
        if self._until is None and count > 0:
            self._until = self._clock.now + self._seconds
            self._archive.kill()

    def look(self):
        if self._until is not None and self._clock.now >= self._until and not self._is_over:
            self._is_over = True
            self._archive.set(rate=0)
            self._archive.restart()


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("minutes", [10, 180])
def test_an_outage_is_waited_for(archive, server, tmp_path, connections, minutes):
    clock = FastClock()
    away = Away(archive, clock, 60 * minutes)
    outcome = downloader(server, tmp_path, connections=connections, progress=away, clock=clock,
                         sleep=clock.sleep).run(WANTED)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (6, [], None)
    assert clock.now >= 60 * minutes
    assert_whole(archive, tmp_path)


def test_an_outage_that_is_longer_than_the_patience_ends_the_run(archive, server, tmp_path):
    clock = FastClock()
    away = Away(archive, clock, 10**9)
    try:
        outcome = downloader(server, tmp_path, connections=1, progress=away, clock=clock,
                             sleep=clock.sleep, patience=1800.0).run(WANTED)
    finally:
        archive.restart()
    assert isinstance(outcome.fatal_error, FatalError)
    assert "gave up, as no data arrived for 3" in str(outcome.fatal_error)
    assert 1800 <= clock.now <= 1900
    assert outcome.completed == 0


# ------ another run


def hold(folder, wanted):
    """What another run that is stopped does: it has the part, and nothing comes."""
    return PartFile(folder / "tmp", part_stem(wanted), wanted.size)


@pytest.mark.parametrize("connections", [1, 4])
def test_files_that_another_run_holds_come_last_and_are_waited_for(
    archive, server, tmp_path, connections, caplog
):
    held = [hold(tmp_path, wanted) for wanted in WANTED[:4]]
    came = []

    def note(wanted):
        came.append(wanted.name)
        if len(came) == 2:
            for part in held:
                part.close()

    outcome = downloader(server, tmp_path, connections=connections, on_complete=note,
                         policy=RetryPolicy(first_wait=0.1)).run(WANTED)
    assert (outcome.completed, outcome.failures) == (6, [])
    assert sorted(came[:2]) == MOVIES[4:]
    assert_whole(archive, tmp_path)
    said = [record.message for record in caplog.records
            if record.levelname == "WARNING" and "another run" in record.message]
    assert len(said) == 1
    assert "waiting for it, and downloading other files" in said[0]


def test_a_file_that_another_run_holds_for_ever_is_given_up_with_its_reason(
    archive, server, tmp_path
):
    held = hold(tmp_path, WANTED[0])
    ticks = itertools.count(0, 600)
    outcome = downloader(server, tmp_path, clock=lambda: next(ticks), patience=36_000.0,
                         ).run(WANTED)  # fmt: skip
    held.close()
    assert outcome.completed == 5
    assert [failure.request for failure in outcome.failures] == WANTED[:1]
    assert "another run is fetching it, for 1" in str(outcome.failures[0].error)


def test_a_run_that_is_to_stop_does_not_wait_for_another(archive, server, tmp_path):
    held = hold(tmp_path, WANTED[0])
    came = []
    outcome = downloader(server, tmp_path, on_complete=came.append,
                         stop_requested=lambda: len(came) == 5).run(WANTED)
    held.close()
    assert (outcome.completed, outcome.failures, outcome.stopped) == (5, [], True)


# ------ what lies in a part's place


@pytest.mark.parametrize("kind", ["link", "link to nothing", "hard link", "folder", "fifo"])
def test_what_lies_in_a_part_s_place_is_never_written_to(archive, server, tmp_path, kind):
    place = tmp_path / "tmp" / f"{part_stem(WANTED[0])}.{SIZE}.part"
    place.parent.mkdir()
    victim = tmp_path / "somebody else's"
    victim.write_bytes(b"precious")
    if kind == "link":
        place.symlink_to(victim)
    elif kind == "link to nothing":
        place.symlink_to(tmp_path / "made")
    elif kind == "hard link":
        os.link(victim, place)
    elif kind == "folder":
        place.mkdir()
    else:
        os.mkfifo(place)
    outcome = downloader(server, tmp_path, policy=RetryPolicy(attempts=2, first_wait=0.01)).run(
        WANTED)
    assert victim.read_bytes() == b"precious"
    assert not (tmp_path / "made").exists()
    assert_whole(archive, tmp_path, MOVIES[1:])
    if kind.startswith("link"):
        assert outcome.completed == 6
        assert_whole(archive, tmp_path)
    else:
        assert [failure.request for failure in outcome.failures] == WANTED[:1]
        assert "a fault" not in str(outcome.failures[0].error)
    assert outcome.fatal_error is None


# ------ more files while others are on their way


SLOW = 20000  # bytes per second: a movie would take minutes


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("at_first", [[], WANTED[:2]])
def test_files_are_added_while_others_are_on_their_way(
    archive, server, tmp_path, connections, at_first
):
    archive.set(rate=SLOW)
    progress, outcomes = Progress(), []
    both = downloader(server, tmp_path, connections=connections, progress=progress)
    thread = threading.Thread(target=lambda: outcomes.append(both.run(at_first, stays_open=True)))
    thread.start()
    if at_first:
        wait_until(lambda: progress.bytes_received() > 0)
    both.add(WANTED[len(at_first):5])
    wait_until(lambda: progress.bytes_received() > 0)
    assert not outcomes
    archive.set(rate=0)
    both.add(WANTED[5:])
    both.close()
    thread.join(120)
    assert (outcomes[0].completed, outcomes[0].failures) == (6, [])
    assert_whole(archive, tmp_path)
    state = progress.snapshot()
    assert state.files_total == state.files_done == 6
    assert state.bytes_done == state.bytes_total == sum(wanted.size for wanted in WANTED)


def test_a_file_that_is_left_out_is_replaced_by_one_that_its_callback_adds(
    archive, server, tmp_path
):
    came = []
    rest = list(WANTED[2:5])

    def note(wanted):
        came.append(wanted)
        if wanted in (WANTED[0], WANTED[2]):  # it is no movie
            run.add([rest.pop(0)])
        if len(came) == 4:
            run.close()

    run = downloader(server, tmp_path, on_complete=note)
    assert run.run(WANTED[:2], stays_open=True).completed == 4
    assert sorted(os.listdir(tmp_path / "extra")) == MOVIES[:4]


@pytest.mark.parametrize("end", ["stop", "callback"])
def test_a_run_that_stays_open_ends_when_it_is_to(archive, server, tmp_path, end):
    stop = threading.Event()

    def note(wanted):
        stop.set()
        if end == "callback":
            raise ValueError("odd")

    options = {"stop_requested": stop.is_set} if end == "stop" else {}
    outcome = downloader(server, tmp_path, on_complete=note, **options).run(
        WANTED[:1], stays_open=True)
    assert outcome.completed == 1
    assert outcome.stopped if end == "stop" else "odd" in str(outcome.fatal_error)


def test_a_server_that_never_answers_is_given_up_after_a_minute_and_a_half(tmp_path):
    class Nobody:
        def connect(self):
            raise ConnectionFailed("no connection")

        def abandon(self, error):
            return False

    clock = FastClock()
    outcome = downloader(Nobody(), tmp_path, clock=clock, sleep=clock.sleep).run(WANTED)
    assert isinstance(outcome.fatal_error, FatalError)
    assert 90 <= clock.now <= 300
