"""The page on scale, in reStructuredText; it marks figures that are computed."""

from __future__ import annotations

import datetime
import os
import platform
from typing import Callable, List, Sequence, Tuple

from empiardownloader.version import __version__

from ..report import page_section, page_title
from .runs import Results, Scale

_LINEAR, _PEAK = 1.15, 1.5  # largest allowed ratios
_BIG_MOVIES, _BIG_BYTES = 60_000, 20e12
_LINES = (("100 Mbit/s", 12.5e6), ("1 Gbit/s", 125e6), ("10 Gbit/s", 1250e6))


def report(results: Results, remark: str = "") -> str:
    """Return the whole page."""
    parts = [
        page_title("Cost against the number of movies"),
        "``make scale`` wrote this page. Whole runs of the protocol in a real project, each in a "
        "process of its own with three threads and four connections over HTTP (over FTP, 20,000 "
        "files in a minute use up the loopback's ports). The movies are of 1.5 kB and the line has "
        "no limit, so that only the overhead counts: with real movies the line is "
        "what takes the time.",
        f"| {datetime.date.today().isoformat()}, {len(os.sched_getaffinity(0))} cores, "
        f"Python {platform.python_version()}, empiardownloader {__version__}",
    ]
    if remark:
        parts.append(remark)
    parts += [
        _ours(results.ours),
        _slow(results.slow),
        _continue(results.continued),
        _theirs(results),
        _big(results),
    ]
    return "\n\n".join(parts) + "\n"


def _ours(ours: Sequence[Scale]) -> str:
    rows = [("movies", "wall, s", "CPU, s", "CPU per movie, ms", "peak, MB", "steps",
             "steps.sqlite, kB", "updateSteps", "set, kB", "to the set: median, s",
             "99 %, s")]  # fmt: skip
    for one in ours:
        rows.append((
            f"{one.movies:,}", f"{one.wall:.1f}", f"{one.cpu:.1f}",
            f"{one.cpu / one.movies * 1e3:.2f}", f"{one.peak / 1e6:.0f}", f"{one.steps}",
            f"{one.steps_size / 1e3:.0f}", f"{one.updates} in {one.update_seconds:.2f} s",
            f"{one.set_size / 1e3:.0f}", f"{one.delay(0.5):.2f}", f"{one.delay(0.99):.2f}",
        ))  # fmt: skip
    text = (
        "A file's way to the set begins with its move into ``extra``, when its last byte has come, "
        "and ends when a state of the set that holds it can be read. Here hundreds of movies come "
        "in each second, and go into the set in batches."
    )
    verdicts = [f"{figures}: {_verdict(good, asked)}" for figures, asked, good in _thresholds(ours)]
    return page_section("1. Our runs", text, rows, verdicts)


def missed(results: Results) -> List[str]:
    """Return a sentence for each threshold that our runs miss."""
    return [
        f"{figures}, and {asked} was asked."
        for figures, asked, good in _thresholds(results.ours)
        if not good
    ]


def _thresholds(ours: Sequence[Scale]) -> List[Tuple[str, str, bool]]:
    """Return (figures, threshold, whether it is met) for each threshold."""
    last, before = ours[-1], ours[-2]
    wall, cpu = (_growth(before, last, cost) for cost in (_wall, _cpu))
    peak = last.peak / ours[0].peak
    return [
        (
            f"A movie of {last.movies:,} costs {wall:.2f} times the wall time of a movie of "
            f"{before.movies:,}, and {cpu:.2f} times the CPU time",
            f"no more than {_LINEAR} in wall time",
            wall <= _LINEAR,
        ),
        (
            f"Peak memory at {last.movies:,} movies is {peak:.2f} of that at {ours[0].movies:,}",
            f"less than {_PEAK}",
            peak < _PEAK,
        ),
    ]


def _slow(slow: Scale) -> str:
    rows = [("movies", "wall, s", "a movie every, s", "median, s", "99 %, s")]
    rows.append((f"{slow.movies}", f"{slow.wall:.1f}", f"{slow.wall / slow.movies:.2f}",
                 f"{slow.delay(0.5):.2f}", f"{slow.delay(0.99):.2f}"))  # fmt: skip
    text = "A line so slow that the movies come one by one; a file's way to the set as above."
    return page_section("2. From the last byte to the set", text, rows, [])


def _continue(continued: Sequence[Scale]) -> str:
    rows = [("movies", "wall, s", "CPU, s", "peak, MB")]
    rows += [(f"{one.movies:,}", f"{one.wall:.1f}", f"{one.cpu:.1f}", f"{one.peak / 1e6:.0f}")
             for one in continued]  # fmt: skip
    text = "The runs of section 1, continued when everything is there: no server is asked."
    return page_section("3. Continue with nothing to do", text, rows, [])


