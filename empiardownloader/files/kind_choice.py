"""Which kind of image the movies of a set are, where several kinds lie in its folders."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Iterable, List, Sequence

from .classify import FolderContents
from .image_kinds import KINDS, image_kind


@dataclass(frozen=True)
class Verdict:
    """kind: the one that is offered. takes_aligned: aligned sums are all that was seen."""

    kind: str
    takes_aligned: bool


def decide(
    first: FolderContents, declared: Sequence[str], others: Iterable[FolderContents]
) -> Verdict:
    """Decide by the first folder with images in it, and where that leaves a doubt by others.

    The declared kind if it occurs, then a near relative of it, else the kind with the most
    files. others is read no further than to the first folder that settles it, and not at all
    when the first one does; so the verdict never depends on how many movies are asked for.
    """
    seen = [first]
    if not _settles(first, declared):
        for contents in others:
            seen.append(contents)
            if _settles(contents, declared):
                break
    trusted = [contents for contents in seen if contents.movies and not contents.only_aligned]
    return Verdict(_kind_of(trusted or seen, declared), takes_aligned=not trusted)


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
