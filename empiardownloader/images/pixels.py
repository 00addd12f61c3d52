"""Pixels of movies and gain references, with rows in the order of an MRC file.

RELION, IMOD, SerialEM, EMAN2 and MotionCor flip the rows of a TIFF when they read it; a Gatan DM
file begins with the upper row, too. EER frames and Falcon's ``.gain`` are used unchanged.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterable, Iterator, Optional, Tuple

import numpy as np
from tifffile import TiffFile

from .dm import open_dm
from .errors import PixelsNotRead, Unreadable
from .mrc import read_mrc_header
from .shape import image_shape
from .tiff_frames import TiffFrames

# int8, int16, float32, uint16 and float16; 101, two pixels to a byte, is unpacked here.
_MRC_TYPES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2", 101: "u1"}
_MRC, _TIFF, _DM = (".mrc", ".mrcs"), (".tif", ".tiff", ".eer", ".gain"), (".dm3", ".dm4")
_LOWEST_ROW_FIRST = (".mrc", ".mrcs", ".eer", ".gain")
#: What is looked at of a frame: its first rows, with about as many pixels.
_PIXELS = 3 << 18
# Bytes to decode in a look; LZW takes some 8 ns for each. Uncompressed ones cost a fourth.
_DECODED = 10 << 20
_EVENTS = 48  # frames of an EER file: each has few electrons, and the cost is that of electrons
_SECOND_LOOK = 2  # times as much as the first one


def first_rows(path: str, again: bool = False) -> Any:
    """Return the sum of the first rows of some frames, float32 of (y, x), rows as stored.

    The rows are as many as :func:`rows_looked_at` says, and the frames so many that the cost has a
    bound. ``again``: of up to twice as many frames, which follow them; None if there are none.
    Raises PixelsNotRead if this machine has no reader for the file, Unreadable if it is damaged.
    """
    width, height, frames = image_shape(path)
    suffix = Path(path).suffix.lower()
    rows = rows_looked_at((height, width))
    with _named(suffix):
        if suffix in _MRC:
            span = _span(again, frames, 4 * _DECODED / (rows * width))
            return _summed(_mrc_rows(path, rows, *span))
        if suffix in _TIFF:
            return _first_rows_of_tiff(path, again, rows, frames)
        if suffix in _DM:
            span = _span(again, frames, 4 * _DECODED / (height * width))
            return _summed(page[:rows] for page in _dm_slices(path, *span))
        raise PixelsNotRead(f"{suffix} movies are not read here")


def _first_rows_of_tiff(path: str, again: bool, rows: int, frames: int) -> Any:
    with TiffFile(path) as tiff:
        pages = TiffFrames(tiff)
        many = _EVENTS if pages.is_eer else _DECODED / pages.decoding_cost(rows)
        return _summed(pages.first_rows(rows, *_span(again, frames, many)))


def _span(again: bool, frames: int, many: float) -> Tuple[int, int]:
    """Return the frames of a look, from and up to: two at least in the first one, or all."""
    first = min(max(2, int(many)), frames)
    return (first, min(first + int(_SECOND_LOOK * many), frames)) if again else (0, first)


def rows_looked_at(shape: Tuple[int, int]) -> int:
    """Return how many rows of a frame (y, x) are looked at; even, so that they can be binned."""
    height, width = shape
    return height if height * width <= _PIXELS else max(2, _PIXELS // width // 2 * 2)


def begins_with_upper_row(path: str) -> bool:
    """Return True for a file whose first row as stored is an MRC file's last one."""
    return Path(path).suffix.lower() not in _LOWEST_ROW_FIRST


def read_gain(path: str) -> Any:
    """Return a gain reference as float32 of (y, x), rows as in an MRC file."""
    _width, height, frames = image_shape(path)
    if frames != 1:
        raise PixelsNotRead(f"it has {frames} frames")
    suffix = Path(path).suffix.lower()
    with _named(suffix):
        if suffix in _MRC:
            (page,) = _mrc_rows(path, height, 0, 1)
        elif suffix in _TIFF:
            with TiffFile(path) as tiff:
                (page,) = TiffFrames(tiff).first_rows(height, 0, 1)
        elif suffix in _DM:
            (page,) = _dm_slices(path, 0, 1)
        else:
            raise PixelsNotRead(f"{suffix} gain references are not read here")
        if page.ndim != 2 or np.iscomplexobj(page):
            raise PixelsNotRead("it has several numbers for each pixel")
        page = page[::-1] if begins_with_upper_row(path) else page
        return np.asarray(page, dtype=np.float32)


def inverted(gain: Any) -> Any:
    """Return the gain that multiplies, of one that divides; dead pixels, marked by 0, stay dead."""
    return np.divide(1, gain, out=np.zeros(gain.shape, np.float32), where=gain != 0)


def _summed(pages: Iterable[Any]) -> Any:
    total: Optional[Any] = None
    for page in pages:
        if np.iscomplexobj(page) or page.ndim != 2:
            raise PixelsNotRead("its frames are no plain images")
        total = page.astype(np.float32) if total is None else np.add(total, page, out=total)
    return total


def _mrc_rows(path: str, rows: int, start: int, stop: int) -> Iterator[Any]:
    header = read_mrc_header(path)
    if header.mode not in _MRC_TYPES:
        raise PixelsNotRead(f"MRC files of mode {header.mode} hold no plain images")
    is_old_byte = header.mode == 0 and header.unsigned_bytes
    letters = "u1" if is_old_byte else _MRC_TYPES[header.mode]
    kind = np.dtype((">" if header.big_endian else "<") + letters)
    packed = header.mode == 101
    columns = (header.columns + 1) // 2 if packed else header.columns
    for section in range(start, stop):
        # A map for each section: what was read of the others does not stay in memory.
        begin = header.data_start + section * header.rows * columns * kind.itemsize
        pixels = np.memmap(path, kind, "r", begin, (rows, columns))
        yield _nibbles(pixels, header.columns) if packed else pixels


def _nibbles(packed: Any, columns: int) -> Any:
    """Unpack IMOD's mode 101: the lower four bits of a byte are the left one of two pixels."""
    pixels = np.empty((packed.shape[0], 2 * packed.shape[1]), np.uint8)
    pixels[:, ::2], pixels[:, 1::2] = packed & 15, packed >> 4
    return pixels[:, :columns]


def _dm_slices(path: str, start: int, stop: int) -> Iterator[Any]:
    with open_dm(path) as image:
        for index in range(start, stop):
            yield np.asarray(image.getSlice(0, index)["data"])


@contextmanager
def _named(suffix: str) -> Iterator[None]:
    """Map the errors of decoders on broken data, which can be of any type, to Unreadable."""
    try:
        yield
    except (PixelsNotRead, Unreadable, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(f"its frames cannot be read ({error})") from error
