"""Reads a transfer log that may still be growing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Union

Line = Dict[str, Any]


class LogReader:
    """Reads the new lines of a log on each call; the log may not exist yet."""

    def __init__(self, path: Union[str, Path]) -> None:
        self._path = Path(path)
        self._read = 0
        self._file = 0

    def was_replaced(self) -> bool:
        """Return True if the log was replaced since the last call, as Restart does."""
        try:
            status = self._path.stat()
        except OSError:
            return self._read > 0
        return self._read > 0 and (status.st_ino != self._file or status.st_size < self._read)

    def start_over(self) -> None:
        """Read from the beginning at the next call."""
        self._read = 0

    def new_lines(self) -> List[Line]:
        """Return the complete new lines; a half-written line waits, a torn one is dropped."""
        try:
            with open(self._path, "rb") as file:
                self._file = self._path.stat().st_ino
                file.seek(self._read)
                content = file.read()
        except OSError:
            return []
        whole = content.rfind(b"\n") + 1
        self._read += whole
        return [line for line in map(_parsed, content[:whole].splitlines()) if line]


def _parsed(text: bytes) -> Line:
    try:
        line = json.loads(text.decode("utf-8"))
    except ValueError:
        return {}
    known = isinstance(line, dict) and isinstance(line.get("time"), (int, float))
    return line if known else {}
