"""The bar on a terminal, and the line a minute elsewhere."""

import io
import logging
import sys
import threading

import pytest

from empiardownloader.cli.progress_bar import ProgressBar, bar_text, received_text
from empiardownloader.transfer import ProgressSnapshot

HALF = ProgressSnapshot(500, 1000, 5, 10, 100.0)


class Terminal(io.StringIO):
    """Records the written text; ``drawn`` is set at each write."""

    def __init__(self, is_terminal=True):
        super().__init__()
        self.drawn = threading.Event()
        self._is_terminal = is_terminal

    def isatty(self):
        return self._is_terminal

    def write(self, text):
        self.drawn.set()
        return super().write(text)


@pytest.mark.parametrize("columns", range(1, 200))
def test_the_bar_is_never_wider_than_the_terminal(columns):
    assert len(bar_text(HALF, columns)) <= columns


def test_the_bar_has_its_share_bytes_movies_rate_and_time_left():
    text = bar_text(HALF, 100)
    assert text.count("#") == pytest.approx(text.count("-"), abs=1)
    for words in (" 50 % ", "5 of 10 movies", "500 bytes of 1.0 kB", "100 bytes/s", "5 s left"):
        assert words in text


@pytest.mark.parametrize("state", [
    ProgressSnapshot(0, 0, 0, 0, 0.0), ProgressSnapshot(2000, 1000, 9, 9, 0.0),
    ProgressSnapshot(0, 1000, 0, 1, 0.0),
])
def test_totals_that_are_unknown_or_exceeded_draw_something(state):
    assert "movies" in bar_text(state, 100)


def test_a_silence_stands_in_the_place_of_the_rate():
    silent = ProgressSnapshot(500, 1000, 5, 10, 0.0, 240.0, "connection refused", 3600.0)
    text = bar_text(silent, 200)
    assert "no data for 4 min (connection refused); trying again until" in text
    assert "/s" not in text


def test_the_bar_is_drawn_and_gone_at_the_end():
    terminal = Terminal()
    with ProgressBar(lambda: HALF, stream=terminal):
        assert terminal.drawn.wait(60)
    assert "5 of 10 movies" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_lines_and_messages_stand_above_the_bar():
    terminal, printed = Terminal(), io.StringIO()
    with ProgressBar(lambda: HALF, stream=terminal) as bar:
        assert terminal.drawn.wait(60)
        before = len(terminal.getvalue())
        bar.write("movie_1.mrc", printed)
        assert terminal.getvalue()[before:].startswith("\r\033[K"), "erased before the line"
        assert "5 of 10 movies" in terminal.getvalue()[before:], "drawn again after it"
    assert printed.getvalue() == "movie_1.mrc\n"


def test_log_messages_go_above_the_bar_and_back_to_their_handlers_afterwards(monkeypatch):
    said = io.StringIO()
    monkeypatch.setattr(sys, "stderr", said)
    terminal, before = Terminal(), list(logging.getLogger().handlers)
    with ProgressBar(lambda: HALF, stream=terminal):
        assert terminal.drawn.wait(60)
        logging.getLogger("empiardownloader").warning("FTP is not reachable")
    assert "FTP is not reachable\n" in said.getvalue()
    assert logging.getLogger().handlers == before


def test_off_a_terminal_there_is_a_line_now_and_then_and_no_control_character():
    log = Terminal(is_terminal=False)
    with ProgressBar(lambda: HALF, line_secs=0.01, stream=log) as bar:
        assert log.drawn.wait(60)
        bar.write("movie_1.mrc", io.StringIO())
    first = log.getvalue().split("\n")[0]
    assert first.endswith("5 of 10 movies, 500 bytes of 1.0 kB, 100 bytes/s, 5 s left")
    assert "\r" not in log.getvalue()
    assert "\033" not in log.getvalue()


def test_nothing_is_drawn_before_there_is_a_state():
    terminal = Terminal()
    with ProgressBar(lambda: None, stream=terminal) as bar:
        bar.write("", io.StringIO())
    assert terminal.getvalue() == ""


def test_a_terminal_that_is_gone_ends_nothing():
    class Gone(Terminal):
        def write(self, text):
            super().write(text)
            raise OSError("Input/output error")

    terminal = Gone()
    with ProgressBar(lambda: HALF, stream=terminal) as bar:
        assert terminal.drawn.wait(60)
        bar.write("movie_1.mrc", io.StringIO())


def test_more_words_stand_behind_the_numbers():
    assert bar_text(HALF, 100, "3 registered").endswith("5 s left, 3 registered")
    assert bar_text(HALF, None, "3 registered").endswith("5 s left, 3 registered")
    assert "#" not in bar_text(HALF, None)


def test_what_was_received_in_a_line():
    assert received_text(25_200_000, 58) == "25.2 MB in 58 s (434.5 kB/s)"
    assert received_text(5, 0) == "5 bytes in 0 s"
