"""Sources of an entry's document: their order, and whose error counts."""

import io
import json

import pytest
import requests
from entry_documents import ENTRY_XML
from scripted_documents import (
    CLOSED,
    NOT_FOUND,
    PAGE,
    SILENT,
    dead_url,
    json_reply,
    reply,
    timeout_for,
)

from empiardownloader.archive.entry import parse_entry
from empiardownloader.archive.errors import ArchiveUnavailable, BadEntryId, UnknownEntry
from empiardownloader.archive.fetch_entry import LIVE_API_URL, OLD_API_URL, fetch_document

DOCUMENT = {"EMPIAR-19999": {"title": "from the API", "status": "REL", "imagesets": []}}
OLD_DOCUMENT = {"EMPIAR-19999": {"title": "from the old address", "status": "REL"}}
API, OLD, XML = "/api/19999/", "/old/19999/", "/files/19999/19999.xml"
DOWN = reply(503, b"")


@pytest.fixture
def fetch(server, naps):
    def fetch_from_server(**options):
        settings = {
            "fallback_urls": [server.url + "/old"],
            "files_url": server.url + "/files",
            "sleep": naps.append,
            "timeout": timeout_for(server),
            **options,
        }
        return fetch_document("19999", server.url + "/api", **settings)

    return fetch_from_server


def test_the_api_alone_is_asked_when_it_answers(server, fetch):
    server.on(API, json_reply(DOCUMENT))
    assert fetch() == DOCUMENT
    assert server.paths == [API]


def test_an_entry_comes_parsed_whatever_the_spelling_of_its_name(server):
    server.on(API, json_reply(DOCUMENT))
    entry = parse_entry(fetch_document("EMPIAR-19999", server.url + "/api/"), "19999")
    assert (entry.number, entry.title) == ("19999", "from the API")


def test_a_bad_number_asks_nobody(server):
    with pytest.raises(BadEntryId):
        fetch_document("../19999", server.url + "/api")
    assert server.paths == []


@pytest.mark.parametrize("failure", [DOWN, reply(429, b""), CLOSED, SILENT])
def test_a_failure_that_passes_is_waited_for(server, fetch, naps, failure):
    server.on(API, failure, failure, failure, json_reply(DOCUMENT))
    assert fetch() == DOCUMENT
    assert server.paths == [API] * 4
    assert naps == [1, 2, 4]


@pytest.mark.parametrize(
    "main",
    [
        NOT_FOUND,
        json_reply({"detail": "Not found."}),
        json_reply({}),
        json_reply({"x": 1}),
        json_reply({"EMPIAR-19999": {}}),
        json_reply([]),
        PAGE,
        DOWN,
        CLOSED,
        SILENT,
        reply(403, b""),
    ],
)
def test_the_old_address_steps_in_for_anything_but_an_entry(server, fetch, main):
    server.on(API, main)
    server.on(OLD, json_reply(OLD_DOCUMENT))
    assert fetch(attempts=2) == OLD_DOCUMENT
    assert XML not in server.paths


@pytest.mark.parametrize("old", [NOT_FOUND, PAGE, DOWN])
@pytest.mark.parametrize("main", [NOT_FOUND, PAGE, DOWN])
def test_the_header_on_the_file_server_is_the_last_resort(server, fetch, main, old):
    server.on(API, main)
    server.on(OLD, old)
    server.on(XML, reply(200, ENTRY_XML.encode("utf-8"), "application/xml"))
    document = fetch()
    assert document["EMPIAR-19999"]["title"] == "A made-up complex of κ and λ"
    assert server.paths[-1] == XML


@pytest.mark.parametrize("files_url", ["", "ftp://127.0.0.1/files", "/files"])
def test_no_header_is_asked_for_without_a_file_server_over_http(server, fetch, files_url):
    with pytest.raises(UnknownEntry):
        fetch(files_url=files_url)
    assert server.paths == [API, OLD]


@pytest.mark.parametrize(
    ("xml", "asked"),
    [(DOWN, 1), (CLOSED, 1), (PAGE, 1), (NOT_FOUND, 0)],
    ids=["503", "cut", "page", "404"],
)
def test_another_way_to_the_header_is_taken_unless_the_file_server_says_that_there_is_none(
    server, fetch, xml, asked
):
    numbers = []

    def fetch_entry_xml(number):
        numbers.append(number)
        return ENTRY_XML.encode("utf-8")

    server.on(API, DOWN)
    server.on(XML, xml)
    if asked:
        assert "EMPIAR-19999" in fetch(fetch_entry_xml=fetch_entry_xml)
    else:
        with pytest.raises(ArchiveUnavailable, match="answered 503"):
            fetch(fetch_entry_xml=fetch_entry_xml)
    assert numbers == ["19999"] * asked


