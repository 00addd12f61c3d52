"""Searches an image set for the files that the user's pattern asks for."""

from __future__ import annotations

import logging
from pathlib import PurePosixPath
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Set

from .classify import excluded_files
from .globs import Globs
from .reference_names import exclusion_reason
from .tree import RemoteFile, RemoteTree, Skipped, join
from .walk import Choose, Report, Walk

logger = logging.getLogger(__name__)


def log_skipped(skipped: Skipped) -> None:
    """Report a skipped file in the log alone."""
    logger.debug("%s: skipped: %s", skipped.path, skipped.reason)


def matching_files(
    tree: RemoteTree,
    top: str,
    globs: Globs,
    owned: Mapping[str, str],
    ignore_words: bool,
    report: Report,
) -> Iterator[RemoteFile]:
    """Yield matching files; if there are none, those that a leading '**' matches outside top.

    Not all of it at once: '**/*.tif' would mix the image sets of an entry. ignore_words: as in
    excluded_files.
    """
    looked_into: Set[str] = set()
    found_any = False
    wanted: Optional[Globs] = globs
    while wanted and not found_any:
        choose = _without_others(wanted, owned, report)
        for folder in Walk(tree, choose, report).folders("" if wanted.is_rooted else top):
            on_folder = log_skipped if folder in looked_into else report
            looked_into.add(folder)
            for file in _matching_in(tree.files(folder), wanted, ignore_words, on_folder):
                found_any = True
                yield file
        wanted = wanted.for_whole_entry()


def _without_others(globs: Globs, owned: Mapping[str, str], report: Report) -> Choose:
    def choose(folder: str, folders: Sequence[str]) -> List[str]:
        chosen = []
        for path in globs.choose(folder, folders):
            if path in owned and not globs.names_folder(path):
                report(Skipped(path, owned[path], files=0))
            else:
                chosen.append(path)
        return chosen

    return choose


def _matching_in(
    files: Sequence[RemoteFile], globs: Globs, ignore_words: bool, report: Report
) -> List[RemoteFile]:
    matching: List[RemoteFile] = []
    others: List[RemoteFile] = []
    excluded = excluded_files(files, ignore_words)
    for file in files:
        glob = globs.first_match(file.path)
        # A format that movies seldom have is none of the reasons: the user asks for it.
        reason = exclusion_reason(file.name) if file.path in excluded else None
        if glob is None:
            others.append(file)
        elif reason and not glob.asks_explicitly_for(file.path):
            report(Skipped(file.path, reason))
        else:
            matching.append(file)
    for skipped in not_matching(others, "does not match"):
        report(skipped)
    return matching


def not_matching(files: Sequence[RemoteFile], reason: str) -> Iterator[Skipped]:
    """Yield files of one folder as skipped, those of one extension as one item."""
    # A pattern may leave out 22,000 files of a folder.
    alike: Dict[str, List[RemoteFile]] = {}
    for file in files:
        alike.setdefault(PurePosixPath(file.name).suffix.lower(), []).append(file)
    for suffix, group in alike.items():
        path = group[0].path if len(group) == 1 else join(group[0].folder, f"*{suffix}")
        yield Skipped(path, reason, len(group))
