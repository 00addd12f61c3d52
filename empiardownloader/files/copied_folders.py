"""Decides if a folder holds copies or products of the images in a folder above or beside it."""

from __future__ import annotations

from statistics import median
from typing import Callable, Iterator, List, Sequence, Set

from .image_kinds import image_kind, split_extension
from .product_names import MUCH_SMALLER, is_packed, single_image_stems
from .tree import RemoteFile, RemoteTree, folders_above, last_part, parent
from .walk import without_numbers

#: Images of a folder, and other folders beside it, that are compared.
_MIN_IMAGES, _MAX_SIBLINGS = 3, 3

#: The part of a folder's names that another folder must have, too.
_MOST = 0.9


def copied_from(
    tree: RemoteTree, folder: str, images: Sequence[RemoteFile], allowed: Callable[[str], bool]
) -> str:
    """Return why a folder's images are made from another folder's of the same names, or ''.

    They are packed copies of unpacked files, or several times smaller (Warp's folders average and
    deconv below the movies, whatever they are called). The folders above are compared, and those
    beside it if they are few and differ in more than numbers. allowed: False for folders that are
    not the image set's.
    """
    stems = {_stem(image) for image in images}
    if len(stems) < _MIN_IMAGES:
        return ""
    for other in filter(allowed, _neighbours(tree, folder)):
        sources = [file for file in tree.files(other) if image_kind(file.name)]
        sources = [file for file in sources if stems & _names(file)]
        known: Set[str] = set().union(*map(_names, sources))
        if len(stems & known) < _MOST * len(stems):
            continue
        if all(map(is_packed, images)) and not any(map(is_packed, sources)):
            return f"packed copy of a file in {other}"
        if _are_much_smaller(images, sources):
            return f"made from an image in {other}"
    return ""


def _neighbours(tree: RemoteTree, folder: str) -> Iterator[str]:
    yield from folders_above(folder)
    name = without_numbers(last_part(folder))
    siblings = tree.folders(parent(folder))
    unlike: List[str] = [path for path in siblings if without_numbers(last_part(path)) != name]
    if len(unlike) <= _MAX_SIBLINGS:
        yield from unlike


def _names(file: RemoteFile) -> Set[str]:
    """Return the stems that images made from a movie may have: x for x_Fractions.mrc, too."""
    stem = _stem(file)
    return {stem, *single_image_stems([stem])}


def _stem(file: RemoteFile) -> str:
    return split_extension(file.name)[0].lower()


def _are_much_smaller(images: Sequence[RemoteFile], sources: Sequence[RemoteFile]) -> bool:
    some = [image.size for image in images if image.size]
    others = [source.size for source in sources if source.size]
    return bool(some and others) and median(others) >= MUCH_SMALLER * median(some)
