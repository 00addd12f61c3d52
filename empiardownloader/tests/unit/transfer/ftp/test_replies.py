"""Replies of real FTP servers, and the downloader's reactions."""


import pytest
from scripted_ftp import OOPS, scripted_ftp
from transfer_scenarios import OVERLAP

from empiardownloader.errors import Retryable, TransferError
from empiardownloader.net.errors import (
    AnonymousLoginRefused,
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    SizeMismatch,
    TooManyConnections,
)
from empiardownloader.transfer import Destination, Downloader, FileRequest, Timeouts
from empiardownloader.transfer.ftp.listing import parse_mlsd
from empiardownloader.transfer.ftp.server import FtpServer

SHORT_TIMEOUTS = Timeouts(connect=2.0, stall=2.0, listing=2.0)
REFUSALS = ["500 what?", "501 PASV: Operation not permitted", "502 not here",
            "550 Permission denied."]  # pyftpdlib's kind, ProFTPD's, any, vsftpd's


@pytest.fixture
def script():
    with scripted_ftp() as script:
        yield script


@pytest.fixture
def server(script):
    return FtpServer(script.url, SHORT_TIMEOUTS)


@pytest.fixture
def connection(server):
    connection = server.connect()
    yield connection
    connection.close()


@pytest.fixture
def download(script, server, tmp_path):
    def download(count):
        wanted = [FileRequest(f"{n}.mrc", len(script.content), f"{n}.mrc") for n in range(count)]
        outcome = Downloader(server, Destination(tmp_path / "extra"), tmp_path / "tmp",
                             connections=1, sleep=lambda seconds: None).run(wanted)
        assert (outcome.completed, outcome.failures, outcome.fatal_error) == (count, [], None)
        for item in wanted:
            assert (tmp_path / "extra" / item.name).read_bytes() == script.content

    return download


# ------ passive connections


@pytest.mark.parametrize("refusal", [*REFUSALS, "227 Entering Passive Mode."])
def test_where_pasv_is_refused_epsv_is_used_from_then_on(script, download, refusal):
    script.on("PASV", refusal)
    download(3)
    assert (script.count("PASV"), script.count("EPSV"), script.count("RETR")) == (1, 3, 3)


def test_where_both_work_only_pasv_is_asked_for(script, download):
    download(2)
    assert (script.count("PASV"), script.count("EPSV")) == (2, 0)


def test_one_that_is_refused_later_on_is_replaced_again(script, server, download):
    server.features.passive_command = "EPSV"
    script.on("EPSV", None, "500 what?")
    download(3)
    assert (script.count("EPSV"), script.count("PASV")) == (2, 2)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_no_passive_connection_at_all_is_no_missing_file(script, server, connection, refusal):
    script.on("PASV", refusal)
    script.on("EPSV", refusal)
    with pytest.raises(ConnectionFailed, match=r"no passive connection .*HTTPS"):
        connection.list_folder("data")
    assert server.features.supports_mlsd, "a refused PASV says nothing about MLSD"


def test_a_server_that_counts_its_data_connections_is_not_asked_in_another_way(script, connection):
    script.on("PASV", "425 no ports left")
    with pytest.raises(Retryable):
        connection.list_folder("data")
    assert script.count("EPSV") == 0


# ------ the last words of vsftpd


@pytest.mark.parametrize("command", ["CWD", "PASV", "MLSD"])
def test_a_session_that_died_is_a_cut_and_no_missing_folder(script, server, connection, command):
    script.on(command, OOPS)
    with pytest.raises(ConnectionCut, match="child died"):
        connection.list_folder("data")
    assert server.features.supports_mlsd


@pytest.mark.parametrize("command", ["SIZE", "PASV", "RETR"])
def test_a_file_is_asked_for_again_when_its_session_died(script, download, command):
    script.on(command, OOPS, None)
    script.cut(100_000, "426 sorry")
    download(1)


def test_a_file_goes_on_where_it_was_when_its_session_died(script, server, download):
    script.cut(100_000, OOPS)
    script.on("REST", OOPS, None)
    download(1)
    assert server.features.supports_rest, "this was no answer to REST"
    rests = [line for line in script.asked if line.startswith("REST")]
    assert rests == [f"REST {100_000 - OVERLAP}"] * 2


def test_a_server_that_dies_at_the_login_is_asked_again(script, server):
    script.on("PASS", OOPS)
    with pytest.raises(ConnectionFailed, match="child died"):
        server.connect()


# ------ sizes

NO_SIZE = [*REFUSALS, "213 many", "213 0", "213 -1", "213 300,000", "213 " + "9" * 5000, "213",
           "213 \xb2"]


@pytest.mark.parametrize("answer", NO_SIZE)
def test_a_size_that_is_denied_or_none_is_looked_up_in_the_list(script, connection, answer):
    script.on("SIZE", answer)
    script.listing = b"type=file;size=4711; a.mrc\r\ntype=file;size=12; b.mrc\r\n"
    assert [connection.size_of(name) for name in ("x/a.mrc", "x/b.mrc")] == [4711, 12]
    assert script.count("MLSD") == 1, "once for a folder"


