"""Classifies the files of one folder for micrographs: single images, also aligned sums."""

from __future__ import annotations

from typing import AbstractSet, List, Sequence

from .aligned_names import looks_aligned
from .classify import FolderContents, excluded_files
from .product_names import copies, products, single_image_stems, size_ratio, tilt_stacks
from .tree import RemoteFile, Skipped

#: A movie of whole numbers is larger than the sum of its frames in floating point from here on.
_LARGER = 2.0


def classify_micrographs(files: Sequence[RemoteFile], ignore_words: bool = False) -> FolderContents:
    """Return the possible micrographs of one folder, and the reasons of all other files.

    Movies beside their sums are left out, and of several sums of one movie all but the first
    (x_DW beside x). Whether an image has one frame, its header will tell. ignore_words: as in
    excluded_files.
    """
    reasons = excluded_files(files, ignore_words)

    def remaining() -> List[RemoteFile]:
        return [file for file in files if file.path not in reasons]

    reasons.update(dict.fromkeys(tilt_stacks(remaining()), "stack of a tilt series"))
    reasons.update(dict.fromkeys(copies(remaining()), "copy of another file"))
    made = products(remaining())
    for file in remaining():
        if file.path in made and not looks_aligned(file.name):
            reasons[file.path] = "made from another image"
    reasons.update(dict.fromkeys(_movies(remaining()), "movie beside its sum"))
    reasons.update(dict.fromkeys(products(remaining()), "made from another image"))
    skipped = (Skipped(file.path, reasons[file.path]) for file in files if file.path in reasons)
    return FolderContents(tuple(remaining()), False, tuple(skipped))


def _movies(images: Sequence[RemoteFile]) -> AbstractSet[str]:
    """Return the paths of movies, where there are sums of movies beside them."""
    stems = {file.path: file.stem for file in images}
    bases = single_image_stems(stems.values()) & set(stems.values())
    named = {path for path, stem in stems.items() if single_image_stems([stem]) & bases}
    of_sums = {file.stem for file in images if file.kind == "mrc"}
    named |= {file.path for file in images if file.kind == "mrcs" and file.stem in of_sums}
    sums = [file for file in images if looks_aligned(file.name)]
    others = [file for file in images if not looks_aligned(file.name)]
    are_larger = (size_ratio(others, sums) or 0) >= _LARGER
    return named | ({file.path for file in others} if are_larger else set())
