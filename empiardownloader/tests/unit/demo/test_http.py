"""The miniature archive over HTTP: both APIs, files with ranges, and Apache-like listings."""

import contextlib
import html.parser
import socket
import time
from urllib.parse import unquote

import pytest
import requests

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive

CONTENT = bytes(range(256)) * 1000
NAMES = ["a [1] & <b>.tif", "DEF|VPP.mrc", "50%.mrc", "c:d.mrc", "µ.tif", "x" * 60 + ".mrc"]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    files = {f"data/odd/{name}": b"odd" for name in NAMES}
    twins = {"data/big.mrc": CONTENT, "data/twin.mrc": CONTENT}
    folder.add_entry(7, [{}], {**twins, "data/sub/": b"", **files})
    folder.add_link(7, "data/way out", "/etc")
    folder.add_map(1234, dose_per_image=40)
    with MiniatureArchive(folder.root) as running:
        yield running


def get(archive, path, timeout=5, **kwargs):
    base = archive.environment["EMPIAR_HTTPS_URL"]
    return requests.get(f"{base}/7/{path}", timeout=timeout, **kwargs)


@contextlib.contextmanager
def raw_answer(archive, target):
    """The connection on which a file is answered, byte for byte as it comes."""
    address = archive.environment["EMPIAR_HTTPS_URL"].split("/")[2].split(":")
    with socket.create_connection((address[0], int(address[1])), 5) as raw:
        raw.sendall(f"GET /empiar/world_availability/7/{target} HTTP/1.0\r\n\r\n".encode())
        yield raw


