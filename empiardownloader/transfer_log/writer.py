"""Writing a record: a line for each thing that happens, each in one write to the file's end."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from pathlib import Path
from typing import Callable, Iterable, Optional, Union

from ..transfer import Progress, Snapshot
from .history import History
from .reader import Line, RecordReader
from .sample_schedule import Sampling

logger = logging.getLogger(__name__)


class TransferRecord:
    """A run's own record; several threads may add to it, and nothing that goes wrong stops them.

    ``history`` holds what all lines add up to, those of earlier runs of the same folder and those
    that could not be written included.
    """

    def __init__(
        self, path: Union[str, Path], clock: Callable[[], float] = time.time
    ) -> None:
        self._path = Path(path)
        self._clock = clock
        self._sampling = Sampling()
        self._lock = threading.Lock()
        self._was_silent = False
        self._torn = True  # what a kill may have left is mended at the first write
        self._complained = False
        self.history = History()
        self.history.add_all(RecordReader(path).new_lines())

    def begin(self) -> None:
        """A run begins, or goes on where an earlier one has left a record."""
        self._add({"what": "begin", "continued": bool(self.history.sessions)})

    def chosen(self, names: Iterable[str], size: int) -> None:
        """These movies, of so many bytes, are to be fetched."""
        chosen = set(names)
        self._add({"what": "chosen", "movies": len(chosen), "bytes": size})
        dropped = sorted(self.history.failed.keys() - chosen)
        self._add(*({"what": "dropped", "name": name} for name in dropped))

    def sample(self, progress: Progress, connections: int, now: bool = False) -> None:
        """Write down how far the transfer is, if it is time for it; may be called at any rate."""
        state = progress.snapshot()
        changed = state.is_silent != self._was_silent
        if state.files_total and (self._sampling.is_due() or now or changed):
            self._was_silent = state.is_silent
            self._add(
                {
                    "what": "progress",
                    "bytes": state.bytes_done,
                    "bytes_total": state.bytes_total,
                    "files": state.files_done,
                    "files_total": state.files_total,
                    "fetched": progress.fetched(),
                    "rate": round(state.rate),
                    "connections": connections,
                    **self._silence(state),
                }
            )

    def _silence(self, state: Snapshot) -> Line:
        if not state.is_silent:
            return {}
        return {
            "trouble": state.trouble,
            "silent": round(state.silent_for),
            "until": round(self._clock() + state.gives_up_in),
        }

    def arrived(self, name: str, size: Optional[int]) -> None:
        """A file is in its place; what an earlier run has seen is not written again."""
        if name not in self.history.arrived:
            self._add({"what": "arrived", "name": name, "bytes": size})

    def registered(self, names: Iterable[str]) -> None:
        """Movies are in the set."""
        self._add(*({"what": "registered", "name": name} for name in names))

    def failed(self, name: str, reason: str) -> None:
        """A movie did not come or could not be registered; no name: the transfer was ended."""
        if self.history.failed.get(name) != reason or (name and name not in self.history.missing):
            self._add({"what": "failed", "name": name, "reason": reason})

    def left_out(self, name: str, reason: str) -> None:
        """A file that is no movie; what an earlier run has said is not said again."""
        if self.history.left_out.get(name) != reason:
            self._add({"what": "left out", "name": name, "reason": reason})

    def end(self, how: str) -> None:
        """The run ends: ``finished``, ``failed`` or ``stopped here``."""
        self._add({"what": "end", "how": how})

    def _add(self, *lines: Line) -> None:
        if not lines:
            return
        with self._lock:
            stamped = [{"time": round(self._clock(), 3), **line} for line in lines]
            self.history.add_all(stamped)
            try:
                self._write(stamped)
            except OSError as error:
                self._torn = True
                if not self._complained:
                    logger.warning("%s cannot be written (%s); the run goes on", self._path, error)
                    self._complained = True

    def _write(self, lines: Iterable[Line]) -> None:
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        # Opened each time: a file server that forgets us between two lines does no harm.
        descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            if self._torn:
                _cut_torn_line(descriptor)
                self._torn = False
            content = text.encode("ascii")
            if os.write(descriptor, content) < len(content):
                raise OSError("only a part was written: is the disk full?")
        finally:
            os.close(descriptor)


def _cut_torn_line(descriptor: int) -> None:
    """Cut off what follows the last whole line."""
    end, block = os.fstat(descriptor).st_size, 4096
    while end:
        start = max(0, end - block)
        at = os.pread(descriptor, end - start, start).rfind(b"\n")
        if at >= 0:
            end = start + at + 1
            break
        end = start
    if end < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, end)

