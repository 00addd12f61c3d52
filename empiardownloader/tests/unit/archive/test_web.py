"""Requests for metadata: retries, waits, and the message of every failure."""

import gzip

import pytest
import requests
import urllib3
from scripted_documents import (
    CLOSED,
    PAGE,
    SILENT,
    dead_url,
    json_reply,
    reply,
    timeout_for,
)

from empiardownloader.archive.errors import ArchiveUnavailable
from empiardownloader.archive.web import (
    RetryOptions,
    get,
    get_json,
)
from empiardownloader.net.session import Session


@pytest.fixture
def session():
    with requests.Session() as session:
        yield session


def patience(naps, attempts=4, timeout=(5, 5)):
    return RetryOptions(timeout, attempts, naps.append)


def test_waits_grow_up_to_half_a_minute():
    wait = RetryOptions().wait
    assert [wait(attempt) for attempt in (1, 2, 3, 4, 5, 6, 7)] == [1, 2, 4, 8, 16, 30, 30]
    assert wait(100_000) == 30


def test_an_answer_comes_at_once(server, session, naps):
    server.on("/x", json_reply({"a": 1}))
    assert get_json(server.url + "/x", session, patience(naps)) == {"a": 1}
    assert naps == []
    assert [request.headers["Accept"] for request in server.asked] == ["application/json"]


@pytest.mark.parametrize("status", [404, 410])
def test_nothing_there_is_an_answer_too(server, session, naps, status):
    server.on("/x", reply(status, b"<html>no</html>", "text/html"))
    assert get(server.url + "/x", session, patience(naps)) is None
    assert get_json(server.url + "/x", session, patience(naps)) is None
    assert naps == []


@pytest.mark.parametrize(
    "failure",
    [reply(status, b"") for status in (429, 500, 502, 503, 504)] + [CLOSED, SILENT],
    ids=["429", "500", "502", "503", "504", "cut", "silent"],
)
def test_what_may_pass_is_asked_again_with_growing_waits(server, session, naps, failure):
    server.on("/x", failure, failure, json_reply({"a": 1}))
    waits = patience(naps, timeout=timeout_for(server))
    assert get_json(server.url + "/x", session, waits) == {"a": 1}
    assert naps == [1, 2]
    assert len(server.paths) == 3


@pytest.mark.parametrize(
    ("failure", "text"),
    [
        (reply(503, b""), "answered 503 Service Unavailable"),
        (CLOSED, "could not be reached"),
        (SILENT, "did not answer in time"),
    ],
)
def test_after_the_last_attempt_the_address_and_what_came_are_named(
    server, session, naps, failure, text
):
    server.on("/x", failure)
    with pytest.raises(ArchiveUnavailable) as caught:
        get(server.url + "/x", session, patience(naps, attempts=3, timeout=timeout_for(server)))
    assert str(caught.value).startswith(f"{server.url}/x {text}")
    assert str(caught.value).endswith("check the network and the configured address.")
    assert naps == [1, 2]


def test_a_refused_connection_is_named(session, naps):
    url = dead_url()
    with pytest.raises(ArchiveUnavailable) as caught:
        get(url, session, patience(naps, attempts=2))
    assert url in str(caught.value)
    assert "Connection refused" in str(caught.value)
    assert naps == [1]


@pytest.mark.parametrize(
    ("asked_for", "nap"),
    [("7", 7), ("0", 1), ("100000", 30), ("Wed, 21 Oct 2015 07:28:00 GMT", 1),
     ("Wed, 21 Oct 2199 07:28:00 GMT", 30), ("Mon, 01 Jan 0001 00:00:00 +2359", 1), ("soon", 1)],
)
def test_a_server_may_ask_for_a_longer_wait_within_reason(server, session, naps, asked_for, nap):
    busy = reply(429, b"", headers=(f"Retry-After: {asked_for}",))
    server.on("/x", busy, json_reply({}))
    get_json(server.url + "/x", session, patience(naps))
    assert naps == [nap]


@pytest.mark.parametrize("status", [400, 401, 403, 418, 501, 204])
def test_what_cannot_pass_is_not_asked_again(server, session, naps, status):
    server.on("/x", reply(status, b""))
    with pytest.raises(ArchiveUnavailable, match=f"answered {status}"):
        get(server.url + "/x", session, patience(naps))
    assert len(server.paths) == 1


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (PAGE, "sent HTML instead of JSON"),
        (reply(200, b"<html>"), "sent HTML instead of JSON"),
        (reply(200, b""), "sent nothing instead of JSON"),
        (reply(200, b'{"a": 1'), "sent something else instead of JSON"),
        (reply(200, b"[" * 200_000), "instead of JSON"),
        (json_reply([1]), "sent JSON that is no object"),
        (json_reply(None), "sent JSON that is no object"),
        (json_reply("text"), "sent JSON that is no object"),
    ],
    ids=["page", "html", "empty", "cut", "bottomless", "list", "null", "text"],
)
def test_what_is_no_json_object_is_named(server, session, naps, reply, text):
    server.on("/x", reply)
    with pytest.raises(ArchiveUnavailable, match=text):
        get_json(server.url + "/x", session, patience(naps))


def test_a_redirection_is_followed_and_a_circle_is_not(server, session, naps):
    server.on("/old", reply(301, b"", headers=("Location: /new",)))
    server.on("/new", json_reply({"a": 1}))
    server.on("/circle", reply(302, b"", headers=("Location: /circle",)))
    assert get_json(server.url + "/old", session, patience(naps)) == {"a": 1}
    with pytest.raises(ArchiveUnavailable, match="redirects in a circle"):
        get(server.url + "/circle", session, patience(naps))


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://", "gopher://x/y", "http://[::1/", "http://.x/"]
)
def test_an_address_that_is_none_is_named_and_not_asked_again(session, naps, url):
    with pytest.raises(ArchiveUnavailable, match="cannot be asked"):
        get(url, session, patience(naps))
    assert naps == []


def test_missing_certificates_are_no_traceback(session, naps, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/certificates.pem")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(ArchiveUnavailable, match=r"cannot be asked .*certificates\.pem"):
        get("https://127.0.0.1:9/x", session, patience(naps, attempts=1))


@pytest.mark.parametrize("notices", [True, False], ids=["urllib3 2", "urllib3 1"])
def test_an_answer_that_was_cut_short_is_asked_for_again(
    server, session, naps, monkeypatch, notices
):
    # Old versions of urllib3 take what came for all of it.
    init = urllib3.HTTPResponse.__init__

    def lenient(self, *arguments, **options):
        init(self, *arguments, **{**options, "enforce_content_length": notices})

    monkeypatch.setattr(urllib3.HTTPResponse, "__init__", lenient)
    short = reply(200, b'{"a": 1', missing=2)
    server.on("/a", short, json_reply({"a": 1}))
    assert get_json(f"{server.url}/a", session, patience(naps)) == {"a": 1}
    assert naps == [1]


def test_a_packed_answer_is_as_long_as_it_was_sent(server, session, naps):
    packed = gzip.compress(b'{"a": "' + b"a" * 5000 + b'"}')
    server.on("/a", reply(200, packed, headers=("Content-Encoding: gzip",)))
    assert len(get_json(f"{server.url}/a", session, patience(naps))["a"]) == 5000
    assert naps == []


def test_the_archive_is_told_who_asks(server, naps):
    server.on("/x", json_reply({}))
    with Session() as session:
        get_json(server.url + "/x", session, patience(naps))
    assert server.asked[0].headers["User-Agent"].startswith("scipion-em-empiardownloader/")
