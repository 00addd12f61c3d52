"""Kinds of image by file name, and images that are never movies.

Names deceive (EMPIAR-10192's aligned micrographs end in _Fractions.mrc, EMPIAR-10309's movies in
_Fractions.tif), so these are first guesses: a movie's header decides at registration.
"""

from __future__ import annotations

import functools
import re
from typing import Dict, Optional, Tuple

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


def image_kind(name: str) -> Optional[str]:
    """Return the kind (of KINDS) of the last extension, in any case and packed or not, or None."""
    found = _IMAGE.search(name)
    return _KIND_OF[found.group(1).lower()] if found else None


def declared_kinds(data_format: str) -> Tuple[str, ...]:
    """Return the kinds that an image set's data_format stands for, the likeliest first.

    Empty for an unknown format and for one without movies.
    """
    return _DECLARED.get(data_format.strip().upper(), ())


@functools.lru_cache(maxsize=1 << 15)  # a folder's names are taken apart by many rules
def split_extension(name: str) -> Tuple[str, str]:
    """Return the stem and the extension, which is double (.mrc.bz2) for a packed image."""
    found = _EXTENSION.search(name)
    if not found or found.start() == 0:
        return name, ""
    return name[: found.start()], name[found.start() :]


def name_words(name: str) -> str:
    """Return the words of a name in lower case, separated by blanks.

    Words end at every digit, sign and inner capital: CountRef_26 has count, ref and 26, so that
    gain is found in K3Gain.mrc and not in againstX.tif.
    """
    return " ".join(_WORD.findall(name)).lower()


def has_gain_extension(name: str) -> bool:
    """Return True if gain references use this extension, packed or not."""
    return _GAIN_FILE.search(name) is not None


def is_file_name(name: str) -> bool:
    """Return True if the name is that of a file; listings do not show the kind of links."""
    return any(known.search(name) for known in (_IMAGE, _GAIN_FILE, _PREVIEW, _TEXT))
