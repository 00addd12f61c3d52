"""The way to an HTTP server: paths, redirects, connections, proxies, certificates."""

import shutil
import ssl
import subprocess
import threading

import pytest
from scripted_http import (
    CLOSED,
    CONTENT,
    RESET,
    SHORT_TIMEOUTS,
    SILENT,
    SIZE,
    Kept,
    Reply,
    fetch,
    page,
    part,
    scripted_server,
)
from silent_ports import full_port

from empiardownloader.disk.paths import UnsafeName
from empiardownloader.errors import FatalError, Retryable
from empiardownloader.net.errors import (
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    Stalled,
    TooManyConnections,
)
from empiardownloader.transfer import Destination, Downloader, FileRequest, HttpServer, Timeouts


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def script():
    with scripted_server() as script:
        yield script


@pytest.fixture
def connection(script):
    connection = HttpServer(script.url, SHORT_TIMEOUTS).connect()
    yield connection
    connection.close()


# ------ the way there


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("data/a b.mrc", "/data/a%20b.mrc"),
        ("a[1].mrc", "/a%5B1%5D.mrc"),
        ("50%.mrc", "/50%25.mrc"),
        ("%41.mrc", "/%2541.mrc"),
        ("a#b?c=d&e+f;g.mrc", "/a%23b%3Fc%3Dd%26e%2Bf%3Bg.mrc"),
        ("µ.mrc", "/%C2%B5.mrc"),
        ("latin-\udce9.mrc", "/latin-%E9.mrc"),
        ("~a-b_c.mrc", "/~a-b_c.mrc"),
        ("..a/b..mrc", "/..a/b..mrc"),
        ("c:d.mrc", "/c%3Ad.mrc"),
        ("//a.mrc", "///a.mrc"),
    ],
)
def test_a_path_is_asked_for_as_it_is(script, connection, path, target):
    with pytest.raises(FileMissing):
        connection.size_of(path)
    assert script.asked[0].target == target


@pytest.mark.parametrize("path", ["../a", "a/../../b", "a/./b", "..", "a\r\nb", "a\x00b"])
def test_a_path_that_leads_out_is_not_asked_for(script, connection, path):
    for call in (connection.size_of, connection.list_folder):
        with pytest.raises(UnsafeName):
            call(path)
    assert script.asked == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_followed_with_its_range(script, connection, status):
    script.on("/a.mrc", Reply(status, headers=("Location: /elsewhere",)))
    script.on("/elsewhere", part(1000))
    assert fetch(connection, 1000).content == CONTENT


def test_a_circle_of_redirects_is_a_missing_file(script, connection):
    script.on("/a.mrc", Reply("302 Found", b"moved", headers=("Location: /a.mrc",)))
    with pytest.raises(FileMissing, match="circle"):
        fetch(connection)


def test_one_connection_serves_all_that_is_asked(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT))
    script.on("/empty.mrc", Reply())
    script.on("/", page("<title>Index of /</title><ul></ul>"))
    connection.list_folder("")
    connection.size_of("a.mrc")
    fetch(connection)
    connection.fetch("empty.mrc", Kept(), 0, 0)
    fetch(connection)
    assert (len(script.asked), script.connections) == (5, 1)


def test_a_connection_that_was_closed_between_two_files_is_made_again(script, connection):
    last = Reply(body=CONTENT, headers=("Connection: close",), then="close")
    script.on("/a.mrc", last)
    fetch(connection)
    fetch(connection)
    assert script.connections == 2


def test_a_closed_transport_is_not_open(connection):
    assert connection.is_open()
    connection.close()
    assert not connection.is_open()


@pytest.mark.parametrize("end", [CLOSED, RESET])
def test_a_connection_cut_before_its_first_answer_is_one_too_many(script, connection, end):
    script.on("/a.mrc", end)
    with pytest.raises(TooManyConnections):
        fetch(connection)


def test_a_connection_cut_between_two_answers_is_a_cut(script, connection):
    script.on("/a.mrc", Reply(body=CONTENT), CLOSED)
    fetch(connection)
    with pytest.raises(ConnectionCut):
        fetch(connection)


