"""Servers that deny what a transfer asks of them: the next way is tried, to the whole file."""

import gzip
import itertools
import logging
import os

import pytest
from scripted_ftp import CUT, scripted_ftp
from scripted_http import CLOSED, Reply, chunked, scripted_server
from transfer_scenarios import leave_part

from empiardownloader.net.errors import ConnectionCut, SizeMismatch, SizeUnknown
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import (
    Destination,
    Downloader,
    FileRequest,
    FtpServer,
    HttpServer,
    Progress,
    Timeouts,
)

pytestmark = pytest.mark.usefixtures("no_proxy")

QUICK = Timeouts(connect=10.0, stall=10.0, listing=10.0)
CONTENT = b"\0" + os.urandom(700_000)
SIZE = len(CONTENT)


@pytest.fixture
def ftp():
    with scripted_ftp() as script:
        script.content = CONTENT
        script.listing = b"type=file; a.mrc\r\n"
        yield script


@pytest.fixture
def http():
    with scripted_server() as script:
        yield script


@pytest.fixture
def run(tmp_path):
    def run(server, size, **options):
        options.setdefault("sleep", lambda seconds: None)
        place = Destination(tmp_path / "extra")
        return Downloader(server, place, tmp_path / "tmp", connections=1, **options).run(
            [FileRequest("a.mrc", size, "a.mrc")])

    return run


def assert_here(outcome, tmp_path):
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (1, [], None)
    assert (tmp_path / "extra" / "a.mrc").read_bytes() == CONTENT
    assert os.listdir(tmp_path / "tmp") == []


def assert_not_here(outcome, tmp_path, error):
    assert outcome.completed == 0
    assert [type(failure.error) for failure in outcome.failures] == [error]
    assert not (tmp_path / "extra").exists() or os.listdir(tmp_path / "extra") == []
    assert os.listdir(tmp_path / "tmp") == [], "nothing that is not known to be of the file"


# ------ with a part that is here

DENIED = {
    "vsftpd": "550 Permission denied.",
    "ProFTPD": "451 Restart not permitted, try again",
    "IIS": "502 Command not implemented.",
    "wu-ftpd": "500 'X': command not understood",
}
COMMANDS = [
    commands for count in range(1, 4)
    for commands in itertools.combinations(("REST", "SIZE", "MLSD"), count)
]  # fmt: skip


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("part", [0, 300_000, SIZE])
@pytest.mark.parametrize("commands", COMMANDS)
@pytest.mark.parametrize("words", DENIED.values(), ids=DENIED)
def test_ftp_commands_that_are_denied_cost_no_file(ftp, run, tmp_path, words, commands, part, size):
    for command in commands:
        ftp.on(command, words)
    ftp.listing = (f"-rw-r--r-- 1 ftp ftp {SIZE} Jan 01 2020 a.mrc\r\n" if "MLSD" in commands
                   else f"type=file;size={SIZE}; a.mrc\r\n").encode()
    if part:
        leave_part(tmp_path / "tmp", FileRequest("a.mrc", SIZE, "a.mrc"), SIZE, {0: CONTENT[:part]})
    assert_here(run(FtpServer(ftp.url, QUICK), size), tmp_path)


def served(request, ranges=True):
    """Return Apache's answer for a file."""
    span = request.headers.get("Range", "")[len("bytes="):]
    if not ranges or not span:
        return Reply(body=CONTENT)
    first, _, last = span.partition("-")
    body = CONTENT[int(first):int(last) + 1 if last else SIZE]
    where = f"Content-Range: bytes {first}-{int(first) + len(body) - 1}/{SIZE}"
    return Reply("206 Partial Content", body, (where,))


HEADS = ["400 Bad Request", "403 Forbidden", "404 Not Found", "405 Method Not Allowed",
         "500 Internal Server Error", "501 Not Implemented"]  # fmt: skip


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("part", [0, 300_000, SIZE])
@pytest.mark.parametrize("ranges", [True, False])
@pytest.mark.parametrize("head", HEADS)
def test_http_methods_and_ranges_that_are_denied_cost_no_file(
    http, run, tmp_path, head, ranges, part, size
):
    http.on("/a.mrc", lambda request: Reply(head) if request.method == "HEAD"
            else served(request, ranges))
    if part:
        leave_part(tmp_path / "tmp", FileRequest("a.mrc", SIZE, "a.mrc"), SIZE, {0: CONTENT[:part]})
    assert_here(run(HttpServer(http.url, QUICK), size), tmp_path)


# ------ no way to ask for the size


