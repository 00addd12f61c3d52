"""Decides if folders with a name for references or products contain movies after all."""

from __future__ import annotations

from typing import Iterator, List, Sequence

from .aligned_names import looks_aligned
from .classify import MANY_REFERENCES, classify_folder, have_one_size, is_word_of_specimen
from .folder_names import deferral_reason, is_movie_folder_name, is_reference_folder_name
from .tree import RemoteFile, RemoteTree, join, last_part, parent

#: Folders that are listed to find the images of one.
_MAX_LISTED = 4

#: Neighbours whose images are compared with a folder's.
_MAX_NEIGHBOURS = 2


def holds_references(tree: RemoteTree, folder: str) -> bool:
    """Return True if a folder has a name for references and may contain some.

    Images more numerous than any camera's references, or of the number, kind and size of a sibling
    folder's images, are movies of a specimen (dark and light states, a reference strain). In doubt
    only, lists the folder, one subfolder and a few siblings.
    """
    if not is_reference_folder_name(folder):
        return False
    images = _images(tree, folder)
    if len(images) >= MANY_REFERENCES:
        return False
    # A folder called after gains is not compared: three gains may be like three movies.
    if not images or "gain" in last_part(folder).lower():
        return True
    siblings = tree.folders(parent(folder))
    plain = [path for path in siblings if not is_reference_folder_name(path)]
    return not any(_like_neighbours(tree, images, plain))


def holds_movies_like_siblings(tree: RemoteTree, folder: str) -> bool:
    """Return True if a folder's images are of the number, kind and known size of a sibling's.

    Siblings with a name for movies do not count: beside those, a name for products is believed.
    """
    siblings = tree.folders(parent(folder))
    if any(map(is_movie_folder_name, siblings)):
        return False
    images = _images(tree, folder)
    if not images or all(looks_aligned(image.name) for image in images):
        return False
    plain = [path for path in siblings if deferral_reason(path, siblings) is None]
    return any(have_one_size(images, others) for others in _like_neighbours(tree, images, plain))


def holds_movies_named_like_references(tree: RemoteTree, folder: str) -> bool:
    """Return True if all images of a folder are named like references, but are movies.

    They are numbered, and of the number, kind and known size of a neighbour's (dark_001.tif in one
    folder, light_001.tif in the other). A folder called after references, or beside one that is
    called after movies, holds none.
    """
    images = classify_folder(tree.files(folder), ignore_words=True).movies
    if not images or is_reference_folder_name(folder):
        return False
    siblings = tree.folders(parent(folder))
    if any(map(is_movie_folder_name, siblings)) and not is_movie_folder_name(folder):
        return False
    others = [path for path in siblings if path != folder] or _cousins(tree, folder)
    plain = [path for path in others if not is_reference_folder_name(path)]
    return any(_like_neighbours(tree, images, plain))


def _cousins(tree: RemoteTree, folder: str) -> List[str]:
    """Return the folders of the same name in the siblings of the folder above."""
    above = parent(folder)
    uncles = [path for path in tree.folders(parent(above)) if path != above] if above else []
    cousins = [join(path, last_part(folder)) for path in uncles[:_MAX_NEIGHBOURS]]
    return [path for path in cousins if tree.exists(path)]


def _like_neighbours(
    tree: RemoteTree, images: Sequence[RemoteFile], neighbours: Sequence[str]
) -> Iterator[Sequence[RemoteFile]]:
    """Yield the images of neighbours that some images are like, and half as many at least."""
    for path in neighbours[:_MAX_NEIGHBOURS]:
        others = _images(tree, path)
        if is_word_of_specimen(images, others) and 2 * len(images) >= len(others):
            yield others


def _images(tree: RemoteTree, folder: str) -> Sequence[RemoteFile]:
    """Return the possible movies of a folder, or of its first subfolder with any."""
    for _ in range(_MAX_LISTED):
        images = classify_folder(tree.files(folder)).movies
        inner = tree.folders(folder)
        if images or not inner:
            return images
        folder = inner[0]
    return ()
