"""Odd HTTP servers and boxes in between against the whole downloader: a file is right, or none."""

import bz2
import gzip
import itertools
import os
import zlib
from dataclasses import replace

import pytest
from scripted_http import Reply, chunked, page, scripted_server
from transfer_scenarios import leave_part

from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import Destination, Downloader, FileRequest, HttpServer, Timeouts

pytestmark = pytest.mark.usefixtures("no_proxy")

SIZE = 700_001
CONTENT = b"\0" + os.urandom(SIZE - 1)
CUT_AT = 300_000
OCTETS = "Content-Type: application/octet-stream"


@pytest.fixture
def script():
    with scripted_server() as script:
        yield script


@pytest.fixture
def run(script, tmp_path):
    def run(size=SIZE, name="a.mrc", connections=1):
        return Downloader(
            HttpServer(script.url, Timeouts(2.0, 2.0, 2.0)), Destination(tmp_path / "extra"),
            tmp_path / "tmp", connections=connections, sleep=lambda seconds: None,
            policy=RetryPolicy(attempts=4),
        ).run([FileRequest(name, size, name)])

    return run


def assert_here(result, tmp_path, name="a.mrc", content=CONTENT):
    assert (result.completed, result.failures, result.fatal_error) == (1, [], None)
    assert (tmp_path / "extra" / name).read_bytes() == content
    assert os.listdir(tmp_path / "tmp") == []


def assert_nothing(result, tmp_path):
    assert result.completed == 0
    assert result.failures
    assert not (tmp_path / "extra").exists() or os.listdir(tmp_path / "extra") == []
    assert "a fault" not in str(result.failures[0].error)


def span_of(request):
    """First byte and end of the range that was asked for, None for the whole file."""
    text = request.headers.get("Range", "")
    if not text:
        return None
    first, _, last = text[len("bytes="):].partition("-")
    return int(first), int(last) + 1 if last else SIZE


def served(request, *headers, content=CONTENT):
    """Return Apache's answer."""
    span = span_of(request)
    if span is None:
        return Reply(body=content, headers=headers)
    body = content[slice(*span)]
    where = f"Content-Range: bytes {span[0]}-{span[0] + len(body) - 1}/{len(content)}"
    return Reply("206 Partial Content", body, (where, *headers))


def cut_first(answer):
    """Cut the connection within the first file that is sent whole."""
    cuts = iter([True])

    def answered(request):
        reply = answer(request)
        if request.method == "GET" and span_of(request) is None and next(cuts, False):
            return replace(reply, body=reply.body[:CUT_AT], length=len(reply.body), then="close")
        return reply

    return answered


# ------ codings

PACKED = gzip.compress(CONTENT)
DEFLATE = zlib.compressobj(wbits=-15)
RAW_DEFLATE = DEFLATE.compress(CONTENT) + DEFLATE.flush()
CODED = {
    "gzip": ("gzip", PACKED),
    "x-gzip": ("x-gzip", PACKED),
    "in capitals": ("GZIP", PACKED),
    "with blanks": (" gzip ", PACKED),
    "deflate": ("deflate", zlib.compress(CONTENT)),
    "deflate without zlib's header": ("deflate", RAW_DEFLATE),
    "gzip in two members": ("gzip", gzip.compress(CONTENT[:9]) + gzip.compress(CONTENT[9:])),
    "gzip and identity": ("gzip, identity", PACKED),
    "identity and gzip": ("identity, gzip", PACKED),
    "identity": ("identity", CONTENT),
    "identity twice": ("identity, identity", CONTENT),
    "nothing": ("", CONTENT),
    "a comma": (",", CONTENT),
    "none": ("none", CONTENT),
    "binary": ("binary", CONTENT),
    "an encoding of letters": ("utf-8", CONTENT),
    "chunks of a store": ("aws-chunked", CONTENT),
}


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("in_chunks", [False, True])
@pytest.mark.parametrize(("coding", "body"), CODED.values(), ids=CODED)
def test_a_coding_on_the_way_is_undone(script, run, tmp_path, coding, body, in_chunks, size):
    header = f"Content-Encoding: {coding}"
    reply = Reply(body=body, headers=(header, OCTETS))
    if in_chunks:
        whole = chunked(body[:1000], body[1000:])
        reply = replace(whole, headers=(*whole.headers, header))
    script.on("/a.mrc", lambda request: replace(reply, length=None if in_chunks else len(body)))
    assert_here(run(size), tmp_path)


