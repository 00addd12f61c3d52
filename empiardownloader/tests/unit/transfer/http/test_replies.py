"""Answers of HTTP servers, usual and odd, and the downloader's reactions."""

import gzip
import zlib
from dataclasses import dataclass, replace
from email.utils import formatdate

import pytest
from scripted_http import (
    CONTENT,
    SHORT_TIMEOUTS,
    SILENT,
    SIZE,
    Kept,
    Reply,
    chunked,
    fetch,
    page,
    part,
    scripted_server,
)

from empiardownloader.disk.errors import NoSpace
from empiardownloader.errors import FileError, Retryable, TransferError
from empiardownloader.net.errors import (
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    SizeMismatch,
    Stalled,
    TooManyConnections,
)
from empiardownloader.net.http_errors import LONGEST_RETRY_AFTER, ServerBusy, retry_after
from empiardownloader.transfer import Destination, Downloader, FileRequest, HttpServer, Timeouts


@pytest.fixture
def script(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "*")
    with scripted_server() as script:
        yield script


@pytest.fixture
def connection(script):
    connection = HttpServer(script.url, SHORT_TIMEOUTS).connect()
    yield connection
    connection.close()


# ------ statuses


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("400 Bad Request", FileMissing),
        ("401 Unauthorized", FileMissing),
        ("403 Forbidden", FileMissing),
        ("404 Not Found", FileMissing),
        ("410 Gone", FileMissing),
        ("407 Proxy Authentication Required", ConnectionFailed),
        ("408 Request Timeout", ConnectionCut),
        ("416 Range Not Satisfiable", SizeMismatch),
        ("429 Too Many Requests", ServerBusy),
        ("500 Internal Server Error", ConnectionCut),
        ("502 Bad Gateway", ConnectionCut),
        ("503 Service Unavailable", ServerBusy),
        ("504 Gateway Timeout", ConnectionCut),
        ("204 No Content", ConnectionCut),
        ("300", ConnectionCut),
    ],
)
def test_a_status_means_one_kind_of_error(script, connection, status, kind):
    script.on("/a.mrc", Reply(status, b"sorry"))
    with pytest.raises(TransferError) as raised:
        fetch(connection)
    assert type(raised.value) is kind
    assert status.split()[0] in str(raised.value) or kind is SizeMismatch
    assert "\n" not in str(raised.value)


def test_a_busy_server_is_too_many_connections_and_says_how_long(script, connection):
    script.on("/a.mrc", Reply("429 Too Many Requests", headers=("Retry-After: 7",)))
    with pytest.raises(TooManyConnections) as raised:
        fetch(connection)
    assert raised.value.retry_after == 7


def test_the_downloader_waits_as_long_as_the_server_asks(script, tmp_path):
    busy = Reply("503 Service Unavailable", headers=("Retry-After: 40",))
    script.on("/a.mrc", busy, Reply(body=CONTENT))
    waits = []
    outcome = Downloader(
        HttpServer(script.url, SHORT_TIMEOUTS), Destination(tmp_path / "extra"), tmp_path / "tmp",
        connections=1, sleep=waits.append,
    ).run([FileRequest("a.mrc", SIZE, "a.mrc")])
    assert outcome.completed == 1
    assert waits == [40]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("", 0), ("0", 0), ("12", 12), ("86400", LONGEST_RETRY_AFTER), ("soon", 0), ("-5", 0),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0), (formatdate(4e9, usegmt=True), LONGEST_RETRY_AFTER)],
)
def test_the_wait_that_a_server_asks_for_is_bounded(text, seconds):
    assert retry_after(text) == seconds


# ------ bodies


def test_a_file_comes_as_it_is(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT))
    assert fetch(connection).content == CONTENT
    headers = script.asked[0].headers
    assert "Range" not in headers
    assert headers["Accept-Encoding"] == "identity"
    assert headers["User-Agent"].startswith("scipion-em-empiardownloader/")


def test_a_part_is_asked_for_from_its_first_byte(script, connection):
    script.on("/a.mrc", part(1000))
    assert fetch(connection, 1000).content == CONTENT
    assert script.asked[0].headers["Range"] == "bytes=1000-"