def _theirs(results: Results) -> str:
    rows = [("movies", "threads", "", "wall", "CPU", "steps", "steps.sqlite, kB", "updateSteps, s")]
    for threads, series in ((3, results.napping), (65, results.crowded)):
        for one in series:
            rows.append((f"{one.movies:,}", f"{threads}", "measured", f"{one.wall:.0f} s",
                         f"{one.cpu:.1f} s", f"{one.steps:,}", f"{one.steps_size / 1e3:.0f}",
                         f"{one.update_seconds:.1f}"))  # fmt: skip
    for one in results.ours:
        rows.append((f"{one.movies:,}", "3", "extrapolated",
                     _duration(_tutorial_wall(results, one.movies)),
                     _duration(_tutorial_cpu(results, one.movies)),
                     f"{one.movies:,}", "", ""))  # fmt: skip
    text = (
        "Scipion's streaming tutorial inserts one step for each movie. The executor launches as "
        "many as it has workers (two, with three threads), finds nothing else to launch, and naps "
        "for three seconds; each of its turns looks at all steps, and each update of the steps "
        "writes all of them again. ``benchmarks/scale/tutorial.py`` is that scheme, with locks "
        "(without them it crashes), on the same files with the same transfer. The naps are "
        "measured with few movies, the squares with so many threads that the run comes to an end. "
        "What is extrapolated was not measured: CPU time as a constant and a square through the "
        "runs with 65 threads, wall time as that and the naps."
    )
    return page_section("4. One step per movie", text, rows, [])


def _big(results: Results) -> str:
    ours = results.ours
    last, before = ours[-1], ours[-2]
    cpu = _line(before, last, _cpu)
    peak = _line(ours[0], last, _peak)
    rows = [("line", "transfer", "a movie every", "our CPU, of one core")]
    for name, rate in _LINES:
        seconds = _BIG_BYTES / rate
        rows.append((name, _duration(seconds), f"{seconds / _BIG_MOVIES:.2f} s",
                     f"{cpu / seconds:.3%}"))  # fmt: skip
    text = (
        f"Computed from the figures above, not measured. {_BIG_MOVIES:,} movies of "
        f"{_BIG_BYTES / _BIG_MOVIES / 1e6:.0f} MB. All that is ours apart from moving the bytes "
        f"takes {cpu:.0f} s of CPU time and {peak / 1e6:.0f} MB of memory; the set's file has "
        f"{last.set_size / last.movies * _BIG_MOVIES / 1e6:.1f} MB at the end. "
        "Where each published state has to be a copy of that file (a reader keeps a lock on it) "
        f"and movies come singly, the copies write about {_copied(last):.0f} GB in all, "
        f"{_copied(last) * 1e9 / _BIG_BYTES:.1%} of what the movies write."
    )
    verdict = (
        "With one step per movie, the steps alone would take "
        f"{_duration(_tutorial_cpu(results, _BIG_MOVIES))} of CPU time, and the executor's naps "
        f"{_duration(_nap(results) * _BIG_MOVIES)}."
    )
    return page_section(f"5. On paper: {_BIG_MOVIES:,} movies, 20 TB", text, rows, [verdict])


def _line(small: Scale, large: Scale, cost: Callable[[Scale], float]) -> float:
    """Return the cost of the largest entry on a straight line through two runs."""
    slope = (cost(large) - cost(small)) / (large.movies - small.movies)
    return cost(large) + slope * (_BIG_MOVIES - large.movies)


def _nap(results: Results) -> float:
    """Seconds that a movie of the tutorial's scheme waits for the executor."""
    few, some = results.napping
    return (some.wall - few.wall) / (some.movies - few.movies)


def _tutorial_cpu(results: Results, movies: int) -> float:
    """Return the CPU seconds at a number of movies, by a parabola through two runs."""
    small, large = results.crowded
    factor = (large.cpu - small.cpu) / (large.movies**2 - small.movies**2)
    return large.cpu + factor * (movies**2 - large.movies**2)


def _tutorial_wall(results: Results, movies: int) -> float:
    return _nap(results) * movies + _tutorial_cpu(results, movies)


def _copied(one: Scale) -> float:
    """Gigabytes that one copy of the growing set for each movie amounts to."""
    return one.set_size / one.movies * _BIG_MOVIES**2 / 2 / 1e9


def _wall(one: Scale) -> float:
    return one.wall


def _cpu(one: Scale) -> float:
    return one.cpu


def _peak(one: Scale) -> float:
    return one.peak


def _growth(small: Scale, large: Scale, cost: Callable[[Scale], float]) -> float:
    """Return the cost per movie of the larger run over the smaller one's; 1 or less is linear."""
    return cost(large) / large.movies / (cost(small) / small.movies)


def _verdict(good: bool, asked: str) -> str:
    return f"{asked} was asked, and it is so." if good else f"**{asked} was asked: it is not so.**"


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"


