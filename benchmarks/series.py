"""How much is measured, and what came out of it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import List, Tuple

from .process import Cost


@dataclass(frozen=True)
class Sizes:
    """How much is measured; sizes in bytes. The defaults are the full run."""

    repeats: int = 5
    connections: Tuple[int, ...] = (1, 2, 4, 8)
    movie: int = 4_000_000
    movies_per_connection: int = 3
    big_file: int = 30_000_000
    unlimited_file: int = 128 << 20
    unlimited_files: int = 8
    small_files: int = 500
    one_folder: int = 22_500
    folders: int = 1_000
    many_files: int = 10_000


QUICK = Sizes(
    repeats=1, connections=(1, 4), movie=500_000, movies_per_connection=2, big_file=4_000_000,
    unlimited_file=4 << 20, small_files=24, one_folder=2_000, folders=50, many_files=300,
)  # fmt: skip


@dataclass
class Series:
    """What one tool cost in one case of one measurement, run by run."""

    measurement: str
    case: str
    tool: str
    files: int
    data: int  # bytes that a run brings
    connections: int
    costs: List[Cost] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """Median seconds."""
        return statistics.median(cost.wall for cost in self.costs)

    @property
    def cpu(self) -> float:
        """Median seconds of processor."""
        return statistics.median(cost.cpu for cost in self.costs)

    @property
    def peak(self) -> float:
        """Median peak memory in bytes."""
        return statistics.median(cost.peak or 0 for cost in self.costs)


def describe(series: Series) -> str:
    """One line of the log."""
    return (
        f"{series.measurement:9} {series.case:28} {series.tool:28} "
        f"{series.wall:7.2f} s {series.cpu:6.2f} s CPU {series.peak / 1e6:6.1f} MB"
    )
