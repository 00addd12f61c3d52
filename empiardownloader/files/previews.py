"""Preview images beside movies, matched with them by their names."""

from __future__ import annotations

import re
from typing import Dict, List, Sequence, Set

from .image_kinds import split_extension
from .tree import RemoteFile

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
    wanted: Dict[str, List[str]] = {movie.path: _preview_stems(movie.path) for movie in movies}
    stems: Set[str] = {stem for ordered in wanted.values() for stem in ordered}
    found: Dict[str, RemoteFile] = {}
    for file in files:
        stem = _IMAGE.sub("", file.path)
        if stem != file.path and stem in stems:
            found.setdefault(stem, file)
    previews: Dict[str, RemoteFile] = {}
    for path, ordered in wanted.items():
        hits = [found[stem] for stem in ordered if stem in found]
        if hits:
            previews[path] = hits[0]
    return previews


def _preview_stems(path: str) -> List[str]:
    """Return the names that a movie's preview may have before its extension, best first."""
    folder, slash, name = path.rpartition("/")
    stem = split_extension(name)[0]
    return [f"{folder}{slash}{each}" for each in (name, stem, _OF_MOVIES.sub("", stem))]