def test_a_part_of_a_file_whose_size_is_not_told_is_taken(script, connection):
    script.on("/a.mrc", part(1000, total="*"))
    assert fetch(connection, 1000).content == CONTENT


def test_a_server_that_ignores_the_range_makes_the_file_begin_again(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT))
    sink = fetch(connection, 1000)
    assert (sink.content, sink.restarts) == (CONTENT, 1)


@pytest.mark.parametrize(
    "reply",
    [
        part(1001),
        part(0, body=CONTENT[:1000]),
        part(1000, total=SIZE + 1),
        Reply("206 Partial Content", CONTENT[1000:]),
        Reply("206 Partial Content", CONTENT[1000:], headers=("Content-Range: bytes 1000",)),
        Reply("206 Partial Content", CONTENT[1000:], headers=(f"Content-Range: bytes */{SIZE}",)),
        Reply(body=CONTENT[:-1]),
        Reply(body=CONTENT + b"x"),
    ],
)
def test_another_part_or_another_size_is_never_written(script, connection, reply):
    script.on("/a.mrc", reply)
    sink = Kept(CONTENT[:1000])
    with pytest.raises(SizeMismatch):
        connection.fetch("a.mrc", sink, 1000, SIZE)
    assert sink.content == CONTENT[:1000]


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize(
    "reply",
    [Reply(body=CONTENT[:5000], length=SIZE), part(0, body=CONTENT[:5000], length=SIZE),
     chunked(CONTENT[:3000], CONTENT[3000:5000], end=b""), chunked(CONTENT[:5000], end=b"40\r\nx")],
)
def test_a_body_that_ends_early_is_a_cut(script, connection, reply, then):
    script.on("/a.mrc", Reply(**{**reply.__dict__, "then": then}))
    sink = Kept()
    with pytest.raises(ConnectionCut):
        connection.fetch("a.mrc", sink, 0, SIZE)
    assert CONTENT.startswith(bytes(sink.content))


def test_what_came_before_an_early_end_is_kept(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT[:5000], length=SIZE, then="close"))
    sink = Kept()
    with pytest.raises(ConnectionCut, match=f"5000 of {SIZE}"):
        connection.fetch("a.mrc", sink, 0, SIZE)
    assert sink.content == CONTENT[:5000]


def test_a_body_in_chunks_comes_whole(script, connection):
    script.on("/a.mrc", chunked(CONTENT[:1], CONTENT[1:7000], CONTENT[7000:]))
    assert fetch(connection).content == CONTENT
    assert fetch(connection).content == CONTENT
    assert script.connections == 1


def test_a_body_without_a_length_comes_whole(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT, length=None, then="close"))
    assert fetch(connection).content == CONTENT


def test_a_body_without_a_length_that_ends_early_is_a_cut(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT[:-1], length=None, then="close"))
    with pytest.raises(ConnectionCut):
        fetch(connection)


def test_a_body_in_chunks_that_is_too_long_is_refused(script, connection):
    script.on("/a.mrc", chunked(CONTENT, b"and more"))
    with pytest.raises(SizeMismatch, match="longer"):
        fetch(connection)


def test_a_compressed_file_is_kept_compressed(script, connection):
    # Apache declares .gz files so, for browsers to unpack them.
    packed = gzip.compress(CONTENT)
    script.on("/a.mrc.gz", Reply(body=packed, headers=("Content-Encoding: x-gzip",)))
    sink = Kept()
    connection.fetch("a.mrc.gz", sink, 0, len(packed))
    assert sink.content == packed


def test_what_a_slow_line_brings_is_written_while_it_comes(script):
    """In all it takes longer than a stall, and never as long without a byte."""
    sink = Kept()
    connection = HttpServer(script.url, replace(SHORT_TIMEOUTS, stall=2.0)).connect()

    def rest():
        assert sink.arrived.wait(5)
        return CONTENT[11:]

    dribble = tuple(lambda n=n: _later(script, CONTENT[n : n + 1]) for n in range(1, 11))
    first = Reply(body=CONTENT[:1], length=SIZE, pieces=(*dribble, rest))
    script.on("/a.mrc", first)
    connection.fetch("a.mrc", sink, 0, SIZE)
    connection.close()
    assert sink.content == CONTENT