@pytest.mark.parametrize("reply", [SILENT, Reply(body=CONTENT[:99], length=SIZE, then="silent")])
def test_silence_is_a_stall(script, connection, reply):
    script.on("/a.mrc", reply)
    with pytest.raises(Stalled):
        fetch(connection)


def test_a_host_that_does_not_answer_is_a_failed_connection():
    with full_port() as port:
        url = f"http://127.0.0.1:{port}"
        with pytest.raises(ConnectionFailed, match="does not answer"):
            HttpServer(url, Timeouts(connect=0.2)).connect().size_of("a.mrc")


def test_an_answer_that_is_not_http_is_retried(script, connection):
    script.on("/a.mrc", Reply("200 OK\r\nno colon here", CONTENT, length="many"))
    with pytest.raises(Retryable):
        connection.fetch("a.mrc", Kept(), 0, SIZE + 1)


# ------ proxies and certificates


def test_the_proxy_of_the_environment_is_asked(script, monkeypatch):
    monkeypatch.setenv("http_proxy", script.url)
    script.on("http://archive.example/1/a.mrc", Reply(body=CONTENT))
    assert HttpServer("http://archive.example/1").connect().size_of("a.mrc") == SIZE


def test_a_proxy_that_is_not_there_is_named(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with pytest.raises(ConnectionFailed, match=r"proxy .*refused.*HTTPS_PROXY"):
        HttpServer("https://archive.example/1", SHORT_TIMEOUTS).connect().size_of("a.mrc")


def test_a_proxy_that_cannot_be_understood_ends_the_run(monkeypatch):
    monkeypatch.setenv("https_proxy", "gopher://127.0.0.1:9")
    with pytest.raises(FatalError, match="proxy"):
        HttpServer("https://archive.example/1", SHORT_TIMEOUTS).connect().size_of("a.mrc")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is needed to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key", "-out",
         "certificate"], cwd=folder, check=True, stderr=subprocess.DEVNULL)  # fmt: skip
    return folder / "certificate"


@pytest.fixture
def secure_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key"))
    with scripted_server(lambda plain: context.wrap_socket(plain, server_side=True)) as script:
        script.on("/a.mrc", Reply(body=CONTENT))
        yield HttpServer(f"https://127.0.0.1:{script.port}", SHORT_TIMEOUTS)


def test_a_certificate_that_nobody_signed_ends_the_run_with_a_remedy(secure_server):
    with pytest.raises(FatalError, match=r"self.signed.*REQUESTS_CA_BUNDLE"):
        secure_server.connect().size_of("a.mrc")


def test_a_certificate_of_the_environment_is_accepted(secure_server, certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    connection = secure_server.connect()
    assert fetch(connection).content == CONTENT


def test_certificates_that_are_not_there_end_the_run(secure_server, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/certificates")
    with pytest.raises(FatalError, match="/nowhere/certificates"):
        secure_server.connect().size_of("a.mrc")


def test_a_server_without_encryption_is_a_failed_connection(script):
    server = HttpServer(f"https://127.0.0.1:{script.port}", SHORT_TIMEOUTS)
    with pytest.raises(ConnectionFailed, match="cannot connect"):
        server.connect().size_of("a.mrc")


# ------ the downloader


@pytest.mark.parametrize("refusal", [Reply("503 Service Unavailable", headers=("Retry-After: 0",)),
                                     RESET])
def test_eight_connections_to_a_server_that_bears_four_lose_nothing(script, tmp_path, refusal):
    places = threading.Semaphore(4)

    def answer(request):
        if not places.acquire(blocking=False):
            return refusal

        def rest():
            script.closing.wait(0.05)
            places.release()
            return CONTENT[100:]

        return Reply(body=CONTENT[:100], length=SIZE, pieces=(rest,))

    wanted = [FileRequest(f"{number}.mrc", SIZE, f"{number}.mrc") for number in range(24)]
    for item in wanted:
        script.on(f"/{item.path}", answer)
    server, place = HttpServer(script.url, SHORT_TIMEOUTS), Destination(tmp_path / "extra")
    outcome = Downloader(server, place, tmp_path / "tmp", connections=8,
                         sleep=lambda seconds: None).run(wanted)
    assert (outcome.completed, outcome.failures, outcome.fatal_error) == (24, [], None)
    assert all((tmp_path / "extra" / item.name).read_bytes() == CONTENT for item in wanted)
