"""Finds the gain references of a folder of movies, by names and places."""

from __future__ import annotations

import re
from typing import Callable, List, Sequence

from .classify import MANY_REFERENCES, classify_folder, excluded_files
from .doubtful_folders import holds_movies_named_like_references, holds_references
from .folder_names import is_gain_folder_name
from .image_kinds import has_gain_extension, name_words, split_extension
from .reference_names import exclusion_reason, is_gain_name
from .sort_keys import age_key
from .tree import RemoteFile, RemoteTree, folders_above, last_part, parent

#: Folders in the movies' folder, or beside it, that are all looked into, whatever their names.
FEW = 3

#: Folders opened in the search, beside those above the movies.
MAX_OPENED = 6

#: Levels below a folder that is called after gains, or by a microscope's program, to look in.
DEPTH = 3

#: Where EPU and its offload leave a Falcon's gain (ImagesForProcessing/EF-Falcon/300kV/*.gain).
_MICROSCOPE = re.compile(r"\A(?:epu )?(?:images for processing|offload data|metadata)\Z")

_Look = Callable[[RemoteTree, str], List[RemoteFile]]


def find_gains(tree: RemoteTree, movies_folder: str, kind: str = "") -> List[RemoteFile]:
    """Return the gain references near the movies: the nearest first, then the newest name.

    Places, as seen in EMPIAR: the movies' folder (21 of 34 entries), its subfolders, sibling
    folders with a name for gains (EMPIAR-12567's gainRefer), then the same for each folder above,
    up to the entry. Other sibling folders are listed if they are few and nothing is nearer; a
    sibling with more than references may be another session with another gain.

    kind: that of the movies; a lone .dm3 or .dm4 beside movies of another kind counts as a gain
    (SerialEM writes such files). Defect maps and dark references never count.
    """
    search = _Search(tree)
    search.around(movies_folder.strip("/"), kind)
    return search.found


def gains_in(tree: RemoteTree, folder: str, kind: str = "") -> List[RemoteFile]:
    """Return the gain references in a folder, by their names, and in its folders for gains.

    kind: as in find_gains.
    """
    inside = list(filter(is_gain_folder_name, tree.folders(folder)))[:FEW]
    below = [path for above in inside for path in (above, *tree.folders(above)[:MAX_OPENED])]
    search = _Search(tree)
    search.in_microscope_folders(tree.folders(folder))
    return [
        *(_named(tree, folder) or _lone_camera_file(tree, folder, kind)),
        *(gain for path in below for gain in _references(tree, path)),
        *search.found,
    ]


class _Search:
    """The folders around the movies, the nearest first, and the gains found in them."""

    def __init__(self, tree: RemoteTree) -> None:
        self.found: List[RemoteFile] = []
        self._tree = tree
        self._may_open = MAX_OPENED

    def around(self, folder: str, kind: str) -> None:
        """Search all of these folders."""
        tree = self._tree
        self._add(_named(tree, folder) or _lone_camera_file(tree, folder, kind))
        inner = tree.folders(folder)
        few = inner if len(inner) <= FEW else self._gain_folders(inner)
        self._add_from(few, _references)
        came_from = folder
        for above in folders_above(folder):
            beside = [path for path in tree.folders(above) if path != came_from]
            self._add_from(self._gain_folders(beside), _references, DEPTH)
            self.in_microscope_folders(beside)
            self._add(_named(tree, above))
            if came_from == folder and len(beside) <= FEW and not self.found:
                others = [path for path in beside if not is_gain_folder_name(path)]
                self._add_from(others, _named_among_references)
            came_from = above

    def in_microscope_folders(self, folders: Sequence[str]) -> None:
        """Search those of some folders that a microscope's program made."""
        self._add_from(list(filter(_is_microscope_folder, folders)), _named, DEPTH)

    def _gain_folders(self, folders: Sequence[str]) -> List[str]:
        called = [path for path in folders if is_gain_folder_name(path)][: self._may_open]
        return [path for path in called if holds_references(self._tree, path)]

    def _add_from(self, folders: Sequence[str], look: _Look, depth: int = 1) -> None:
        """Add the gains in these folders, or, if there are none, in a few folders below them."""
        found: List[RemoteFile] = []
        for folder in folders:
            found += self._found_in(folder, look, depth)
        self._add(found)

    def _found_in(self, folder: str, look: _Look, depth: int) -> List[RemoteFile]:
        if self._may_open == 0 or depth == 0:
            return []
        self._may_open -= 1
        found = look(self._tree, folder)
        inner = self._tree.folders(folder)[:FEW]
        return found or [gain for path in inner for gain in self._found_in(path, look, depth - 1)]

    def _add(self, place: List[RemoteFile]) -> None:
        self.found += sorted(place, key=lambda file: age_key(file.name), reverse=True)


def _is_microscope_folder(folder: str) -> bool:
    return _MICROSCOPE.search(name_words(last_part(folder))) is not None


def _references(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    return _named(tree, folder) or _in_a_gain_folder(tree, folder)


def _named_among_references(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    if tree.folders(folder) or classify_folder(tree.files(folder)).movies:
        return []
    return [] if holds_movies_named_like_references(tree, folder) else _named(tree, folder)


def _named(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    files = tree.files(folder)
    reasons = excluded_files(files)
    return [file for file in files if file.path in reasons and is_gain_name(file.name)]


def _lone_camera_file(tree: RemoteTree, folder: str, kind: str) -> List[RemoteFile]:
    files = [file for file in tree.files(folder) if exclusion_reason(file.name) is None]
    camera = [file for file in files if _is_camera_file(file.name)]
    if len(camera) != 1:
        return []
    others = {file.kind for file in files if file not in camera} - {None}
    return camera if (kind in others if kind else others) else []


def _in_a_gain_folder(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    # Not every gain in a folder of gains says so again; but so many are somebody's movies.
    if not any(is_gain_folder_name(path) for path in (folder, parent(folder))):
        return []
    images = [
        file
        for file in tree.files(folder)
        if has_gain_extension(file.name) and exclusion_reason(file.name) is None
    ]
    return images if len(images) < MANY_REFERENCES else []


def _is_camera_file(name: str) -> bool:
    return split_extension(name)[1].lower().startswith((".dm3", ".dm4"))