def _later(script, piece):
    script.closing.wait(0.25)
    return piece


def test_an_error_of_the_local_disk_passes_as_it_is(script, connection):
    class Full(Kept):
        def write(self, block):
            raise NoSpace("full")

    script.on("/a.mrc", Reply(body=CONTENT))
    with pytest.raises(NoSpace, match=r"^full$"):
        connection.fetch("a.mrc", Full(), 0, SIZE)


def test_a_web_page_in_place_of_a_file_is_not_taken_for_it(script, connection):
    script.on("/a.mrc", page(f"\n<!DOCTYPE html>{'x' * SIZE}"[:SIZE]))
    with pytest.raises(ConnectionCut, match="web page"):
        fetch(connection)
    with pytest.raises(ConnectionCut, match="web page"):
        connection.size_of("a.mrc")


def test_a_web_page_that_was_asked_for_comes(script, connection):
    script.on("/report.html", page("hello"))
    sink = Kept()
    connection.fetch("report.html", sink, 0, 5)
    assert sink.content == b"hello"


# ------ sizes


@pytest.mark.parametrize(
    ("head", "get"),
    [
        (Reply(body=CONTENT), None),
        (Reply(length=None), part(0, body=CONTENT[:1])),
        (Reply("405 Method Not Allowed"), part(0, body=CONTENT[:1])),
        (Reply("501 Not Implemented"), Reply(body=CONTENT)),
        (Reply(length="-1"), part(0, body=CONTENT[:1])),
        (Reply("400 Bad Request"), part(0, body=CONTENT[:1])),
        (Reply("403 Forbidden"), part(0, body=CONTENT[:1])),
        (Reply("404 Not Found"), part(0, body=CONTENT[:1])),
        (Reply("500 Internal Server Error"), part(0, body=CONTENT[:1])),
        (page("log in, please"), part(0, body=CONTENT[:1])),
        (Reply(headers=("Content-Encoding: gzip",), length=99), part(0, body=CONTENT[:1])),
    ],
)
def test_the_size_is_found_by_head_or_by_the_first_byte(script, connection, head, get):
    script.on("/a.mrc", *(reply for reply in (head, get) if reply))
    assert connection.size_of("a.mrc") == SIZE
    assert [request.method for request in script.asked] == ["HEAD", "GET"][: 2 if get else 1]


@pytest.mark.parametrize(
    ("head", "get"),
    [
        (Reply("405 Method Not Allowed"),
         Reply("416 Range Not Satisfiable", headers=("Content-Range: bytes */0",))),
        (Reply(), Reply()),
    ],
)
def test_a_size_of_0_is_not_believed(script, connection, head, get):
    script.on("/a.mrc", head, get)
    with pytest.raises(SizeMismatch, match="says that it is empty"):
        connection.size_of("a.mrc")


@pytest.mark.parametrize("length", ["-1", "9" * 5000, "4e6", "0x40", "²"])
def test_a_size_that_is_no_number_is_not_believed(script, connection, length):
    script.on("/a.mrc", Reply(length=length), chunked(CONTENT))
    with pytest.raises(TransferError):
        connection.size_of("a.mrc")


def test_a_size_that_nobody_tells_is_a_mismatch(script, connection):
    script.on("/a.mrc", Reply(length=None), chunked(CONTENT))
    with pytest.raises(SizeMismatch, match="does not tell"):
        connection.size_of("a.mrc")


# ------ folders


@pytest.mark.parametrize("folder", ["", "data/Movies"])
def test_a_folder_is_listed_with_one_request(script, connection, folder):
    text = '<title>Index of /</title><pre><a href="a.mrc">a.mrc</a></pre>'
    script.on(f"/{folder}/" if folder else "/", page(text))
    assert [item.name for item in connection.list_folder(folder)] == ["a.mrc"]
    assert len(script.asked) == 1


