"""MRC files, by the 1024 bytes of their header (MRC2014 and IMOD's additions to it)."""

import os
import struct
from typing import NamedTuple, Optional, Tuple

from .errors import Unreadable, cut_short

_HEADER_BYTES = 1024
_LARGEST = 65535  # pixels; more is a header read in the wrong byte order

# int8, int16, float32, two complex ones, uint16, float16, and IMOD's two pixels to a byte.
_BITS = {0: 8, 1: 16, 2: 32, 3: 32, 4: 64, 6: 16, 12: 16, 101: 4}


class MrcHeader(NamedTuple):
    """What the header says of the size; ``extended`` is the length of the extended header."""

    columns: int
    rows: int
    sections: int
    mode: int
    extended: int
    big_endian: bool

    @property
    def promised(self) -> int:
        """Bytes that a file with this header has at least."""
        row = (self.columns * _BITS[self.mode] + 7) // 8  # a row of mode 101 ends at a whole byte
        return _HEADER_BYTES + self.extended + row * self.rows * self.sections


def mrc_shape(path: str) -> Tuple[int, int, int]:
    """Columns, rows and sections, be they called a stack or a volume; Unreadable when cut."""
    header = read_mrc_header(path)
    return header.columns, header.rows, header.sections


def read_mrc_header(path: str) -> MrcHeader:
    """Read the header, in either byte order; Unreadable for another file or one cut short."""
    with open(path, "rb") as file:
        size = os.fstat(file.fileno()).st_size
        words = file.read(_HEADER_BYTES)
    if len(words) < _HEADER_BYTES:
        raise cut_short(_HEADER_BYTES, size, at_least=True)
    header = _parsed(words, big_endian=False) or _parsed(words, big_endian=True)
    if header is None:
        raise Unreadable("it is not an MRC file, or its header is damaged")
    if header.promised > size:
        raise cut_short(header.promised, size)
    return header


def _parsed(words: bytes, big_endian: bool) -> Optional[MrcHeader]:
    """The header in one byte order, or nothing where it makes no sense in it.

    The machine stamp is no help: many programs never wrote it.
    """
    order = ">" if big_endian else "<"
    columns, rows, sections, mode = struct.unpack_from(order + "4i", words)
    (extended,) = struct.unpack_from(order + "i", words, 92)
    plausible = 0 < columns <= _LARGEST and 0 < rows <= _LARGEST
    if not plausible or mode not in _BITS or extended < 0:
        return None
    return MrcHeader(columns, rows, sections, mode, extended, big_endian)
