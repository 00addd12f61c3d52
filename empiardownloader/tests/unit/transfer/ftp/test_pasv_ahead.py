"""The next file's port is asked for ahead, and no reply is taken for that of another command."""

import os
import random

import pytest
from scripted_ftp import CUT, OOPS, scripted_ftp
from transfer_scenarios import OVERLAP

from empiardownloader.net.errors import FileMissing
from empiardownloader.transfer import Destination, Downloader, FileRequest, Timeouts
from empiardownloader.transfer.base import Sink
from empiardownloader.transfer.ftp.control_connection import _PREFETCHED_PORT_TTL
from empiardownloader.transfer.ftp.server import FtpServer

SHORT_TIMEOUTS = Timeouts(connect=2.0, stall=2.0, listing=2.0)
VSFTPD = "200 Switching to Binary mode."
FILES = 12


@pytest.fixture
def script():
    with scripted_ftp() as script:
        script.on("TYPE", VSFTPD)
        chance = random.Random(1)
        script.contents = {f"/1/{n}.mrc": os.urandom(chance.randrange(1, 60_000))
                           for n in range(FILES)}
        script.contents["/1/1.mrc"] = os.urandom(300_000)
        yield script


@pytest.fixture
def server(script):
    return FtpServer(script.url, SHORT_TIMEOUTS)


@pytest.fixture
def wanted(script):
    return [
        FileRequest(path[3:], len(content), path[3:]) for path, content in script.contents.items()
    ]


@pytest.fixture
def download(script, server, wanted, tmp_path):
    """Return a function that downloads all files over one session and compares them."""

    def download(missing=()):
        outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp",
                             connections=1, sleep=lambda seconds: None).run(wanted)
        assert outcome.fatal_error is None
        assert all(type(failure.error) is FileMissing for failure in outcome.failures)
        assert {failure.request.name for failure in outcome.failures} == set(missing)
        for item in wanted:
            if item.name not in missing:
                here = (tmp_path / "extra" / item.name).read_bytes()
                assert here == script.contents[f"/1/{item.name}"], item.name
        return outcome

    return download


def asked(script, *commands):
    return [line.split(" ")[0] for line in script.asked if line.split(" ")[0] in commands]


def test_a_port_is_asked_for_with_the_file_before(script, download):
    download()
    assert asked(script, "PASV", "RETR") == ["PASV", *["RETR", "PASV"] * FILES]
    assert script.count("USER") == 1


def test_other_servers_are_asked_for_a_port_when_it_is_needed(script, download):
    script.on("TYPE", "200 Type set to I")
    download()
    assert asked(script, "PASV", "RETR") == ["PASV", "RETR"] * FILES


def test_extended_passive_ports_are_asked_for_ahead_too(script, download):
    script.on("PASV", "550 Permission denied.")
    download()
    assert asked(script, "PASV", "EPSV", "RETR") == ["PASV", "EPSV", *["RETR", "EPSV"] * FILES]


def test_a_promised_port_serves_a_listing_and_a_size_comes_between(script, server, tmp_path):
    connection = server.connect()
    part = Part()
    for path in ("0.mrc", "1.mrc"):
        connection.fetch(path, part, 0, len(script.contents[f"/1/{path}"]))
        assert connection.size_of("5.mrc") == len(script.contents["/1/5.mrc"])
        assert [item.name for item in connection.list_folder("data")] == ["a.mrc"]
    connection.close()
    assert part.content == script.contents["/1/0.mrc"] + script.contents["/1/1.mrc"]
    # The listing takes the promised one, and the next file asks for its own.
    assert asked(script, "PASV", "RETR", "MLSD") == ["PASV", "RETR", "PASV", "MLSD"] * 2


class Part(Sink):
    content = b""

    def write(self, block):
        self.content += bytes(block)

    def restart(self):
        self.content = b""


def test_an_old_promise_is_not_relied_upon(script, server, download, monkeypatch):
    clock = iter(range(0, 10**6, int(_PREFETCHED_PORT_TTL) + 1))
    monkeypatch.setattr("empiardownloader.transfer.ftp.control_connection.time.monotonic",
                        lambda: float(next(clock)))
    download()
    assert script.count("PASV") == 2 * FILES


def test_a_promised_port_that_nobody_answers_at_is_replaced_at_once(script, server, download):
    script.on("PASV", None, "227 Entering Passive Mode (127,0,0,1,0,9)", None)
    download()
    assert (script.count("USER"), server.features.pipelines_pasv) == (1, False)


@pytest.mark.parametrize("words", ["500 what?", "550 Permission denied.", "425 no ports left",
                                   "227 Entering Passive Mode.", "450-not\r\n450 now"])
def test_a_promise_that_is_refused_costs_no_file_and_is_not_asked_for_again(
    script, server, download, words
):
    script.on("PASV", None, words, None)
    download()
    assert (script.count("USER"), server.features.pipelines_pasv) == (1, False)
    assert script.count("RETR") == FILES


def test_a_server_that_answers_within_a_transfer_is_found_out_by_its_first_file(
    script, server, download
):
    script.is_eager = True
    download()
    assert not server.features.pipelines_pasv
    assert (script.count("RETR"), script.count("USER")) == (FILES, 2)


def test_a_reply_that_never_came_is_not_replaced_by_the_promise(script, server, download):
    # Words that ftplib reads on over, up to their end: the promise.
    script.fault = lambda command, path: (None, "227 Entering Passive Mode (127,0,0,1,0,9)") if (
        command == "RETR" and path == "/1/3.mrc") else None
    download()
    assert not server.features.pipelines_pasv
    assert script.count("USER") == 2, "its session was given up"


def test_a_part_is_resumed_over_a_promised_port(script, download):
    size = len(script.contents["/1/1.mrc"])
    script.fault = once("RETR", "/1/1.mrc", (size // 2, "426 Failure writing network stream."))
    download()
    assert f"REST {size // 2 - OVERLAP}" in script.asked


def once(command, path, words):
    left = [words]
    return lambda *asked: left.pop() if asked == (command, path) and left else None


REPLIES = ["421 Timeout.", "425 no data connection", "426 cut", "450 busy", "451-in\r\n451 error",
           OOPS, CUT]
FINAL = "550 Permission denied."


@pytest.mark.parametrize("seed", range(60))
def test_whatever_goes_wrong_at_any_place_each_file_is_its_own_or_rightly_missing(
    script, download, seed
):
    chance = random.Random(seed)
    rate = chance.choice([0.05, 0.2])
    missing = set()

    def fault(command, argument):
        if chance.random() > rate:
            return None
        if command == "PASV":
            return chance.choice([*REPLIES, "500 what?", "227 nowhere", "227 (127,0,0,1,0,9)",
                                  "200 yes"])
        if command in ("REST", "SIZE"):
            return chance.choice(["421 Timeout.", OOPS, CUT])
        if command != "RETR":
            return None
        if chance.random() < 0.2:
            missing.add(argument[3:])
            return FINAL
        if chance.random() < 0.5:
            return chance.choice(REPLIES)
        count = chance.choice([0, 1, chance.randrange(60_000), None])
        return count, chance.choice([*REPLIES, "226-all\r\n226 well", "226 done"])

    script.fault = fault
    download(missing)
