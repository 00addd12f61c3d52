"""Pixels of movies and gain references, with rows in the order of an MRC file.

RELION, IMOD, SerialEM, EMAN2 and MotionCor flip the rows of a TIFF when they read it; a Gatan DM
file begins with the upper row, too. EER frames and Falcon's ``.gain`` are used unchanged.
"""

from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator, Optional, Tuple

import numpy as np

from .dm import open_dm
from .errors import PixelsNotRead, Unreadable
from .mrc import read_mrc_header
from .shape import image_shape
from .tiff import read_tiff_pages

# int8, int16, float32, uint16 and float16; 101, two pixels to a byte, is unpacked here.
_MRC_TYPES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2", 101: "u1"}
_MRC, _TIFF, _DM = (".mrc", ".mrcs"), (".tif", ".tiff", ".eer", ".gain"), (".dm3", ".dm4")
_ROWS_AS_STORED = (".eer", ".gain")
#: Sides of what is looked at of a frame: its middle, which every turn and flip keeps in the middle.
_WINDOW = 2048
# Pixels to decode of a movie: two frames of a K3 in LZW are 0.3 s. Uncompressed ones cost less.
_DECODED = 48_000_000
_EVENTS = 60  # EER frames hold single electrons: fewer say nothing


def sum_of_frames(path: str, effort: int = 1) -> Any:
    """Return the sum of some frames, float32 of (y, x), cut to the middle.

    ``effort`` multiplies the number of frames. Raises PixelsNotRead if this machine has no reader
    for the file, and Unreadable if it is damaged.
    """
    width, height, frames = image_shape(path)
    suffix = Path(path).suffix.lower()
    many = max(1, min(frames, effort * max(2, _DECODED // (width * height))))
    window = middle((height, width))
    with _named(suffix):
        if suffix in _MRC:
            pages = _mrc_sections(path, min(frames, 4 * many), window)
        elif suffix in _TIFF:
            many = min(frames, effort * _EVENTS) if suffix == ".eer" else many
            pages = (_right_way(page, suffix)[window] for page in read_tiff_pages(path, many))
        elif suffix in _DM:
            pages = _dm_slices(path, many, window)
        else:
            raise PixelsNotRead(f"{suffix} movies are not read here")
        return _summed(pages)


def middle(shape: Tuple[int, ...], binning: int = 1) -> Tuple[slice, slice]:
    """Return the window to cut out of an image (y, x), centred.

    With ``binning``, the same window of an image that is smaller by this factor.
    """
    height, width = (_middle_of(side, binning) for side in shape)
    return height, width


def _middle_of(side: int, binning: int) -> slice:
    # Even, so that frames can be binned by two after they were cut.
    cut = max(0, (side * binning - _WINDOW) // 4 * 2) // binning
    return slice(cut, side - cut)


def read_gain(path: str) -> Any:
    """Return a gain reference as float32 of (y, x), rows as in an MRC file."""
    _width, _height, frames = image_shape(path)
    if frames != 1:
        raise PixelsNotRead(f"it has {frames} frames")
    suffix = Path(path).suffix.lower()
    everything = (slice(None), slice(None))
    with _named(suffix):
        if suffix in _MRC:
            (page,) = _mrc_sections(path, 1, everything)
        elif suffix in _TIFF:
            (page,) = (_right_way(page, suffix) for page in read_tiff_pages(path, 1))
        elif suffix in _DM:
            (page,) = _dm_slices(path, 1, everything)
        else:
            raise PixelsNotRead(f"{suffix} gain references are not read here")
        return np.ascontiguousarray(page, dtype=np.float32)


def _summed(pages: Iterator[Any]) -> Any:
    total: Optional[Any] = None
    for page in pages:
        if np.iscomplexobj(page) or page.ndim != 2:
            raise PixelsNotRead("its frames are no plain images")
        total = page.astype(np.float32) if total is None else np.add(total, page, out=total)
    return total


def _right_way(page: Any, suffix: str) -> Any:
    return page if suffix in _ROWS_AS_STORED else page[::-1]


def _mrc_sections(path: str, many: int, window: Tuple[slice, slice]) -> Iterator[Any]:
    header = read_mrc_header(path)
    if header.mode not in _MRC_TYPES:
        raise PixelsNotRead(f"MRC files of mode {header.mode} hold no plain images")
    kind = np.dtype((">" if header.big_endian else "<") + _MRC_TYPES[header.mode])
    packed = header.mode == 101
    columns = (header.columns + 1) // 2 if packed else header.columns
    sections = np.memmap(
        path, kind, "r", header.data_start, (header.sections, header.rows, columns)
    )
    for section in sections[:many]:
        if packed:
            yield _nibbles(section[window[0]], header.columns)[:, window[1]]
        else:
            yield section[window]


def _nibbles(packed: Any, columns: int) -> Any:
    """Unpack IMOD's mode 101: the lower four bits of a byte are the left one of two pixels."""
    pixels = np.empty((packed.shape[0], 2 * packed.shape[1]), np.uint8)
    pixels[:, ::2], pixels[:, 1::2] = packed & 15, packed >> 4
    return pixels[:, :columns]


def _dm_slices(path: str, many: int, window: Tuple[slice, slice]) -> Iterator[Any]:
    with open_dm(path) as image:
        for index in range(many):
            yield np.asarray(image.getSlice(0, index)["data"])[::-1][window]


@contextmanager
def _named(suffix: str) -> Iterator[None]:
    """Map the errors of decoders on broken data, which can be of any type, to Unreadable."""
    try:
        yield
    except (PixelsNotRead, Unreadable, MemoryError):
        raise
    except Exception as error:
        raise Unreadable(f"its frames cannot be read ({error})") from error
