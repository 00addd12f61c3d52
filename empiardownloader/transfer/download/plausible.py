"""Checks whether the first bytes of a file can be those of an image, before it is published.

Portals of hotels, filters of institutes and busy servers send a page or JSON with status 200 in
place of a file, with a length of its own.
"""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import re
import zlib
from dataclasses import replace
from typing import Callable, Optional

from .request import FileRequest

#: Bytes that are asked for: a whole page packed by bzip2, which unpacks no part of a block.
FIRST_BYTES = 64 << 10
_LOOKED_AT = 1024  # bytes of an image, of a packed one after unpacking

#: Returns why a file cannot be what it is named, or None; called before it is published.
Plausibility = Callable[[FileRequest, bytes], Optional[str]]

_IMAGE = re.compile(r".*\.(mrcs?|tiff?|eer|dm[34]|hdf5?|h5|bz2|gz)", re.IGNORECASE | re.DOTALL)
_PACKED = {".bz2": b"BZh", ".gz": b"\x1f\x8b"}
#: Beginnings that no image of these kinds has. An MRC file begins with its width in pixels.
_FOREIGN = {
    b"\x1f\x8b\x08": "something packed by gzip",
    b"BZh91AY&SY": "something packed by bzip2",
    b"PK\x03\x04": "a zip archive",
    b"%PDF-": "a PDF",
    b"\x89PNG\r\n": "a PNG",
    b"\xff\xd8\xff": "a JPEG",
    b"GIF8": "a GIF",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MARKUP = re.compile(
    rb"(\xef\xbb\xbf)?\s*<(!doctype|!--|html|head|body|title|\?xml|error|div|h1|p|center)\b",
    re.IGNORECASE,
)
_JSON = re.compile(rb'\s*(\{\s*("|\})|\[\s*[\[{"\]])')
_TEXT = re.compile(rb"[\t\n\r\x20-\x7e\x80-\xff]*")
_BLANK = re.compile(rb"[ \n]")
_LETTERS = 8  # of a text are different, and some of them blanks; pixels may be all alike


def implausible_reason(request: FileRequest, first: bytes) -> Optional[str]:
    """Return why the first bytes are not of an image, in words, or None; for image names only.

    Of packed images, what is unpacked is looked at, too.
    """
    if not _IMAGE.fullmatch(request.path):
        return None
    packed, first = first, first[:_LOOKED_AT]
    if first.startswith(_UTF_16):
        first = first.decode("utf-16", "replace").encode("ascii", "replace").lstrip(b"?")
    return _text_reason(first) or _kind_reason(request, packed)


def _text_reason(first: bytes) -> Optional[str]:
    if _MARKUP.match(first):
        return "the server sends a web page in its place"
    if _JSON.match(first) and _TEXT.fullmatch(first):
        return "the server sends JSON in its place"
    if _TEXT.fullmatch(first) and _BLANK.search(first) and len(set(first)) >= _LETTERS:
        return "the server sends text in its place"
    return None


def _kind_reason(request: FileRequest, first: bytes) -> Optional[str]:
    for suffix, magic in _PACKED.items():
        if request.path.lower().endswith(suffix):
            if not first.startswith(magic):
                return f"what the server sends is not packed as {suffix}"
            content = replace(request, path=request.path[: -len(suffix)])
            return implausible_reason(content, _unpacked(suffix, first))
    for beginning, kind in _FOREIGN.items():
        if first.startswith(beginning):
            return f"the server sends {kind} in its place"
    return None


def _unpacked(suffix: str, first: bytes) -> bytes:
    """Return the beginning of what is packed; nothing if it is damaged or begins with more."""
    source = io.BytesIO(first)
    file = bz2.BZ2File(source) if suffix == ".bz2" else gzip.GzipFile(fileobj=source)
    # Unpacking the whole file reports the damage.
    with file, contextlib.suppress(zlib.error, EOFError, OSError):
        return file.read(_LOOKED_AT)
    return b""