@pytest.mark.parametrize("words", DENIED.values(), ids=DENIED)
def test_over_ftp_the_reply_after_a_file_proves_its_end(ftp, run, tmp_path, caplog, words):
    ftp.on("SIZE", words)
    progress = Progress()
    assert_here(run(FtpServer(ftp.url, QUICK), None, progress=progress), tmp_path)
    [said] = [record for record in caplog.records if "does not tell its size" in record.message]
    assert said.levelno == logging.WARNING
    assert f"its {SIZE} bytes are taken for all of it" in said.message
    state = progress.snapshot()
    assert (state.bytes_done, state.bytes_total) == (SIZE, SIZE)


ENDS = {
    "refused in the middle": (300_000, "426 Failure writing network stream."),
    "an error of the disk": (300_000, "451 Local error in processing"),
    "no such file any more": (300_000, "550 gone"),
    "no reply": (300_000, CUT),
    "all bytes and no reply": (SIZE, CUT),
    "nothing": (0, "226 done"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_over_ftp_another_end_is_not_believed(ftp, run, tmp_path, end):
    ftp.on("SIZE", "550 no")
    ftp.cut(*end)
    server = FtpServer(ftp.url, QUICK)
    if end[0]:
        assert_here(run(server, None), tmp_path)
        assert ftp.count("RETR") == 2, "from its first byte"
        assert ftp.count("REST") == 0
        return
    assert_not_here(run(server, None), tmp_path, SizeMismatch)


def test_over_ftp_an_end_that_is_never_proven_is_no_file(ftp, run, tmp_path):
    ftp.on("SIZE", "550 no")
    for _ in range(20):
        ftp.cut(300_000, CUT)
    outcome = run(FtpServer(ftp.url, QUICK), None, policy=RetryPolicy(attempts=3),
                  initial_patience=0.0, patience=0.0)  # fmt: skip
    assert outcome.completed == 0
    assert outcome.fatal_error is not None
    assert os.listdir(tmp_path / "tmp") == []


PACKED = gzip.compress(CONTENT)
GZIP = "Content-Encoding: gzip"
PROVEN = {
    "chunks": chunked(CONTENT[:1000], CONTENT[1000:]),
    "packed, in chunks": Reply(
        body=chunked(PACKED).body, headers=("Transfer-Encoding: chunked", GZIP), length=None),
    "packed, with a length": Reply(body=PACKED, headers=(GZIP,)),
}  # fmt: skip
NO_HEAD = Reply("405 Method Not Allowed")


def unsized(reply, *later):
    """GET gives the reply, and later others; nothing else tells a size."""
    replies = [reply, *later]

    def answer(request):
        if request.method == "HEAD":
            return NO_HEAD
        if "Range" in request.headers:
            return chunked(CONTENT)
        return replies.pop(0) if len(replies) > 1 else replies[0]

    return answer


@pytest.mark.parametrize("reply", PROVEN.values(), ids=PROVEN)
def test_over_http_the_last_chunk_or_the_packed_length_proves_the_end(
    http, run, tmp_path, caplog, reply
):
    http.on("/a.mrc", unsized(reply))
    assert_here(run(HttpServer(http.url, QUICK), None), tmp_path)
    [said] = [record for record in caplog.records if "does not tell its size" in record.message]
    assert said.levelno == logging.WARNING


CUTS = {
    "within a chunk": chunked(CONTENT[:1000], end=b"fff\r\nabc", then="close"),
    "before the last chunk": chunked(CONTENT[:1000], end=b"", then="close"),
    "packed, within the length": Reply(
        body=PACKED[:5000], headers=(GZIP,), length=len(PACKED), then="close"),
    "no answer": CLOSED,
}  # fmt: skip


@pytest.mark.parametrize("reply", CUTS.values(), ids=CUTS)
def test_over_http_another_end_is_not_believed(http, run, tmp_path, reply):
    http.on("/a.mrc", unsized(reply, PROVEN["chunks"]))
    assert_here(run(HttpServer(http.url, QUICK), None), tmp_path)


def test_over_http_a_body_that_ends_with_the_connection_is_no_file(http, run, tmp_path):
    http.on("/a.mrc", unsized(Reply(body=CONTENT, length=None, then="close")))
    outcome = run(HttpServer(http.url, QUICK), None)
    assert_not_here(outcome, tmp_path, SizeUnknown)
    assert "neither its size nor where it ends" in str(outcome.failures[0].error)


def test_an_unproven_end_is_a_cut(http):
    http.on("/a.mrc", Reply(body=PACKED[:5000], headers=(GZIP,), length=len(PACKED), then="close"))
    connection = HttpServer(http.url, QUICK).connect()

    class Nowhere:
        is_full = False

        def write(self, block):
            pass

    with pytest.raises(ConnectionCut):
        connection.fetch_unsized("a.mrc", Nowhere())
    connection.close()