def test_two_headers_of_one_coding_are_one_list(script, run, tmp_path):
    headers = ("Content-Encoding: gzip", "Content-Encoding: identity")
    script.on("/a.mrc", Reply(body=PACKED, headers=headers))
    assert_here(run(), tmp_path)


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("coding", ["br", "zstd", "compress", "gzip, br", "gzip, gzip", "exi"])
def test_a_coding_that_is_not_known_is_no_file(script, run, tmp_path, coding, size):
    script.on("/a.mrc", Reply(body=CONTENT, headers=(f"Content-Encoding: {coding}",)))
    assert_nothing(run(size), tmp_path)


@pytest.mark.parametrize("packed", [PACKED, bz2.compress(CONTENT)], ids=["gzip", "bzip2"])
@pytest.mark.parametrize("name", ["a.mrc", "a.tif", "a.eer"])
def test_a_packed_answer_that_is_not_declared_is_no_file(script, run, tmp_path, name, packed):
    script.on(f"/{name}", Reply(body=packed, headers=(OCTETS,)))
    assert_nothing(run(None, name), tmp_path)


@pytest.mark.parametrize(
    ("name", "coding", "body"),
    [("a.mrc.gz", "x-gzip", PACKED), ("a.tif.gz", "gzip", PACKED),
     ("a.mrc.bz2", "x-bzip2", bz2.compress(CONTENT)), ("a.mrc.GZ", "gzip, identity", PACKED)],
    ids=["x-gzip", "gzip", "x-bzip2", "gzip and identity"],
)
@pytest.mark.parametrize("is_listed", [True, False])
def test_a_files_own_packing_stays(script, run, tmp_path, name, coding, body, is_listed):
    header = f"Content-Encoding: {coding}"
    script.on(f"/{name}", lambda request: served(request, header, content=body))
    assert_here(run(len(body) if is_listed else None, name), tmp_path, name, body)


# ------ ranges


def odd_range(where, body=None, status="206 Partial Content"):
    def answer(request):
        span = span_of(request)
        if span is None:
            return served(request)
        first, end = span
        sent = CONTENT[first:end] if body is None else body(first, end)
        text = where.format(first=first, last=end - 1, size=SIZE, end=end)
        return Reply(status, sent, (text,) if text else ())

    return answer


def part_of_parts(first, end):
    head = f"--B\r\nContent-Type: x\r\nContent-Range: bytes {first}-{end - 1}/{SIZE}\r\n\r\n"
    return head.encode() + CONTENT[first:end] + b"\r\n--B--\r\n"


RANGES = {
    "no Content-Range": odd_range(""),
    "no unit": odd_range("Content-Range: {first}-{last}/{size}"),
    "the unit in capitals": odd_range("Content-Range: Bytes {first}-{last}/{size}"),
    "the unit as in a request": odd_range("Content-Range: bytes={first}-{last}/{size}"),
    "blanks": odd_range("Content-Range: bytes  {first} - {last} / {size}"),
    "no size": odd_range("Content-Range: bytes {first}-{last}/*"),
    "no range": odd_range("Content-Range: bytes */{size}"),
    "another unit": odd_range("Content-Range: items {first}-{last}/{size}"),
    "one byte more": odd_range("Content-Range: bytes {first}-{end}/{size}"),
    "backwards": odd_range("Content-Range: bytes {last}-{first}/{size}"),
    "the file's beginning": odd_range(
        "Content-Range: bytes 0-{last}/{size}", lambda first, end: CONTENT[:end]),
    "a range that was not sent": odd_range(
        "Content-Range: bytes {first}-{last}/{size}", lambda first, end: CONTENT[: end - first]),
    "one byte off": odd_range(
        "Content-Range: bytes {first}-{last}/{size}",
        lambda first, end: CONTENT[first - 1 : end - 1]),
    "parts of many": odd_range(
        "Content-Type: multipart/byteranges; boundary=B", part_of_parts),
    "the whole file": lambda request: Reply(body=CONTENT),
    "the whole file as a range": odd_range(
        "Content-Range: bytes 0-700000/{size}", lambda first, end: CONTENT),
    "not more than 100,000 bytes": lambda request: served(replace(request, headers={
        "Range": "bytes={}-{}".format(span_of(request)[0], min(
            span_of(request)[0] + 99_999, span_of(request)[1] - 1))})) if span_of(request)
        else served(request),
    "416 to every range": odd_range(
        "Content-Range: bytes */{size}", lambda first, end: b"", "416 Range Not Satisfiable"),
    "416 without a size": odd_range("", lambda first, end: b"", "416 Range Not Satisfiable"),
    "501 to every range": odd_range("", lambda first, end: b"", "501 Not Implemented"),
    "403 to every range": odd_range("", lambda first, end: b"", "403 Forbidden"),
    "204 to every range": odd_range("", lambda first, end: b"", "204 No Content"),
}  # fmt: skip


