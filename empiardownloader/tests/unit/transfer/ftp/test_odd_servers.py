"""Odd FTP servers against the whole downloader: every file right, or none and a sentence."""

import os
import socket

import pytest
from scripted_ftp import CUT, scripted_ftp
from transfer_scenarios import leave_part

from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import Destination, Downloader, FileRequest, FtpServer, Timeouts
from empiardownloader.transfer.ftp import server as ftp_server

pytestmark = pytest.mark.usefixtures("no_proxy")

SIZE = 700_001
CONTENTS = {name: b"\0" + os.urandom(SIZE - 1) for name in ("a.mrc", "b.mrc", "c.mrc")}
CUT_AT = 300_000


@pytest.fixture
def script():
    with scripted_ftp() as script:
        script.contents = {f"/1/{name}": content for name, content in CONTENTS.items()}
        yield script


@pytest.fixture
def run(tmp_path):
    def run(script, size=SIZE):
        server = FtpServer(script.url, Timeouts(2.0, 2.0, 2.0))
        return Downloader(
            server, Destination(tmp_path / "extra"), tmp_path / "tmp", connections=1,
            sleep=lambda seconds: None, policy=RetryPolicy(attempts=4),
        ).run([FileRequest(name, size, name) for name in CONTENTS])

    return run


def assert_all_here(result, tmp_path):
    assert (result.completed, result.failures, result.fatal_error) == (3, [], None)
    for name, content in CONTENTS.items():
        assert (tmp_path / "extra" / name).read_bytes() == content
    assert os.listdir(tmp_path / "tmp") == []


def assert_none_wrong(tmp_path):
    if (tmp_path / "extra").exists():
        for name in os.listdir(tmp_path / "extra"):
            assert (tmp_path / "extra" / name).read_bytes() == CONTENTS[name]


# ------ offsets

OFFSETS = {
    "the file from its first byte": lambda asked: 0,
    "whole blocks only": lambda asked: asked // 65_536 * 65_536,
    "a number of 16 bits": lambda asked: asked % 65_536,
    "a number of 8 digits at most": lambda asked: int(str(asked)[:2]),
    "one byte too early": lambda asked: max(asked - 1, 0),
    "one byte too late": lambda asked: asked + 1,
    "twice the offset": lambda asked: 2 * asked,
    "the end of the file": lambda asked: SIZE,
}


@pytest.mark.parametrize("keeps", [False, True])
@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_wrong_offsets_cost_time_and_no_byte(script, run, tmp_path, offset, keeps):
    script.offset, script.keeps_offset = offset, keeps
    script.cut(CUT_AT, "426 Failure writing network stream.")
    assert_all_here(run(script), tmp_path)


@pytest.mark.parametrize("offset", OFFSETS.values(), ids=OFFSETS)
def test_wrong_offsets_for_a_part_of_an_earlier_run(script, run, tmp_path, offset):
    script.offset = offset
    for name, content in CONTENTS.items():
        leave_part(tmp_path / "tmp", FileRequest(name, SIZE, name), SIZE, {0: content[:CUT_AT]})
    assert_all_here(run(script), tmp_path)


# ------ replies around a file

PASSING = {
    "421 in the middle": (CUT_AT, "421 Timeout."),
    "425 in the middle": (CUT_AT, "425 Failed to establish connection."),
    "426, in two lines": (CUT_AT, "426-Connection closed;\r\n426 transfer aborted. Abort ok."),
    "450 in the middle": (CUT_AT, "450 Requested file action not taken: busy"),
    "451 in the middle": (CUT_AT, "451 Requested action aborted: local error"),
    "452 in the middle": (CUT_AT, "452 insufficient storage"),
    "550 in the middle": (CUT_AT, "550-The file\r\n550 was moved to tape"),
    "551 in the middle": (CUT_AT, "551 Error on input file: I/O error"),
    "552 in the middle": (CUT_AT, "552 Exceeded storage allocation"),
    "530 in the middle": (CUT_AT, "530 Session expired, log in again"),
    "500 in the middle": (CUT_AT, "500 OOPS: vsf_sysutil_sendfile"),
    "226 in the middle": (CUT_AT, "226 Transfer complete."),
    "226 that says it was aborted": (CUT_AT, "226 Transfer aborted by server"),
    "226 in many lines": (None, "226-Transfer complete.\r\n 226 as said\r\n226-more\r\n226 bye"),
    "250 at the end": (None, "250 Requested file action okay, completed."),
    "a number and nothing else": (None, "226 "),
    "an error after the last byte": (None, "426 Data connection: Broken pipe"),
    "no word after the last byte": (None, CUT),
    "451 after the last byte": (None, "451 cannot close the log"),
    "150 once more at the end": (None, "150 it is coming"),
    "words of no known code": (None, "999 whatever"),
    "no number at all": (None, "thank you"),
}


