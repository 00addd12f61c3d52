"""Finds the text file beside a movie with its acquisition parameters."""

from __future__ import annotations

import re
from typing import Dict, Iterator, Optional, Sequence

from .image_kinds import split_extension
from .tree import RemoteFile

#: A text of more bytes is not one movie's.
MAX_SIDECAR = 1_000_000

#: What EPU puts behind the name of an exposure, in a movie's name and not in that of its XML.
_MOVIE_ENDING = re.compile(r"(?:[-_](?:fractions|eer|movie))+\Z", re.IGNORECASE)
_PACKED = re.compile(r"\.(?:bz2|gz)\Z", re.IGNORECASE)


def find_sidecar(movie: RemoteFile, beside: Sequence[RemoteFile]) -> Optional[RemoteFile]:
    """Return the mdoc or EPU XML of a movie among the files of its folder, None for none.

    An mdoc goes first: it has the dose.
    """
    by_name: Dict[str, RemoteFile] = {file.name.lower(): file for file in reversed(beside)}
    for name in _names(movie.name):
        file = by_name.get(name.lower())
        if file is not None and (file.size is None or 0 < file.size <= MAX_SIDECAR):
            return file
    return None


def _names(movie: str) -> Iterator[str]:
    unpacked = _PACKED.sub("", movie)
    stem = split_extension(movie)[0]
    exposure = _MOVIE_ENDING.sub("", stem)
    yield f"{unpacked}.mdoc"
    yield f"{stem}.mdoc"
    yield f"{exposure}.mdoc"
    yield f"{exposure}.xml"
    yield f"{stem}.xml"
    yield f"{unpacked}.xml"
