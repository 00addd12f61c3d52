"""Where an image set's directory really is: what the archive says is only a hint."""

from __future__ import annotations

import posixpath
from typing import Iterator, List, Sequence, Tuple

from .tree import RemoteTree, last_part, unsafe_name_reason
from .walk import MAX_DEPTH

#: Folders that are opened to find a directory by its last part.
MAX_OPENED = 8

_DATA = "data"


def resolve_directory(tree: RemoteTree, directory: str) -> str:
    """Return the folder that an image set's directory means, '' for the entry's root.

    As given; with one more 'data' (EMPIAR-10314 lies in data/data/micrographs); else the
    nearest folder of that last name, or where several lie equally near the folder that holds
    them all (EMPIAR-10988's frames are in data/DEF and in data/VPP); else the entry's 'data'.
    From there down through folders that hold nothing but one folder. Few folders are listed:
    whether one is there is told by the listing of the folder above it.
    """
    parts = _parts(directory)
    for candidate in _spellings(parts):
        if tree.exists(candidate):
            return _through_lone_folders(tree, candidate)
    found = _search(tree, parts) or (_DATA if tree.exists(_DATA) else "")
    return _through_lone_folders(tree, found)


def _parts(directory: str) -> List[str]:
    parts = [part for part in directory.strip().split("/") if part not in ("", ".")]
    return [] if any(map(unsafe_name_reason, parts)) else parts


def _spellings(parts: Sequence[str]) -> Iterator[str]:
    if parts:
        yield "/".join(parts)
        yield "/".join((_DATA, *parts))
        yield "/".join((parts[0], _DATA, *parts[1:]))


def _search(tree: RemoteTree, parts: Sequence[str]) -> str:
    if not parts:
        return ""
    level = [_deepest_there(tree, parts)]
    opened = 0
    while level and opened < MAX_OPENED:
        now = level[: MAX_OPENED - opened]
        opened += len(now)
        inner = [path for folder in now for path in tree.folders(folder)]
        hits = _called(parts[-1], inner)
        if hits:
            return _common(hits, level[len(now) :])
        level = inner
    return ""


def _deepest_there(tree: RemoteTree, parts: Sequence[str]) -> str:
    for length in range(len(parts) - 1, 0, -1):
        folder = "/".join(parts[:length])
        if tree.exists(folder):
            return folder
    return ""


def _called(name: str, folders: Sequence[str]) -> List[str]:
    exact = [path for path in folders if last_part(path) == name]
    return exact or [path for path in folders if last_part(path).lower() == name.lower()]


def _common(hits: Sequence[str], unopened: Sequence[str]) -> str:
    # Folders that were not opened may hold one of the same name, too.
    return posixpath.commonpath([*hits, *unopened]) if len(hits) + len(unopened) > 1 else hits[0]


def _through_lone_folders(tree: RemoteTree, folder: str) -> str:
    while folder.count("/") < MAX_DEPTH:
        lone, inner = _lone_folder(tree, folder)
        if not lone:
            break
        folder = inner
    return folder


def _lone_folder(tree: RemoteTree, folder: str) -> Tuple[bool, str]:
    files = [file for file in tree.files(folder) if not file.name.startswith(".")]
    folders = [path for path in tree.folders(folder) if not last_part(path).startswith(".")]
    if files or len(folders) != 1 or tree.is_link(folders[0]):
        return False, folder
    return True, folders[0]
