"""The addresses of one name are tried side by side, for FTP and HTTP alike."""

import socket
import threading
import time

import pytest
from scripted_ftp import scripted_ftp
from scripted_http import CONTENT, Reply, scripted_server
from silent_ports import full_port

from empiardownloader.net.addresses import STAGGER, create_connection
from empiardownloader.transfer import open_server

CONNECT = 60.0  # seconds: no machine is so slow that it would look like a dead address


@pytest.fixture
def addresses(monkeypatch):
    """A function that gives the name mirror.test addresses."""
    real = socket.getaddrinfo

    def name(*hosts):
        def resolve(host, port, *args, **options):
            found = [real(h, port, *args, **options) for h in hosts] if host == "mirror.test" else [
                real(host, port, *args, **options)]
            return [info for infos in found for info in infos]

        monkeypatch.setattr(socket, "getaddrinfo", resolve)

    return name


@pytest.fixture
def listening():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_silent_address_does_not_hold_up_the_next(addresses, listening):
    addresses("127.0.0.2", "127.0.0.1")
    with full_port("127.0.0.2", listening):
        began = time.monotonic()
        with create_connection(("mirror.test", listening), CONNECT) as made:
            assert made.getpeername()[0] == "127.0.0.1"
        assert STAGGER <= time.monotonic() - began < CONNECT


def test_an_address_that_refuses_is_followed_by_the_next(addresses, listening):
    addresses("127.0.0.3", "127.0.0.1")
    with create_connection(("mirror.test", listening), CONNECT) as made:
        assert made.getpeername()[0] == "127.0.0.1"
        assert made.gettimeout() == CONNECT


def test_where_all_refuse_the_refusal_is_the_error(addresses, listening):
    addresses("127.0.0.3", "127.0.0.4")
    with pytest.raises(ConnectionRefusedError):
        create_connection(("mirror.test", listening), CONNECT)


def test_where_all_are_silent_the_time_is_up(addresses, listening):
    addresses("127.0.0.2", "127.0.0.3")
    with full_port("127.0.0.2", listening), full_port("127.0.0.3", listening), pytest.raises(
        socket.timeout
    ):
        create_connection(("mirror.test", listening), 0.5)


@pytest.mark.parametrize("script_of", [scripted_ftp, scripted_server])
def test_both_transports_pass_by_a_silent_address(addresses, monkeypatch, script_of):
    monkeypatch.setenv("NO_PROXY", "*")
    addresses("127.0.0.2", "127.0.0.1")
    with script_of() as script, full_port("127.0.0.2", script.port):
        script.on("/a.mrc", Reply(body=CONTENT))
        connection = open_server(script.url.replace("127.0.0.1", "mirror.test")).connect()
        sizes = []
        asking = threading.Thread(target=lambda: sizes.append(connection.size_of("a.mrc")))
        asking.start()
        asking.join(9)  # less than the time in which one address is given up
        connection.close()
    assert sizes
