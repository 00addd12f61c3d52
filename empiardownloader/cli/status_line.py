"""One line on standard error that changes: on a terminal in place, elsewhere now and then."""

from __future__ import annotations

import logging
import shutil
import sys
import threading
import time
from typing import Any, Callable, List, Optional, TextIO

_REDRAW_SECS = 0.5
_LINE_SECS = 60.0
_ERASE = "\r\033[K"


class StatusLine:
    """Draws a text while the block runs; printed lines and log messages appear above it.

    A terminal that is gone ends the drawing, and nothing else.
    """

    def __init__(
        self,
        text: Callable[[Optional[int]], str],
        line_secs: Optional[float] = None,
        stream: Optional[TextIO] = None,
    ) -> None:
        """``text`` returns the line for a number of columns, None for a file; '' for no line."""
        self._text = text
        self._stream = stream or sys.stderr
        self._is_terminal = self._stream.isatty()
        self._pause = _REDRAW_SECS if self._is_terminal else line_secs or _LINE_SECS
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._drawn = ""
        self._thread = threading.Thread(target=self._draw_repeatedly, daemon=True)
        self._handlers: List[logging.Handler] = []

    def __enter__(self) -> StatusLine:
        root = logging.getLogger()
        self._handlers, root.handlers = root.handlers, [_AboveTheLine(self)]
        self._thread.start()
        return self

    def __exit__(self, *exception: Any) -> None:
        self._ended.set()
        self._thread.join()
        with self._lock:
            self._erase()
        logging.getLogger().handlers = self._handlers

    def write(self, line: str, stream: TextIO) -> None:
        """Print a line above the text."""
        with self._lock:
            self._erase()
            print(line, file=stream, flush=True)
            self._draw()

    def _draw_repeatedly(self) -> None:
        while not self._ended.wait(self._pause):
            with self._lock:
                if self._is_terminal:
                    self._draw()
                else:
                    self._print_line()

    def _print_line(self) -> None:
        text = self._text(None)
        if text:
            self._put(f"{time.strftime('%H:%M:%S')} {text}\n")

    def _draw(self) -> None:
        if not self._is_terminal or self._ended.is_set():
            return
        columns = shutil.get_terminal_size().columns - 1
        text = self._text(columns)[:columns]
        if text != self._drawn:
            self._put(_ERASE + text)
            self._drawn = text

    def _erase(self) -> None:
        if self._drawn:
            self._put(_ERASE)
            self._drawn = ""

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._ended.set()


class Status(StatusLine):
    """The current action in words."""

    def __init__(self) -> None:
        super().__init__(lambda columns: self._action)
        self._action = ""

    def set(self, text: str) -> None:
        """Replace the words."""
        self._action = text


class _AboveTheLine(logging.Handler):
    """Prints log messages above the text."""

    def __init__(self, line: StatusLine) -> None:
        super().__init__()
        self._line = line

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._line.write(self.format(record), sys.stderr)
        except (OSError, ValueError):
            self.handleError(record)
