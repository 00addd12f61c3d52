"""Gatan's DM3 and DM4 files, with the few tags that readers need.

Headers and tags are big-endian, values little-endian. DM4 has 64 bits for what has 32 in DM3, and
the size of each entry besides.
"""

from __future__ import annotations

import struct
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

#: Numbers of the element's type, in an array and of an image.
DM_TYPES = {
    "uint8": (10, 6),
    "int8": (10, 9),
    "int16": (2, 1),
    "uint16": (4, 10),
    "int32": (3, 7),
    "uint32": (5, 11),
    "float32": (6, 2),
    "float64": (7, 12),
}

_GROUP, _DATA = 20, 21
_ULONG, _USHORT, _FLOAT, _ARRAY = 5, 4, 6, 20
_SIZE_OF_START = 16  # bytes that the file's size in its header leaves out
_END = bytes(8)
_Entries = Sequence[Tuple[str, Any]]


class _Version(NamedTuple):
    """A version's number, the letter of its sizes, and whether an entry has a size."""

    number: int
    word: str
    sizes_entries: bool


_DM3, _DM4 = _Version(3, "I", False), _Version(4, "Q", True)


def dm3_bytes(*images: np.ndarray) -> bytes:
    """Return a DM3 file; its images are those of :func:`dm4_bytes`."""
    return _file(_DM3, images)


def dm4_bytes(*images: np.ndarray) -> bytes:
    """Return a DM4 file with an object for each image (y, x) or stack (frames, y, x).

    A thumbnail is the first of two objects. The first row is the upper row of the image.
    """
    return _file(_DM4, images)


def _file(version: _Version, images: Sequence[np.ndarray]) -> bytes:
    entries = [("ImageList", [("", _image(version, image)) for image in images])]
    tags = _group(version, entries)
    head = f">I{version.word}I"
    size = struct.calcsize(head) + len(tags) + len(_END) - _SIZE_OF_START
    return struct.pack(head, version.number, size, 1) + tags + _END


def _image(version: _Version, image: np.ndarray) -> List[Tuple[str, Any]]:
    array_type, image_type = DM_TYPES[str(image.dtype)]
    axes = image.shape[::-1]
    axis = [
        ("Origin", _number(version, _FLOAT, "<f", 0.0)),
        ("Scale", _number(version, _FLOAT, "<f", 1.0)),
        ("Units", _array(version, _USHORT, "nm".encode("utf-16-le"), 2)),
    ]
    data = [
        ("Calibrations", [("Dimension", [("", axis) for _ in axes])]),
        ("Data", _array(version, array_type, image.tobytes(), image.size)),
        ("DataType", _number(version, _ULONG, "<I", image_type)),
        ("Dimensions", [("", _number(version, _ULONG, "<I", length)) for length in axes]),
    ]
    return [("ImageData", data)]


def _number(version: _Version, kind: int, code: str, value: float) -> bytes:
    return _described(version, kind) + struct.pack(code, value)


def _array(version: _Version, kind: int, content: bytes, length: int) -> bytes:
    return _described(version, _ARRAY, kind, length) + content


def _described(version: _Version, *kinds: int) -> bytes:
    return b"%%%%" + struct.pack(f">{1 + len(kinds)}{version.word}", len(kinds), *kinds)


def _group(version: _Version, entries: _Entries) -> bytes:
    content = struct.pack(f">2b{version.word}", 1, 0, len(entries))
    for name, entry in entries:
        is_group = isinstance(entry, list)
        body = _group(version, entry) if is_group else entry
        content += struct.pack(">BH", _GROUP if is_group else _DATA, len(name)) + name.encode()
        content += struct.pack(f">{version.word}", len(body)) if version.sizes_entries else b""
        content += body
    return content
