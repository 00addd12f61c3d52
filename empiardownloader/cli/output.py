"""Output of the commands: exit codes, colours on terminals, closed pipes."""

import contextlib
import io
import json
import os
import signal
import sys
import threading
from typing import Any, Iterator, TextIO

DONE, INCOMPLETE, WRONG_CALL = 0, 1, 2

_BOLD, _RED, _PLAIN = "\033[1m", "\033[31m", "\033[0m"


def escape_unencodable_output() -> None:
    """Write what a terminal's encoding lacks, or a file's odd name holds, as an escape."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def bold(text: str) -> str:
    """The text for standard output, bold if that is a terminal."""
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


def flush() -> None:
    """Flush standard output; raises BrokenPipeError if it is closed."""
    sys.stdout.flush()


def discard_stdout() -> None:
    """Discard all further standard output, because its reader has ended."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@contextlib.contextmanager
def answering_ctrl_c() -> Iterator[None]:
    """Answer the first Ctrl+C at once, before threads and servers have; the second one ends all."""

    def interrupt(number: int, frame: object) -> None:
        # What has been received is kept, whenever the process ends.
        signal.signal(number, lambda *_: os._exit(128 + number))
        with contextlib.suppress(OSError):
            # Not by print: a signal may come in the middle of one.
            os.write(2, b"\nStopping. Press Ctrl+C again to stop at once.\n")
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN or threading.current_thread() is not threading.main_thread():
        yield  # as in the background of a script
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _styled(text: str, style: str, stream: TextIO) -> str:
    """In a style on a terminal, unless NO_COLOR (https://no-color.org) is set."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"{style}{text}{_PLAIN}"
