"""Searches for files that are tried one after the other until one finds any."""

from __future__ import annotations

from typing import Callable, Iterable, Iterator, List, Optional

from .tree import RemoteFile, Skipped
from .walk import Report

Search = Callable[[Report], Iterator[RemoteFile]]


def first_found(searches: Iterable[Search], report: Report) -> Iterator[RemoteFile]:
    """Yield the files of the first search that finds any, and report what that one skipped.

    If none finds any, report what the first one skipped.
    """
    reports: List[_HeldReport] = []
    for search in searches:
        held = _HeldReport(report)
        reports.append(held)
        for file in search(held):
            held.release()
            yield file
        if held.is_released:
            return
    for held in reports[:1]:
        held.release()


class _HeldReport:
    """A report that is passed on when it is released, and from then on at once."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._held: Optional[List[Skipped]] = []

    @property
    def is_released(self) -> bool:
        return self._held is None

    def __call__(self, skipped: Skipped) -> None:
        if self._held is None:
            self._report(skipped)
        else:
            self._held.append(skipped)

    def release(self) -> None:
        """Pass on what is held, and from now on each report at once."""
        held, self._held = self._held or [], None
        for skipped in held:
            self._report(skipped)