@pytest.mark.parametrize("answer", NO_SIZE)
def test_a_size_that_nothing_tells_is_an_error_of_the_file(script, connection, answer):
    script.on("SIZE", answer)
    script.listing = b"type=file;size=0; a.mrc\r\n"
    with pytest.raises(SizeMismatch, match="does not tell its size"):
        connection.size_of("a.mrc")
    with pytest.raises(FileMissing, match="does not list it"):
        connection.size_of("b.mrc")


def test_words_behind_a_size_are_no_part_of_it(script, connection):
    script.on("SIZE", "213 4711 bytes")
    assert connection.size_of("a.mrc") == 4711


# ------ the middle of a file


@pytest.mark.parametrize("answer", [*REFUSALS, "451 Restart not permitted, try again",
                                    "200 as you like", "504 not for that parameter"])
def test_where_rest_is_denied_a_file_begins_again(script, server, download, answer):
    script.on("REST", answer)
    script.cut(100_000, "426 sorry")
    download(2)
    assert not server.features.supports_rest


# ------ odd replies


@pytest.mark.parametrize(
    "answer",
    ["227 Entering Passive Mode (127,0,0,1,999,1).", "227 Entering Passive Mode (127,0,0,1,0,0).",
     "229 Entering Extended Passive Mode (|||none|)", "229 (|||99999999|)", "227 \xe9\xff"],
)
def test_a_port_that_cannot_be_is_asked_for_in_the_other_way(script, download, answer):
    script.on("PASV", answer)
    download(2)
    assert script.count("EPSV") == 2


@pytest.mark.parametrize("answer", ["229 (|||none|)", "227 Entering Passive Mode (1,2).", "200 ok"])
def test_where_no_way_gives_a_port_the_connection_is_of_no_use(script, connection, answer):
    script.on("PASV", answer)
    script.on("EPSV", answer)
    with pytest.raises(ConnectionFailed, match="gives no passive connection"):
        connection.list_folder("")


def test_pasv_that_is_answered_in_the_form_of_epsv_is_understood(script, download):
    script.passive_form = "229"
    download(2)
    assert (script.count("PASV"), script.count("EPSV")) == (2, 0)


@pytest.mark.parametrize(
    "words",
    ["530 Sorry, the maximum number of allowed clients (10) already connected.",
     "530 Too many users logged in, try again later.", "530 User limit reached", "530 Server busy",
     "530 No more connections from your address", "500 too many connections"],
)
def test_a_login_that_is_refused_for_its_number_means_fewer_connections(script, server, words):
    script.on("PASS", words)
    with pytest.raises(TooManyConnections, match=r"no room"):
        server.connect()


@pytest.mark.parametrize("words", ["530 Login incorrect.", "530 Not logged in", "500 no"])
def test_a_login_that_is_refused_otherwise_ends_the_run(script, server, words):
    script.on("PASS", words)
    with pytest.raises(AnonymousLoginRefused):
        server.connect()


def test_a_greeting_that_asks_to_wait_is_followed_by_another(script, server):
    script.greeting = "120 ready in a minute\r\n220 welcome"
    server.connect().close()


@pytest.mark.parametrize("command", ["CWD", "MLSD"])
@pytest.mark.parametrize("words", ["", "what?", "7", "\xff\xfe", "250-never\r\n251 ends",
                                   "x" * 10_000, "\u202e999"])
def test_words_that_are_no_reply_are_an_error_of_the_server(script, connection, command, words):
    script.on(command, words or " ")
    with pytest.raises(TransferError):
        connection.list_folder("")


def test_a_host_name_that_cannot_be_is_a_failed_connection():
    with pytest.raises(ConnectionFailed):
        FtpServer(f"ftp://{'a' * 70}.org/").connect()


# ------ listings


@pytest.mark.parametrize("listing", ["MLSD", "LIST"])
def test_a_list_that_the_server_cuts_short_is_not_taken_for_the_whole(script, connection, listing):
    if listing == "LIST":
        script.on("MLSD", "500 what?")
    script.finals[listing] = "226-Options: -l\r\n226 Output truncated to 10000 matches"
    with pytest.raises(TransferError, match=r"^data: .*truncated to 10000.*HTTPS") as raised:
        connection.list_folder("data")
    assert not isinstance(raised.value, (Retryable, FileMissing))


def test_an_answer_of_several_lines_becomes_one_sentence(script, connection):
    script.on("SIZE", "550-Not here,\r\n550-nor é\r\n550 there.")
    script.listing = b"type=file;size=3; another.mrc\r\n"
    with pytest.raises(FileMissing, match=r"\(550-Not here, 550-nor é 550 there\.\), and"):
        connection.size_of("a.mrc")


@pytest.mark.parametrize(
    ("line", "name", "is_link"),
    [
        ("type=OS.unix=slink:../b c;size=3;UNIX.mode=0777; a link", "a link", True),
        ("perm=r;type=OS.unix=slink:/l/b;c;size=3;unique=1; a link", "a link", True),
        ("size=3;type=OS.unix=symlink; a link", "a link", True),
        ("type=file;size=3;  a; b=c; d", " a; b=c; d", False),
        ("type=file;size=3 no end", "no end", False),
        (" no facts", "no facts", False),
    ],
)
def test_a_name_begins_behind_the_facts(line, name, is_link):
    (item,) = parse_mlsd(line.encode() + b"\r\n")
    assert (item.name, item.is_link) == (name, is_link)
