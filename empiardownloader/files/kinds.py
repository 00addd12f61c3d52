"""What a file is, by its name alone: kinds of image, and the images that are never movies.

Names deceive (EMPIAR-10192's aligned micrographs end in _Fractions.mrc, EMPIAR-10309's movies in
_Fractions.tif), so these are first guesses: a movie's header decides when it is registered.
"""

from __future__ import annotations

import re
from typing import Dict, NamedTuple, Optional, Pattern, Tuple

_KIND_OF: Dict[str, str] = {
    "mrc": "mrc",
    "mrcs": "mrcs",
    "tif": "tiff",
    "tiff": "tiff",
    "eer": "eer",
    "dm4": "dm4",
    "hdf": "hdf",
    "hdf5": "hdf",
}

#: The kinds of image that movies come in; the surer a kind is to be a movie, the earlier.
KINDS: Tuple[str, ...] = ("eer", "tiff", "mrcs", "mrc", "hdf", "dm4")

# A declared format, and the kinds of file that it was seen to stand for. MRC and MRCS are near
# relatives: an .mrc may be a stack (EMPIAR-10511), and entries declared MRC hold .mrcs (10026).
_DECLARED: Dict[str, Tuple[str, ...]] = {
    "MRC": ("mrc", "mrcs"),
    "MRCS": ("mrcs", "mrc"),
    "TIFF": ("tiff",),
    "TIF": ("tiff",),
    "EER": ("eer",),
    "DM4": ("dm4",),
    "HDF": ("hdf",),
    "HDF5": ("hdf",),
    "BIG DATA VIEWER HDF5": ("hdf",),
}

# ASCII: with Unicode's case rules the long s of ".mrcſ" would match and be no key of the table.
_FLAGS = re.IGNORECASE | re.ASCII
_IMAGE = re.compile(r"\.(mrcs?|tiff?|eer|dm4|hdf5?)(?:\.(?:bz2|gz))?\Z", _FLAGS)
_GAIN_FILE = re.compile(r"\.(?:mrcs?|tiff?|dm[34]|gain|hdf5?)(?:\.(?:bz2|gz))?\Z", _FLAGS)
_PREVIEW = re.compile(r"\.(?:jpe?g|png|gif|bmp|webp|svg)\Z", _FLAGS)
_TEXT = re.compile(
    r"\.(?:xml|mdoc|txt|star|log|csv|tsv|json|ya?ml|html?|md|pdf|docx?|xlsx?|par|coord|box|cs"
    r"|xf|tlt|rawtlt|com|sh|py|md5|sha1|sha256|out|err|nav|ini)(?:\.(?:bz2|gz))?\Z",
    _FLAGS,
)
_EXTENSION = re.compile(
    r"(?:\.(?:mrcs?|tiff?|eer|dm[34]|hdf5?|gain)(?=\.(?:bz2|gz)\Z))?\.[A-Za-z0-9]{1,12}\Z", _FLAGS
)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")


class _Reference(NamedTuple):
    """A way of naming an image of the camera rather than of the specimen."""

    reason: str
    words: Pattern[str]
    certain: bool


_GAIN = "gain reference"

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
    _Reference(_GAIN, re.compile(r"\b(?:count|super|cds|gain) ?(?:cds ?)?refs?\b"), True),
    _Reference(
        _GAIN,
        re.compile(
            r"(?<!\bno )(?<!\bnot )(?<!\bnon )(?<!\bwithout )"
            r"\bgain(?: ?(?:refer\w*|maps?|images?|files?))?s?\b"
            r"(?! (?:corr\w*|norm\w*|applied|domains?)\b)"
        ),
        False,
    ),
    _Reference(_GAIN, re.compile(r"\bflat ?fields?\b"), False),
)

# What every one of them holds; few movies' names do, and a folder may have 22,000 of those.
_REFERENCE_HINT = re.compile(r"gain|ref|dark|defect|pixel|field|norm", _FLAGS)

#: Leginon's norm-amibox05-0.mrc (EMPIAR-10025) and …_norm_0.mrc, on the name as it stands.
_LEGINON_NORM = re.compile(r"(?:\Anorm-|[-_]norm[-_][0-9]+\Z|\Anorm\Z)", _FLAGS)

