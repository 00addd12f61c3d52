"""Names of gain, dark and defect references, and of other files that are never movies."""

from __future__ import annotations

import re
from typing import NamedTuple, Optional, Pattern, Tuple

from .image_kinds import _FLAGS, _PREVIEW, _TEXT, has_gain_extension, name_words, split_extension


class _Reference(NamedTuple):
    """One way to name a camera's reference image."""

    reason: str
    words: Pattern[str]
    certain: bool


_GAIN = "gain reference"
_OVERVIEW = "overview image"


# Tried in this order, on name_words(). CountDefects is a defect map although it counts, and a
# gain-corrected movie or the GAIN domain of a receptor is no gain reference.
_REFERENCES: Tuple[_Reference, ...] = (
    _Reference(
        "defect map", re.compile(r"\b(?:count ?)?defects?\b|\b(?:hot|bad|dead) ?pixels?\b"), False
    ),
    _Reference(
        "dark reference",
        re.compile(r"\bdark(?: ?(?:refs?|references?|images?|currents?))?s?\b(?! fields?\b)"),
        False,
    ),
    _Reference(
        _GAIN,
        re.compile(
            r"\b(?:count|super|cds|gain) ?(?:cds ?)?refs?\b|\bgain ?normali[sz]ation ?(?:ref|image)"
        ),
        True,
    ),
    _Reference(
        _GAIN,
        re.compile(
            r"(?<!\bno )(?<!\bnot )(?<!\bnon )(?<!\bwithout )"
            r"\bgain(?: ?(?:refer\w*|maps?|images?|files?))?s?\b"
            r"(?! (?:of|in|corr\w*|norm\w*|applied|domains?)\b)"
        ),
        False,
    ),
    _Reference(_GAIN, re.compile(r"\bflat ?fields?\b"), False),
    # SerialEM's maps at low and medium magnification (FOCUS writes them as LMM and MMM).
    _Reference(
        _OVERVIEW, re.compile(r"\b(?:lmm|mmm|montages?|(?:grid|square|mag) ?maps?)\b"), False
    ),
    _Reference(
        "stack of particles or classes",
        re.compile(r"\A(?:2 ?d ?)?(?:particles?|class(?:es)?(?: averages?)?)(?: [a-z]+)?\Z"),
        False,
    ),
)


# What every one of them holds; few movies' names do, and a folder may have 22,000 of those.
_REFERENCE_HINT = re.compile(
    r"gain|ref|dark|defect|pixel|field|norm|lmm|mmm|montage|map|partic|class", _FLAGS
)


#: Leginon's norm-amibox05-0.mrc (EMPIAR-10025) and …_norm_0.mrc, on the name as it stands.
_LEGINON_NORM = re.compile(r"(?:\Anorm-|[-_]norm[-_][0-9]+\Z|\Anorm\Z)", _FLAGS)


#: Pictures of a grid square or a hole: EPU's lie above the folders of movies, Leginon's
#: (…00001gr_00002sq_v02.mrc, hl, fa) among them.
_OVERVIEW_NAME = re.compile(
    r"\AGridSquare_[0-9]{8}_[0-9]{6}\Z|_[0-9]{5}(?:gr|sq|hl|fa|fc)(?:_v[0-9]{2})?\Z", _FLAGS
)

#: EPU's pictures of the whole grid, of which there are few.
_ATLAS = re.compile(r"\AAtlas_[0-9]+\Z", _FLAGS)


def exclusion_reason(name: str) -> Optional[str]:
    """Return why a file cannot be a movie, in two words, or None.

    'preview image', 'gain reference', 'dark reference', 'defect map', 'overview image', 'stack of
    particles or classes', 'text file' or 'hidden file'.
    """
    if name.startswith("."):
        return "hidden file"
    if _PREVIEW.search(name):
        return "preview image"
    if _TEXT.search(name):
        return "text file"
    stem, extension = split_extension(name)
    if _OVERVIEW_NAME.search(stem) or _ATLAS.search(stem):
        return _OVERVIEW
    return _reference_reason(stem, extension)


def _reference_reason(stem: str, extension: str) -> Optional[str]:
    if extension.lower().startswith(".gain"):
        return _GAIN
    if not _REFERENCE_HINT.search(stem):
        return None
    words = name_words(stem)
    for reference in _REFERENCES:
        if reference.words.search(words):
            return reference.reason
    return _GAIN if _LEGINON_NORM.search(stem) else None


def is_certain_reference(name: str) -> bool:
    """Return True if detectors give references such a name (CountRef, SuperRef, .gain).

    Other names that exclusion_reason() takes for references may belong to a specimen.
    """
    stem, extension = split_extension(name)
    words = name_words(stem)
    certain = any(ref.certain and ref.words.search(words) for ref in _REFERENCES)
    return certain or extension.lower().startswith(".gain")


def is_doubtful(name: str) -> bool:
    """Return True if a word that may be a specimen's is the only reason against a movie."""
    stem, extension = split_extension(name)
    if extension.lower().startswith(".gain") or _OVERVIEW_NAME.search(stem):
        return False
    return _reference_reason(stem, extension) is not None or bool(_ATLAS.search(stem))


def is_gain_name(name: str) -> bool:
    """Return True if a name is that of a gain reference, in a format for gains."""
    return exclusion_reason(name) == _GAIN and has_gain_extension(name)
