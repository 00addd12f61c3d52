"""What a folder holds, by its name alone."""

from __future__ import annotations

import re
from typing import Optional, Sequence

from .aligned_names import looks_aligned
from .image_kinds import name_words
from .tree import last_part

_MOVIES = re.compile(
    r"\b(?:raw ?)?(?:movies?|frames?|fractions)\b|\bunaligned\b|\bmulti ?frames?\b"
)

_GAINS = re.compile(
    r"\bgain(?!ed\b)\w*\b(?! domains?\b)|\A(?:ref|reference)s?(?: (?:images?|files?))?\Z"
)

# Whole names, where a word could be a specimen's: dark_adapted and log_phase hold movies.
_PUT_OFF = (
    ("folder of aligned images", re.compile(r"\A(?:sums?|averages?)\Z")),
    (
        "folder of references",
        re.compile(r"\A(?:darks?|defects?)(?: (?:refs?|references?|images?|maps?|files?))?\Z"),
    ),
    (
        "folder without movies",
        re.compile(
            r"\b(?:metadata|mdocs?|thumb(?:nail)?s?|foil ?holes|coordinates)\b"
            r"|\A(?:xmls?|logs?|previews?|jpe?gs?|pngs?|star|coords|atlas|overviews?)"
            r"(?: (?:files?|images?|data|[0-9]+))?\Z"
        ),
    ),
)

_DERIVED = re.compile(
    r"\b(?:micrographs?|mics|particles?|picks|tomograms?|reconstructions?|volumes?|maps?|masks?"
    r"|labels?|class(?:es)?|corrected|processed|tilt ?series|stacks?)\b"
)


def is_movie_folder_name(folder: str) -> bool:
    """Return whether the last part of the path promises movies (Movies, rawframes, frames)."""
    words = name_words(last_part(folder))
    return bool(_MOVIES.search(words)) and not looks_aligned(last_part(folder))


def is_gain_folder_name(folder: str) -> bool:
    """Return whether the last part of the path promises gain references (gainRefer, gain_ref)."""
    return bool(_GAINS.search(name_words(last_part(folder))))


def deferral_reason(folder: str, siblings: Sequence[str]) -> Optional[str]:
    """Return why a folder is looked into only when there are no movies elsewhere, or None.

    siblings: the folders of its parent. Micrographs, particles and tomograms are put off only
    beside a folder that promises movies (EMPIAR-10061 has data/Movies and data/Micrographs);
    on their own their names may stand for anything (EMPIAR-10406's images are in micrographs).
    """
    name = last_part(folder)
    words = name_words(name)
    if name.startswith("."):
        return "hidden folder"
    if looks_aligned(name):
        return "folder of aligned images"
    if _GAINS.search(words):
        return "folder of references"
    for reason, known in _PUT_OFF:
        if known.search(words):
            return reason
    if is_movie_folder_name(folder) or not _DERIVED.search(words):
        return None
    return "beside a folder of movies" if any(map(is_movie_folder_name, siblings)) else None
