"""Decides if a folder holds copies or products of the images in a folder above or beside it."""

from __future__ import annotations

from typing import Callable, Dict, Iterator, List, Sequence

from .product_names import MUCH_SMALLER, is_packed, single_image_stems, size_ratio
from .tree import RemoteFile, RemoteTree, folders_above, last_part, parent
from .walk import without_numbers

#: Images of a folder, and other folders beside it, that are compared.
_MIN_IMAGES, _MAX_SIBLINGS = 3, 3

#: The part of a folder's names that another folder must have, too.
_MOST = 0.9


class CopiedFolders:
    """Compares folders of a tree with others that have images of the same names.

    allowed: False for folders that are not the image set's.
    """

    def __init__(self, tree: RemoteTree, allowed: Callable[[str], bool]) -> None:
        self._tree = tree
        self._allowed = allowed
        self._images: Dict[str, Dict[str, RemoteFile]] = {}
        self._alike: Dict[str, Dict[str, List[str]]] = {}

    def reason(self, folder: str, images: Sequence[RemoteFile]) -> str:
        """Return why a folder's images are made from another folder's of the same names, or ''.

        They are packed copies of unpacked files, or several times smaller (Warp's folders average
        and deconv below the movies, whatever they are called). The folders above are compared, and
        those beside it if they are few and differ in more than numbers.
        """
        stems = {image.stem for image in images}
        if len(stems) < _MIN_IMAGES:
            return ""
        for other in filter(self._allowed, self._neighbours(folder)):
            known = self._by_stem(other)
            sources = [known[stem] for stem in stems if stem in known]
            if len(sources) < _MOST * len(stems):
                continue
            if all(map(is_packed, images)) and not any(map(is_packed, sources)):
                return f"packed copy of a file in {other}"
            if (size_ratio(sources, images) or 0) >= MUCH_SMALLER:
                return f"made from an image in {other}"
        return ""

    def _neighbours(self, folder: str) -> Iterator[str]:
        yield from folders_above(folder)
        above = parent(folder)
        siblings = self._tree.folders(above)
        alike = self._by_name(above)
        name = without_numbers(last_part(folder))
        if len(siblings) - len(alike[name]) <= _MAX_SIBLINGS:
            yield from (path for other in alike if other != name for path in alike[other])

    def _by_stem(self, folder: str) -> Dict[str, RemoteFile]:
        """Return the largest image of each stem, by the stem that a product of it would have.

        An image x_Fractions.mrc is returned for the stem x, too.
        """
        if folder not in self._images:
            found: Dict[str, RemoteFile] = {}
            images = (file for file in self._tree.files(folder) if file.kind)
            for image in sorted(images, key=lambda image: image.size or 0):
                stems = [image.stem, *single_image_stems([image.stem])]
                found.update(dict.fromkeys(stems, image))
            self._images[folder] = found
        return self._images[folder]

    def _by_name(self, folder: str) -> Dict[str, List[str]]:
        """Return the folders in a folder by their names without numbers."""
        if folder not in self._alike:
            alike: Dict[str, List[str]] = {}
            for path in self._tree.folders(folder):
                alike.setdefault(without_numbers(last_part(path)), []).append(path)
            self._alike[folder] = alike
        return self._alike[folder]
