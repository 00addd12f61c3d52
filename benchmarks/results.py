"""Sizes of the measurements, and their results."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import List, Tuple

from .process import Cost


@dataclass(frozen=True)
class Sizes:
    """Sizes of the measurements, in bytes. The defaults are the full run."""

    repeats: int = 5
    connections: Tuple[int, ...] = (1, 2, 4, 8)
    movie: int = 12_500_000
    movies_per_connection: int = 4
    big_file: int = 200_000_000
    unlimited_file: int = 128 << 20
    unlimited_files: int = 16
    small_files: int = 500
    one_folder: int = 22_500
    folders: int = 1_000
    many_files: int = 10_000
    fault_repeats: int = 3
    fault_files: int = 30
    fault_file: int = 6_600_000


QUICK = Sizes(
    repeats=1, connections=(1, 4), movie=500_000, movies_per_connection=2, big_file=4_000_000,
    unlimited_file=4 << 20, small_files=24, one_folder=2_000, folders=50, many_files=300,
    fault_repeats=1, fault_files=8, fault_file=2_000_000,
)  # fmt: skip


@dataclass
class Series:
    """Costs of one tool in one case of one measurement, run by run."""

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
    def machine_cpu(self) -> float:
        """Median seconds of all of the machine's processors."""
        return statistics.median(cost.machine_cpu or 0 for cost in self.costs)

    @property
    def whole(self) -> float:
        """The median number of complete files."""
        return statistics.median(self.wholes)

    @property
    def wholes(self) -> List[int]:
        """The number of complete files, run by run."""
        return [self.files if cost.whole is None else cost.whole for cost in self.costs]

    @property
    def peak(self) -> float:
        """Median peak memory in bytes."""
        return statistics.median(cost.peak or 0 for cost in self.costs)


def describe(series: Series) -> str:
    """One line of the log."""
    return (
        f"{series.measurement:9} {series.case:28} {series.tool:28} "
        f"{series.wall:7.2f} s {series.cpu:6.2f} s CPU "
        f"{series.machine_cpu:6.2f} s of all {series.peak / 1e6:6.1f} MB"
    )
