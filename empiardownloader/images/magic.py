"""The first bytes of a file: what kind of image they begin, or why they begin none.

Only the standard library is needed here, and nothing of the file but its beginning.
"""

import re
import struct
from typing import Dict, Optional, Tuple

#: Bytes of a file's beginning that are enough for every answer of this module.
ENOUGH = 1024

BZIP2, GZIP, TIFF, HDF5, DM, MRC = "bzip2", "gzip", "TIFF", "HDF5", "DM", "MRC"
_KINDS: Dict[str, str] = {
    ".bz2": BZIP2,
    ".gz": GZIP,
    ".tif": TIFF,
    ".tiff": TIFF,
    ".eer": TIFF,
    ".gain": TIFF,
    ".hdf": HDF5,
    ".hdf5": HDF5,
    ".dm3": DM,
    ".dm4": DM,
    ".mrc": MRC,
    ".mrcs": MRC,
}
_MAGIC = {
    BZIP2: (b"BZh",),
    GZIP: (b"\x1f\x8b",),
    TIFF: (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),  # classic and BigTIFF, in both byte orders
    HDF5: (b"\x89HDF\r\n\x1a\n", b"\x0e\x03\x13\x01"),  # the second is HDF4, also called .hdf
}
_MRC_MODES = frozenset((0, 1, 2, 3, 4, 6, 12, 16, 101))
_MRC_LARGEST = 65535  # pixels; more is a header read in the wrong byte order
_TEXT = re.compile(rb"[\t\n\f\r\x1b\x20-\x7e\x80-\xff]+\Z")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def image_fault(name: str, beginning: bytes) -> Optional[str]:
    """Return why a file of this name cannot begin like this, as a clause, or None where it can.

    ``beginning`` is the file's first ENOUGH bytes, or all of a smaller file. A name whose kind is
    not known here has no fault. Another kind of image is none either: depositors give a TIFF the
    extension of an MRC, and the readers tell.
    """
    kind = kind_of_name(name)
    if kind is None or not beginning or kind_of(beginning) is not None:
        return None
    text = text_kind(beginning)
    if text is not None:
        return f"it is {text}, not a {kind} file"
    # MRC has no magic bytes: a strange header may be the depositor's, and the readers tell.
    return None if kind == MRC else f"it does not begin as a {kind} file does"


def looks_like(kind: str, beginning: bytes) -> bool:
    """Return True if these bytes begin a file of this kind (BZIP2, GZIP, TIFF, HDF5, DM, MRC)."""
    if kind == DM:
        return _is_dm(beginning)
    if kind == MRC:
        return _is_mrc(beginning)
    return beginning.startswith(_MAGIC[kind])


def kind_of(beginning: bytes) -> Optional[str]:
    """Return the kind that the first bytes say, or None. MRC comes last: it has no magic bytes."""
    return next((kind for kind in (*_MAGIC, DM, MRC) if looks_like(kind, beginning)), None)


def kind_of_name(name: str) -> Optional[str]:
    """Return the kind that a file's last extension promises, or None."""
    stem, dot, suffix = name.rpartition("/")[2].rpartition(".")
    return _KINDS.get(f".{suffix.lower()}") if dot and stem else None


def text_kind(beginning: bytes) -> Optional[str]:
    """Return what text it is, with its article ("a web page", "plain text"), or None."""
    text = _without_mark(beginning).lstrip()
    start = text[:200].lower()
    if not text or not _TEXT.match(text) or _share_of_ascii(text) < 0.8:
        return None
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page"
    if start.startswith(b"<"):
        return "a web page" if b"<html" in text.lower() else "an XML document"
    if start.startswith(b"{") or re.match(rb"\[\s*[\[{\"\]]", start):
        return "a JSON document"
    return "plain text"


def _without_mark(text: bytes) -> bytes:
    """Drop a byte order mark; of UTF-16, the zeros too, which is enough to recognise a text."""
    for mark in _BOMS:
        if text.startswith(mark):
            return text[len(mark) :].replace(b"\0", b"")
    return text


def _share_of_ascii(text: bytes) -> float:
    """Counts have bytes above 127 as often as not; a text in a European language few."""
    return sum(byte < 0x80 for byte in text) / len(text)


def _is_dm(beginning: bytes) -> bool:
    """Version 3 or 4, a length of 4 or 8 bytes, and the byte order as 0 or 1."""
    if len(beginning) < 16:
        return False
    (version,) = struct.unpack_from(">I", beginning)
    if version not in (3, 4):
        return False
    (order,) = struct.unpack_from(">I", beginning, 8 if version == 3 else 12)
    return order in (0, 1)


def _is_mrc(beginning: bytes) -> bool:
    """Sizes and mode are plausible in one of both byte orders; many programs write no stamp."""
    if len(beginning) < ENOUGH:
        return False
    return any(_plausible(struct.unpack_from(f"{order}4i", beginning)) for order in "<>")


def _plausible(words: Tuple[int, ...]) -> bool:
    columns, rows, sections, mode = words
    sides = 0 < columns <= _MRC_LARGEST and 0 < rows <= _MRC_LARGEST
    return sides and sections > 0 and mode in _MRC_MODES
