"""Output of the commands: exit codes, colours on terminals, closed pipes."""

import contextlib
import errno
import io
import json
import os
import sys
from typing import Any, Callable, Iterator, Optional, TextIO

from .status_line import StatusLine

DONE, INCOMPLETE, WRONG_CALL = 0, 1, 2

_BOLD, _RED, _PLAIN = "\033[1m", "\033[31m", "\033[0m"


def escape_unencodable_output() -> None:
    """Escape characters that the output's encoding does not have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


class _Lossy:
    """A text stream that discards what follows its first error other than a reader that ended."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.error: Optional[OSError] = None

    def write(self, text: str) -> int:
        """Write a text, or discard it."""
        self._try(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush the stream, or do nothing."""
        self._try(self._stream.flush)

    def _try(self, action: Callable[[], object]) -> None:
        if self.error is not None:
            return
        try:
            action()
        except BrokenPipeError:
            raise
        except OSError as error:
            self.error = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def surviving_lost_output() -> Iterator[None]:
    """Go on if a terminal is gone (EIO) or the disk of a redirected output is full (ENOSPC)."""
    streams = {"stdout": sys.stdout, "stderr": sys.stderr}
    lossy = {name: _Lossy(stream) for name, stream in streams.items()}
    for name, stream in lossy.items():
        setattr(sys, name, stream)
    try:
        yield
    finally:
        for name, stream in streams.items():
            setattr(sys, name, stream)
            if lossy[name].error is not None:
                _discard(stream)  # what its buffer holds would be an error at the very end
        lost = lossy["stdout"].error
        if lost is not None and lost.errno != errno.EIO:
            print_error(f"Standard output was lost ({lost.strerror}).", INCOMPLETE)


def bold(text: str) -> str:
    """Return the text for standard output, bold if that is a terminal."""
    return _styled(text, _BOLD, sys.stdout)


def print_error(sentence: str, code: int) -> int:
    """Print an error on standard error, and return its exit code."""
    print(_styled(sentence, _RED, sys.stderr), file=sys.stderr)
    return code


def print_json(document: Any) -> None:
    """Print a document as JSON."""
    print(json.dumps(document, indent=2))


def print_line(line: str) -> None:
    """Print a line at once; a closed standard output does not end a download."""
    try:
        print(line, flush=True)
    except BrokenPipeError:
        discard_stdout()


def print_above(status: StatusLine, line: str) -> None:
    """Print a line above a status line; a closed standard output does not end a download."""
    try:
        status.write(line, sys.stdout)
    except BrokenPipeError:
        discard_stdout()


def discard_stdout() -> None:
    """Discard all further standard output, because its reader has ended."""
    _discard(sys.stdout)


def _discard(stream: TextIO) -> None:
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _styled(text: str, style: str, stream: TextIO) -> str:
    """Return the text in a style on a terminal, unless NO_COLOR (https://no-color.org) is set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"{style}{text}{_PLAIN}"
