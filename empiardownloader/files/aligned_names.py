"""Names of aligned sums, which are no movies."""

from __future__ import annotations

import re
from typing import Pattern

from .image_kinds import _FLAGS, name_words, split_extension

#: Words that nothing but a sum of aligned frames is called by.
_CERTAIN = re.compile(
    r"(?<!\bun )(?<!\bnon )(?<!\bnot )\bx?aligned\b"
    r"|\b(?:summed|sum ?corr?)\b"
    r"|\b(?:dose|exposure) ?weight(?:ed|ing)?\b"
    r"|\bmotion ?corr?(?:ected|ection)?\b"
)

# Short words may be a specimen's or its owner's. At the beginning of a name they do not count.
_SHORT = r"(?:dws?|ali|dfpt|sums?|averaged?)"
_DOUBTFUL = re.compile(rf"(?<=\w ){_SHORT}\b")
_ENDING = re.compile(rf"(?<=\w ){_SHORT}\Z")

_ALIGNED_HINT = re.compile(r"ali|dw|dfpt|sum|weight|cor|average|bin\Z|-a\Z", _FLAGS)


#: Leginon's …00002en-a.mrc, and the binned .bin.mrc of EMPIAR-10146.
_ALIGNED_ENDING = re.compile(r"(?:[0-9]{5}[a-z]{2,4}-a|\.bin)\Z", _FLAGS)


def looks_aligned(name: str) -> bool:
    """Return True if a name looks like an aligned sum's (_DW, -DW, SumCorr, patch_aligned, _ali_).

    A movie may have such a name too: trust it only if the folder contains other images.
    """
    return surely_aligned(name) or _matches(_DOUBTFUL, name)


def surely_aligned(name: str) -> bool:
    """Return True if the word for an aligned sum is unmistakable, or ends the name."""
    stem, _ = split_extension(name)
    if not _ALIGNED_HINT.search(stem):
        return False
    words = name_words(stem)
    return bool(_CERTAIN.search(words) or _ENDING.search(words) or _ALIGNED_ENDING.search(stem))


def has_certain_word(name: str) -> bool:
    """Return True if a name contains a word for aligned sums that no specimen has."""
    return _matches(_CERTAIN, name)


def _matches(words: Pattern[str], name: str) -> bool:
    stem, _ = split_extension(name)
    return bool(_ALIGNED_HINT.search(stem) and words.search(name_words(stem)))
