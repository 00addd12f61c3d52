"""EER movies: electrons of a Falcon camera as run lengths, with the camera's XML."""

from __future__ import annotations

import struct
from typing import Dict, List, Optional, Tuple

import numpy as np

#: Compression of TIFF: bits of a run length, bits of a place in a pixel, and whether the longest
#: run is followed by the latter, too.
CODES = {65000: (8, 4, True), 65001: (7, 4, False), 65002: (8, 2, False)}
_TAGS_OF_65002 = {65007: 8, 65008: 1, 65009: 1}
_XML_TAG = 65001
_SHORT, _UNDEFINED, _LONG8 = 3, 7, 16  # types of TIFF tags


def electron_frames(
    random: np.random.Generator, gain: np.ndarray, frames: int, electrons: float
) -> np.ndarray:
    """Return frames (frames, y, x) of 0 and 1 with this mean of electrons per pixel and frame.

    `gain` multiplies; `electrons` is far below 1, as in a camera that counts.
    """
    return (random.random((frames, *gain.shape)) < electrons / gain).astype(np.uint8)


def eer_bytes(
    stack: np.ndarray,
    pixel_size: Optional[float],
    dose_per_pixel: float,
    final_image: bool = False,
    compression: int = 65001,
) -> bytes:
    """Return an EER movie of frames (frames, y, x) of 0 and 1.

    `pixel_size` in angstrom, None to leave it out; `dose_per_pixel` in electrons over all frames,
    as the XML says it. `final_image`: an uncompressed sum comes before the frames.
    """
    pages = [_page(frame, compression) for frame in stack]
    if final_image:
        pages.insert(
            0, ({**_shape_tags(stack.shape[1:]), 259: 1}, stack.sum(0, np.uint8).tobytes())
        )
    return _big_tiff(pages, _xml(pixel_size, dose_per_pixel, len(stack)))


def encoded_frame(frame: np.ndarray, compression: int) -> bytes:
    """Return the run lengths of one frame, filled up to whole words of 64 bits."""
    run_bits, place_bits, always = CODES[compression]
    longest = (1 << run_bits) - 1
    electrons = np.flatnonzero(frame)
    runs = np.diff(electrons, prepend=-1, append=frame.size) - 1
    many = runs // longest
    codes = np.repeat(longest, len(runs) + many.sum())
    ends = np.cumsum(many + 1) - 1
    # Any place within the pixel will do.
    codes[ends] = runs % longest | (np.arange(len(runs)) % (1 << place_bits)) << run_bits
    lengths = np.full(len(codes), run_bits + (place_bits if always else 0))
    lengths[ends] = run_bits + place_bits
    bits = np.arange(run_bits + place_bits)
    stream = (codes[:, None] >> bits & 1)[bits < lengths[:, None]]
    packed = np.packbits(stream.astype(np.uint8), bitorder="little").tobytes()
    return packed.ljust(-(-len(packed) // 8) * 8, b"\0")


def _page(frame: np.ndarray, compression: int) -> Tuple[Dict[int, int], bytes]:
    tags = {**_shape_tags(frame.shape), 259: compression}
    return (
        {**tags, **(_TAGS_OF_65002 if compression == 65002 else {})},
        encoded_frame(frame, compression),
    )


def _shape_tags(shape: Tuple[int, ...]) -> Dict[int, int]:
    return {256: shape[1], 257: shape[0], 258: 8, 262: 1, 277: 1, 278: shape[0]}


def _xml(pixel_size: Optional[float], dose_per_pixel: float, frames: int) -> bytes:
    items = {"totalDose": ("e/pixel", dose_per_pixel), "numberOfFrames": ("", frames)}
    if pixel_size is not None:
        items["sensorPixelSize.width"] = ("m", pixel_size * 1e-10)
    text = "".join(
        f'<item name="{name}" unit="{unit}">{value:g}</item>'
        for name, (unit, value) in items.items()
    )
    return f"<metadata>{text}</metadata>".encode("ascii")


def _big_tiff(pages: List[Tuple[Dict[int, int], bytes]], xml: bytes) -> bytes:
    """Return a BigTIFF file; the camera's XML is in the first page alone."""
    content = bytearray(struct.pack("<2sHHHQ", b"II", 43, 8, 0, 0))
    link = 8
    for number, (tags, data) in enumerate(pages):
        values = {tag: (_SHORT, 1, value) for tag, value in tags.items()}
        values[273] = (_LONG8, 1, len(content))
        values[279] = (_LONG8, 1, len(data))
        content += data
        if number == 0:
            values[_XML_TAG] = (_UNDEFINED, len(xml), len(content))
            content += xml
        content += bytes(-len(content) % 8)
        struct.pack_into("<Q", content, link, len(content))
        content += struct.pack("<Q", len(values))
        for tag, value in sorted(values.items()):
            content += struct.pack("<HHQQ", tag, *value)
        link = len(content)
        content += bytes(8)
    return bytes(content)
