"""One folder's files told apart: what may be a movie, and what is not and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterator, List, Sequence, Tuple

from .aligned_names import looks_aligned
from .image_kinds import image_kind, split_extension
from .reference_names import exclusion_reason, is_certain_reference
from .tree import RemoteFile, Skipped

#: As many names with 'gain' or 'dark' in them, and more than the others, are a specimen's.
MANY_REFERENCES = 20

#: Aligned names are believed where the other images are at least one in so many of them, or
#: one of them is called as what an aligned one was made from: a stray mask beside 2,000 aligned
#: micrographs is not.
ALIGNED_PER_MOVIE = 10

_REFERENCES = ("gain reference", "dark reference", "defect map")

#: What a movie's name has more than the name of the single image beside it.
_MOVIE_ENDING = re.compile(
    r"[-_. ](?:movies?|frames?|frameimage|fractions|raw)\Z", re.IGNORECASE | re.ASCII
)

_LAST_PIECE = re.compile(r"[-_. ]([^-_. ]+)\Z")

#: What an aligned image's ending is made of, beside the words that tell it by themselves.
_OF_AN_ENDING = ("patch", "dose", "exposure", "weighted", "motion", "corrected")


@dataclass(frozen=True)
class FolderContents:
    """movies: images that may be movies, of any kind, in the order of the listing.

    only_aligned: they are aligned sums by their names, but for a few of another kind at most.
    """

    movies: Tuple[RemoteFile, ...]
    only_aligned: bool
    skipped: Tuple[Skipped, ...]


def classify_folder(files: Sequence[RemoteFile]) -> FolderContents:
    """Tell the possible movies of one folder from all else in it, by their names."""
    reasons = excluded_files(files)
    images: List[RemoteFile] = []
    skipped: List[Skipped] = []
    for file in files:
        if file.path in reasons:
            skipped.append(Skipped(file.path, reasons[file.path]))
        else:
            images.append(file)
    images, only_aligned = _without_aligned(images, skipped)
    movies = _without_single_images(images, skipped)
    return FolderContents(tuple(movies), only_aligned, tuple(skipped))


def excluded_files(files: Sequence[RemoteFile]) -> Dict[str, str]:
    """Return by path, for those files of one folder that can be no movies, why.

    Names that only say 'gain', 'dark' or 'defect' are not believed where they are many, and
    more than the others: then they are the specimen's.
    """
    reasons: Dict[str, str] = {}
    images: List[RemoteFile] = []
    for file in files:
        kind = image_kind(file.name)
        reason = exclusion_reason(file.name) or (None if kind else "not a movie's format")
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
    return reasons.get(file.path) in _REFERENCES and not is_certain_reference(file.name)


def _without_aligned(
    images: List[RemoteFile], skipped: List[Skipped]
) -> Tuple[List[RemoteFile], bool]:
    aligned = [file for file in images if looks_aligned(file.name)]
    if not aligned:
        return images, False
    paths = {file.path for file in aligned}
    others = [file for file in images if file.path not in paths]
    if len(others) * ALIGNED_PER_MOVIE >= len(aligned) or _were_made_from(others, aligned):
        skipped.extend(Skipped(file.path, "aligned image") for file in aligned)
        return others, False
    kinds = {image_kind(file.name) for file in aligned}
    strays = {file.path for file in others if image_kind(file.name) in kinds}
    skipped.extend(Skipped(path, "stray beside aligned images") for path in sorted(strays))
    return [file for file in images if file.path not in strays], True


def _were_made_from(others: Sequence[RemoteFile], aligned: Sequence[RemoteFile]) -> bool:
    """Return whether the name of any aligned image is another image's and an ending."""
    stems = {split_extension(file.name)[0].lower() for file in others}
    stems |= {_MOVIE_ENDING.sub("", stem) for stem in stems}
    return any(base in stems for file in aligned for base in _without_ending(file.name))


def _without_ending(name: str) -> Iterator[str]:
    """Give what is left of an aligned image's stem, in lower case, as its ending is taken off.

    x_001_patch_aligned_DW gives x_001_patch_aligned, x_001_patch and x_001.
    """
    stem, _ = split_extension(name)
    piece = _LAST_PIECE.search(stem)
    while piece and (piece[1].lower() in _OF_AN_ENDING or looks_aligned(f"x_{piece[1]}.mrc")):
        stem = stem[: piece.start()]
        yield stem.lower()
        piece = _LAST_PIECE.search(stem)


def _without_single_images(images: List[RemoteFile], skipped: List[Skipped]) -> List[RemoteFile]:
    # 12_movie.mrcs beside 12.mrc: whatever format was declared, the second is no movie.
    stems = [split_extension(file.name)[0].lower() for file in images]
    endings = map(_MOVIE_ENDING.search, stems)
    bases = {stem[: ending.start()] for stem, ending in zip(stems, endings) if ending}
    movies: List[RemoteFile] = []
    for file, stem in zip(images, stems):
        if stem in bases:
            skipped.append(Skipped(file.path, "single image beside its movie"))
        else:
            movies.append(file)
    return movies