def test_a_compressed_page_is_read(script, connection):
    packed = gzip.compress(b'<h1>Index of /</h1><ul><a href="a.mrc">a</a></ul>')
    headers = ("Content-Type: text/html", "Content-Encoding: gzip")
    script.on("/", Reply(body=packed, headers=headers))
    assert [item.name for item in connection.list_folder("")] == ["a.mrc"]


@pytest.mark.parametrize(
    "reply",
    [page("<title>Maintenance</title><a href='a.mrc'>a</a>"), page(""), Reply(body=CONTENT)],
)
def test_what_is_no_list_of_files_is_said_to_be_none(script, connection, reply):
    script.on("/data/", reply)
    with pytest.raises(TransferError, match=r"^data: .* no list of files; check") as raised:
        connection.list_folder("data")
    assert not isinstance(raised.value, (Retryable, FileMissing))


@pytest.mark.parametrize("length", [None, 5000, "chunked"])
def test_a_list_that_was_cut_short_is_asked_for_again(script, connection, length):
    text = '<title>Index of /</title><table><tr><td><a href="a.mrc">a.mrc</a></td></tr>'
    cut = page(text, length=length, then="close")
    if length == "chunked":
        cut = chunked(text.encode(), end=b"", then="close")
        cut = Reply(**{**cut.__dict__, "headers": (*cut.headers, "Content-Type: text/html")})
    script.on("/", cut)
    with pytest.raises(ConnectionCut):
        connection.list_folder("")


def test_a_list_has_its_own_patience(script):
    script.on("/", SILENT)
    connection = HttpServer(script.url, Timeouts(stall=30.0, listing=0.2)).connect()
    with pytest.raises(Stalled):
        connection.list_folder("")


# ------ doubt: answers that are not what was asked for


def coded(coding, body, status="200 OK", headers=()):
    return Reply(status, body, headers=(f"Content-Encoding: {coding}", *headers))


@pytest.mark.parametrize("start", [0, 1000])
@pytest.mark.parametrize(
    "reply",
    [
        coded("gzip", gzip.compress(CONTENT)),
        coded("deflate", zlib.compress(CONTENT)),
        coded("GZIP", gzip.compress(CONTENT), "206 Partial Content",
              (f"Content-Range: bytes 0-{len(gzip.compress(CONTENT)) - 1}"
               f"/{len(gzip.compress(CONTENT))}",)),
        replace(chunked(gzip.compress(CONTENT)),
                headers=("Transfer-Encoding: chunked", "Content-Encoding: gzip")),
    ],
    ids=["gzip", "deflate", "a packed file in one range", "gzip in chunks"],
)
def test_a_file_that_was_packed_on_the_way_comes_unpacked(script, connection, reply, start):
    # mod_deflate with force-gzip, nginx with gzip_static always: whatever the request accepts.
    script.on("/a.mrc", reply)
    sink = Kept(CONTENT[:start])
    connection.fetch("a.mrc", sink, start, SIZE)
    assert sink.content == CONTENT


@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, gzip", "x-unheard-of"])
@pytest.mark.parametrize("start", [0, 1000])
def test_a_coding_that_is_not_known_is_refused_with_its_name(script, connection, coding, start):
    script.on("/a.mrc", coded(coding, CONTENT))
    sink = Kept(CONTENT[:start])
    with pytest.raises(FileError, match=rf"\({coding}\)"):
        connection.fetch("a.mrc", sink, start, SIZE)
    assert sink.content == CONTENT[:start]


def test_what_was_packed_and_is_cut_is_a_cut(script, connection):
    script.on("/a.mrc", coded("gzip", gzip.compress(CONTENT)[:-20]))
    with pytest.raises(ConnectionCut):
        fetch(connection)


