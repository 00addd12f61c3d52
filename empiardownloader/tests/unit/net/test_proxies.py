"""Proxies of the environment: used, refused, out of order; for files and for metadata."""

import pytest
from scripted_http import CLOSED, CONTENT, SHORT_TIMEOUTS, SIZE, Reply, page, scripted_server

from empiardownloader.archive.errors import ArchiveUnavailable
from empiardownloader.archive.fetch_entry import fetch_document
from empiardownloader.errors import FatalError, TransferError
from empiardownloader.net.errors import ConnectionFailed
from empiardownloader.net.proxies import proxy_of, remedy_for, without_login
from empiardownloader.transfer import HttpServer

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
HOST = "archive.example"


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def proxy(monkeypatch):
    """A proxy for both schemes, which answers `CONNECT archive.example:443` as scripted."""
    with scripted_server() as script:
        monkeypatch.setenv("http_proxy", script.url)
        monkeypatch.setenv("https_proxy", script.url)
        yield script


def error_of_a_file(scheme):
    connection = HttpServer(f"{scheme}://{HOST}/1", SHORT_TIMEOUTS).connect()
    with pytest.raises(TransferError) as raised:
        connection.size_of("a.mrc")
    connection.close()
    return raised.value


def error_of_an_entry(scheme):
    with pytest.raises(ArchiveUnavailable) as raised:
        fetch_document("10200", f"{scheme}://{HOST}/api", attempts=1)
    return raised.value


def answer(script, reply):
    script.on(f"{HOST}:443", reply)
    script.on(f"http://{HOST}/1/a.mrc", reply)
    script.on(f"http://{HOST}/api/10200/", reply)


LOGIN = Reply("407 Proxy Authentication Required", headers=("Proxy-Authenticate: Basic realm=x",))
PAGE = page("<html><body>Blocked by our policy</body></html>", then="close")


@pytest.mark.parametrize("error_of", [error_of_a_file, error_of_an_entry])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_wants_a_login_is_said_to(proxy, scheme, error_of):
    answer(proxy, LOGIN)
    text = str(error_of(scheme))
    assert "the proxy asks for a login (407 Proxy Authentication Required)" in text
    assert f"put name and password into {scheme.upper()}_PROXY" in text


@pytest.mark.parametrize("error_of", [error_of_a_file, error_of_an_entry])
@pytest.mark.parametrize("status", ["403 Forbidden", "502 Bad Gateway", "503 Busy"])
def test_a_proxy_that_refuses_a_connection_is_said_to(proxy, status, error_of):
    answer(proxy, page("<html>no</html>", status=status))
    error = error_of("https")
    assert f"the proxy refuses to connect ({status}); ask its administrator" in str(error)
    assert isinstance(error, (ConnectionFailed, ArchiveUnavailable))


@pytest.mark.parametrize("error_of", [error_of_a_file, error_of_an_entry])
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("reply", [PAGE, CLOSED], ids=["page", "closed"])
def test_a_proxy_that_answers_in_the_servers_place_is_named(proxy, scheme, reply, error_of):
    answer(proxy, reply)
    error = error_of(scheme)
    assert "proxy" in str(error) or "cut the connection off" in str(error)
    assert "Caused by" not in str(error), "a sentence, and not the libraries' words"
    assert not isinstance(error, FatalError), "it may pass"


@pytest.mark.parametrize("error_of", [error_of_a_file, error_of_an_entry])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_named(monkeypatch, scheme, error_of):
    monkeypatch.setenv(f"{scheme}_proxy", "http://me:s3cret@127.0.0.1:9")
    text = str(error_of(scheme))
    assert "the proxy does not connect (Connection refused)" in text
    assert f"check {scheme.upper()}_PROXY" in text
    assert "s3cret" not in text


@pytest.mark.parametrize("error_of", [error_of_a_file, error_of_an_entry])
@pytest.mark.parametrize("kind", ["socks", "socks5h"])
def test_a_socks_proxy_without_its_library_is_said_to_need_it(monkeypatch, kind, error_of):
    monkeypatch.setenv("ALL_PROXY", f"{kind}://127.0.0.1:1")  # as GNOME's settings set it
    text = str(error_of("https"))
    assert f"install PySocks for the proxy {kind}://127.0.0.1:1" in text
    assert "unset ALL_PROXY" in text


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("value", ["127.0.0.1", "*", "localhost, 127.0.0.1", "127.0.0.0/8"])
def test_hosts_in_no_proxy_are_asked_directly(monkeypatch, name, value):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    with scripted_server() as script:
        script.on("/a.mrc", Reply(body=CONTENT))
        connection = HttpServer(script.url, SHORT_TIMEOUTS).connect()
        assert connection.size_of("a.mrc") == SIZE
        connection.close()
        assert proxy_of(script.url) == ""


def test_ftp_needs_no_proxy(monkeypatch):
    monkeypatch.setenv("ftp_proxy", "http://127.0.0.1:9")
    assert proxy_of("https://archive.example/") == ""
    assert remedy_for("https://archive.example/") == "check the address and the network"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:s3cret@mirror.example/x", "https://mirror.example/x"),
        ("https://me:s3@cret@mirror.example:81/x@y", "https://mirror.example:81/x@y"),
        ("https://mirror.example/x@y", "https://mirror.example/x@y"),
        ("http://[::1/", "http://[::1/"),
        ("", ""),
    ],
)
def test_a_login_in_an_address_is_not_shown(url, shown):
    assert without_login(url) == shown


def test_a_login_in_a_servers_address_is_not_shown():
    assert "s3cret" not in str(HttpServer("https://me:s3cret@mirror.example/x"))
    with pytest.raises(ArchiveUnavailable, match=r"^http://127\.0\.0\.1:9/api/10200/ could not"):
        fetch_document("10200", "http://me:s3cret@127.0.0.1:9/api", attempts=1)