@pytest.mark.parametrize("connections", [1, 3])
@pytest.mark.parametrize("answer", RANGES.values(), ids=RANGES)
def test_odd_answers_to_a_range_cost_time_and_no_byte(
    script, run, tmp_path, answer, connections
):
    script.on("/a.mrc", cut_first(answer))
    assert_here(run(connections=connections), tmp_path)


@pytest.mark.parametrize("answer", RANGES.values(), ids=RANGES)
def test_odd_answers_for_a_part_of_an_earlier_run(script, run, tmp_path, answer):
    leave_part(tmp_path / "tmp", FileRequest("a.mrc", SIZE, "a.mrc"), SIZE, {0: CONTENT[:CUT_AT]})
    script.on("/a.mrc", answer)
    assert_here(run(), tmp_path)


# ------ ETags


ETAGS = {
    "weak": lambda n: 'ETag: W/"1"',
    "without quotes": lambda n: "ETag: 5d8c72a5",
    "another with each answer": lambda n: f'ETag: "{n}"',
    "two backends, each with its own": lambda n: f'ETag: "{n % 2}"',
    "with blanks": lambda n: 'ETag: "a b"',
    "empty": lambda n: "ETag: ",
}


@pytest.mark.parametrize("etag", ETAGS.values(), ids=ETAGS)
def test_odd_etags_cost_at_most_a_beginning(script, run, tmp_path, etag):
    numbers = itertools.count()
    cuts = iter(range(6))

    def answer(request):
        header = etag(next(numbers))
        wish = request.headers.get("If-Range")
        if wish and f"ETag: {wish}" != header:
            request = replace(request, headers={})
        reply = served(request, header)
        if request.method == "GET" and next(cuts, None) is not None:
            return replace(reply, body=reply.body[:100_000], length=len(reply.body), then="close")
        return reply

    script.on("/a.mrc", answer)
    assert_here(run(), tmp_path)
    restarts = [asked for asked in script.asked if asked.method == "GET" and not span_of(asked)]
    assert len(restarts) <= 3


# ------ other answers in a file's place

LOGIN = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Please</body></html>"
ANSWERS = {
    "a page": page(LOGIN),
    "a page without a type": Reply(body=LOGIN.encode()),
    "a page called an image": Reply(body=LOGIN.encode(), headers=("Content-Type: image/tiff",)),
    "a page after blanks": page("\n\n  " + LOGIN),
    "a page after a comment": page("<!-- proxy --><html>no</html>"),
    "a page in chunks": chunked(LOGIN.encode()),
    "a page in UTF-16": Reply(body=LOGIN.encode("utf-16"), headers=(OCTETS,)),
    "a fragment": Reply(body=b"<center><b>Blocked by the web filter</b></center>"),
    "an error of a store": Reply(body=b'<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>'),
    "JSON": Reply(body=b'{"error": "quota exceeded"}', headers=("Content-Type: application/json",)),
    "a list in JSON": Reply(body=b'[{"error": 5}]'),
    "a sentence": Reply(body=b"Access denied by policy. Contact your administrator."),
    "a PDF": Reply(body=b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(500)),
    "a zip": Reply(body=b"PK\x03\x04" + bytes(500)),
    "a PNG": Reply(body=b"\x89PNG\r\n\x1a\n" + bytes(500)),
    "a JPEG": Reply(body=b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(500)),
    "nothing": Reply(),
}


