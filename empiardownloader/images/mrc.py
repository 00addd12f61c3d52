"""Headers of MRC files: the first 1024 bytes (MRC2014 and IMOD's additions)."""

import os
import struct
from typing import Any, BinaryIO, Iterator, NamedTuple, Optional, Tuple

import numpy as np

from .errors import Unreadable, truncated

_HEADER_BYTES = 1024
_ROWS_AT_ONCE = 256
_LARGEST = 65535  # pixels; more is a header read in the wrong byte order

# int8, int16, float32, two complex ones, uint16, float16, and IMOD's two pixels to a byte.
_BITS = {0: 8, 1: 16, 2: 32, 3: 32, 4: 64, 6: 16, 12: 16, 101: 4}


# "IMOD", and the flag beside it for signed bytes. SerialEM writes both.
_IMOD_STAMP, _SIGNED_BYTES = 1146047817, 1


class MrcHeader(NamedTuple):
    """Values of a header; ``extended`` is the extended header's length, ``pixel_size`` in Å.

    ``unsigned_bytes``: IMOD wrote the bytes of mode 0 in its old way; MRC2014's are signed.
    """

    columns: int
    rows: int
    sections: int
    mode: int
    extended: int
    big_endian: bool
    pixel_size: Optional[float]
    labels: Tuple[str, ...]
    unsigned_bytes: bool

    @property
    def data_start(self) -> int:
        """Offset of the first pixel, in bytes."""
        return _HEADER_BYTES + self.extended

    @property
    def promised(self) -> int:
        """The smallest size of a file with this header, in bytes."""
        row = (self.columns * _BITS[self.mode] + 7) // 8  # a row of mode 101 ends at a whole byte
        return self.data_start + row * self.rows * self.sections


def mrc_shape(path: str) -> Tuple[int, int, int]:
    """Return columns, rows and sections of a stack or volume; raises Unreadable if truncated."""
    header = read_mrc_header(path)
    return header.columns, header.rows, header.sections


def read_mrc_header(path: str) -> MrcHeader:
    """Return the header, in either byte order; raises Unreadable for other or truncated files."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        words = file.read(_HEADER_BYTES)
    if len(words) < _HEADER_BYTES:
        raise truncated(_HEADER_BYTES, size, at_least=True)
    header = _parsed(words, big_endian=False) or _parsed(words, big_endian=True)
    if header is None:
        raise Unreadable("it is not an MRC file, or its header is damaged")
    if header.promised > size:
        raise truncated(header.promised, size)
    return header


def _parsed(words: bytes, big_endian: bool) -> Optional[MrcHeader]:
    """Return the header in one byte order, or None if its values make no sense.

    The machine stamp is no help: many programs never wrote it.
    """
    order = ">" if big_endian else "<"
    columns, rows, sections, mode = struct.unpack_from(order + "4i", words)
    (extended,) = struct.unpack_from(order + "i", words, 92)
    plausible = 0 < columns <= _LARGEST and 0 < rows <= _LARGEST
    if not plausible or mode not in _BITS or extended < 0:
        return None
    return MrcHeader(
        columns,
        rows,
        sections,
        mode,
        extended,
        big_endian,
        _pixel_size(words, order),
        _labels(words, order),
        _has_unsigned_bytes(words, order),
    )


def _pixel_size(words: bytes, order: str) -> Optional[float]:
    """Return the cell's width over the columns of the grid, or None if either is unknown."""
    (grid,) = struct.unpack_from(order + "i", words, 28)
    (width,) = struct.unpack_from(order + "f", words, 40)
    return width / grid if grid > 0 and width > 0 else None


def _has_unsigned_bytes(words: bytes, order: str) -> bool:
    stamp, flags = struct.unpack_from(order + "2i", words, 152)
    return stamp == _IMOD_STAMP and not flags & _SIGNED_BYTES


def _labels(words: bytes, order: str) -> Tuple[str, ...]:
    (many,) = struct.unpack_from(order + "i", words, 220)
    starts = range(224, 224 + 80 * max(0, min(many, 10)), 80)
    texts = (words[start : start + 80].decode("latin-1") for start in starts)
    return tuple(text.strip("\0 ") for text in texts)


def write_float_image(file: BinaryIO, image: Any) -> None:
    """Write an MRC file of an image (y, x) in mode 2, without a pixel size.

    A few rows are in memory at a time: ``image`` can be a view of a mapped file, in any order.
    """
    rows, columns = image.shape
    low, high, total, squares = np.inf, -np.inf, 0.0, 0.0
    for block in _blocks(image):
        low, high = min(low, float(block.min())), max(high, float(block.max()))
        total += float(block.sum(dtype=np.float64))
        squares += float(np.square(block, dtype=np.float64).sum())
    mean = total / image.size
    deviation = max(0.0, squares / image.size - mean**2) ** 0.5
    words = struct.pack("<10i", columns, rows, 1, 2, 0, 0, 0, columns, rows, 1)
    words += struct.pack("<6f3i", 0.0, 0.0, 0.0, 90.0, 90.0, 90.0, 1, 2, 3)
    words += struct.pack("<3f2i", low, high, mean, 0, 0)
    words = words.ljust(108, b"\0") + struct.pack("<i", 20140)  # MRC2014
    words = words.ljust(208, b"\0") + b"MAP \x44\x44\0\0"
    words += struct.pack("<f", deviation)
    file.write(words.ljust(_HEADER_BYTES, b"\0"))
    for block in _blocks(image):
        file.write(block.data)


def _blocks(image: Any) -> Iterator[Any]:
    for start in range(0, image.shape[0], _ROWS_AT_ONCE):
        yield np.ascontiguousarray(image[start : start + _ROWS_AT_ONCE], dtype="<f4")
