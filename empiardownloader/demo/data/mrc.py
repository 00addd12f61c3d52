"""MRC files without time stamps: equal data give equal bytes."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Tuple

if TYPE_CHECKING:
    import numpy as np

#: MRC2014 mode of each array type that is written here.
MODES = {"int8": 0, "int16": 1, "float32": 2, "uint16": 6}

TINY_SHAPE = (2, 16, 16)
_TINY_COUNTS = bytes(value % 8 for value in range(256))


def mrc_header(
    shape: Tuple[int, int, int],
    mode: int,
    pixel_size: float = 1.0,
    statistics: Tuple[float, float, float, float] = (0.0, -1.0, -2.0, -1.0),
) -> bytes:
    """Return the 1024 bytes of an MRC2014 header of an image stack.

    `shape` is (frames, y, x), `pixel_size` in angstrom, `statistics` the minimum, maximum, mean and
    standard deviation; by default the standard's own values for "not determined".
    """
    frames, rows, columns = shape
    minimum, maximum, mean, deviation = statistics
    words = struct.pack("<10i", columns, rows, frames, mode, 0, 0, 0, columns, rows, frames)
    cell = [pixel_size * length for length in (columns, rows, frames)]
    words += struct.pack("<6f3i", *cell, 90.0, 90.0, 90.0, 1, 2, 3)
    words += struct.pack("<3f2i", minimum, maximum, mean, 0, 0)
    words += struct.pack("<8x4si84x3f", b"", 20140, 0.0, 0.0, 0.0)
    words += struct.pack("<4s4sfi", b"MAP ", b"\x44\x44\x00\x00", deviation, 0)
    return words.ljust(1024, b"\0")


def mrc_bytes(stack: np.ndarray, pixel_size: float = 1.0) -> bytes:
    """Return an MRC file of an image (y, x) or a stack (frames, y, x); `pixel_size` in angstrom.

    int8 becomes mode 0, int16 mode 1, float32 mode 2, uint16 mode 6. Raises ValueError for any
    other type.
    """
    if str(stack.dtype) not in MODES:
        raise ValueError(
            f"MRC files do not hold {stack.dtype}: convert the stack to one of {', '.join(MODES)}."
        )
    if stack.ndim == 2:
        stack = stack[None]
    statistics = (float(stack.min()), float(stack.max()), float(stack.mean()), float(stack.std()))
    header = mrc_header(stack.shape, MODES[str(stack.dtype)], pixel_size, statistics)
    return header + stack.astype(stack.dtype.newbyteorder("<")).tobytes()


_TINY_HEADER = mrc_header(TINY_SHAPE, MODES["int8"])


def tiny_movie(seed: int) -> bytes:
    """Return a valid MRC movie of 2 frames of 16 x 16 pixels, 1536 bytes, in microseconds."""
    frames, rows, columns = TINY_SHAPE
    noise = hashlib.shake_128(b"%d" % seed).digest(frames * rows * columns)
    return _TINY_HEADER + noise.translate(_TINY_COUNTS)
