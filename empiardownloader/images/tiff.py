"""TIFF files and formats based on TIFF: EER movies, and Falcon's .gain references."""

import struct
from importlib.util import find_spec
from itertools import islice
from operator import add
from typing import Any, Iterator, Tuple, cast

import numpy as np
from tifffile import TiffFile, TiffPage

from .errors import PixelsNotRead, Unreadable, truncated

# Tags that say where the strips or tiles of a page lie, and how long they are.
_PLACES = (273, 279, 324, 325)
_EER_COMPRESSIONS = frozenset((65000, 65001, 65002))
_LZW = 5
# None, and both numbers of deflate, for which the standard library is enough.
_DECODED_BY_TIFFFILE = frozenset((1, 8, 32946))


def tiff_shape(path: str) -> Tuple[int, int, int]:
    """Return width and height of the first page, and the number of pages; Unreadable if truncated.

    The numbers equal those of pwem's TIFF reader, which leaves the file open. The pages are counted
    along the chain that links them: only the tags of the first and the last one are parsed.
    """
    with TiffFile(path) as tiff:
        pages = tiff.pages
        frames = len(pages)
        _check_chain(tiff)
        if not frames:
            raise Unreadable("it has no pages: it was never finished")
        first, last = pages.first, cast(TiffPage, pages.get(frames - 1))
        _check_data(first, last, tiff.filehandle.size)
        return first.imagewidth, first.imagelength, frames - _final_images(first, last)


def _final_images(first: TiffPage, last: TiffPage) -> int:
    """Return the number of pages of an EER file that are no frames: its uncompressed sum.

    EER 2.1 allows a "final image" beside the frames. The maker's own reader recognizes it by its
    compression; RELION refuses the whole file.
    """
    if {first.compression, last.compression}.isdisjoint(_EER_COMPRESSIONS):
        return 0
    ends = {first.index: first, last.index: last}.values()
    return sum(page.compression not in _EER_COMPRESSIONS for page in ends)


def read_tiff_pages(path: str, many: int) -> Iterator[Any]:
    """Return the first frames, arrays of (y, x) with the upper row first.

    Pillow decodes LZW; EER, zstd and other rare kinds need the package imagecodecs, else
    PixelsNotRead.
    """
    with TiffFile(path) as tiff:
        compression = int(tiff.pages.first.compression)
        bits = tiff.pages.first.bitspersample
        if compression == _LZW and bits in (8, 16, 32) and not _has_imagecodecs():
            yield from _pillow_pages(path, many)
            return
        if compression not in _DECODED_BY_TIFFFILE and not _has_imagecodecs():
            raise PixelsNotRead(
                f"its frames are compressed by {_compression_name(compression)}, for which the "
                "Python package imagecodecs has to be installed"
            )
        frames = (page for page in tiff.pages if not _is_final_image(page, path))
        for page in islice(frames, many):
            yield cast(TiffPage, page).asarray()


def _is_final_image(page: Any, path: str) -> bool:
    eer = path.lower().endswith(".eer")
    return eer and cast(TiffPage, page).aspage().compression not in _EER_COMPRESSIONS


def _pillow_pages(path: str, many: int) -> Iterator[Any]:
    # Frames of a K3 in super-resolution have more pixels than Pillow trusts a web page with.
    from PIL import Image, ImageSequence

    largest, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(path) as image:
            for frame in islice(ImageSequence.Iterator(image), many):
                yield np.asarray(frame)
    finally:
        Image.MAX_IMAGE_PIXELS = largest


def _compression_name(compression: int) -> str:
    if compression in _EER_COMPRESSIONS:
        return "EER"
    return {50000: "zstd", 34926: "zstd"}.get(compression, f"method {compression} of TIFF")


def _has_imagecodecs() -> bool:
    return find_spec("imagecodecs") is not None


def _check_chain(tiff: TiffFile) -> None:
    """Raise Unreadable unless the chain of pages ends with a null link."""
    layout, size = tiff.tiff, tiff.filehandle.size
    link = tiff.pages.next_page_offset or 0
    tiff.filehandle.seek(link)
    content = tiff.filehandle.read(layout.offsetsize)
    if len(content) < layout.offsetsize:
        raise truncated(link + layout.offsetsize, size, at_least=True)
    (following,) = struct.unpack(layout.offsetformat, content)
    if following + layout.tagnosize > size:
        raise truncated(following + layout.tagnosize, size, at_least=True)
    if following:
        raise Unreadable(f"nothing can be read after its frame {len(tiff.pages)}: it is damaged")


def _check_data(first: TiffPage, last: TiffPage, size: int) -> None:
    """Raise Unreadable unless the last page's strips or tiles are within the file.

    tifffile drops a tag whose values are beyond the end of the file.
    """
    if any(tag in first.tags and tag not in last.tags for tag in _PLACES):
        raise Unreadable("what it says of its last frame is incomplete: cut short at the source")
    end = max(map(add, last.dataoffsets, last.databytecounts), default=0)
    if end > size:
        raise truncated(end, size)