@pytest.mark.parametrize("content", [None, b"", b"<html>hotel</html>"])
def test_another_way_without_a_header_leaves_the_first_refusal(server, fetch, content):
    server.on(API, DOWN)
    server.on(XML, DOWN)
    with pytest.raises(ArchiveUnavailable, match="answered 503"):
        fetch(fetch_entry_xml=lambda number: content)


def test_an_entry_that_nobody_has_is_unknown(server, fetch, naps):
    with pytest.raises(UnknownEntry) as caught:
        fetch()
    assert "EMPIAR-19999" in str(caught.value)
    assert "check the number" in str(caught.value)
    assert server.paths == [API, OLD, XML]
    assert naps == []


@pytest.mark.parametrize("main", [NOT_FOUND, json_reply({"detail": "Not found."}), json_reply({})])
@pytest.mark.parametrize("old", [DOWN, CLOSED, SILENT, PAGE, reply(403, b""), NOT_FOUND])
def test_a_clear_no_of_the_api_is_not_hidden_by_another_address(server, fetch, naps, main, old):
    server.on(API, main)
    server.on(OLD, old)
    server.on(XML, old)
    with pytest.raises(UnknownEntry):
        fetch()
    assert naps == [], "after a clear no, the others get one chance each"


def test_a_clear_no_of_the_api_is_not_hidden_by_a_refused_connection(fetch):
    with pytest.raises(UnknownEntry):
        fetch(fallback_urls=[dead_url()], files_url=dead_url())


@pytest.mark.parametrize(
    ("main", "text"),
    [
        (PAGE, "sent HTML instead of JSON"),
        (json_reply([1, 2]), "sent JSON that is no object"),
        (json_reply({"detail": "Request was throttled."}), "Request was throttled"),
        (DOWN, "answered 503"),
        (reply(403, b""), "answered 403"),
        (CLOSED, "could not be reached"),
        (SILENT, "did not answer in time"),
    ],
)
@pytest.mark.parametrize("old", [NOT_FOUND, DOWN])
def test_an_api_that_does_not_answer_is_unavailable_whatever_the_others_say(
    server, fetch, main, text, old
):
    server.on(API, main)
    server.on(OLD, old)
    with pytest.raises(ArchiveUnavailable, match=text) as caught:
        fetch(**({"timeout": (5, 0.2)} if main is SILENT else {}))
    assert server.url + API in str(caught.value)
    assert "try again later" in str(caught.value)


def test_while_the_api_is_down_the_others_are_asked_twice(server, fetch, naps):
    for path in (API, OLD, XML):
        server.on(path, DOWN)
    with pytest.raises(ArchiveUnavailable):
        fetch()
    assert server.paths == [API] * 4 + [OLD] * 2 + [XML] * 2
    assert naps == [1, 2, 4, 1, 1]


def test_a_refused_connection_is_unavailable():
    url = dead_url()
    with pytest.raises(ArchiveUnavailable, match="Connection refused"):
        fetch_document("19999", url, attempts=1)


def test_a_page_in_place_of_the_header_is_no_header(server, fetch):
    server.on(API, DOWN)
    server.on(XML, PAGE)
    with pytest.raises(ArchiveUnavailable, match="answered 503"):
        fetch()


class Recorder(requests.Session):
    """A session that answers from a table and never touches the network."""

    def __init__(self, table):
        super().__init__()
        self.table = table
        self.asked = []

    def get(self, url, **_):
        self.asked.append(url)
        response = requests.Response()
        response.status_code = 200 if url in self.table else 404
        response.raw = io.BytesIO(json.dumps(self.table.get(url, {})).encode("utf-8"))
        return response


@pytest.fixture
def recorded(monkeypatch):
    def record(table):
        session = Recorder(table)
        monkeypatch.setattr("empiardownloader.archive.fetch_entry.Session", lambda: session)
        return session

    return record


@pytest.mark.parametrize("api_url", [LIVE_API_URL, LIVE_API_URL + "/"])
def test_the_live_api_falls_back_on_its_old_address(recorded, api_url):
    session = recorded({f"{OLD_API_URL}/19999/": OLD_DOCUMENT})
    assert fetch_document("19999", api_url) == OLD_DOCUMENT
    assert session.asked == [f"{LIVE_API_URL}/19999/", f"{OLD_API_URL}/19999/"]


def test_a_mirror_never_leads_to_the_live_archive(recorded):
    session = recorded({f"{OLD_API_URL}/19999/": OLD_DOCUMENT})
    with pytest.raises(UnknownEntry):
        fetch_document("19999", "http://mirror.invalid/entry")
    assert session.asked == ["http://mirror.invalid/entry/19999/"]


def test_the_live_api_is_the_default(recorded):
    recorded({f"{LIVE_API_URL}/19999/": DOCUMENT})
    assert parse_entry(fetch_document("19999"), "19999").title == "from the API"