@pytest.mark.parametrize("via", ["at once", "by a redirect"])
@pytest.mark.parametrize("name", ["a.mrc", "a.tif", "a.mrc.bz2"])
@pytest.mark.parametrize("reply", ANSWERS.values(), ids=ANSWERS)
def test_what_is_sent_in_a_files_place_is_no_file(script, run, tmp_path, reply, name, via):
    if via == "at once":
        script.on(f"/{name}", reply)
    else:
        script.on(f"/{name}", Reply("302 Found", headers=("Location: /login?to=a",)))
        script.on("/login?to=a", reply)
    assert_nothing(run(None, name), tmp_path)


@pytest.mark.parametrize("name", ["a.mrc.gz", "a.tif.GZ"])
def test_a_packed_page_is_no_packed_image(script, run, tmp_path, name):
    script.on(f"/{name}", Reply(body=gzip.compress(LOGIN.encode()), headers=(OCTETS,)))
    result = run(None, name)
    assert_nothing(result, tmp_path)
    assert str(result.failures[0].error) == f"{name}: the server sends a web page in its place"


def test_a_login_page_that_is_sent_once_costs_a_try(script, run, tmp_path):
    script.on("/login", page(LOGIN))
    script.on("/a.mrc", Reply("302 Found", headers=("Location: /login",)), served)
    assert_here(run(), tmp_path)


# ------ heads and bodies

ODD = {
    "an HTTP/1.0 server": lambda request: replace(
        served(request), length=None, then="close"),
    "two lengths in one": lambda request: replace(served(request), length=f"{SIZE}, {SIZE}"),
    "a length with a sign": lambda request: replace(
        served(request), length=f"+{SIZE}", then="close"),
    "a length and chunks": lambda request: replace(
        chunked(served(request).body), length=SIZE, status=served(request).status,
        headers=("Transfer-Encoding: chunked", *served(request).headers)),
    "one connection for each answer": lambda request: replace(
        served(request, "Connection: close"), then="close"),
    "no reason after the status": lambda request: replace(
        served(request), status=served(request).status.split()[0]),
    "100 Continue first": lambda request: Reply(
        "100 Continue", length=None,
        pieces=(served(request).head, lambda: b"" if request.method == "HEAD"
                else served(request).body)),
}  # fmt: skip


@pytest.mark.parametrize("size", [SIZE, None])
@pytest.mark.parametrize("answer", ODD.values(), ids=ODD)
def test_heads_and_bodies_of_many_servers_are_read(script, run, tmp_path, answer, size):
    script.on("/a.mrc", answer)
    assert_here(run(size), tmp_path)


def test_a_body_after_head_is_no_answer_to_the_next_request(script, run, tmp_path):
    def answer(request):
        if request.method == "HEAD":
            return Reply(length=SIZE, pieces=(lambda: CONTENT[:5000],))
        return served(request)

    script.on("/a.mrc", answer)
    assert_here(run(None), tmp_path)


def test_a_body_that_is_shorter_than_its_length_is_no_file(script, run, tmp_path):
    script.on("/a.mrc", lambda request: replace(served(request), length=SIZE + 7, then="close"))
    assert_nothing(run(), tmp_path)


@pytest.mark.parametrize("more", [b"\0", b"\0" * 100_000], ids=len)
@pytest.mark.parametrize("connections", [1, 3])
def test_more_bytes_than_listed_are_no_file_though_those_before_were_all_here(
        script, run, tmp_path, more, connections):
    script.on("/a.mrc", lambda request: chunked(CONTENT, more))
    result = run(connections=connections)
    assert_nothing(result, tmp_path)
    assert "longer" in str(result.failures[0].error)
