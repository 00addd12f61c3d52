"""The miniature archive over FTP: its contents, and each of its settings."""

import ftplib
import hashlib
import io
import socket
import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive

TOP = "/empiar/world_availability/7"
BIG = bytes(hashlib.shake_128(b"big").digest(300000))
FILES = {
    "data/big.mrc": BIG,
    "data/a [1] µ.tif": b"odd name",
    "data/sub/small.mrc": b"s" * 1000,
    "data/empty/": b"",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    folder.add_entry(7, [{}], FILES)
    folder.add_link(7, "data/link.mrc", "big.mrc")
    folder.add_link(7, "data/way out", "/etc")
    folder.add_tiny_entry(8, 60)
    with MiniatureArchive(folder.root) as running:
        yield running


@contextmanager
def session(archive, login=True, timeout=5):
    address = urlsplit(archive.environment["EMPIAR_FTP_URL"])
    ftp = ftplib.FTP(timeout=timeout)
    ftp.encoding = "utf-8"
    try:
        ftp.connect(address.hostname, address.port)
        if login:
            ftp.login()
        yield ftp
    finally:
        ftp.close()


def fetched(ftp, path, rest=None):
    buffer = io.BytesIO()
    ftp.retrbinary(f"RETR {TOP}/{path}", buffer.write, rest=rest)
    return buffer.getvalue()


def until_cut(ftp, path, rest=None):
    """Return the bytes received before the connection was closed, and the error."""
    buffer = io.BytesIO()
    with pytest.raises((EOFError, OSError, ftplib.Error)) as caught:
        ftp.retrbinary(f"RETR {TOP}/{path}", buffer.write, rest=rest)
    return buffer.getvalue(), caught.value


def listed(ftp, path):
    lines = []
    ftp.retrlines(f"LIST {TOP}/{path}", lines.append)
    return lines


def test_folders_are_listed_by_mlsd_with_exact_sizes(archive):
    with session(archive) as ftp:
        facts = dict(ftp.mlsd(f"{TOP}/data"))
        assert "MLST" in ftp.sendcmd("FEAT")
    assert facts["big.mrc"]["size"] == "300000"
    assert facts["a [1] µ.tif"]["type"] == "file"
    assert facts["sub"]["type"] == "dir"
    assert facts["link.mrc"]["size"] == "300000"


def test_without_mlsd_it_is_refused_and_list_still_works(archive):
    archive.set(ftp_mlsd=False)
    with session(archive) as ftp:
        assert "MLST" not in ftp.sendcmd("FEAT")
        for command in ("MLSD", "MLST"):
            with pytest.raises(ftplib.error_perm, match="500 Unknown command"):
                ftp.sendcmd(f"{command} {TOP}/data")
        lines = listed(ftp, "data")
    assert any(line.startswith("d") and line.endswith(" sub") for line in lines)
    assert any(line.endswith(" a [1] µ.tif") and line.startswith("-") for line in lines)
    assert any(line.endswith("link.mrc -> big.mrc") for line in lines)


def test_without_mlsd_a_folder_that_is_not_there_is_listed_as_empty(archive):
    with session(archive) as ftp:
        with pytest.raises(ftplib.error_perm, match="550"):
            listed(ftp, "data/none")
        archive.set(ftp_mlsd=False)
        assert listed(ftp, "data/none") == []
        assert listed(ftp, "data/empty") == []


def test_a_transfer_begins_where_rest_says(archive):
    with session(archive) as ftp:
        assert fetched(ftp, "data/big.mrc") == BIG
        assert fetched(ftp, "data/big.mrc", rest=123456) == BIG[123456:]
        assert fetched(ftp, "data/link.mrc", rest=299999) == BIG[-1:]
    retrieved = [r for r in archive.requests() if r["command"] == "RETR"]
    assert [r["rest"] for r in retrieved] == [0, 123456, 299999]
    assert [r["path"] for r in retrieved][:2] == [f"{TOP}/data/big.mrc"] * 2


def test_the_tree_is_read_only_and_links_do_not_lead_out(archive):
    with session(archive) as ftp:
        for command in (f"DELE {TOP}/data/big.mrc", f"MKD {TOP}/new", f"CWD {TOP}/data/way out"):
            with pytest.raises(ftplib.error_perm, match="550"):
                ftp.sendcmd(command)


def test_every_command_is_recorded_with_its_whole_path(archive):
    with session(archive) as ftp:
        ftp.cwd(f"{TOP}/data")
        ftp.voidcmd("TYPE I")
        assert ftp.size("sub/small.mrc") == 1000
        ftp.retrlines("LIST -l", lambda line: None)
    requests = archive.requests()
    assert len({r["session"] for r in requests}) == 1
    assert {r["protocol"] for r in requests} == {"ftp"}
    commands = [(r["command"], r["path"]) for r in requests]
    assert ("SIZE", f"{TOP}/data/sub/small.mrc") in commands
    assert ("LIST", f"{TOP}/data") in commands
    assert commands[0] == ("CONNECT", "127.0.0.1")
    assert archive.count("SIZE", "*/small.mrc") == 1
    assert archive.count("SIZE", "*/big.mrc") == 0
    assert "anonymous@" not in str(requests)


def test_the_greeting_may_have_several_lines(archive):
    archive.set(ftp_banner="Welcome to ftp.ebi.ac.uk\n")
    with session(archive) as ftp:
        assert ftp.getwelcome() == "220-Welcome to ftp.ebi.ac.uk\n220 "
    archive.set(ftp_banner="Hello")
    with session(archive) as ftp:
        assert ftp.getwelcome() == "220 Hello"


def test_a_rate_holds_for_one_file_and_for_many_small_ones(archive):
    archive.set(rate=600000)
    with session(archive) as ftp:
        start = time.monotonic()
        assert fetched(ftp, "data/big.mrc") == BIG
        one = time.monotonic() - start
        start = time.monotonic()
        for _ in range(300):
            fetched(ftp, "data/sub/small.mrc")
        many = time.monotonic() - start
    assert 0.48 < one < 10
    assert 0.48 < many < 10


def test_a_rate_may_hold_for_some_files_only_until_it_is_lifted(archive):
    archive.set(rate=1000, rate_paths="*/big.mrc")
    with session(archive) as slow, session(archive) as quick:
        slow.voidcmd("TYPE I")
        with slow.transfercmd(f"RETR {TOP}/data/big.mrc") as data:
            received = data.recv(1 << 20)
            assert fetched(quick, "data/link.mrc") == BIG
            received += data.recv(1 << 20)
            assert 0 < len(received) < 50_000
            archive.set(rate=0)
            for block in iter(lambda: data.recv(1 << 20), b""):
                received += block
        assert received == BIG


@pytest.mark.parametrize("rate", [0, 5000000])
def test_a_cut_transfer_loses_both_connections_after_so_many_bytes(archive, rate):
    archive.set(rate=rate, cut_after=100000, cut_times=1)
    with session(archive) as ftp:
        received, _ = until_cut(ftp, "data/big.mrc")
        with pytest.raises((EOFError, OSError)):
            ftp.sendcmd("NOOP")
    assert received == BIG[:100000]
    with session(archive) as ftp:
        assert fetched(ftp, "data/big.mrc", rest=100000) == BIG[100000:]


def test_cuts_go_on_without_a_number_and_spare_other_paths(archive):
    archive.set(cut_after=0, fault_paths="*/big.mrc")
    for _ in range(3):
        with session(archive) as ftp:
            assert fetched(ftp, "data/sub/small.mrc") == b"s" * 1000
            assert until_cut(ftp, "data/big.mrc")[0] == b""


def test_a_cut_at_the_last_byte_loses_only_the_reply(archive):
    archive.set(cut_after=len(BIG))
    with session(archive) as ftp:
        received, error = until_cut(ftp, "data/big.mrc")
    assert received == BIG
    assert isinstance(error, (EOFError, OSError))


def test_a_stalled_transfer_sends_no_more_but_stays_connected(archive):
    archive.set(stall_after=50000, stall_times=1)
    with session(archive, timeout=2) as ftp:
        received, error = until_cut(ftp, "data/big.mrc")
        assert isinstance(error, socket.timeout)
        assert received == BIG[:50000]
        ftp.putcmd("NOOP")
        assert ftp.getresp().startswith("200")
    with session(archive) as ftp:
        assert fetched(ftp, "data/big.mrc") == BIG


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("max_connections", "421 There are too many connected users"),
        ("max_per_address", "421 There are too many connections from your internet address"),
    ],
)
def test_too_many_sessions_are_refused_at_connect(archive, setting, words):
    wait_for_no_session(archive)
    archive.set(**{setting: 2})
    with session(archive), session(archive):
        with pytest.raises(ftplib.error_temp, match=words), session(archive):
            pass
        refused = [r for r in archive.requests() if r.get("reply") == 421]
        assert len(refused) == 1
    wait_for_no_session(archive)
    with session(archive) as ftp:
        assert ftp.pwd() == "/"


