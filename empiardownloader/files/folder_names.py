"""Guesses what a folder contains, from its name alone."""

from __future__ import annotations

import re
from typing import Optional, Sequence

from .aligned_names import has_certain_word, looks_aligned
from .image_kinds import name_words
from .tree import last_part

#: A reason to defer a folder, unless its contents show that the name is a specimen's.
REFERENCE_FOLDER = "folder of references"

_MOVIES = re.compile(
    r"\b(?:raw ?)?(?:movies?|frames?|fractions)\b|\bunaligned\b|\bmulti ?frames?\b"
    # Nothing but movies is corrected by a gain.
    r"|\bgain ?(?:corr\w*|norm\w*|applied)\b"
)

#: A folder of gain references; gain_of_function and the like are a specimen's.
_GAINS = re.compile(
    r"(?<!\bno )(?<!\bwithout )(?<!\bwith )"
    r"\bgain(?!ed\b)\w*\b(?! ?(?:of|in|domains?|corr\w*|norm\w*|applied)\b)"
    r"|\A(?:ref|reference)s?(?: (?:images?|files?))?\Z"
    r"|\b(?:count|super|cds) ?(?:cds ?)?refs?\b"
)

# Whole names, where a word could be a specimen's: dark_adapted and log_phase hold movies.
_REFERENCES = re.compile(r"\A(?:darks?|defects?)(?: (?:refs?|references?|images?|maps?|files?))?\Z")

_SUMS = re.compile(r"\A(?:sums?|averages?|dws?)\Z")

_WITHOUT_MOVIES = re.compile(
    r"\b(?:metadata|mdocs?|thumb(?:nail)?s?|foil ?holes|coordinates)"
    r"(?: (?:files?|images?|[0-9]+))?\Z"
)

#: These may be a specimen's, too: log phase, STAR proteins.
_PERHAPS_WITHOUT_MOVIES = re.compile(
    r"\A(?:xmls?|logs?|previews?|jpe?gs?|pngs?|star|coords|atlas|overviews?)"
    r"(?: (?:files?|images?|data|[0-9]+))?\Z"
)

_PACKED = re.compile(r"\b(?:compressed|packed|zipped|bz(?: 2)?|bzip(?: 2)?|gz|gzip)\b")

_DERIVED = re.compile(
    r"\b(?:micrographs?|mics|particles?|picks|tomograms?|reconstructions?|volumes?|maps?|masks?"
    r"|labels?|class(?:es)?|corrected|processed|tilt ?series|stacks?|extract(?:ed)?)\b"
)

#: What is made from micrographs.
_LATER = re.compile(
    r"\b(?:particles?|picks|tomograms?|reconstructions?|volumes?|maps?|masks?"
    r"|labels?|class(?:es)?|stacks?|extract(?:ed)?)\b"
)

#: With these words a folder's short word for a sum (DW, Ali, average) is no specimen's.
_IMAGES = re.compile(r"\b(?:micrographs?|mics|images?|sums?|movies?|frames?)\b")


def is_movie_folder_name(folder: str) -> bool:
    """Return True if the last part of a path is a name for movies (Movies, rawframes, frames)."""
    words = name_words(last_part(folder))
    return bool(_MOVIES.search(words)) and not _is_called_aligned(last_part(folder))


def is_gain_folder_name(folder: str) -> bool:
    """Return True if the last part of a path is a name for gain references (gainRefer)."""
    return bool(_GAINS.search(name_words(last_part(folder))))


def is_reference_folder_name(folder: str) -> bool:
    """Return True if the last part of a path is a name for gains, darks or defect maps."""
    words = name_words(last_part(folder))
    return bool(_GAINS.search(words) or _REFERENCES.search(words))


def deferral_reason(folder: str, siblings: Sequence[str]) -> Optional[str]:
    """Return why a folder is searched only if no other contains movies, or None.

    siblings: the folders of its parent. Micrographs, particles and tomograms are deferred only
    beside a folder that promises movies (EMPIAR-10061 has data/Movies and data/Micrographs);
    on their own their names may stand for anything (EMPIAR-10406's images are in micrographs).
    """
    name = last_part(folder)
    words = name_words(name)
    if name.startswith("."):
        return "hidden folder"
    if _is_called_aligned(name):
        return "folder of aligned images"
    if is_reference_folder_name(folder):
        return REFERENCE_FOLDER
    if _is_without_movies(words):
        return "folder without movies"
    if _is_packed_copy(words, siblings):
        return "folder of packed copies"
    if is_movie_folder_name(folder) or not _DERIVED.search(words):
        return None
    return "beside a folder of movies" if any(map(is_movie_folder_name, siblings)) else None


def micrograph_deferral_reason(folder: str, siblings: Sequence[str]) -> Optional[str]:
    """Return why a folder is searched only if no other contains micrographs, or None.

    siblings: the folders of its parent; as deferral_reason.
    """
    name = last_part(folder)
    words = name_words(name)
    if name.startswith("."):
        return "hidden folder"
    if is_reference_folder_name(folder):
        return REFERENCE_FOLDER
    if is_movie_folder_name(folder):
        return "folder of movies"
    if _is_without_movies(words):
        return "folder without images"
    if _is_packed_copy(words, siblings):
        return "folder of packed copies"
    return "folder of what was made from micrographs" if _LATER.search(words) else None


def is_doubtful_folder_name(folder: str) -> bool:
    """Return True if only a word that a specimen may have too is against movies in a folder."""
    name = last_part(folder)
    words = name_words(name)
    if _PERHAPS_WITHOUT_MOVIES.search(words):
        return True
    is_short = not (has_certain_word(name) or _IMAGES.search(words))
    return is_short and _is_called_aligned(name)


def _is_without_movies(words: str) -> bool:
    return bool(_WITHOUT_MOVIES.search(words) or _PERHAPS_WITHOUT_MOVIES.search(words))


def _is_packed_copy(words: str, siblings: Sequence[str]) -> bool:
    plain = " ".join(_PACKED.sub(" ", words).split())
    return plain != words and any(name_words(last_part(path)) == plain for path in siblings)


def _is_called_aligned(name: str) -> bool:
    words = name_words(name)
    if has_certain_word(name) or _SUMS.search(words):
        return True
    return looks_aligned(name) and _IMAGES.search(words) is not None
