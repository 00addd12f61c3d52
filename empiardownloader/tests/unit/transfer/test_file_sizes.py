"""Sizes of many files, asked for over several connections at once."""

import threading

import pytest

from empiardownloader.net.errors import (
    ConnectionFailed,
    FileMissing,
    SizeUnknown,
    TooManyConnections,
)
from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer.base import Server
from empiardownloader.transfer.file_sizes import ask_sizes

PATHS = [f"m_{number:03}.mrc" for number in range(50)]
SIZES = {path: 1000 + number for number, path in enumerate(PATHS)}
ONCE = RetryPolicy(attempts=1)


class AnsweringServer(Server):
    """Answers from a table; ``ask`` is called in between, ``most`` connections are allowed."""

    def __init__(self, ask=lambda path: None, most=100):
        self.ask = ask
        self.lock = threading.Lock()
        self.open, self.most_open, self._allowed = 0, 0, most

    def connect(self):
        with self.lock:
            if self.open >= self._allowed:
                raise TooManyConnections("too many connections")
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        return AnsweringConnection(self)


class AnsweringConnection:
    def __init__(self, server):
        self._server = server

    def size_of(self, path):
        self._server.ask(path)
        return SIZES[path]

    def is_open(self):
        return True

    def close(self):
        with self._server.lock:
            self._server.open -= 1


def test_every_size_is_asked_for_once_and_counted():
    asked, counted = [], []
    server = AnsweringServer(asked.append)
    assert ask_sizes(server, PATHS, on_size=lambda: counted.append(1)) == SIZES
    assert sorted(asked) == PATHS
    assert len(counted) == len(PATHS)
    assert server.open == 0


@pytest.mark.parametrize("connections", [1, 8])
def test_as_many_questions_are_under_way_as_there_are_connections(connections):
    together = threading.Barrier(connections)
    waits = set(PATHS[:connections])

    def ask(path):
        if path in waits:
            together.wait(60)  # goes on when all of them have asked

    server = AnsweringServer(ask)
    assert ask_sizes(server, PATHS, connections=connections) == SIZES
    assert server.most_open <= connections


@pytest.mark.parametrize("count", [0, 1])
def test_for_few_files_no_thread_is_started(count):
    before = threading.active_count()
    seen = []
    server = AnsweringServer(lambda path: seen.append(threading.active_count()))
    assert len(ask_sizes(server, PATHS[:count])) == count
    assert seen == [before] * count


@pytest.mark.parametrize("error", [FileMissing("gone"), SizeUnknown("not told")])
def test_a_file_whose_size_the_server_does_not_tell_is_left_out(error):
    def ask(path):
        if path == PATHS[7]:
            raise error

    sizes = ask_sizes(AnsweringServer(ask), PATHS)
    assert sizes == {path: size for path, size in SIZES.items() if path != PATHS[7]}


def test_a_server_that_allows_two_connections_is_asked_over_two():
    server = AnsweringServer(most=2)
    sizes = ask_sizes(server, PATHS, sleep=lambda seconds: None)
    assert sizes == SIZES
    assert server.most_open <= 2


def test_a_server_that_does_not_answer_is_an_error_and_no_thread_is_left():
    def ask(path):
        raise ConnectionFailed("cannot connect")

    before = threading.active_count()
    with pytest.raises(ConnectionFailed):
        ask_sizes(AnsweringServer(ask), PATHS, policy=ONCE, sleep=lambda seconds: None)
    assert threading.active_count() == before


def test_ctrl_c_ends_it_and_no_thread_is_left():
    pressed = threading.Event()
    before = threading.active_count()

    def ask(path):
        if threading.current_thread() is threading.main_thread():
            pressed.set()
            raise KeyboardInterrupt
        pressed.wait(60)

    with pytest.raises(KeyboardInterrupt):
        ask_sizes(AnsweringServer(ask), PATHS)
    assert threading.active_count() == before