@pytest.mark.parametrize(
    "reply",
    [
        part(1001),
        Reply("206 Partial Content", CONTENT[1000:]),
        Reply("206 Partial Content", CONTENT[1000:], headers=("Content-Range: bytes 1000",)),
        Reply("206 Partial Content", CONTENT[1000:],
              headers=("Content-Type: multipart/byteranges; boundary=x",)),
    ],
)
def test_after_another_range_the_whole_file_is_asked_for(script, connection, reply):
    script.on("/a.mrc", reply, Reply(body=CONTENT))
    sink = fetch(connection, 1000)
    assert (sink.content, sink.restarts) == (CONTENT, 1)
    assert [request.headers.get("Range") for request in script.asked] == ["bytes=1000-", None]


@pytest.mark.parametrize("first", [0, 512, 999])
def test_a_range_that_begins_earlier_is_taken_from_where_it_was_asked_for(
    script, connection, first
):
    script.on("/a.mrc", part(first))
    sink = fetch(connection, 1000)
    assert (sink.content, sink.restarts) == (CONTENT, 0)


def test_early_hints_before_an_answer_are_passed_over(script, connection):
    hints = Reply("103 Early Hints", headers=("Link: </style.css>",), length=None)
    processing = Reply("102 Processing", length=None)
    final = Reply(body=CONTENT)
    script.on("/a.mrc", replace(hints, pieces=(processing.head, final.head, lambda: CONTENT)))
    assert fetch(connection).content == CONTENT
    assert fetch(connection).content == CONTENT
    assert script.connections == 1


def test_a_server_that_calls_every_file_a_web_page_gives_its_files(script, connection):
    html = ("Content-Type: text/html",)
    script.on("/a.mrc", Reply(body=CONTENT, headers=html))
    assert fetch(connection).content == CONTENT


def test_a_resumed_file_names_the_state_that_it_began_with(script, connection):
    etag = ('ETag: "5d8c72a5edda8"',)
    script.on("/a.mrc", Reply(body=CONTENT[:5000], length=SIZE, headers=etag, then="close"),
              part(5000))
    sink = Kept()
    with pytest.raises(ConnectionCut):
        connection.fetch("a.mrc", sink, 0, SIZE)
    connection.fetch("a.mrc", sink, 5000, SIZE)
    assert sink.content == CONTENT
    assert [request.headers.get("If-Range") for request in script.asked] == [
        None, '"5d8c72a5edda8"']


def test_a_weak_etag_names_no_state(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT, headers=('ETag: W/"5d8c"',)), part(1000))
    fetch(connection)
    fetch(connection, 1000)
    assert "If-Range" not in script.asked[-1].headers


@pytest.mark.parametrize(
    "location",
    ["http://[::1/a.mrc", "http://127.0.0.1:99999/", "https://:443/",
     f"http://{'a' * 70}.org/", "http://\xe9\xff/", "ftp://127.0.0.1/a.mrc"],
)
def test_a_redirect_that_leads_nowhere_is_an_error_of_the_server(script, connection, location):
    script.on("/a.mrc", Reply("302 Found", headers=(f"Location: {location}",)))
    with pytest.raises(TransferError):
        fetch(connection)


def test_a_redirect_in_bytes_that_are_not_utf_8_is_followed(script, connection):
    script.on("/a.mrc", Reply("302 Found", headers=("Location: /\xf1/a.mrc",)))
    script.on("/%F1/a.mrc", Reply(body=CONTENT))
    assert fetch(connection).content == CONTENT


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 abc OK\r\n\r\n",
     b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
     b"\xff\xfe\x00\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
     b"HTTP/1.1 200 " + b"z" * 70_000 + b"\r\n\r\n"],
    ids=["status", "two lengths", "bytes", "200 headers", "a long line"],
)
def test_an_answer_that_cannot_be_read_may_pass(script, connection, head):
    @dataclass(frozen=True)
    class Raw(Reply):
        def head(self):
            return head

    script.on("/a.mrc", Raw(then="close"))
    with pytest.raises(Retryable):
        fetch(connection)


def test_a_misdirected_request_may_pass(script, connection):
    script.on("/a.mrc", Reply("421 Misdirected Request"))
    with pytest.raises(ConnectionCut, match="421"):
        fetch(connection)
