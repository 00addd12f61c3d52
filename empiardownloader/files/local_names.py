"""A movie's local name: stable, unique in its set, and harmless on a command line."""

from __future__ import annotations

import hashlib
import re
from types import MappingProxyType
from typing import Mapping, Set, Tuple

from .image_kinds import split_extension

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")

#: Leaves room for what others append (.part, _aligned_mic_DW) below the usual 255 bytes.
MAX_LENGTH = 180

_HASH_LENGTH = 6


def local_name(path: str, top: str) -> str:
    """Return the local name of a remote file, from its path and the top folder alone.

    A file directly in top keeps its name; any other gets its path below top (or below the entry,
    outside top) joined with '_'. The dots before the extension become '_', too: pwem's motion
    correction protocols take the text before the first dot as the movie's name. Of the other
    characters only letters, digits and _ + - stay, and no name begins with '-' or '.'. If anything
    was replaced or cut for that, a short hash of the path precedes the extension, so that 'a b.tif'
    and 'a_b.tif' stay different.
    """
    stem, extension = _parts(path, top)
    return stem + extension


class LocalNames:
    """The local names of one set of movies, in the order of the list.

    Two paths can have one local_name() ('x/y.tif', 'x.y.tif' and 'x_y.tif') or one stem ('a.tif'
    and 'a.tiff', 'A.mrc' and 'a.MRC' on a file system without case). The later one gets a hash of
    its path, so that a longer set begins with the names of a shorter one. ``known`` are earlier
    names by path, perhaps in another order; they never change.
    """

    def __init__(self, top: str, known: Mapping[str, str] = MappingProxyType({})) -> None:
        self._top = top
        self._known = known
        self._stems: Set[str] = {split_extension(name)[0].lower() for name in known.values()}

    def name(self, path: str) -> str:
        """Return the local name of the next path."""
        if path in self._known:
            return self._known[path]
        plain, extension = _parts(path, self._top)
        stem = plain
        salt = ""
        while stem.lower() in self._stems:
            stem = _hashed(plain, extension, path + salt)
            salt += "\0"
        self._stems.add(stem.lower())
        return stem + extension


def _parts(path: str, top: str) -> Tuple[str, str]:
    stem, extension = split_extension(_below(path, top).replace("/", "_"))
    clean = _UNSAFE.sub("_", stem)
    if clean[:1] in ("", "-", "."):
        clean = "_" + clean[1:]
    one_dot = clean.replace(".", "_")
    if clean == stem and len(stem) + len(extension) <= MAX_LENGTH:
        return one_dot, extension
    return _hashed(one_dot, extension, path), extension


def _below(path: str, top: str) -> str:
    prefix = top.strip("/") + "/"
    return path[len(prefix) :] if path.startswith(prefix) else path


def _hashed(stem: str, extension: str, path: str) -> str:
    # The end of a long name is kept: it is the file's own, the beginning are its folders.
    room = MAX_LENGTH - _HASH_LENGTH - 1 - len(extension)
    kept = stem if len(stem) <= room else stem[-room:].lstrip("-")
    # Names that are no UTF-8 arrive with surrogates for their bytes.
    digest = hashlib.sha1(path.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{kept}_{digest[:_HASH_LENGTH]}"
