"""The progress of a download: a bar on a terminal, elsewhere a line a minute."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
import time
from typing import Any, Callable, List, Optional, TextIO

from ..transfer import ProgressSnapshot, format_duration, format_size

_REDRAW_SECS = 0.5
_LINE_SECS = 60.0
_ERASE = "\r\033[K"
_SMALLEST_BAR = 10  # columns; where there are fewer, the text stands alone


class ProgressBar:
    """Draws a transfer on standard error while the block runs.

    Its speed is that of the transfer itself, so that a dead line and a resumed file look as they
    are. Lines printed by `write`, and log messages, appear above the bar.
    """

    def __init__(
        self,
        read: Callable[[], Optional[ProgressSnapshot]],
        line_secs: float = _LINE_SECS,
        stream: Optional[TextIO] = None,
    ) -> None:
        """``read`` gives the state, None while there is none."""
        self._read = read
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._pause = _REDRAW_SECS if self._is_terminal else line_secs
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._drawn = ""
        self._thread = threading.Thread(target=self._draw_all_the_time, daemon=True)
        self._handlers: List[logging.Handler] = []

    def __enter__(self) -> ProgressBar:
        root = logging.getLogger()
        self._handlers, root.handlers = root.handlers, [_AboveTheBar(self)]
        self._thread.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._ended.set()
        self._thread.join()
        with self._lock:
            self._erase()
        logging.getLogger().handlers = self._handlers

    def write(self, line: str, stream: TextIO) -> None:
        """Print a line above the bar."""
        with self._lock:
            self._erase()
            print(line, file=stream, flush=True)
            self._draw()

    def _draw_all_the_time(self) -> None:
        while not self._ended.wait(self._pause):
            with self._lock:
                if self._is_terminal:
                    self._draw()
                else:
                    self._print_line()

    def _print_line(self) -> None:
        state = self._read()
        if state is not None:
            self._put(f"{time.strftime('%H:%M:%S')} {state.text('movies')}\n")

    def _draw(self) -> None:
        state = self._read() if self._is_terminal and not self._ended.is_set() else None
        if state is None:
            return
        columns = shutil.get_terminal_size().columns - 1
        drawn = bar_text(state, columns)
        if drawn != self._drawn:
            self._put(_ERASE + drawn)
            self._drawn = drawn

    def _erase(self) -> None:
        if self._drawn:
            self._put(_ERASE)
            self._drawn = ""

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._ended.set()  # the terminal is gone: the download goes on without it


class _AboveTheBar(logging.Handler):
    """Prints log messages above the bar."""

    def __init__(self, bar: ProgressBar) -> None:
        super().__init__()
        self._bar = bar

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._bar.write(self.format(record), sys.stderr)
        except (OSError, ValueError):
            self.handleError(record)


def bar_text(state: ProgressSnapshot, columns: int) -> str:
    """Return the bar and the numbers, at most ``columns`` wide."""
    text = state.text("movies")
    room = columns - len(text) - len("[] 100 % ")
    if room < _SMALLEST_BAR or not state.bytes_total:
        return text[:columns]
    share = min(1.0, state.bytes_done / state.bytes_total)
    full = int(share * room)
    return f"[{'#' * full}{'-' * (room - full)}] {int(100 * share):3} % {text}"


def received_text(received: int, seconds: float) -> str:
    """'25.2 MB in 58 s (434.5 kB/s)'."""
    text = f"{format_size(received)} in {format_duration(seconds)}"
    return f"{text} ({format_size(received / seconds)}/s)" if seconds > 0 else text
