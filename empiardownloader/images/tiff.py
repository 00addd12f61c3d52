"""Shape of TIFF files and of formats based on TIFF: EER movies, Falcon's .gain references."""

import struct
from operator import add
from typing import Tuple, cast

from tifffile import TiffFile, TiffPage

from .errors import Unreadable, truncated

# Tags that say where the strips or tiles of a page lie, and how long they are.
_PLACES = (273, 279, 324, 325)
EER_COMPRESSIONS = frozenset((65000, 65001, 65002))


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
    if {first.compression, last.compression}.isdisjoint(EER_COMPRESSIONS):
        return 0
    ends = {first.index: first, last.index: last}.values()
    return sum(page.compression not in EER_COMPRESSIONS for page in ends)


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
