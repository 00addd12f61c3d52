"""Chooses the kind of image of a set's movies, if its folders contain several."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Iterable, List, Sequence

from .classify import FolderContents
from .image_kinds import KINDS


@dataclass(frozen=True)
class KindChoice:
    """The chosen kind; include_aligned is true if all images seen are aligned sums."""

    kind: str
    include_aligned: bool


def choose_kind(
    first: FolderContents, declared: Sequence[str], others: Iterable[FolderContents]
) -> KindChoice:
    """Choose by the first folder with images, and in doubt by other folders.

    The choice is the declared kind if it occurs, then a near relative of it, else the kind with the
    most files. Other folders are listed only until one settles a doubt, so that the choice never
    depends on the number of movies requested.
    """
    seen = [first]
    if not _settles(first, declared):
        for contents in others:
            seen.append(contents)
            if _settles(contents, declared):
                break
    trusted = [contents for contents in seen if contents.movies and not contents.only_aligned]
    return KindChoice(_kind_of(trusted or seen, declared), include_aligned=not trusted)


def _settles(contents: FolderContents, declared: Sequence[str]) -> bool:
    if contents.only_aligned or not contents.movies:
        return False
    return not declared or any(file.kind == declared[0] for file in contents.movies)


def _kind_of(seen: List[FolderContents], declared: Sequence[str]) -> str:
    counts = Counter(file.kind for contents in seen for file in contents.movies)
    for kind in declared:
        if counts[kind]:
            return kind
    return max(KINDS, key=lambda kind: counts[kind])
