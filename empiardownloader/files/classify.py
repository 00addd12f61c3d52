"""Classifies the files of one folder: possible movies, and other files with a reason."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import AbstractSet, Dict, List, Optional, Sequence, Tuple

from .aligned_names import has_certain_word, looks_aligned, surely_aligned
from .folder_names import is_reference_folder_name
from .image_kinds import name_words, split_extension
from .product_names import (
    come_from,
    copies,
    much_smaller_versions,
    products,
    single_image_stems,
    size_ratio,
    sums_of_stacks,
    tilt_stacks,
    versions_by_letter,
)
from .reference_names import exclusion_reason, is_certain_reference, is_doubtful
from .tree import RemoteFile, Skipped, folders_above, last_part

#: As many names with 'gain' or 'dark' in them, and more than the others, are a specimen's.
MANY_REFERENCES = 20

#: Fewer names with such a word are a camera's or a program's, whatever their sizes.
_FEW = 3

#: A word on one image in so many or more marks a good part of a folder; without sizes, that many.
_GOOD_PART, _GOOD_PART_WITHOUT_SIZES = 10, 4

#: Sizes by which images of a good part, and of less than that, are of the same size as others.
_ALIKE, _NEARLY_EQUAL = 2.0, 1.25

#: Aligned names are believed where the other images are at least one in so many of them: a
#: stray mask beside 2,000 aligned micrographs is not their movie.
ALIGNED_PER_MOVIE = 10

_REFERENCE_WORDS = "gain gainref dark darkref defect defects"


@dataclass(frozen=True)
class FolderContents:
    """Possible movies of a folder, of any kind, in the order of the listing.

    only_aligned: all of them are aligned sums by their names, apart from a few of another kind.
    """

    movies: Tuple[RemoteFile, ...]
    only_aligned: bool
    skipped: Tuple[Skipped, ...]


def classify_folder(files: Sequence[RemoteFile], ignore_words: bool = False) -> FolderContents:
    """Return the possible movies of one folder, and the reasons of all other files.

    ignore_words: as in excluded_files.
    """
    reasons = excluded_files(files, ignore_words)
    images = [file for file in files if file.path not in reasons]
    sources = images
    reasons.update(_excluded_by_neighbours(images))
    images = [file for file in images if file.path not in reasons]
    made = products(images, sources) | much_smaller_versions(images) | versions_by_letter(images)
    aligned = _aligned(images)
    others = [file for file in images if file.path not in aligned]
    are_few = len(others) * ALIGNED_PER_MOVIE < len(aligned)
    made_sums = made & {path for path in aligned if surely_aligned(last_part(path))}
    only_aligned = bool(aligned) and are_few and not made_sums
    if only_aligned:
        kinds = {file.kind for file in images if file.path in aligned}
        strays = {file.path for file in others if file.kind in kinds}
        reasons.update(dict.fromkeys(strays, "stray beside aligned images"))
    else:
        reasons.update(dict.fromkeys(made, "made from another image"))
        reasons.update(dict.fromkeys(aligned, "aligned image"))
    movies = tuple(file for file in images if file.path not in reasons)
    skipped = (Skipped(file.path, reasons[file.path]) for file in files if file.path in reasons)
    return FolderContents(movies, only_aligned, tuple(skipped))


def excluded_files(files: Sequence[RemoteFile], ignore_words: bool = False) -> Dict[str, str]:
    """Return the files of one folder that cannot be movies: {path: reason}.

    The words 'gain', 'dark' and 'defect' are ignored if many names contain them: then they belong
    to the specimen's name. ignore_words: a few numbered images are enough, if the folder has no
    images without such words.
    """
    reasons: Dict[str, str] = {}
    images: List[RemoteFile] = []
    for file in files:
        kind = file.kind
        reason = exclusion_reason(file.name) or (None if kind else "not a movie's format")
        if reason:
            reasons[file.path] = reason
        if kind:
            images.append(file)
    for path in _called_after_the_specimen(images, reasons, _FEW if ignore_words else None):
        del reasons[path]
    return reasons


def is_word_of_specimen(marked: Sequence[RemoteFile], others: Sequence[RemoteFile]) -> bool:
    """Return True if a word in the names of the marked images is part of the specimen's name.

    A word for a reference or a product marks few images. It is the specimen's if the marked images
    are numbered, as many as the others, of the same kind and of the same size. Unknown sizes count
    as equal.
    """
    if len(marked) < _FEW or len(others) * _GOOD_PART < len(marked) or not are_numbered(marked):
        return False
    if _commonest_kind(marked) != _commonest_kind(others):
        return False
    total = len(marked) + len(others)
    ratio = _size_ratio(marked, others)
    if ratio is None:
        return len(marked) * _GOOD_PART_WITHOUT_SIZES >= total
    is_good_part = len(marked) * _GOOD_PART >= total
    return ratio <= (_ALIKE if is_good_part else _NEARLY_EQUAL)


def are_numbered(files: Sequence[RemoteFile]) -> bool:
    """Return True if most names differ only in numbers, like those of a session's movies.

    A program's particles.mrcs and class_averages.mrcs are not numbered.
    """
    return 2 * len({_without_numbers(file.name) for file in files}) <= len(files)


def _called_after_the_specimen(
    images: Sequence[RemoteFile], reasons: Dict[str, str], enough: Optional[int]
) -> List[str]:
    """Return the paths of images with a word for references that are movies nevertheless.

    enough: the number of marked images in a folder without others; None: MANY_REFERENCES.
    """
    marked: Dict[Tuple[str, bool, Optional[str]], List[RemoteFile]] = {}
    for file in images:
        if file.path in reasons and is_doubtful(file.name):
            key = reasons[file.path], is_certain_reference(file.name), file.kind
            marked.setdefault(key, []).append(file)
    others = [file for file in images if file.path not in reasons]
    freed: List[str] = []
    if images and not others and not _is_among_references(images[0]):
        least = MANY_REFERENCES if enough is None else enough
        groups = [group for group in marked.values() if len(group) >= least]
        return [file.path for group in groups if are_numbered(group) for file in group]
    for (_, is_certain, _), group in marked.items():
        if is_certain and len(group) < MANY_REFERENCES:
            continue  # a detector's own name for a reference
        are_many = not is_certain and len(group) >= max(MANY_REFERENCES, len(images) // 2 + 1)
        are_like_others = is_word_of_specimen(group, others) and (
            have_one_size(group, others) or not come_from(group, others, _REFERENCE_WORDS)
        )
        if are_many or are_like_others:
            freed += [file.path for file in group]
    return freed


def _aligned(images: Sequence[RemoteFile]) -> AbstractSet[str]:
    """Return the paths of aligned sums among the images of a folder."""
    called = [file for file in images if looks_aligned(file.name)]
    paths = {file.path for file in called}
    others = [file for file in images if file.path not in paths]
    doubtful = [file for file in called if not has_certain_word(file.name)]
    if not others:
        # Where all of them bear a short word, only one that ends the names is believed.
        return {file.path for file in called if surely_aligned(file.name)}
    if is_word_of_specimen(doubtful, others):
        paths -= {file.path for file in doubtful}
    return paths


def _excluded_by_neighbours(images: Sequence[RemoteFile]) -> Dict[str, str]:
    """Return the files that are no movies by the names of other images: {path: reason}."""
    # 12_movie.mrcs beside 12.mrc: whatever format was declared, the second is no movie.
    bases = single_image_stems(file.stem for file in images)
    single = {file.path for file in images if file.stem in bases} | sums_of_stacks(images)
    return {
        **dict.fromkeys(tilt_stacks(images), "stack of a tilt series"),
        **dict.fromkeys(single, "single image beside its movie"),
        **dict.fromkeys(copies(images), "copy of another file"),
    }


def _is_among_references(file: RemoteFile) -> bool:
    return any(map(is_reference_folder_name, folders_above(file.path)))


def _without_numbers(name: str) -> str:
    return re.sub("[0-9]+", "", name_words(split_extension(name)[0]))


def _commonest_kind(files: Sequence[RemoteFile]) -> Optional[str]:
    kinds = Counter(file.kind for file in files)
    return kinds.most_common(1)[0][0] if kinds else None


def _size_ratio(some: Sequence[RemoteFile], others: Sequence[RemoteFile]) -> Optional[float]:
    """Return the ratio of the two median sizes, at least 1; None if unknown."""
    ratio = size_ratio(some, others)
    return ratio and max(ratio, 1 / ratio)


def have_one_size(some: Sequence[RemoteFile], others: Sequence[RemoteFile]) -> bool:
    """Return True if the median sizes of two groups of files are known and nearly equal."""
    ratio = _size_ratio(some, others)
    return ratio is not None and ratio <= _NEARLY_EQUAL
