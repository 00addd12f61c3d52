"""Matches gain references with movies, by series, folder and distance."""

from __future__ import annotations

import posixpath
import re
from typing import Dict, List, Sequence, Tuple

from .globs import Globs
from .image_kinds import split_extension
from .reference_names import is_gain_name
from .sort_keys import without_serialem_dates
from .tree import RemoteFile, folders_above, last_part

_PIECES = re.compile(r"[-_. \[\]]+")

#: Names of folders that do not identify a session.
_PLAIN_FOLDERS = frozenset({"data", "frames", "movies", "raw", "rawframes", "images"})

#: Patterns of one list that a user can still read.
_MAX_PATTERNS = 5


def best_first(gains: Sequence[RemoteFile], movie: RemoteFile) -> List[RemoteFile]:
    """Return the gains, first those whose names contain the movie's series or folder.

    Beside a movie that is named like a gain, images of its kind are movies, too.
    """
    if is_gain_name(movie.name):
        kind = movie.kind
        gains = [gain for gain in gains if gain.folder != movie.folder or gain.kind != kind]
    return sorted(gains, key=lambda gain: -_affinity(gain, movie))


def with_own_gains(
    movies: Sequence[RemoteFile], used: RemoteFile, gains: Sequence[RemoteFile]
) -> Dict[str, str]:
    """Return the movies that another gain than the used one fits better: {path: gain's path}."""
    own: Dict[str, str] = {}
    paths = {movie.path for movie in movies}
    gains = [gain for gain in gains if gain.path not in paths]
    for movie in movies:
        best = min((used, *gains), key=lambda gain: _rank(gain, movie))
        if _rank(best, movie) < _rank(used, movie):
            own[movie.path] = best.path
    return own


def pattern_of(chosen: Sequence[str], others: Sequence[str]) -> str:
    """Return a file pattern that matches all chosen paths and no other, or ''."""
    common = posixpath.commonpath([posixpath.dirname(path) for path in chosen])
    series = dict.fromkeys(f"{_series_beginning(path)}*" for path in chosen)
    for pattern in (f"{common}/**" if common else "", ",".join(series)):
        globs = Globs(pattern, "")
        if not globs or pattern.count(",") >= _MAX_PATTERNS:
            continue
        if all(map(globs.first_match, chosen)) and not any(map(globs.first_match, others)):
            return pattern
    return ""


def _rank(gain: RemoteFile, movie: RemoteFile) -> Tuple[int, float]:
    return -_affinity(gain, movie), _distance(gain, movie)


def _distance(gain: RemoteFile, movie: RemoteFile) -> float:
    """Return the number of folders from the movie up to the gain; a sibling counts a half more."""
    chain = [movie.folder, *folders_above(movie.folder)]
    for levels, folder in enumerate(chain):
        if gain.folder == folder:
            return levels
        if not folder or gain.folder.startswith(folder + "/"):
            return levels + 0.5
    return len(chain)


def _affinity(gain: RemoteFile, movie: RemoteFile) -> int:
    """Return how well a gain's name fits a movie: 4 same series, 3 in range, 2 or 1 same folder."""
    words = _pieces(without_serialem_dates(split_extension(gain.name)[0]))
    series = _series_number(movie.name)
    if series and series in words:
        return 4
    if _is_in_a_range(series, words):
        return 3
    text = "_".join(words)
    names = _session_folders(movie)
    if any(_holds(text, "_".join(_pieces(name))) for name in names):
        return 2
    # References/Session_2/gain.mrc is the gain of Session_2/Movies.
    return 1 if set(names) & set(_session_folders(gain)) else 0


def _session_folders(file: RemoteFile) -> List[str]:
    """Return the names of the folders above a file that may be a session's."""
    folders = map(last_part, (file.folder, *folders_above(file.folder)))
    return [name for name in folders if name and name.lower() not in _PLAIN_FOLDERS]


def _is_in_a_range(series: str, words: Sequence[str]) -> bool:
    # CountRef_TS_0005_0008.dm4 is that of the series 5 to 8 (EMPIAR-10988).
    pairs = zip(words, words[1:])
    return any(
        first.isdigit() and last.isdigit() and len(first) == len(last) == len(series)
        and first < series < last
        for first, last in pairs
    )  # fmt: skip


def _series_number(name: str) -> str:
    """Return the first of at least two numbers in a movie's name, or ''."""
    numbers = [piece for piece in _pieces(split_extension(name)[0]) if piece.isdigit()]
    return numbers[0] if len(numbers) > 1 else ""


def _series_beginning(path: str) -> str:
    number = _series_number(last_part(path))
    folder, name = posixpath.split(path)
    if not number:
        return path
    at = re.search(rf"(?<![0-9]){number}(?![0-9])[-_. ]?", name)
    return posixpath.join(folder, name[: at.end()]) if at else path


def _holds(text: str, words: str) -> bool:
    return bool(words) and f"_{words}_" in f"_{text}_"


def _pieces(text: str) -> List[str]:
    return [piece for piece in _PIECES.split(text.lower()) if piece]
