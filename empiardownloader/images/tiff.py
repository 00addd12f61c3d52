"""TIFF files and what is one inside: EER movies, and Falcon's .gain references."""

import struct
from operator import add
from typing import Tuple, cast

from tifffile import TiffFile, TiffPage

from .errors import Unreadable, cut_short

# Tags that say where the strips or tiles of a page lie, and how long they are.
_PLACES = (273, 279, 324, 325)


def tiff_shape(path: str) -> Tuple[int, int, int]:
    """Width and height of the first page, and the number of pages; Unreadable when cut.

    The same numbers as pwem's TIFF reader gives, which leaves the file open. The pages are counted
    along the chain that links them: only the tags of the first and the last one are parsed.
    """
    with TiffFile(path) as tiff:
        pages = tiff.pages
        frames = len(pages)
        _check_chain(tiff)
        if not frames:
            raise Unreadable("it has no pages: it was never finished")
        _check_data(pages.first, cast(TiffPage, pages.get(frames - 1)), tiff.filehandle.size)
        return pages.first.imagewidth, pages.first.imagelength, frames


def _check_chain(tiff: TiffFile) -> None:
    """Raise unless the chain of pages ends as it should, with a link to nowhere."""
    layout, size = tiff.tiff, tiff.filehandle.size
    link = tiff.pages.next_page_offset or 0
    tiff.filehandle.seek(link)
    content = tiff.filehandle.read(layout.offsetsize)
    if len(content) < layout.offsetsize:
        raise cut_short(link + layout.offsetsize, size, at_least=True)
    (following,) = struct.unpack(layout.offsetformat, content)
    if following + layout.tagnosize > size:
        raise cut_short(following + layout.tagnosize, size, at_least=True)
    if following:
        raise Unreadable(f"nothing can be read after its frame {len(tiff.pages)}: it is damaged")


def _check_data(first: TiffPage, last: TiffPage, size: int) -> None:
    """Raise unless the last page's strips or tiles lie within the file.

    tifffile drops a tag whose values lie beyond the end of the file.
    """
    if any(tag in first.tags and tag not in last.tags for tag in _PLACES):
        raise Unreadable("what it says of its last frame is incomplete: cut short at the source")
    end = max(map(add, last.dataoffsets, last.databytecounts), default=0)
    if end > size:
        raise cut_short(end, size)
