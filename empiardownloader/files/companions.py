"""Files beside movies, matched with them by their names: previews, and texts on the acquisition."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Optional, Sequence

from .image_kinds import split_extension
from .tree import RemoteFile

#: A text of more bytes is not one movie's.
MAX_SIDECAR = 1_000_000

#: What EPU puts behind the name of an exposure, in a movie's name and not in that of its XML.
_OF_MOVIES_XML = re.compile(r"(?:[-_](?:fractions|eer|movie))+\Z", re.IGNORECASE)
_PACKED = re.compile(r"\.(?:bz2|gz)\Z", re.IGNORECASE)
_IMAGE = re.compile(r"\.(?:jpe?g|png)\Z", re.IGNORECASE)
# What a movie's name has beyond its preview's: EPU writes 'X.jpg' beside 'X_Fractions.tiff'.
_OF_MOVIES = re.compile(r"[-_.]?(?:fractions|frames|movie|eer)\Z", re.IGNORECASE)


def find_previews(
    movies: Sequence[RemoteFile], files: Sequence[RemoteFile]
) -> Dict[str, RemoteFile]:
    """Return the preview image of each movie that has one: {movie's path: preview}.

    files: those in the movies' folders. A preview is in the movie's folder ('a.tif.jpg' or 'a.jpg'
    for 'a.tif').
    """
    images: Dict[str, RemoteFile] = {}
    for file in files:
        stem = _IMAGE.sub("", file.path)
        if stem != file.path:
            images.setdefault(stem, file)
    previews: Dict[str, RemoteFile] = {}
    for movie in movies:
        hits = [images[stem] for stem in _preview_stems(movie.path) if stem in images]
        if hits:
            previews[movie.path] = hits[0]
    return previews


def _preview_stems(path: str) -> List[str]:
    """Return the names that a movie's preview may have before its extension, best first."""
    folder, slash, name = path.rpartition("/")
    stem = split_extension(name)[0]
    return [f"{folder}{slash}{each}" for each in (name, stem, _OF_MOVIES.sub("", stem))]


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
    exposure = _OF_MOVIES_XML.sub("", stem)
    yield f"{unpacked}.mdoc"
    yield f"{stem}.mdoc"
    yield f"{exposure}.mdoc"
    yield f"{exposure}.xml"
    yield f"{stem}.xml"
    yield f"{unpacked}.xml"
