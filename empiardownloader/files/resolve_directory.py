"""Finds the folder that an image set's directory means; the archive's text is only a hint."""

from __future__ import annotations

import html
import itertools
import posixpath
import re
from typing import Container, Iterator, List, Optional, Sequence
from urllib.parse import unquote

from .image_kinds import image_kind
from .tree import RemoteTree, last_part, unsafe_name_reason
from .walk import MAX_DEPTH

#: Folders that are opened to find a directory by its last part.
MAX_OPENED = 8

_DATA = "data"

#: What stands before the entry's own folders where a whole address was given.
_ARCHIVE = re.compile(r"\A(?:.*world_availability/|/?(?=[0-9]{5}/))[0-9]{5,}(?=/|\Z)")

#: Characters that are written for each other, and full stops at the end of a sentence.
_BLANKS = re.compile(r"[\s_+-]+|\.+\Z")

#: What stands between two folders of one text.
_SEPARATOR = re.compile(r"[;,]|\s(?:and|&)\s")


def resolve_directory(tree: RemoteTree, directory: str, others: Container[str] = ()) -> str:
    """Return the folder that an image set's directory means, '' for the entry's root.

    In this order: the directory as given, or in another spelling; with one more 'data'
    (EMPIAR-10314 is in data/data/micrographs); the folder that contains all of several folders in
    one text; the nearest folder with that last name, or, if
    several are equally near, the folder that contains all of them (EMPIAR-10988's frames are in
    data/DEF and in data/VPP); the entry's 'data'. From there down through folders whose only
    content is one folder. Few folders are listed: the listing of a parent shows whether a folder
    exists.

    others: folders of other image sets; they are chosen only if named exactly.
    """
    named = find_named(tree, directory)
    if named is None:
        named = _common_of_several(tree, directory, others)
    if named is not None:
        return _through_lone_folders(tree, named, others)
    found = _search(tree, directory_parts(directory), others)
    return _through_lone_folders(tree, found or (_DATA if tree.exists(_DATA) else ""), others)


def find_named(tree: RemoteTree, directory: str) -> Optional[str]:
    """Return the folder with the directory's name or nearly so, or None.

    Case, blanks and underscores, percent and HTML codes may differ (see directory_parts).
    """
    for candidate in _spellings(directory_parts(directory)):
        found = _nearly_called(tree, candidate)
        if found:
            return found
    return None


def directory_parts(directory: str) -> List[str]:
    """Return the folders of an image set's directory, without text that is no part of it.

    Removed are the path of the archive above the entry, and a file's name or pattern at the end.
    """
    text = html.unescape(unquote(directory)).replace("\\", "/").strip().strip("'\"")
    text = _ARCHIVE.sub("", text)
    parts = [part.strip() for part in text.split("/")]
    parts = [part for part in _without_steps_back(parts) if part not in ("", ".")]
    parts = list(itertools.takewhile(lambda part: not set(part) & set("*?"), parts))
    if parts and image_kind(parts[-1]):
        parts.pop()
    return [] if any(map(unsafe_name_reason, parts)) else parts


def directory_pattern(directory: str) -> str:
    """Return the pattern in an image set's directory, or one for each of several folders, or ''.

    'data/a_*.tif', 'data/S*/Movies' and 'data/S1, S2' say which files of a folder are meant.
    """
    text = html.unescape(unquote(directory)).replace("\\", "/").strip().strip("'\"")
    pieces = [_ARCHIVE.sub("", piece.strip()).strip("/") for piece in _SEPARATOR.split(text)]
    pieces = [piece for piece in pieces if piece]
    if not pieces or not (len(pieces) > 1 or set(text) & set("*?")):
        return ""
    above = posixpath.dirname(pieces[0])
    whole = [piece if "/" in piece or not above else f"{above}/{piece}" for piece in pieces]
    return ",".join(piece if image_kind(piece) else f"{piece}/**" for piece in whole)


def _without_steps_back(parts: Sequence[str]) -> Sequence[str]:
    # Only those that stay in the entry; others are refused.
    normal = posixpath.normpath("/".join(parts).lstrip("/")).split("/")
    return parts if ".." in normal else normal


def _common_of_several(
    tree: RemoteTree, directory: str, others: Container[str]
) -> Optional[str]:
    pieces = [piece for piece in _SEPARATOR.split(directory) if piece.strip()]
    above = posixpath.dirname(pieces[0]) if pieces else ""
    folders = [
        find_named(tree, piece) or find_named(tree, posixpath.join(above, piece.strip()))
        for piece in pieces
        if len(pieces) > 1
    ]
    own = [folder for folder in folders if folder is not None and folder not in others]
    return posixpath.commonpath(own) if own and None not in folders else None


def _nearly_called(tree: RemoteTree, parts: Sequence[str]) -> str:
    if tree.exists("/".join(parts)):
        return "/".join(parts)
    folder = ""
    for part in parts:
        hits = _called(part, tree.folders(folder))
        if len(hits) != 1:
            return ""
        folder = hits[0]
    return folder


def _spellings(parts: Sequence[str]) -> Iterator[Sequence[str]]:
    if parts:
        yield parts
        yield (_DATA, *parts)
        yield (parts[0], _DATA, *parts[1:])


def _search(tree: RemoteTree, parts: Sequence[str], others: Container[str]) -> str:
    if not parts:
        return ""
    above = ("/".join(parts[:length]) for length in range(len(parts) - 1, 0, -1))
    level = [next(filter(tree.exists, above), "")]
    opened = 0
    while level and opened < MAX_OPENED:
        now = level[: MAX_OPENED - opened]
        opened += len(now)
        inner = [path for folder in now for path in tree.folders(folder) if path not in others]
        hits = _called(parts[-1], inner)
        if hits:
            return _common(hits, level[len(now) :])
        level = inner
    return ""


def _called(name: str, folders: Sequence[str]) -> List[str]:
    for key in (str, str.lower, _plain):
        hits = [path for path in folders if key(last_part(path)) == key(name)]
        if hits:
            return hits
    return []


def _plain(name: str) -> str:
    return _BLANKS.sub(" ", name).strip().lower()


def _common(hits: Sequence[str], unopened: Sequence[str]) -> str:
    # Folders that were not opened may hold one of the same name, too.
    return posixpath.commonpath([*hits, *unopened]) if len(hits) + len(unopened) > 1 else hits[0]


def _through_lone_folders(tree: RemoteTree, folder: str, others: Container[str]) -> str:
    while folder.count("/") < MAX_DEPTH:
        files = [file for file in tree.files(folder) if not file.name.startswith(".")]
        inner = [path for path in tree.folders(folder) if not last_part(path).startswith(".")]
        if files or len(inner) != 1 or tree.is_link(inner[0]) or inner[0] in others:
            break
        folder = inner[0]
    return folder