@pytest.mark.parametrize("end", PASSING.values(), ids=PASSING)
def test_the_words_after_a_file_do_not_decide_what_is_in_it(script, run, tmp_path, end):
    count, words = end
    script.cut(SIZE if count is None else count, words)
    assert_all_here(run(script), tmp_path)


@pytest.mark.parametrize(
    "words",
    ["421 Too many connections (4) from this IP", "421-busy\r\n421 come back later",
     "425 Can't open data connection.", "426 aborted", "450 File unavailable (e.g., file busy).",
     "451 Local error in processing.", CUT,
     "500 OOPS: child died"],
)  # fmt: skip
@pytest.mark.parametrize("command", ["RETR", "SIZE", "PASV", "TYPE", "USER", "CWD"])
def test_a_refusal_that_may_pass_costs_a_try(script, run, tmp_path, command, words):
    script.on(command, words, None)
    assert_all_here(run(script, size=None), tmp_path)


@pytest.mark.parametrize("command", ["USER", "PASS", "TYPE", "PASV", "SIZE", "RETR"])
def test_replies_of_many_lines_are_read_to_their_end(script, run, tmp_path, command):
    usual = {"USER": "331", "PASS": "230", "TYPE": "200", "PASV": None, "SIZE": None, "RETR": None}
    script.greeting = "220-Welcome\r\n 220 not yet\r\n220-\xc4\xd6\xdc\r\n220 now"
    if usual[command]:
        code = usual[command]
        script.on(command, f"{code}-quota: 550 MB\r\n    226 files\r\n{code}-x\r\n{code} done")
    script.finals["RETR"] = "226-File successfully transferred\r\n226 0.1 seconds, 5 Mbytes/s"
    assert_all_here(run(script), tmp_path)


def test_a_reply_before_the_data_is_no_end_of_them(script, run, tmp_path):
    script.replies_first = True
    assert_all_here(run(script), tmp_path)


@pytest.mark.parametrize("block", [SIZE // 3, SIZE - 100_000, SIZE - 1, 2 * SIZE])
@pytest.mark.parametrize("more", [1, 100_000])
def test_more_bytes_than_the_server_tells_are_no_file(
        script, run, tmp_path, monkeypatch, more, block):
    monkeypatch.setattr(ftp_server, "BLOCK", block)  # some end where the file is said to end
    script.on("SIZE", f"213 {SIZE - more}")
    result = run(script, size=SIZE - more)
    assert (result.completed, len(result.failures)) == (0, 3)
    assert_none_wrong(tmp_path)
    assert "bytes" in str(result.failures[0].error)


@pytest.mark.parametrize("fewer", [1, 100_000])
def test_fewer_bytes_than_the_server_tells_are_no_file(script, run, tmp_path, fewer):
    script.on("SIZE", f"213 {SIZE + fewer}")
    result = run(script, size=SIZE + fewer)
    assert result.completed == 0
    assert_none_wrong(tmp_path)


def test_a_text_mode_that_doubles_line_ends_is_no_file(script, run, tmp_path):
    script.contents = {path: content.replace(b"\n", b"\r\n")
                       for path, content in script.contents.items()}
    script.on("SIZE", f"213 {SIZE}")
    result = run(script)
    assert result.completed == 0
    assert_none_wrong(tmp_path)


# ------ addresses


def has_ipv6():
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_a_server_with_ipv6_alone(run, tmp_path):
    with scripted_ftp("::1") as script:
        script.contents = {f"/1/{name}": content for name, content in CONTENTS.items()}
        script.cut(CUT_AT, "426 cut")
        assert_all_here(run(script), tmp_path)
        assert (script.count("EPSV") > 0, script.count("PASV")) == (True, 0)


@pytest.mark.parametrize(
    "form",
    ["227 Entering Passive Mode ({host},{high},{low})",
     "227 Entering Passive Mode {host},{high},{low}", "227 ({host},{high},{low}); ok",
     "227 =10,0,0,1,{high},{low}",
     "227 Entering Passive Mode (0,0,0,0,{high},{low}).",
     "227-Entering\r\n227 Passive Mode (192,168,1,1,{high},{low})"],
)  # fmt: skip
def test_passive_addresses_in_the_forms_of_many_servers(script, run, tmp_path, form):
    script.passive_words = form
    assert_all_here(run(script), tmp_path)