def wait_for_no_session(archive):
    """The server hears of the end of a session a moment after the client has closed it."""
    before = archive.settings
    archive.set(max_connections=1)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            with session(archive) as ftp:
                ftp.quit()
            break
        except ftplib.error_temp:
            continue
    archive.set(max_connections=before.max_connections)
    archive.forget_requests()


def test_missing_files_are_listed_but_not_to_be_had(archive):
    archive.set(missing="*/small.mrc")
    with session(archive) as ftp:
        assert "small.mrc" in dict(ftp.mlsd(f"{TOP}/data/sub"))
        with pytest.raises(ftplib.error_perm, match="550"):
            fetched(ftp, "data/sub/small.mrc")
        with pytest.raises(ftplib.error_perm, match="550"):
            ftp.size(f"{TOP}/data/sub/small.mrc")
        assert fetched(ftp, "data/big.mrc") == BIG


def test_a_login_can_be_refused(archive):
    archive.set(refuse_login=True)
    with session(archive, login=False) as ftp, pytest.raises(ftplib.error_perm, match="530"):
        ftp.login()


def test_rest_can_be_refused(archive):
    archive.set(refuse_rest=True)
    with session(archive) as ftp:
        with pytest.raises(ftplib.error_perm, match="502"):
            fetched(ftp, "data/big.mrc", rest=5)
        assert fetched(ftp, "data/big.mrc") == BIG


