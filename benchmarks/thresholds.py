"""Thresholds of each measurement, and the results that miss them."""

from __future__ import annotations

from typing import Callable, Dict, List, Sequence, Tuple

from .peers import OURS
from .results import Series

LEVEL = 1.05  # ratios of medians below this are the noise of the machine
_FLAT = 1.25  # of the peak memory, from ten files to ten thousand

Cost = Callable[[Series], float]

#: By measurement: peers, costs, and the largest ratio of our cost to a peer's.
_THRESHOLDS: Dict[str, Tuple[Tuple[str, ...], Dict[str, Cost], float]] = {
    "movies": (("lftp", "aria2"), {"wall time": lambda one: one.wall}, LEVEL),
    "big file": (("lftp", "aria2"), {"wall time": lambda one: one.wall}, LEVEL),
    "delay": (("lftp", "aria2"), {"wall time": lambda one: one.wall}, LEVEL),
    "no limit": (
        ("lftp", "curl"),
        {"wall time": lambda one: one.wall, "CPU time": lambda one: one.cpu},
        1.0,
    ),
    # What the disk takes, which is most, is the same for all. The kernel's threads, which write for
    # the peers what they leave in the cache, are in the machine's time alone.
    "disk": (
        ("lftp", "curl"),
        {"wall time": lambda one: one.wall, "CPU time": lambda one: one.machine_cpu},
        LEVEL,
    ),
    "listing": (("lftp",), {"wall time": lambda one: one.wall}, LEVEL),
}


def missed(results: Sequence[Series]) -> List[str]:
    """Return a sentence for each missed threshold; absent peers are skipped."""
    ours = [one for one in results if one.tool.startswith(OURS)]
    return [
        *(sentence for one in ours for sentence in _behind(one, results)),
        *_grown([one for one in ours if one.measurement == "memory"]),
        *(
            f"{one.tool}, {one.case}: {one.files - min(one.wholes)} of {one.files} files lost."
            for one in ours
            if min(one.wholes) < one.files
        ),
    ]


def _behind(ours: Series, results: Sequence[Series]) -> List[str]:
    if ours.measurement not in _THRESHOLDS:
        return []
    names, costs, most = _THRESHOLDS[ours.measurement]
    peers = [
        one
        for one in results
        if (one.measurement, one.case) == (ours.measurement, ours.case)
        and one.tool.startswith(names)
    ]
    return [
        f"{ours.tool}, {ours.measurement}, {ours.case}: {cost(ours) / cost(peer):.2f} of the "
        f"{what} of {peer.tool}, and no more than {most:.2f} was asked."
        for what, cost in costs.items()
        for peer in peers
        if cost(ours) > cost(peer) * most
    ]


def _grown(memory: Sequence[Series]) -> List[str]:
    if not memory:
        return []
    few, many = (choice(memory, key=lambda one: one.files) for choice in (min, max))
    if many.peak <= few.peak * _FLAT:
        return []
    return [
        f"{many.tool}, memory: {many.peak / few.peak:.2f} of the peak of {few.files} files with "
        f"{many.files}, and no more than {_FLAT:.2f} was asked."
    ]
