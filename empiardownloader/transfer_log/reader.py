"""Reading a record that may still be growing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Union

Line = Dict[str, Any]


class RecordReader:
    """Gives the lines that were added since the last look; the record may not be there yet."""

    def __init__(self, path: Union[str, Path]) -> None:
        self._path = Path(path)
        self._read = 0
        self._file = 0

    def began_anew(self) -> bool:
        """Whether the record is another one than at the last look, as after Restart."""
        try:
            status = self._path.stat()
        except OSError:
            return self._read > 0
        return self._read > 0 and (status.st_ino != self._file or status.st_size < self._read)

    def start_over(self) -> None:
        """Read from the beginning again."""
        self._read = 0

    def new_lines(self) -> List[Line]:
        """Whole new lines; one that is half written is read when it is whole, a torn one never."""
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