def test_pasv_can_answer_a_private_address(archive):
    archive.set(private_pasv=True)
    with session(archive) as ftp:
        assert "(10,34,22,86," in ftp.sendcmd("PASV")


def test_latency_delays_every_reply(archive):
    archive.set(latency=0.1)
    with session(archive) as ftp:
        start = time.monotonic()
        for _ in range(3):
            ftp.voidcmd("NOOP")
        assert 0.3 <= time.monotonic() - start < 10


@pytest.mark.parametrize("mlsd", [True, False])
def test_sizes_in_listings_can_be_off(archive, mlsd):
    archive.set(list_size_off=-7, ftp_mlsd=mlsd)
    with session(archive) as ftp:
        if mlsd:
            assert dict(ftp.mlsd(f"{TOP}/data"))["big.mrc"]["size"] == "299993"
        else:
            assert any(" 299993 " in line for line in listed(ftp, "data"))
        ftp.voidcmd("TYPE I")
        assert ftp.size(f"{TOP}/data/big.mrc") == 300000


def test_settings_can_be_edited_in_their_file(archive):
    (archive.root / "settings.json").write_text('{"ftp_banner": "by hand"}')
    with session(archive) as ftp:
        assert ftp.getwelcome() == "220 by hand"


def test_one_session_fetches_many_small_files(archive):
    with session(archive) as ftp:
        names = sorted(name for name, _ in ftp.mlsd("/empiar/world_availability/8/data/Movies"))
        assert len(names) == 60
        for name in names:
            ftp.retrbinary(f"RETR /empiar/world_availability/8/data/Movies/{name}", len)
    assert archive.count("RETR") == 60
    assert archive.count("CONNECT") == 1


def test_offsets_can_be_ignored(archive):
    archive.set(wrong_offsets=True)
    with session(archive) as ftp:
        assert fetched(ftp, "data/big.mrc", rest=5) == BIG


def test_commands_can_be_refused(archive):
    archive.set(refused_commands=("SIZE",))
    with session(archive) as ftp:
        ftp.voidcmd("TYPE I")
        with pytest.raises(ftplib.error_perm, match="502"):
            ftp.size(f"{TOP}/data/big.mrc")


def test_the_first_logins_can_be_too_many(archive):
    archive.set(busy_times=1)
    with session(archive, login=False) as ftp, pytest.raises(ftplib.error_perm, match="530 Sorry"):
        ftp.login()
    with session(archive) as ftp:
        assert fetched(ftp, "data/big.mrc") == BIG
