"""Which kind of image the movies of a set are, where several kinds lie in its folders."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Iterable, List, Sequence

from .classify import FolderContents
from .image_kinds import KINDS, image_kind


@dataclass(frozen=True)
class KindChoice:
    """kind: the one that is offered. include_aligned: aligned sums are all that was seen."""

    kind: str
    include_aligned: bool


def choose_kind(
    first: FolderContents, declared: Sequence[str], others: Iterable[FolderContents]
) -> KindChoice:
    """Decide by the first folder with images in it, and where that leaves a doubt by others.

    The declared kind if it occurs, then a near relative of it, else the kind with the most
    files. others is read no further than to the first folder that settles it, and not at all
    when the first one does; so the choice never depends on how many movies are asked for.
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
    return not declared or any(image_kind(file.name) == declared[0] for file in contents.movies)


def _kind_of(seen: List[FolderContents], declared: Sequence[str]) -> str:
    counts = Counter(image_kind(file.name) for contents in seen for file in contents.movies)
    for kind in declared:
        if counts[kind]:
            return kind
    return max(KINDS, key=lambda kind: counts[kind])
