"""When the second server is used, and when not."""

import logging
import socket
import threading

import pytest
from scripted_ftp import scripted_ftp
from transfer_scenarios import MOVIES, SHORT_TIMEOUTS, SIZE

from empiardownloader.disk.errors import NoSpace
from empiardownloader.net.errors import (
    AnonymousLoginRefused,
    ConnectionFailed,
    FileMissing,
    TooManyConnections,
)
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import (
    Connection,
    Destination,
    DirectoryLister,
    Downloader,
    FallbackServer,
    FileRequest,
    FtpServer,
    HttpServer,
    Progress,
    Server,
    Timeouts,
)

pytestmark = pytest.mark.usefixtures("no_proxy")

DOWN = ConnectionFailed("ftp: no connection")
BUSY = TooManyConnections("ftp: no room")
SHUT = AnonymousLoginRefused("ftp: no anonymous login")


class FakeConnection(Connection):
    def __init__(self, server):
        self.server = server
        self._open = True

    def list_folder(self, folder):
        raise NotImplementedError

    size_of = fetch = list_folder

    def is_open(self):
        return self._open

    def close(self):
        self._open = False


class Rehearsed(Server):
    """Connects, or raises what is to be raised; what is left out at the end goes on for ever."""

    def __init__(self, *ends):
        self.ends = list(ends)
        self.asked = 0

    def connect(self):
        self.asked += 1
        end = self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]
        if end is not None:
            raise end
        return FakeConnection(self)

    def __str__(self):
        return "https://second"


@pytest.fixture
def waits():
    return []


@pytest.fixture
def second():
    return Rehearsed(None)


@pytest.fixture
def fallback(second, waits):
    """A function that makes the server under test from the first of the two."""

    def make(*ends, **options):
        return FallbackServer(Rehearsed(*ends), second, sleep=waits.append, **options)

    return make


def ends_in_a_row(server, count):
    """What each of so many calls came to: the server that was connected to, or the error."""
    ends = []
    for _ in range(count):
        try:
            ends.append(server.connect().server)
        except ConnectionFailed as error:
            ends.append(error)
        except TooManyConnections as error:
            ends.append(error)
    return ends


def test_a_first_server_that_is_there_is_the_only_one_asked(fallback, second, waits, caplog):
    server = fallback(None)
    assert all(end is not second for end in ends_in_a_row(server, 3))
    assert (second.asked, waits, caplog.records) == (0, [], [])


@pytest.mark.parametrize("error", [DOWN, BUSY])
def test_a_first_server_that_was_never_reached_is_left_after_a_few_tries(
    fallback, second, waits, caplog, error
):
    first = Rehearsed(error)
    server = FallbackServer(first, second, sleep=waits.append)
    assert server.connect().server is second
    assert (first.asked, len(waits)) == (3, 2)
    assert ends_in_a_row(server, 3) == [second] * 3
    assert first.asked == 3, "for good"
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert caplog.messages == [f"{error}. Using https://second instead"]


@pytest.mark.parametrize("error", [DOWN, BUSY])
def test_a_first_server_that_comes_at_the_last_try_is_kept(fallback, second, waits, error):
    server = fallback(error, error, None)
    assert server.connect().server is not second
    assert len(waits) == 2


def test_a_refused_login_is_not_tried_again(fallback, second, waits):
    assert fallback(SHUT).connect().server is second
    assert waits == []


@pytest.mark.parametrize("error", [NoSpace("full"), FileMissing("none")])
def test_an_error_of_another_kind_is_not_hidden(fallback, error):
    with pytest.raises(type(error)):
        fallback(error).connect()


def test_a_first_server_that_has_worked_is_left_only_when_the_run_would_end(fallback, second):
    server = fallback(None, DOWN)
    server.connect()
    assert ends_in_a_row(server, 7) == [DOWN] * 6 + [second]


def test_the_patience_is_that_of_the_downloader(fallback, second):
    server = fallback(None, DOWN, established=RetryPolicy(attempts=3))
    server.connect()
    assert ends_in_a_row(server, 2) == [DOWN, second]


def test_a_connection_that_works_begins_the_row_anew(fallback, second):
    server = fallback(None, *[DOWN] * 6, None, *[DOWN] * 6, None, DOWN)
    server.connect()
    ends = ends_in_a_row(server, 21)
    assert ends.index(second) == 20


