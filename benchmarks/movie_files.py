"""Writers of movies in each format that the orientation of a gain reference is found in."""

from __future__ import annotations

import io
import struct
from functools import partial
from pathlib import Path
from typing import Callable, Dict, NamedTuple, Optional, Sequence

import numpy as np
from PIL import Image
from tifffile import TiffWriter

from empiardownloader.demo.data.mrc import mrc_header
from empiardownloader.tests.data.dm import dm4_bytes
from empiardownloader.tests.data.eer import eer_bytes

_PILLOWS_STRIP = 1 << 16  # bytes


class Format(NamedTuple):
    """``write`` takes frames (y, x), rows as in an MRC file, and rounds to the format's numbers.

    ``scale``: by which corrected counts are multiplied before, None if the format has only raw
    ones. ``counts``: electrons in each frame, relative to those of other formats.
    """

    write: Callable[[Path, Sequence[np.ndarray]], None]
    scale: Optional[float] = None
    counts: float = 1.0
    frames: int = 20


def _write_mrc(mode: int, kind: str, path: Path, frames: Sequence[np.ndarray]) -> None:
    with open(path, "wb") as file:
        file.write(mrc_header((len(frames), *frames[0].shape), mode))
        for frame in frames:
            pixels = _rounded(frame, kind)
            file.write((_nibbles(pixels) if mode == 101 else pixels).tobytes())


def _nibbles(pixels: np.ndarray) -> np.ndarray:
    return pixels[:, ::2] | pixels[:, 1::2] << 4


def _rounded(frame: np.ndarray, kind: str) -> np.ndarray:
    return frame.astype(kind) if np.dtype(kind).kind == "f" else np.rint(frame).astype(kind)


def write_by_pillow(
    compression: str, one_strip: bool, path: Path, frames: Sequence[np.ndarray]
) -> None:
    """Write a TIFF movie with one strip for each frame, or with Pillow's strips of 64 KiB."""
    first, *others = [Image.fromarray(_rounded(frame, "u1")[::-1]) for frame in frames]
    first.save(path, "TIFF", save_all=True, append_images=others, compression=compression,
               strip_size=frames[0].size if one_strip else _PILLOWS_STRIP)


def _write_zstd(path: Path, frames: Sequence[np.ndarray]) -> None:
    with TiffWriter(path) as file:
        for frame in frames:
            file.write(_rounded(frame, "u1")[::-1], compression="zstd", rowsperstrip=64,
                       photometric="minisblack", metadata=None)


def _write_dm4(path: Path, frames: Sequence[np.ndarray]) -> None:
    path.write_bytes(dm4_bytes(np.stack([_rounded(frame, "u1")[::-1] for frame in frames])))


def _write_eer(compression: int, path: Path, frames: Sequence[np.ndarray]) -> None:
    stack = np.stack([frame > 0 for frame in frames]).astype(np.uint8)
    path.write_bytes(eer_bytes(stack, 1.0, float(stack.mean()), compression=compression))


#: By the name of a file.
FORMATS: Dict[str, Format] = {
    "mode 0.mrc": Format(partial(_write_mrc, 0, "i1"), 16),
    "mode 1.mrc": Format(partial(_write_mrc, 1, "<i2"), 100),
    "mode 2.mrc": Format(partial(_write_mrc, 2, "<f4"), 1),
    "mode 6.mrc": Format(partial(_write_mrc, 6, "<u2"), 100),
    "mode 12.mrc": Format(partial(_write_mrc, 12, "<f2"), 1),
    "mode 101.mrc": Format(partial(_write_mrc, 101, "u1")),
    "LZW.tif": Format(partial(write_by_pillow, "tiff_lzw", False), 16),
    "deflate.tif": Format(partial(write_by_pillow, "tiff_adobe_deflate", True), 16),
    "zstd.tif": Format(_write_zstd, 16),
    "DM4.dm4": Format(_write_dm4, 16),
    "8 bits.eer": Format(partial(_write_eer, 65000), counts=0.1, frames=48),
    "7 bits.eer": Format(partial(_write_eer, 65001), counts=0.1, frames=48),
}


def repeated_frame(frame: np.ndarray, frames: int, one_strip: bool) -> bytes:
    """Return an LZW TIFF in which each page is the same compressed frame, stored once.

    It is decoded as one of different frames is, and made in a fraction of the time.
    """
    file = io.BytesIO()
    strip_size = frame.size if one_strip else _PILLOWS_STRIP
    Image.fromarray(frame).save(file, "TIFF", compression="tiff_lzw", strip_size=strip_size)
    content = bytearray(file.getvalue())
    (begin,) = struct.unpack_from("<I", content, 4)
    (count,) = struct.unpack_from("<H", content, begin)
    size = 2 + 12 * count
    directory, link = bytes(content[begin : begin + size]), begin + size
    for _ in range(frames - 1):
        content += bytes(len(content) % 2)
        struct.pack_into("<I", content, link, len(content))
        link = len(content) + size
        content += directory + bytes(4)
    struct.pack_into("<I", content, link, 0)
    return bytes(content)
