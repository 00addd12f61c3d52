"""Gatan's DM4 files, with the few tags that readers need."""

from __future__ import annotations

import struct
from typing import Any, List, Sequence, Tuple

import numpy as np

__all__ = ["DM_TYPES", "dm4_bytes"]

#: Numbers of the element's type, in an array and of an image.
DM_TYPES = {"uint8": (10, 6), "int16": (2, 1), "float32": (6, 2)}

_GROUP, _DATA = 20, 21
_ULONG, _USHORT, _FLOAT, _ARRAY = 5, 4, 6, 20
_Entries = Sequence[Tuple[str, Any]]


def dm4_bytes(*images: np.ndarray) -> bytes:
    """Return a file with an object for each image (y, x) or stack (frames, y, x).

    A thumbnail is the first of two objects. The first row is the upper row of the image.
    """
    tags = _group([("ImageList", [("", _image(image)) for image in images])])
    return struct.pack(">IQI", 4, len(tags) + 8, 1) + tags + bytes(8)


def _image(image: np.ndarray) -> List[Tuple[str, Any]]:
    array_type, image_type = DM_TYPES[str(image.dtype)]
    axes = image.shape[::-1]
    axis = [
        ("Origin", _number(_FLOAT, "<f", 0.0)),
        ("Scale", _number(_FLOAT, "<f", 1.0)),
        ("Units", _array(_USHORT, "nm".encode("utf-16-le"), 2)),
    ]
    data = [
        ("Calibrations", [("Dimension", [("", axis) for _ in axes])]),
        ("Data", _array(array_type, image.tobytes(), image.size)),
        ("DataType", _number(_ULONG, "<I", image_type)),
        ("Dimensions", [("", _number(_ULONG, "<I", length)) for length in axes]),
    ]
    return [("ImageData", data)]


def _number(kind: int, code: str, value: float) -> bytes:
    return struct.pack(">4sQQ", b"%%%%", 1, kind) + struct.pack(code, value)


def _array(kind: int, content: bytes, length: int) -> bytes:
    return struct.pack(">4sQQQQ", b"%%%%", 3, _ARRAY, kind, length) + content


def _group(entries: _Entries) -> bytes:
    content = struct.pack(">2bQ", 1, 0, len(entries))
    for name, entry in entries:
        is_group = isinstance(entry, list)
        body = _group(entry) if is_group else entry
        content += struct.pack(">BH", _GROUP if is_group else _DATA, len(name)) + name.encode()
        content += struct.pack(">Q", len(body)) + body
    return content
