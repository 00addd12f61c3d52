"""A limit of the bytes per second of all connections together."""

import threading

import pytest
from clocks import Clock

from empiardownloader.errors import TransferError
from empiardownloader.transfer import bandwidth
from empiardownloader.transfer.bandwidth import LimitedServer, TokenBucket, limited
from empiardownloader.transfer.base import Connection, Server, Sink


class Memory(Sink):
    def __init__(self):
        self.blocks, self.is_full, self.calls = [], False, []

    def write(self, block):
        self.blocks.append(bytes(block))

    def restart(self):
        self.calls.append("restart")

    def changed(self):
        self.calls.append("changed")


class Wire(Connection):
    """Sends ten blocks of a thousand bytes."""

    splits_files = True

    def list_folder(self, folder):
        return [folder]

    def size_of(self, path):
        return 10_000

    def fetch(self, path, sink, start, stop, size=None):
        for number in range(10):
            sink.write(memoryview(bytes([number]) * 1000))
        sink.restart()
        sink.changed()
        sink.is_full  # noqa: B018 (asked between blocks)

    def is_open(self):
        return True

    def close(self):
        pass


class WireServer(Server):
    def connect(self):
        return Wire()

    def data_connection_error(self, times):
        return times

    def __str__(self):
        return "wire"


@pytest.mark.parametrize("rate", [100, 1000, 12_345, 1e6])
def test_so_many_bytes_need_so_much_time_and_all_arrive_in_order(rate):
    clock, memory = Clock(0.0), Memory()
    server = LimitedServer(WireServer(), TokenBucket(rate, clock, clock.sleep))
    server.connect().fetch("a", memory, 0, 10_000)
    assert b"".join(memory.blocks) == b"".join(bytes([n]) * 1000 for n in range(10))
    assert memory.calls == ["restart", "changed"]
    assert clock.now == pytest.approx(10_000 / rate, rel=0.01, abs=0.26)


def test_no_sleep_is_long():
    clock, slept = Clock(0.0), []

    def sleep(seconds):
        slept.append(seconds)
        clock.sleep(seconds)

    server = LimitedServer(WireServer(), TokenBucket(1000, clock, sleep))
    server.connect().fetch("a", Memory(), 0, 10_000)
    assert max(slept) <= 0.26


def test_connections_share_the_limit():
    clock, lock, paid = Clock(0.0), threading.Lock(), []

    def sleep(seconds):
        with lock:
            paid.append(seconds)

    bucket = TokenBucket(1000, clock, sleep)
    for _ in range(4):
        bucket.spend(1000)
    assert paid == pytest.approx([1, 2, 3, 4]), "the clock stood: each waits behind the others"


def test_a_pause_is_not_saved_up():
    clock, slept = Clock(0.0), []
    bucket = TokenBucket(1000, clock, slept.append)
    clock.now = 3600
    bucket.spend(1000)
    assert slept == pytest.approx([0.75])


def test_the_rest_of_the_server_is_as_it_was():
    server = WireServer()
    limited_server = limited(server, 1000.0)
    connection = limited_server.connect()
    assert (str(limited_server), limited_server.data_connection_error(3)) == ("wire", 3)
    assert connection.splits_files
    assert connection.is_open()
    assert connection.list_folder("x") == ["x"]
    assert connection.size_of("x") == 10_000
    assert limited(server, None) is server


@pytest.mark.parametrize(
    "limited_class, base",
    [
        (bandwidth.LimitedServer, Server),
        (bandwidth._LimitedConnection, Connection),
        (bandwidth._LimitedSink, Sink),
    ],
)
def test_nothing_of_the_server_is_answered_by_a_default_in_its_place(limited_class, base):
    asked = {name for name in vars(base) if not name.startswith("_")}
    is_set = {"splits_files"}  # for each connection
    assert asked - is_set <= set(vars(limited_class))


def test_a_limited_run_leaves_ftp_for_https_too():
    class Leaving(WireServer):
        def abandon(self, error):
            return str(error) == "nothing comes"

    assert limited(Leaving(), 1000.0).abandon(TransferError("nothing comes"))
    assert not limited(WireServer(), 1000.0).abandon(TransferError("nothing comes"))


def test_a_file_of_unknown_size_is_limited_too():
    class Unsized(Wire):
        def fetch_unsized(self, path, sink):
            sink.write(memoryview(bytes(5000)))
            return 5000

    class UnsizedServer(WireServer):
        def connect(self):
            return Unsized()

    clock = Clock(0.0)
    connection = LimitedServer(UnsizedServer(), TokenBucket(1000, clock, clock.sleep)).connect()
    sink = Memory()
    assert connection.fetch_unsized("x", sink) == 5000
    assert clock.now == pytest.approx(5, abs=0.5)
