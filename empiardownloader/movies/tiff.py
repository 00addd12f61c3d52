"""TIFF files and what is one inside: EER movies, and Falcon's .gain references."""

import struct
from operator import add

from tifffile import TiffFile, TiffPage

from .errors import Unreadable, cut_short
from .shape import Shape


def tiff_shape(path: str) -> Shape:
    """Width and height of the first page, and the number of pages; Unreadable when cut.

    The same numbers as pwem's TIFF reader gives, which leaves the file open. The length of
    ``pages`` comes from the chain that links them: no tags are parsed but the first and last page's.
    """
    with TiffFile(path) as tiff:
        frames = len(tiff.pages)
        if not frames:
            raise Unreadable("it has no pages: it was never finished, or it is damaged")
        _check_chain(tiff)
        _check_data(tiff.pages[frames - 1], tiff.filehandle.size)
        first = tiff.pages[0]
        return first.imagewidth, first.imagelength, frames


def _check_chain(tiff: TiffFile) -> None:
    """Raise unless the chain of pages ends as it should, with a link to nowhere."""
    size, link = tiff.filehandle.size, tiff.pages.next_page_offset
    tiff.filehandle.seek(link)
    content = tiff.filehandle.read(tiff.tiff.offsetsize)
    if len(content) < tiff.tiff.offsetsize:
        raise cut_short(link + tiff.tiff.offsetsize, size, at_least=True)
    (following,) = struct.unpack(tiff.tiff.offsetformat, content)
    if following >= size:
        raise cut_short(following + 1, size, at_least=True)
    if following:
        raise Unreadable(f"nothing can be read after its frame {len(tiff.pages)}: it is damaged")


def _check_data(last: TiffPage, size: int) -> None:
    """Raise unless the last page's strips or tiles lie within the file."""
    if not last.dataoffsets:
        raise Unreadable(f"the entry for its frame {last.index + 1} is incomplete: it is damaged")
    end = max(map(add, last.dataoffsets, last.databytecounts))
    if end > size:
        raise cut_short(end, size)
