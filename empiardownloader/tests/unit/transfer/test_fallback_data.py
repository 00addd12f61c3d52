"""An FTP server that lets us in, and whose data ports are closed: the second is turned to."""

import contextlib
import threading

import pytest
from scripted_ftp import CUT, scripted_ftp
from silent_ports import full_port
from transfer_scenarios import MOVIES, SHORT_TIMEOUTS

from empiardownloader.transfer import (
    Destination,
    DirectoryLister,
    Downloader,
    FallbackServer,
    FileRequest,
    FtpServer,
    HttpServer,
    Timeouts,
)

pytestmark = pytest.mark.usefixtures("no_proxy")

REFUSED = "227 Entering Passive Mode (127,0,0,1,0,9)."
NO_PASSIVE = "502 not here"
PATIENT = Timeouts(connect=1.0, stall=60.0)


@pytest.fixture
def script():
    with scripted_ftp() as script:
        yield script


@contextlib.contextmanager
def silent_port():
    """A PASV reply with a port to which packets get lost, as its queue is full."""
    with full_port() as port:
        yield f"227 Entering Passive Mode (127,0,0,1,{port // 256},{port % 256})."


def both(script, archive):
    second = HttpServer(archive.environment["EMPIAR_HTTPS_URL"] + "/1", SHORT_TIMEOUTS)
    first = FtpServer(script.url, PATIENT)
    return FallbackServer(first, second, sleep=lambda seconds: None)


def download(server, folder, **options):
    wanted = [FileRequest(f"data/{name}", None, name) for name in MOVIES]
    return Downloader(server, Destination(folder / "extra"), folder / "tmp",
                      sleep=lambda seconds: None, **options).run(wanted)


def assert_whole(archive, folder):
    for name in MOVIES:
        here = (folder / "extra" / name).read_bytes()
        assert here == archive.source(1, f"data/{name}").read_bytes()


def listed(server, waits=None):
    sleep = (lambda seconds: None) if waits is None else waits.append
    with DirectoryLister(server, sleep=sleep) as list_folder:
        return list_folder("data")


@pytest.mark.parametrize("closed", ["refused", "silent", "not given"])
def test_closed_data_ports_are_left_after_a_few_tries(archive, script, tmp_path, caplog, closed):
    with silent_port() as silent:
        script.on("PASV", {"refused": REFUSED, "silent": silent, "not given": NO_PASSIVE}[closed])
        script.on("EPSV", NO_PASSIVE)
        server = both(script, archive)
        waits = []
        assert len(listed(server, waits)) == 8
        assert len(waits) == 3
        assert download(server, tmp_path).completed == 6
    assert_whole(archive, tmp_path)
    assert script.count("USER") == 3, "for good"
    (said,) = [message for message in caplog.messages if ". Using " in message]
    assert "no data connection carries anything" in said
    assert "http" in said


def test_closed_data_ports_are_found_out_by_many_threads_together(archive, script, tmp_path,
                                                                  caplog):
    script.on("PASV", REFUSED)
    server = both(script, archive)
    assert download(server, tmp_path, connections=6).completed == 6
    assert_whole(archive, tmp_path)
    assert sum(". Using " in message for message in caplog.messages) == 1


def test_failures_side_by_side_count_as_one(script):
    script.on("PASV", REFUSED)
    server = FtpServer(script.url, PATIENT)
    way = server.features.data_connections
    begun = threading.Barrier(4)

    def fail():
        with pytest.raises(ConnectionRefusedError), way.tried():
            begun.wait(60)
            raise ConnectionRefusedError

    threads = [threading.Thread(target=fail) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert way.failures == 1
    assert server.data_connection_error(2) is None


@pytest.mark.parametrize("answers", [
    {"PASV": [REFUSED]}, {"PASV": ["425 no port"]}, {"MLSD": ["425 no data connection"]},
    {"PASV": ["421 busy"]}])  # fmt: skip
def test_what_befalls_data_connections_after_one_has_worked_is_no_reason_to_leave_ftp(
        archive, script, answers):
    archive.forget_requests()
    server = both(script, archive)
    assert len(listed(server)) == 1
    for command, words in answers.items():
        script.on(command, *words * 6, None)
    assert len(listed(server)) == 1
    assert archive.count("GET") == 0


@pytest.mark.parametrize("answer", ["421 busy", "425 no port"])
def test_a_busy_server_is_not_left_before_its_first_data_connection_either(archive, script,
                                                                           answer):
    archive.forget_requests()
    script.on("PASV", *[answer] * 6, None)
    server = both(script, archive)
    assert len(listed(server)) == 1
    assert archive.count("GET") == 0


def test_ftp_alone_tries_on(script):
    waits = []
    script.on("PASV", *[REFUSED] * 7, None)
    assert len(listed(FtpServer(script.url, PATIENT), waits)) == 1
    assert len(waits) == 7


# ------ data connections that carry listings and no files

NOTHING = {
    "a cut before the first byte": {"RETR": (0, "426 Failure writing network stream.")},
    "an error of the server": {"RETR": "451 Local error in processing."},
    "the session ends": {"RETR": CUT},
    "an end before the first byte": {"RETR": (0, "226 done")},
}


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("answers", NOTHING.values(), ids=NOTHING)
def test_a_server_that_lists_files_and_brings_none_is_left(
    archive, script, tmp_path, caplog, answers, connections
):
    script.fault = lambda command, argument: answers.get(command)
    server = both(script, archive)
    assert len(listed(server)) == 1, "FTP's own"
    wanted = [FileRequest(f"data/{name}", archive.source(1, f"data/{name}").stat().st_size, name)
              for name in MOVIES]
    outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp",
                         connections=connections, sleep=lambda seconds: None).run(wanted)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (6, [], None)
    assert_whole(archive, tmp_path)
    assert sum(". Using " in message for message in caplog.messages) == 1


def test_a_server_that_brought_files_and_brings_none_any_more_is_left_after_more_tries(
    archive, script, tmp_path, caplog
):
    script.content = archive.source(1, f"data/{MOVIES[0]}").read_bytes()
    script.fault = lambda command, argument: (
        (0, "426 sorry") if command == "RETR" and not argument.endswith(MOVIES[0]) else None)
    tries = []
    wanted = [FileRequest(f"data/{name}", archive.source(1, f"data/{name}").stat().st_size, name)
              for name in MOVIES]
    outcome = Downloader(both(script, archive), Destination(tmp_path / "extra"), tmp_path / "tmp",
                         connections=1, sleep=tries.append).run(wanted)
    assert outcome.completed == 6
    assert_whole(archive, tmp_path)
    assert script.count("RETR") >= 1 + 8, "so many for all files, as one file may be ill"
    assert sum(". Using " in message for message in caplog.messages) == 1


def test_a_busy_server_that_has_room_in_the_end_is_not_left(archive, script, tmp_path, caplog):
    script.on("PASV", *["421 busy"] * 5, None)
    wanted = [FileRequest("a.mrc", len(script.content), "a.mrc")]
    outcome = Downloader(both(script, archive), Destination(tmp_path / "extra"), tmp_path / "tmp",
                         connections=1, sleep=lambda seconds: None).run(wanted)
    assert outcome.completed == 1
    assert (tmp_path / "extra" / "a.mrc").read_bytes() == script.content
    assert not any(". Using " in message for message in caplog.messages)
