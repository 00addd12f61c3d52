"""The state that results from the lines of a transfer log."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Callable, Dict, Iterable, List, Optional, Set, Tuple, Union

from .reader import Line, LogReader


@dataclass(frozen=True)
class Sample:
    """A sample of the progress; sizes in bytes, rate in bytes per second.

    With ``trouble``, no data arrived for ``silent`` seconds, and the run gives up at ``until``.
    """

    time: float
    bytes: int
    bytes_total: int
    files: int
    files_total: int
    fetched: int
    rate: float
    connections: int
    silent: float = 0.0
    until: float = 0.0
    trouble: str = ""


@dataclass
class Session:
    """One process of a run, from its start or Continue to its end, its kill or now."""

    began: float
    last: float
    end: str = ""
    samples: List[Sample] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The duration so far."""
        return self.last - self.began

    @property
    def fetched(self) -> int:
        """The number of bytes received."""
        return self.samples[-1].fetched if self.samples else 0

    @property
    def active_span(self) -> Tuple[int, float]:
        """Bytes and seconds between the first sample and the last with new bytes."""
        if not self.samples:
            return 0, 0.0
        first = self.samples[0]
        last = next(sample for sample in self.samples if sample.fetched == self.fetched)
        return last.fetched - first.fetched, last.time - first.time


class History:
    """All facts of a transfer log; grows by :meth:`add_all`."""

    def __init__(self) -> None:
        self.sessions: List[Session] = []
        self.chosen: Optional[int] = None
        #: The times at which files were complete and movies registered, by name.
        self.arrived: Dict[str, float] = {}
        self.registered: Dict[str, float] = {}
        #: Reasons of missing movies, until they are complete. '' is the transfer as a whole.
        self.failed: Dict[str, str] = {}
        #: Missing movies of an earlier session, while the present one tries again.
        self._retried: Set[str] = set()
        #: Reasons of files that are not movies.
        self.left_out: Dict[str, str] = {}

    def add_all(self, lines: Iterable[Line]) -> None:
        """Add lines; lines that cannot be understood are skipped."""
        for line in lines:
            handle = _HANDLERS.get(str(line.get("what")))
            if handle is None:
                continue
            try:
                self._last(line)
                handle(self, line)
            except (KeyError, TypeError, ValueError):
                continue

    def _last(self, line: Line) -> None:
        if line["what"] == "begin":
            return
        if not self.sessions:  # its beginning was lost
            self.sessions.append(Session(line["time"], line["time"]))
        session = self.sessions[-1]
        session.last = max(session.last, line["time"])

    @property
    def missing(self) -> Dict[str, str]:
        """The reasons of missing movies, except those that are being retried and empty ones."""
        again = {"", *self._retried}
        return {name: why for name, why in self.failed.items() if name not in again}

    @property
    def latest(self) -> Optional[Sample]:
        """The last sample of all sessions."""
        samples = (session.samples[-1] for session in reversed(self.sessions) if session.samples)
        return next(samples, None)

    @property
    def running_seconds(self) -> float:
        """The running time of all sessions, without the time between a stop and Continue."""
        return sum(session.seconds for session in self.sessions)

    @property
    def fetched(self) -> int:
        """The number of bytes received in all sessions."""
        return sum(session.fetched for session in self.sessions)

    @property
    def mean_rate(self) -> float:
        """The mean rate while bytes arrived, in bytes per second; 0.0 if unknown."""
        spans = [session.active_span for session in self.sessions]
        seconds = sum(time for _, time in spans)
        return sum(count for count, _ in spans) / seconds if seconds > 0 else 0.0

    # -- a line of each kind ----------------------------------------------------------------------

    def _begin(self, line: Line) -> None:
        self.sessions.append(Session(line["time"], line["time"]))
        self.failed.pop("", None)
        self._retried = set(self.failed)

    def _chosen(self, line: Line) -> None:
        self.chosen = int(line["movies"])

    def _progress(self, line: Line) -> None:
        numbers = {name: line[name] for name in _NUMBERS}
        numbers.update({name: line[name] for name in _OF_SILENCE if name in line})
        if all(isinstance(number, (int, float)) for number in numbers.values()):
            trouble = str(line.get("trouble", ""))
            self.sessions[-1].samples.append(Sample(**numbers, trouble=trouble))

    def _arrived(self, line: Line) -> None:
        self.arrived.setdefault(str(line["name"]), line["time"])
        self._forgive(line)

    def _registered(self, line: Line) -> None:
        self.registered.setdefault(str(line["name"]), line["time"])
        self._forgive(line)
        self.left_out.pop(line["name"], None)

    def _failed(self, line: Line) -> None:
        self.failed[str(line["name"])] = str(line["reason"])
        self._retried.discard(line["name"])

    def _forgive(self, line: Line) -> None:
        """Remove a movie from the missing ones."""
        self.failed.pop(line["name"], None)
        self._retried.discard(line["name"])

    def _left_out(self, line: Line) -> None:
        self.left_out[str(line["name"])] = str(line["reason"])

    def _end(self, line: Line) -> None:
        self.sessions[-1].end = str(line["how"])
        self._retried.clear()


_NUMBERS = [field.name for field in fields(Sample) if field.default is MISSING]
_OF_SILENCE = ("silent", "until")
_HANDLERS: Dict[str, Callable[[History, Line], None]] = {
    "begin": History._begin,
    "chosen": History._chosen,
    "progress": History._progress,
    "arrived": History._arrived,
    "registered": History._registered,
    "failed": History._failed,
    "dropped": History._forgive,
    "left out": History._left_out,
    "end": History._end,
}


def read_history(path: Union[str, Path]) -> History:
    """Return the history of a transfer log, empty if there is none."""
    history = History()
    history.add_all(LogReader(path).new_lines())
    return history