def test_failures_of_many_threads_do_not_add_up(fallback):
    server = fallback(None, DOWN)
    server.connect()
    threads = [threading.Thread(target=ends_in_a_row, args=(server, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends_in_a_row(server, 1) == [DOWN]


def test_a_refusal_counts_only_when_no_connection_stands(fallback, second):
    server = fallback(None, BUSY)
    standing = server.connect()
    assert ends_in_a_row(server, 50) == [BUSY] * 50
    standing.close()
    assert ends_in_a_row(server, 7) == [BUSY] * 6 + [second]


def test_a_login_that_is_refused_later_turns_to_the_second_at_once(fallback, second, caplog):
    server = fallback(None, SHUT)
    server.connect()
    assert ends_in_a_row(server, 2) == [second] * 2
    assert len(caplog.messages) == 1


def test_many_threads_find_out_together_and_say_it_once(second, caplog):
    begun = threading.Barrier(8)
    first = Rehearsed(DOWN)
    server = FallbackServer(first, second, sleep=lambda seconds: None)
    ends = []

    def work():
        begun.wait(5)
        ends.append(server.connect().server)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ends == [second] * 8
    assert first.asked == 3
    assert len(caplog.messages) == 1


# ------ with real servers


@pytest.fixture
def archive(archive):
    archive.reset()
    archive.forget_requests()
    return archive


def both(archive, ftp=None, **options):
    addresses = archive.environment
    options.setdefault("sleep", lambda seconds: None)
    primary = FtpServer(ftp or addresses["EMPIAR_FTP_URL"] + "/1", SHORT_TIMEOUTS)
    secondary = HttpServer(addresses["EMPIAR_HTTPS_URL"] + "/1", SHORT_TIMEOUTS)
    return FallbackServer(primary, secondary, **options)


def download(server, folder, **options):
    wanted = [FileRequest(f"data/{name}", None, name) for name in MOVIES]
    options.setdefault("sleep", lambda seconds: None)
    return Downloader(server, Destination(folder / "extra"), folder / "tmp", **options).run(wanted)


def assert_whole(archive, folder):
    for name in MOVIES:
        here = (folder / "extra" / name).read_bytes()
        assert here == archive.source(1, f"data/{name}").read_bytes()


@pytest.mark.parametrize("closed", ["no server", "no login"])
def test_all_files_come_over_https_where_ftp_is_closed(archive, tmp_path, caplog, closed):
    archive.set(refuse_login=closed == "no login")
    server = both(archive, ftp="ftp://127.0.0.1:9/1" if closed == "no server" else None)
    with DirectoryLister(server) as list_folder:
        assert len(list_folder("data")) == 8
    assert download(server, tmp_path).completed == 6
    assert_whole(archive, tmp_path)
    assert archive.count("RETR") == 0
    assert sum(". Using " in message for message in caplog.messages) == 1


def test_all_files_come_over_https_where_ftp_says_nothing_at_the_login(archive, tmp_path, caplog):
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        address = f"ftp://127.0.0.1:{listener.getsockname()[1]}/1"
        silent = FtpServer(address, Timeouts(connect=2.0, stall=0.2, listing=0.2))
        waits = []
        server = FallbackServer(
            silent, HttpServer(archive.environment["EMPIAR_HTTPS_URL"] + "/1", SHORT_TIMEOUTS),
            sleep=waits.append)
        assert download(server, tmp_path).completed == 6
    assert_whole(archive, tmp_path)
    assert len(waits) == 2, "three tries in all, not of each file or connection"
    [said] = [message for message in caplog.messages if ". Using " in message]
    assert "does not answer; check the address and the network" in said


@pytest.mark.parametrize("refusal", ["reset", "closed"])
def test_all_files_come_over_https_where_ftp_cuts_every_login_off(
    archive, tmp_path, caplog, refusal
):
    with scripted_ftp() as script:
        script.room.counts, script.room.refusal = "logins", refusal
        assert download(both(archive, ftp=script.url), tmp_path).completed == 6
        assert script.room.refused == 3, "in all, not for each file or connection"
    assert_whole(archive, tmp_path)
    [said] = [message for message in caplog.messages if ". Using " in message]
    assert "the server cut the login off" in said


def test_files_come_over_ftp_where_it_works(archive, tmp_path):
    assert download(both(archive), tmp_path).completed == 6
    assert (archive.count("RETR"), archive.count("GET")) == (6, 0)


def test_cut_and_silent_transfers_are_no_reason_to_leave_ftp(archive, tmp_path):
    archive.set(cut_after=500_000, cut_times=6, stall_after=700_000, stall_times=3)
    assert download(both(archive), tmp_path).completed == 6
    assert_whole(archive, tmp_path)
    assert archive.count("GET") == 0


def test_a_few_places_are_no_reason_to_leave_ftp(archive, tmp_path):
    archive.set(max_connections=2, rate=6_000_000)
    assert download(both(archive), tmp_path, connections=8).completed == 6
    assert archive.count("GET") == 0


def test_files_under_way_go_on_over_https_when_ftp_ends_under_way(archive, tmp_path):
    ends = FtpThatEnds(archive)
    server = FallbackServer(ends, HttpServer(archive.environment["EMPIAR_HTTPS_URL"] + "/1"))
    archive.set(cut_after=SIZE // 2, cut_times=1)
    progress = Progress()
    outcome = download(server, tmp_path, connections=1, progress=progress)
    assert (outcome.completed, outcome.fatal_error) == (6, None)
    assert_whole(archive, tmp_path)
    transfers = [r for r in archive.requests() if r["command"] in ("RETR", "GET")]
    assert [r["command"] for r in transfers] == ["RETR"] + ["GET"] * 6
    assert progress.bytes_received() == progress.snapshot().bytes_total, "resumed where FTP left it"


class FtpThatEnds(FtpServer):
    """Nobody connects a second time."""

    def __init__(self, archive):
        super().__init__(archive.environment["EMPIAR_FTP_URL"] + "/1", SHORT_TIMEOUTS)
        self.used = False

    def connect(self):
        if self.used:
            raise ConnectionFailed("ftp: no connection")
        self.used = True
        return super().connect()
