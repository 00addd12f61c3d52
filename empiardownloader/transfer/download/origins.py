"""Which file of the archive each file of a local folder is."""

from __future__ import annotations

import contextlib
import json
import threading
from pathlib import Path
from typing import Dict, Optional, Tuple

from .request import Wanted

_Origin = Tuple[str, str]  # entry, and path below it


class Origins:
    """A file with a line of JSON for each downloaded file; the last line of a name counts.

    Image sets and entries repeat names and sizes. A file without a line, such as one that was
    copied here, may be of any origin. A line that was cut short by a kill is passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._known: Optional[Dict[str, _Origin]] = None

    def of(self, name: str) -> Optional[_Origin]:
        """Return the entry and the path of a local file, None where unknown."""
        with self._lock:
            if self._known is None:
                self._known = self._read()
            return self._known.get(name)

    def is_other(self, wanted: Wanted) -> bool:
        """Return True if the local file of this name is another file of the archive."""
        origin = self.of(wanted.name)
        if origin is None:
            return False
        entry, path = origin
        return path != wanted.path or bool(entry and wanted.entry and entry != wanted.entry)

    def note(self, wanted: Wanted) -> None:
        """Keep the origin of a file that is about to be in its place."""
        if self.of(wanted.name) == (wanted.entry, wanted.path):
            return
        line = json.dumps({"name": wanted.name, "entry": wanted.entry, "path": wanted.path})
        with self._lock:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # A line break first: a line that was cut short before it spoils no other.
            with open(self._path, "ab", buffering=0) as file:
                file.write(f"\n{line}\n".encode("ascii"))
            if self._known is not None:
                self._known[wanted.name] = (wanted.entry, wanted.path)

    def _read(self) -> Dict[str, _Origin]:
        known: Dict[str, _Origin] = {}
        with contextlib.suppress(FileNotFoundError), open(self._path, "rb") as file:
            for line in file:
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    told = json.loads(line)
                    known[str(told["name"])] = (str(told["entry"]), str(told["path"]))
        return known