#: EPU's pictures of a whole grid square or of the grid, which lie above the folders of movies.
_OVERVIEW = re.compile(r"\A(?:GridSquare_[0-9]{8}_[0-9]{6}|Atlas_[0-9]+)\Z", _FLAGS)

# The short words may begin the name of a specimen or of its owner, so there they do not count.
_ALIGNED = re.compile(
    r"(?<!\bun )(?<!\bnon )(?<!\bnot )\bx?aligned\b"
    r"|(?<=\w )(?:dws?|ali|dfpt|sums?|averaged?)\b"
    r"|\b(?:summed|sum ?corr?)\b"
    r"|\b(?:dose|exposure) ?weight(?:ed|ing)?\b"
    r"|\bmotion ?corr?(?:ected|ection)?\b"
)

_ALIGNED_HINT = re.compile(r"ali|dw|dfpt|sum|weight|cor|average|bin\Z|-a\Z", _FLAGS)

#: Leginon's …00002en-a.mrc, and the binned .bin.mrc of EMPIAR-10146.
_ALIGNED_ENDING = re.compile(r"(?:[0-9]{5}[a-z]{2,4}-a|\.bin)\Z", _FLAGS)


def image_kind(name: str) -> Optional[str]:
    """Return which of KINDS the last extension says, in any case and packed or not, or None."""
    found = _IMAGE.search(name)
    return _KIND_OF[found.group(1).lower()] if found else None


def declared_kinds(data_format: str) -> Tuple[str, ...]:
    """Return the kinds that an image set's data_format stands for, the likeliest first.

    Empty for a format that holds no movies or that nobody knows.
    """
    return _DECLARED.get(data_format.strip().upper(), ())


def split_extension(name: str) -> Tuple[str, str]:
    """Return the stem and the extension, which is double (.mrc.bz2) for a packed image."""
    found = _EXTENSION.search(name)
    if not found or found.start() == 0:
        return name, ""
    return name[: found.start()], name[found.start() :]


def name_words(name: str) -> str:
    """Return the words of a name in lower case, a blank between them.

    They end at every digit, sign and inner capital: CountRef_26 has count, ref and 26, so that
    gain is found in K3Gain.mrc and not in againstX.tif.
    """
    return " ".join(_WORD.findall(name)).lower()


def never_a_movie(name: str) -> Optional[str]:
    """Return in two words why this can be no movie, or None where it may be one.

    'preview image', 'gain reference', 'dark reference', 'defect map', 'overview image',
    'text file' or 'hidden file'.
    """
    if name.startswith("."):
        return "hidden file"
    if _PREVIEW.search(name):
        return "preview image"
    if _TEXT.search(name):
        return "text file"
    stem, extension = split_extension(name)
    if _OVERVIEW.search(stem):
        return "overview image"
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


def surely_a_reference(name: str) -> bool:
    """Return whether a name is a detector's own for a reference (CountRef, SuperRef, .gain).

    Other names that never_a_movie() takes for references may belong to a specimen.
    """
    stem, extension = split_extension(name)
    words = name_words(stem)
    certain = any(ref.certain and ref.words.search(words) for ref in _REFERENCES)
    return certain or extension.lower().startswith(".gain")


def names_a_gain(name: str) -> bool:
    """Return whether name is a gain reference's, in a format that one comes in."""
    return never_a_movie(name) == _GAIN and could_be_a_gain(name)


def could_be_a_gain(name: str) -> bool:
    """Return whether the extension is one that gain references come in, packed or not."""
    return _GAIN_FILE.search(name) is not None


def looks_aligned(name: str) -> bool:
    """Return whether name reads like an aligned sum (_DW, -DW, SumCorr, patch_aligned, _ali_).

    A movie may have such a name too: believe it only where other images lie beside.
    """
    stem, _ = split_extension(name)
    if not _ALIGNED_HINT.search(stem):
        return False
    return bool(_ALIGNED.search(name_words(stem)) or _ALIGNED_ENDING.search(stem))


def names_a_file(name: str) -> bool:
    """Return whether something of this name is a file: for links, whose kind is not listed."""
    return any(known.search(name) for known in (_IMAGE, _GAIN_FILE, _PREVIEW, _TEXT))
