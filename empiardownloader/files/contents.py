"""One folder's files told apart: what may be a movie, and what is not and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, List, Sequence, Tuple

from .kinds import (
    image_kind,
    looks_aligned,
    never_a_movie,
    split_extension,
    surely_a_reference,
)
from .tree import PassedOver, RemoteFile

#: As many names with 'gain' or 'dark' in them, and more than the others, are a specimen's.
MANY_REFERENCES = 20

#: Aligned names are believed where the other images are at least one in so many of them: a
#: stray mask beside 2,000 aligned micrographs is not what they were made from.
ALIGNED_PER_MOVIE = 10

_REFERENCES = ("gain reference", "dark reference", "defect map")

#: What a movie's name has more than the name of the single image beside it.
_MOVIE_ENDING = re.compile(
    r"[-_. ](?:movies?|frames?|frameimage|fractions|raw)\Z", re.IGNORECASE | re.ASCII
)


@dataclass(frozen=True)
class FolderContents:
    """movies: images that may be movies, of any kind, in the order of the listing.

    only_aligned: they are aligned sums by their names, but for a few strays at most.
    """

    movies: Tuple[RemoteFile, ...]
    only_aligned: bool
    passed_over: Tuple[PassedOver, ...]


def tell_apart(files: Sequence[RemoteFile]) -> FolderContents:
    """Tell the possible movies of one folder from all else in it, by their names."""
    reasons = never_movies(files)
    images: List[RemoteFile] = []
    passed_over: List[PassedOver] = []
    for file in files:
        if file.path in reasons:
            passed_over.append(PassedOver(file.path, reasons[file.path]))
        else:
            images.append(file)
    images, only_aligned = _without_aligned(images, passed_over)
    movies = _without_single_images(images, passed_over)
    return FolderContents(tuple(movies), only_aligned, tuple(passed_over))


def never_movies(files: Sequence[RemoteFile]) -> Dict[str, str]:
    """Return by path, for those files of one folder that can be no movies, why.

    Names that only say 'gain', 'dark' or 'defect' are not believed where they are many, and
    more than the others: then they are the specimen's.
    """
    reasons: Dict[str, str] = {}
    images: List[RemoteFile] = []
    for file in files:
        kind = image_kind(file.name)
        reason = never_a_movie(file.name) or (None if kind else "not a movie's format")
        if reason:
            reasons[file.path] = reason
        if kind:
            images.append(file)
    doubtful = [file.path for file in images if _is_doubtful(file, reasons)]
    if len(doubtful) >= max(MANY_REFERENCES, len(images) // 2 + 1):
        for path in doubtful:
            del reasons[path]
    return reasons


def _is_doubtful(file: RemoteFile, reasons: Dict[str, str]) -> bool:
    return reasons.get(file.path) in _REFERENCES and not surely_a_reference(file.name)


def _without_aligned(
    images: List[RemoteFile], passed_over: List[PassedOver]
) -> Tuple[List[RemoteFile], bool]:
    aligned = [file for file in images if looks_aligned(file.name)]
    others = len(images) - len(aligned)
    if not aligned or others * ALIGNED_PER_MOVIE < len(aligned):
        return images, bool(aligned)
    passed_over.extend(PassedOver(file.path, "aligned image") for file in aligned)
    paths = {file.path for file in aligned}
    return [file for file in images if file.path not in paths], False


def _without_single_images(
    images: List[RemoteFile], passed_over: List[PassedOver]
) -> List[RemoteFile]:
    # 12_movie.mrcs beside 12.mrc: whatever format was declared, the second is no movie.
    stems = [split_extension(file.name)[0].lower() for file in images]
    endings = map(_MOVIE_ENDING.search, stems)
    bases = {stem[: ending.start()] for stem, ending in zip(stems, endings) if ending}
    movies: List[RemoteFile] = []
    for file, stem in zip(images, stems):
        if stem in bases:
            passed_over.append(PassedOver(file.path, "single image beside its movie"))
        else:
            movies.append(file)
    return movies
