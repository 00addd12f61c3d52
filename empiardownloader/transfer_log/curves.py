"""A transfer log as curves over the running time, with gaps between a stop and Continue."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Iterable, List, Sequence, Tuple, TypeVar

from .history import History, Sample, Session

MOST_POINTS = 1000  # of a curve: more cannot be told apart on a screen
_SHOWN_GAP = 0.06  # of the time at work: a night between two sessions must not hide them
_UNITS = ((180.0, 1.0, "s"), (3 * 3600.0, 60.0, "min"), (3 * 86400.0, 3600.0, "h"))
_DAYS = (86400.0, "d")

Points = List[Tuple[float, float]]
_Point = TypeVar("_Point")


@dataclass(frozen=True)
class Curve:
    """Positions on the time axis and values; both are NaN at an interruption."""

    x: Sequence[float]
    y: Sequence[float]


@dataclass(frozen=True)
class Gap:
    """A time in which the run did not run: its position on the axis, and its real length."""

    start: float
    end: float
    seconds: float


@dataclass(frozen=True)
class Series:
    """The data of a transfer's figure; times in ``unit``, sizes in bytes, rate in bytes/s."""

    unit: str
    rate: Curve
    size: Curve
    size_total: int
    arrived: Curve
    registered: Curve
    chosen: int
    gaps: Sequence[Gap]
    end: float


def to_curves(history: History) -> Series:
    """Return a history's curves; the cost is linear, and that of drawing does not grow."""
    axis = _Axis(history.sessions)
    latest = history.latest
    return Series(
        unit=axis.unit,
        rate=axis.of_rates(),
        size=axis.of_sizes(),
        size_total=latest.bytes_total if latest else 0,
        arrived=axis.of_counts(history.arrived.values()),
        registered=axis.of_counts(history.registered.values()),
        chosen=history.chosen or 0,
        gaps=axis.gaps,
        end=axis.end,
    )


class _Axis:
    """Maps the clock's time to the axis, on which gaps are short."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._sessions = sessions
        at_work = sum(session.seconds for session in sessions)
        self._seconds, self.unit = _unit(at_work)
        longest = max(_SHOWN_GAP * at_work, 1.0)
        self.gaps: List[Gap] = []
        self._starts: List[float] = []
        position = 0.0
        for number, session in enumerate(sessions):
            if number:
                away = max(0.0, session.began - sessions[number - 1].last)
                shown = min(away, longest)
                start, end = self._scaled(position, position + shown)
                self.gaps.append(Gap(start, end, away))
                position += shown
            self._starts.append(position)
            position += session.seconds
        (self.end,) = self._scaled(position)

    def of_sizes(self) -> Curve:
        """Return the curve of the bytes that are complete."""
        return self._curve(
            [(sample.time, sample.bytes) for sample in session.samples]
            for session in self._sessions
        )

    def of_rates(self) -> Curve:
        """Return the curve of bytes/s since the sample before, so that a dead line has none."""
        samples = sum(len(session.samples) for session in self._sessions)
        step = math.ceil(samples / MOST_POINTS) or 1
        return self._curve(_rates(_thinned(session.samples, step)) for session in self._sessions)

    def of_counts(self, times: Iterable[float]) -> Curve:
        """Return the curve of a number of events over time."""
        ordered = sorted(times)
        parts: List[Points] = []
        count = 0
        for number, session in enumerate(self._sessions):
            part: Points = [(session.began, count)]
            last = number == len(self._sessions) - 1
            while count < len(ordered) and (ordered[count] <= session.last or last):
                count += 1
                part.append((ordered[count - 1], count))
            parts.append([*part, (max(session.last, part[-1][0]), count)])
        return self._curve(parts)

    def _curve(self, parts: Iterable[Points]) -> Curve:
        pieces = list(parts)
        step = math.ceil(sum(map(len, pieces)) / MOST_POINTS) or 1
        x: List[float] = []
        y: List[float] = []
        for start, session, piece in zip(self._starts, self._sessions, pieces):
            if x:
                x.append(math.nan)
                y.append(math.nan)
            for time, value in _thinned(piece, step):
                x += self._scaled(start + time - session.began)
                y.append(value)
        return Curve(x, y)

    def _scaled(self, *seconds: float) -> List[float]:
        return [value / self._seconds for value in seconds]


def _rates(samples: Sequence[Sample]) -> Points:
    """Return the mean rate between each sample and the one before; 0 for the first."""
    points: Points = [(sample.time, 0.0) for sample in samples[:1]]
    for before, sample in zip(samples, samples[1:]):
        seconds = sample.time - before.time
        received = sample.fetched - before.fetched
        points.append((sample.time, received / seconds if seconds > 0 else 0.0))
    return points


def _thinned(points: List[_Point], step: int) -> List[_Point]:
    """Return every n-th point, and always the last one."""
    kept = points[::step]
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def _unit(seconds: float) -> Tuple[float, str]:
    for most, length, name in _UNITS:
        if seconds < most:
            return length, name
    return _DAYS
