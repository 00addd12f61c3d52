"""The log of all requests to the miniature archive."""

from __future__ import annotations

import json
import os
import time
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any, Dict, List

REQUESTS_FILE = "requests.jsonl"


class RequestLog:
    """Appends one JSON line for each FTP command and HTTP request, visible to readers at once."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._lock = Lock()
        self._numbers = count(1)

    def new_session(self, protocol: str) -> str:
        """Return a name for one connection, such as `ftp-3-4711` (the last is the process)."""
        return f"{protocol}-{next(self._numbers)}-{os.getpid()}"

    def add(
        self, protocol: str, session: str, command: str, path: str = "", rest: int = 0, **more: Any
    ) -> None:
        """Append a line; `rest` is the offset in bytes at which a transfer starts."""
        line = {"t": round(time.time(), 6), "protocol": protocol, "session": session}
        text = json.dumps({**line, "command": command, "path": path, "rest": rest, **more}) + "\n"
        with self._lock:
            os.write(self._file, text.encode("utf-8"))


def read_requests(path: Path) -> List[Dict[str, Any]]:
    """Return the requests of a log; an incomplete last line is ignored."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[: text.rfind(b"\n") + 1].splitlines()]
