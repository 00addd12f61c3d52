"""Reasons of many files in few lines: one cause is one sentence."""

from __future__ import annotations

from typing import Dict, Iterable, List, Mapping

_ALONE = 20  # files of one reason: so many have a line each
_NAMES = 20  # that a line of many files names


def without_name(reason: str, *names: str) -> str:
    """Return a reason without the file's name or path at its beginning."""
    for name in names:
        if name and reason.startswith(f"{name}: "):
            return reason[len(name) + 2 :]
    return reason


def grouped_lines(reasons: Mapping[str, str], alone: int = _ALONE) -> List[str]:
    """Return 'name: reason' lines; a reason shared by more than ``alone`` files is one line."""
    names: Dict[str, List[str]] = {}
    for name, reason in reasons.items():
        names.setdefault(without_name(reason, name), []).append(name)
    lines: List[str] = []
    for reason, of_reason in names.items():
        if len(of_reason) <= alone:
            lines += [f"{name}: {reason}" for name in of_reason]
        else:
            lines.append(f"{reason}: {named(of_reason)}")
    return lines


def named(names: Iterable[str]) -> str:
    """'3 files (a, b, c)'; of many only the first."""
    listed = list(names)
    shown = ", ".join(listed[:_NAMES])
    more = len(listed) - _NAMES
    count = "1 file" if len(listed) == 1 else f"{len(listed):,} files"
    return f"{count} ({shown}, and {more:,} more)" if more > 0 else f"{count} ({shown})"
