"""Walks the folders of a tree in order, listing each when it is reached; circular links end."""

from __future__ import annotations

import re
from collections import deque
from typing import (
    Callable,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
)

from .folder_names import is_movie_folder_name
from .tree import RemoteTree, Skipped, folders_above, last_part

#: Parts of a path. The deepest known tree of an entry has six (EMPIAR-10934).
MAX_DEPTH = 12

#: Folders of one walk, for a server on which folders contain each other without end.
MAX_FOLDERS = 20_000

#: Given a folder and the folders in it, returns those to go into.
Choose = Callable[[str, Sequence[str]], Sequence[str]]

Report = Callable[[Skipped], None]


class _Fingerprint(NamedTuple):
    """The identity of a folder: its files, and everything else in it."""

    files: int
    whole: int


_DIGITS = re.compile(r"[0-9]+")


class Walk:
    """Walks through folders depth first, in natural order, links after real folders.

    A folder that is one of those above it, or a link to a folder already seen, is reported and not
    entered: no file is offered twice, and a circle of links ends.
    """

    def __init__(self, tree: RemoteTree, choose: Choose, report: Report) -> None:
        self._tree = tree
        self._choose = choose
        self._report = report
        self._top = ""
        self._fingerprints: Dict[str, _Fingerprint] = {}
        self._files_seen: Set[int] = set()
        self._not_compared: List[str] = []
        self._entered = 0

    def folders(self, top: str) -> Iterator[str]:
        """Yield top and all chosen folders below it."""
        self._top = top
        waiting = deque([top])
        while waiting:
            yield from self._descend(waiting.popleft(), waiting)

    def _descend(self, folder: str, links: Deque[str]) -> Iterator[str]:
        reason = self._reason_to_stay_out(folder)
        if reason:
            self._report(Skipped(folder, reason, files=0))
            return
        self._entered += 1
        self._not_compared.append(folder)
        yield folder
        for inner in self._choose(folder, self._tree.folders(folder)):
            if self._tree.is_link(inner):
                links.append(inner)
            else:
                yield from self._descend(inner, links)

    def _reason_to_stay_out(self, folder: str) -> Optional[str]:
        if folder.count("/") >= MAX_DEPTH:
            return "nested too deeply"
        if self._entered >= MAX_FOLDERS:
            return "too many folders"
        links = [path for path in (folder, *folders_above(folder)) if self._tree.is_link(path)]
        if links and self._is_known_by_link(folder, links):
            return "link to a folder already seen"
        return "folder that contains itself" if self._contains_itself(folder) else None

    def _is_known_by_link(self, folder: str, links: Sequence[str]) -> bool:
        if links[0] == folder and self._is_one_of(folder, folders_above(folder)):
            return True
        while self._not_compared:
            self._files_seen.add(self._fingerprint(self._not_compared.pop()).files)
        has_files = bool(self._tree.files(folder))
        return has_files and self._fingerprint(folder).files in self._files_seen

    def _contains_itself(self, folder: str) -> bool:
        # Over HTTPS a link looks like a folder. Real folders may be alike if they have no files.
        above = _up_to(self._top, folder)[1:]
        return bool(self._tree.files(folder)) and self._is_one_of(folder, above)

    def _is_one_of(self, folder: str, others: Iterable[str]) -> bool:
        if not self._tree.folders(folder):
            return False
        whole = self._fingerprint(folder).whole
        return any(self._fingerprint(other).whole == whole for other in others)

    def _fingerprint(self, folder: str) -> _Fingerprint:
        if folder not in self._fingerprints:
            files = [(file.name, file.size, file.modified) for file in self._tree.files(folder)]
            inner = [last_part(path) for path in self._tree.folders(folder)]
            self._fingerprints[folder] = _Fingerprint(hash(tuple(files)), hash((*files, *inner)))
        return self._fingerprints[folder]


def representative_folders(tree: RemoteTree, top: str, first: str, choose: Choose) -> Iterator[str]:
    """Yield folders below top that may have other contents than the first, the nearest first.

    Folders whose paths differ only in numbers count as alike, and one of each group is given: none
    of 500 grid squares if the first is in a grid square. Folders with a name for movies come before
    their siblings.
    """
    waiting: Deque[str] = deque()
    known: Set[str] = set()
    for folder in _up_to(top, first):
        known.add(without_numbers(folder))
        waiting.extend(_movie_folders_first(choose(folder, tree.folders(folder))))
    while waiting:
        folder = waiting.popleft()
        if without_numbers(folder) not in known and folder.count("/") < MAX_DEPTH:
            known.add(without_numbers(folder))
            yield folder
            inner = _movie_folders_first(choose(folder, tree.folders(folder)))
            waiting.extendleft(reversed(inner))


def _up_to(top: str, folder: str) -> List[str]:
    """Return a folder and the folders above it, up to top."""
    chain = [folder, *folders_above(folder)]
    return chain[: chain.index(top) + 1]


def without_numbers(folder: str) -> str:
    """Return a folder's path in lower case, with 0 for every number."""
    return _DIGITS.sub("0", folder.lower())


def _movie_folders_first(folders: Sequence[str]) -> List[str]:
    return sorted(folders, key=lambda folder: not is_movie_folder_name(folder))
