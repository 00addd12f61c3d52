"""Ctrl+C and a stop are answered at every stage of a connection, with time-outs of ten minutes."""

import contextlib
import signal
import socket
import subprocess
import sys
import threading

import pytest
from silent_ports import full_port
from waiting import wait_until

from empiardownloader.net import open_sockets
from empiardownloader.net.addresses import create_connection

pytestmark = pytest.mark.usefixtures("no_proxy")

PROGRAM = """
import signal, socket, sys, time
from pathlib import Path
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import *
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
resolve = socket.getaddrinfo

def getaddrinfo(host, *arguments, **options):
    print("resolving", flush=True)
    if host == "name-servers-are-dead.example":
        time.sleep(600)
    return resolve(host, *arguments, **options)

socket.getaddrinfo = getaddrinfo
what, first, second, folder = sys.argv[1:]
patient = Timeouts(connect=600.0, stall=600.0, listing=600.0)

def server(url):
    if url.startswith("ftp"):
        return FtpServer(url, patient)
    from empiardownloader.transfer import HttpServer
    return HttpServer(url, patient)

waits = RetryPolicy(first_wait=600.0, longest_wait=600.0)
served = server(first)
if second:
    served = FallbackServer(served, server(second), initial=waits, established=waits)
try:
    if what == "list":
        with DirectoryLister(served) as lister:
            lister("data")
    else:
        Downloader(served, Destination(Path(folder, "extra")), Path(folder, "tmp")).run(
            [FileRequest(f"{n}.mrc", 5_000_000, f"{n}.mrc") for n in range(5)])
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


# Each stage: the addresses of one or two servers, and a function that waits for its beginning.


@contextlib.contextmanager
def handshake(scheme):
    """A port that accepts connections and never says anything, as TLS needs both to."""
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=50))

        def wait():
            accepted = sockets.enter_context(listener.accept()[0])
            if scheme == "https":
                accepted.recv(1)  # of the client's hello

        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/1", "", wait


@contextlib.contextmanager
def resolving(scheme):
    yield f"{scheme}://name-servers-are-dead.example/1", "", lambda: None


@contextlib.contextmanager
def connecting(scheme):
    with full_port() as port:
        yield f"{scheme}://127.0.0.1:{port}/1", "", lambda: None


@contextlib.contextmanager
def waiting_to_ask_again(scheme):
    yield "ftp://127.0.0.1:9/1", f"{scheme}://127.0.0.1:9/1", lambda: None


@pytest.mark.parametrize("what", ["list", "download"])
@pytest.mark.parametrize("scheme", ["ftp", "https"])
@pytest.mark.parametrize("stage", [handshake, resolving, connecting, waiting_to_ask_again])
def test_ctrl_c_is_answered_at_each_stage_of_a_connection(tmp_path, what, scheme, stage):
    with stage(scheme) as (first, second, wait_for_beginning):
        words = [sys.executable, "-c", PROGRAM, what, first, second, str(tmp_path)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout.readline().startswith("resolving")
                wait_for_beginning()
                process.send_signal(signal.SIGINT)
                assert process.wait(60) == 0
            finally:
                process.kill()
            assert "interrupted" in process.stdout.read()


@pytest.fixture
def dead_name_servers(monkeypatch):
    """The system's resolver answers when the event is set."""
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: answered.wait() and [])
    yield
    answered.set()


def test_a_worker_leaves_the_resolver_when_its_connections_are_shut_down(dead_name_servers):
    sockets, errors = open_sockets.OpenSockets(), []

    def connect():
        with sockets.collecting():
            try:
                create_connection(("archive.example", 21), 600.0)
            except OSError as error:
                errors.append(error)

    worker = threading.Thread(target=connect)
    worker.start()
    sockets.shut_down()
    worker.join(60)
    assert [type(error) for error in errors] == [ConnectionAbortedError]


def test_a_resolver_at_work_is_no_thread_that_a_run_would_be_joined_with(dead_name_servers):
    sockets = open_sockets.OpenSockets()
    before = set(threading.enumerate())
    sockets.shut_down()
    with sockets.collecting(), pytest.raises(ConnectionAbortedError):
        create_connection(("archive.example", 21), 600.0)
    assert set(threading.enumerate()) == before


def test_a_wait_ends_when_the_threads_sockets_are_shut_down():
    sockets, ended = open_sockets.OpenSockets(), threading.Event()

    def wait():
        with sockets.collecting():
            open_sockets.sleep(600.0)
        ended.set()

    worker = threading.Thread(target=wait, daemon=True)
    worker.start()
    sockets.shut_down()
    wait_until(ended.is_set)
