"""The gain references that belong to a folder of movies, by names and places."""

from __future__ import annotations

from typing import Iterator, List

from .contents import MANY_REFERENCES, never_movies
from .folder_names import holds_gains
from .kinds import could_be_a_gain, image_kind, names_a_gain, never_a_movie, split_extension
from .ordering import age_key
from .tree import RemoteFile, RemoteTree, folders_above

#: Sub-folders of the movies' folder that are all looked into, whatever they are called.
FEW = 3

#: Folders opened in the search, beside those above the movies.
MAX_OPENED = 6


def find_gains(tree: RemoteTree, movies_folder: str, kind: str = "") -> List[RemoteFile]:
    """Return the gain references found near the movies: the nearest first, then the newest name.

    Places, as seen in EMPIAR: the movies' folder (21 of 34 entries), the folders in it, those
    beside it that are called after gains (EMPIAR-12567's gainRefer), then the same for each
    folder above it, up to the entry. kind: the movies'; a lone .dm3 or .dm4 beside movies of
    another kind is taken for a gain (SerialEM writes them so). Defect maps and darks never are.
    """
    found: List[RemoteFile] = []
    for place in _places(tree, movies_folder.strip("/"), kind):
        found.extend(sorted(place, key=lambda file: age_key(file.name), reverse=True))
    return found


def _places(tree: RemoteTree, folder: str, kind: str) -> Iterator[List[RemoteFile]]:
    opened: List[str] = []
    named = _named(tree, folder)
    yield named or _lone_camera_file(tree, folder, kind)
    inner = tree.folders(folder)
    yield _in_folders(tree, [at for at in inner if len(inner) <= FEW or holds_gains(at)], opened)
    came_from = folder
    for above in folders_above(folder):
        beside = [path for path in tree.folders(above) if path != came_from and holds_gains(path)]
        yield _in_folders(tree, beside, opened)
        yield _named(tree, above)
        came_from = above


def _in_folders(tree: RemoteTree, folders: List[str], opened: List[str]) -> List[RemoteFile]:
    found: List[RemoteFile] = []
    for folder in folders[: MAX_OPENED - len(opened)]:
        opened.append(folder)
        found.extend(_named(tree, folder) or _in_a_gain_folder(tree, folder))
    return found


def _named(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    files = tree.files(folder)
    reasons = never_movies(files)
    return [file for file in files if file.path in reasons and names_a_gain(file.name)]


def _lone_camera_file(tree: RemoteTree, folder: str, kind: str) -> List[RemoteFile]:
    files = [file for file in tree.files(folder) if never_a_movie(file.name) is None]
    camera = [file for file in files if _is_camera_file(file.name)]
    if len(camera) != 1:
        return []
    others = {image_kind(file.name) for file in files if file not in camera} - {None}
    return camera if (kind in others if kind else others) else []


def _in_a_gain_folder(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    # Not every gain in a folder of gains says so again; but so many are somebody's movies.
    if not holds_gains(folder):
        return []
    images = [
        file
        for file in tree.files(folder)
        if could_be_a_gain(file.name) and never_a_movie(file.name) is None
    ]
    return images if len(images) < MANY_REFERENCES else []


def _is_camera_file(name: str) -> bool:
    return split_extension(name)[1].lower().startswith((".dm3", ".dm4"))