class Links(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "a":
            self.found.append(dict(attributes)["href"])


@pytest.mark.parametrize("address", ["7", "7/", "EMPIAR-7", "EMPIAR-7/"])
def test_an_entry_is_answered_by_number_and_by_name(archive, address):
    answer = requests.get(f"{archive.environment['EMPIAR_API_URL']}/{address}", timeout=5)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["EMPIAR-7"]["entry_doi"] == "10.6019/EMPIAR-7"


@pytest.mark.parametrize("address", ["1234", "EMD-1234"])
def test_a_map_is_answered_by_number_and_by_name(archive, address):
    answer = requests.get(f"{archive.environment['EMDB_API_URL']}/{address}", timeout=5)
    assert answer.json()["emdb_id"] == "EMD-1234"


@pytest.mark.parametrize("variable", ["EMPIAR_API_URL", "EMDB_API_URL", "EMPIAR_HTTPS_URL"])
def test_what_is_not_there_is_404(archive, variable):
    assert requests.get(f"{archive.environment[variable]}/999", timeout=5).status_code == 404


def test_the_api_can_answer_html_or_an_error_for_a_while(archive):
    url = f"{archive.environment['EMPIAR_API_URL']}/7/"
    archive.set(api_html=[7])
    answer = requests.get(url, timeout=5)
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (200, "text/html")
    archive.set(api_html=[], api_status={7: 503}, api_times=2)
    statuses = [requests.get(url, timeout=5).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


@pytest.mark.parametrize(
    ("asked", "span"),
    [
        ("0-0", (0, 0)),
        ("100-299", (100, 299)),
        ("255990-", (255990, 255999)),
        ("-10", (255990, 255999)),
        ("5-999999", (5, 255999)),
    ],
)
def test_a_range_is_answered_with_206_and_an_exact_content_range(archive, asked, span):
    answer = get(archive, "data/big.mrc", headers={"Range": f"bytes={asked}"})
    assert answer.status_code == 206
    assert answer.headers["Content-Range"] == f"bytes {span[0]}-{span[1]}/256000"
    assert int(answer.headers["Content-Length"]) == span[1] - span[0] + 1
    assert answer.content == CONTENT[span[0] : span[1] + 1]


def test_a_range_behind_the_end_is_416(archive):
    answer = get(archive, "data/big.mrc", headers={"Range": "bytes=256000-"})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == "bytes */256000"


def test_a_range_of_a_file_that_has_changed_is_the_whole_file(archive):
    tag = get(archive, "data/big.mrc").headers["ETag"]
    same = get(archive, "data/big.mrc", headers={"Range": "bytes=5-", "If-Range": tag})
    other = get(archive, "data/big.mrc", headers={"Range": "bytes=5-", "If-Range": '"other"'})
    assert (same.status_code, other.status_code) == (206, 200)


def test_ranges_can_be_ignored(archive):
    archive.set(refuse_rest=True)
    answer = get(archive, "data/big.mrc", headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_one_connection_serves_many_requests_and_all_are_recorded(archive):
    base = archive.environment["EMPIAR_HTTPS_URL"]
    with requests.Session() as session:
        for _ in range(3):
            answer = session.get(f"{base}/7/data/big.mrc", headers={"Range": "bytes=7-8"})
            assert answer.content == CONTENT[7:9]
        assert session.head(f"{base}/7/data/big.mrc").headers["Content-Length"] == "256000"
    recorded = archive.requests()
    assert [r["command"] for r in recorded] == ["GET", "GET", "GET", "HEAD"]
    assert {r["rest"] for r in recorded[:3]} == {7}
    assert len({r["session"] for r in recorded}) == 1
    assert archive.count("GET", "*/7/data/big.mrc") == 3


def test_a_listing_looks_like_apaches(archive):
    page = get(archive, "data/").text
    links = Links(page).found
    assert "?C=N;O=D" in links
    assert "/empiar/world_availability/7/" in links
    assert "big.mrc" in links and "sub/" in links
    assert ">250K<" in page
    assert "256000" not in page
    assert "2019-10-04 16:13" in page


def test_links_of_a_listing_are_encoded_and_lead_to_the_files(archive):
    links = [href for href in Links(get(archive, "data/odd/").text).found if href[0] not in "?/"]
    assert sorted(unquote(href).replace("./", "") for href in links) == sorted(NAMES)
    for href in links:
        assert get(archive, "data/odd/" + href.replace("./", "")).content == b"odd"


def test_a_folder_without_its_slash_is_redirected(archive):
    answer = get(archive, "data", allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"].endswith("/7/data/")


@pytest.mark.parametrize(
    "path",
    ["data/way out/hostname", "..%2f..%2f..%2f..%2ftruth.json", "data/%2e%2e/%2e%2e/%2e%2e/x"],
)
def test_nothing_outside_the_tree_is_served(archive, path):
    with raw_answer(archive, path.replace(" ", "%20")) as raw:
        assert raw.recv(100).split()[1] == b"404"


def test_missing_files_are_404_though_listed(archive):
    archive.set(missing=["*/big.mrc"])
    assert "big.mrc" in Links(get(archive, "data/").text).found
    assert get(archive, "data/big.mrc").status_code == 404


def test_a_rate_holds_for_http_too(archive):
    archive.set(rate=512000)
    start = time.monotonic()
    assert get(archive, "data/big.mrc").content == CONTENT
    assert 0.48 < time.monotonic() - start < 10


def test_a_rate_may_hold_for_some_files_only_until_it_is_lifted(archive):
    archive.set(rate=1000, rate_paths="*/big.mrc")
    with raw_answer(archive, "data/big.mrc") as slow:
        received = slow.recv(1 << 20)
        assert get(archive, "data/twin.mrc").content == CONTENT
        received += slow.recv(1 << 20)
        assert 0 < len(received) < 50_000
        archive.set(rate=0)
        for block in iter(lambda: slow.recv(1 << 20), b""):
            received += block
    assert received.endswith(b"\r\n\r\n" + CONTENT)


def body_until_error(archive, timeout):
    """Return the received bytes of the body, the announced length, and the error, if any."""
    received, error = b"", None
    answer = get(archive, "data/big.mrc", stream=True, timeout=timeout)
    try:
        for piece in answer.iter_content(100):
            received += piece
    except requests.RequestException as caught:
        error = caught
    answer.close()
    return received, int(answer.headers["Content-Length"]), error


def test_a_cut_ends_the_body_early(archive):
    archive.set(cut_after=1000, cut_times=1)
    received, promised, _ = body_until_error(archive, 5)
    assert (received, promised) == (CONTENT[:1000], 256000)
    assert get(archive, "data/big.mrc").content == CONTENT


def test_a_stall_leaves_the_connection_open(archive):
    archive.set(stall_after=1000, stall_times=1)
    received, _, error = body_until_error(archive, (5, 1.5))
    assert received == CONTENT[:1000]
    assert "timed out" in str(error)
    assert get(archive, "data/big.mrc").content == CONTENT


def test_latency_delays_an_answer(archive):
    archive.set(latency=0.2)
    start = time.monotonic()
    get(archive, "data/")
    assert 0.2 <= time.monotonic() - start < 10


def test_a_range_can_be_answered_with_the_beginning(archive):
    archive.set(wrong_offsets=True)
    answer = get(archive, "data/big.mrc", headers={"Range": "bytes=100-149"})
    assert (answer.status_code, answer.content) == (206, CONTENT[:50])
    assert answer.headers["Content-Range"] == "bytes 100-149/256000"


def test_methods_can_be_refused(archive):
    archive.set(refused_commands=("HEAD",))
    url = archive.environment["EMPIAR_HTTPS_URL"] + "/7/data/big.mrc"
    assert requests.head(url).status_code == 405
    assert get(archive, "data/big.mrc").content == CONTENT


def test_files_can_be_coded_on_the_way(archive):
    archive.set(gzip_files=True)
    answer = get(archive, "data/big.mrc", headers={"Accept-Encoding": "identity"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    assert answer.content == CONTENT  # requests unpacks it


def test_so_many_requests_for_files_are_answered_with_503(archive):
    archive.set(unavailable_times=2)
    assert [get(archive, "data/big.mrc").status_code for _ in range(3)] == [503, 503, 200]
    archive.set(unavailable_times=-1)
    assert get(archive, "data/big.mrc").status_code == 503
    assert get(archive, "data/").status_code == 200
