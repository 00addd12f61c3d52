"""The first rows of frames of TIFF and EER files, without decoding the rest."""

import io
import struct
from importlib.util import find_spec
from itertools import islice
from typing import Any, Dict, Iterator, List, Optional, cast

import numpy as np
from tifffile import TiffFile, TiffPage

from .eer import FIXED_CODES, EerCodes, electrons
from .errors import PixelsNotRead
from .tiff import EER_COMPRESSIONS

_NONE, _LZW, _DEFLATE = 1, 5, (8, 32946)
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3  # values of SampleFormat
# Differences of pixels that Pillow sums up, by sample format and bits. It swaps the bytes of
# big-endian ones of 32 bits once too often.
_DIFFERENCES = {
    *((_UNSIGNED, bits) for bits in (8, 16, 32)),
    *((_SIGNED, bits) for bits in (8, 16, 32)),
    (_FLOAT, 32),
}
_SHORT, _LONG = 3, 4  # types of TIFF tags
_LONGS = (256, 257, 273, 278, 279, 322, 323, 324, 325)
# Of a strip's bytes, times the share of its rows that is needed: frames are lit unevenly. A strip
# that ends too early makes libtiff print a line.
_MARGIN, _SMALLEST = 4, 1 << 12
_FASTER = 4  # times than Pillow with LZW, all else
_BITS_OF_EER = (65007, 65008, 65009)  # of a run length, and of both coordinates in a pixel


class TiffFrames:
    """The frames of an open TIFF or EER file; an EER file's sum of all frames is none."""

    def __init__(self, tiff: TiffFile) -> None:
        """Read the frames of a file that stays open meanwhile."""
        self._tiff = tiff
        first = tiff.pages.first
        last = cast(TiffPage, tiff.pages[-1]).aspage() if len(tiff.pages) > 1 else first
        self._reads_whole_strips = False
        #: True if frames are runs of empty pixels between electrons.
        self.is_eer = not EER_COMPRESSIONS.isdisjoint((first.compression, last.compression))

    def first_rows(self, rows: int, start: int, stop: int) -> Iterator[Any]:
        """Return arrays (y, x) of the first rows as stored, from frame ``start`` to ``stop``.

        Raises PixelsNotRead for a compression that needs the package imagecodecs if it is missing.
        """
        pages = (cast(TiffPage, page).aspage() for page in self._tiff.pages)
        if self.is_eer:
            pages = (page for page in pages if page.compression in EER_COMPRESSIONS)
        for page in islice(pages, start, stop):
            yield self._first_rows(page, rows)

    def decoding_cost(self, rows: int) -> int:
        """Return the cost of a frame's first rows, in bytes of the usual LZW.

        Whole strips or tiles are decoded where the decoder does not stop at the last row.
        """
        page = self._tiff.pages.first
        stops = self.is_eer or _is_plain(page) or _is_for_pillow(page)
        if page.is_tiled or not stops:
            step = int(page.tilelength if page.is_tiled else page.rowsperstrip)
            rows = min(int(page.imagelength), -(-rows // step) * step)
        size = rows * int(page.imagewidth) * max(1, int(page.bitspersample) // 8)
        return size if _is_for_pillow(page) else max(1, size // _FASTER)

    def _first_rows(self, page: TiffPage, rows: int) -> Any:
        if self.is_eer:
            return self._electrons(page, rows)
        if _is_for_pillow(page):
            return self._decompressed(page, rows)
        if _is_plain(page):
            return self._stored(page, rows)
        if page.compression != _NONE and find_spec("imagecodecs") is None:
            raise PixelsNotRead(
                f"its frames are compressed by {_compression_name(page.compression)}, for which "
                "the Python package imagecodecs has to be installed"
            )
        if page.is_tiled or page.samplesperpixel != 1:
            return page.asarray()[:rows]
        return self._strips(page, rows)

    def _decompressed(self, page: TiffPage, rows: int) -> Any:
        """Return rows that Pillow decodes, from the beginning of a strip if that has enough."""
        try:
            return self._by_pillow(page, rows)
        except OSError:
            if self._reads_whole_strips:
                raise
            # A damaged file fails again, and one that is lit on top only needs more of its strips.
            self._reads_whole_strips = True
            return self._by_pillow(page, rows)

    def _by_pillow(self, page: TiffPage, rows: int) -> Any:
        pixels = _decoded(self._one_page(page, rows))
        if _is_bytewise(page):
            return pixels.view(self._type(page))
        if page.bitspersample == 4:
            return pixels // 17  # Pillow stretches four bits to eight
        signed = page.sampleformat == _SIGNED
        return pixels.view(pixels.dtype.str.replace("u", "i")) if signed else pixels

    def _type(self, page: TiffPage) -> Any:
        """Return the type of the pixels as stored."""
        return cast(Any, page.dtype).newbyteorder(self._tiff.byteorder)

    def _stored(self, page: TiffPage, rows: int) -> Any:
        """Return rows that are not compressed, without reading the strips to their end."""
        kind = self._type(page)
        size = rows * page.imagewidth * kind.itemsize
        strips = self._contents(page, -(-rows // page.rowsperstrip), size)
        return np.frombuffer(b"".join(strips)[:size], kind).reshape(rows, page.imagewidth)

    def _strips(self, page: TiffPage, rows: int) -> Any:
        """Return rows that tifffile decodes, with imagecodecs for most compressions."""
        strips = self._contents(page, -(-rows // page.rowsperstrip))
        decoded = (page.decode(strip, index)[0] for index, strip in enumerate(strips))
        joined = np.concatenate([np.asarray(strip).reshape(-1) for strip in decoded])
        return joined[: rows * page.imagewidth].reshape(-1, page.imagewidth)

    def _electrons(self, page: TiffPage, rows: int) -> Any:
        """Return the counts of electrons in the pixels of an EER frame."""
        codes = FIXED_CODES.get(page.compression) or _codes_from_tags(page)
        content = b"".join(self._contents(page, len(page.dataoffsets)))
        pixels = rows * page.imagewidth
        found = electrons(content, codes, rows / page.imagelength, pixels)
        image = np.zeros(pixels, np.uint8)
        image[found] = 1  # runs end before a pixel, so none has two
        return image.reshape(rows, page.imagewidth)

    def _contents(self, page: TiffPage, many: int, limit: Optional[int] = None) -> List[bytes]:
        """Return the first strips or tiles as stored, and at most so many bytes of each."""
        file, contents = self._tiff.filehandle, []
        for offset, size in islice(zip(page.dataoffsets, page.databytecounts), many):
            file.seek(offset)
            contents.append(file.read(size if limit is None else min(size, limit)))
        return contents

    def _one_page(self, page: TiffPage, rows: int) -> bytes:
        """Return a TIFF file of one page: the strips or tiles of the first rows, still compressed.

        Of a strip with more rows, libtiff decodes only as many as the page has. Pixels of whole
        bytes are said to be so many bytes: Pillow decodes these whatever numbers they make.
        """
        wide = page.bitspersample // 8 if _is_bytewise(page) else 1
        side = page.tilelength if page.is_tiled else min(rows, page.rowsperstrip)
        across = -(-page.imagewidth // page.tilewidth) if page.is_tiled else 1
        limit = None if page.is_tiled else self._strip_limit(page, rows)
        pieces = self._contents(page, across * -(-rows // side), limit)
        extent = {322: wide * page.tilewidth, 323: side} if page.is_tiled else {278: side}
        offsets, sizes = (324, 325) if page.is_tiled else (273, 279)
        tags: Dict[int, List[int]] = {
            256: [wide * page.imagewidth],
            257: [rows],
            258: [page.bitspersample // wide],
            259: [page.compression],
            262: [1],  # black is zero
            266: [page.fillorder],
            277: [1],  # sample for each pixel
            317: [page.predictor],
            339: [_FLOAT if page.sampleformat == _FLOAT and wide == 1 else _UNSIGNED],
            offsets: [0] * len(pieces),
            sizes: [len(piece) for piece in pieces],
            **{tag: [value] for tag, value in extent.items()},
        }
        begin = len(_directory(tags, self._tiff.byteorder))
        tags[offsets] = [begin + int(each) for each in np.cumsum([0, *tags[sizes][:-1]])]
        return b"".join((_directory(tags, self._tiff.byteorder), *pieces))

    def _strip_limit(self, page: TiffPage, rows: int) -> Optional[int]:
        """Return how many bytes of a strip are read for its first rows; None for all."""
        if self._reads_whole_strips or rows >= page.rowsperstrip:
            return None
        return _SMALLEST + _MARGIN * int(page.databytecounts[0]) * rows // int(page.rowsperstrip)


def _directory(tags: Dict[int, List[int]], order: str) -> bytes:
    """Return the header and the only directory of a TIFF file, with the long values behind it."""
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(tags))
    behind_at = len(head) + 12 * len(tags) + 4
    entries, behind = b"", b""
    for tag, values in sorted(tags.items()):
        kind, letter = (_LONG, "I") if tag in _LONGS else (_SHORT, "H")
        packed = struct.pack(f"{order}{len(values)}{letter}", *map(int, values))
        if len(packed) > 4:
            place = struct.pack(order + "I", behind_at + len(behind))
            behind, packed = behind + packed, place
        entries += struct.pack(order + "HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    return head + entries + bytes(4) + behind


def _decoded(content: bytes) -> Any:
    """Return the pixels of a TIFF file of one page, by the libtiff that Pillow brings along."""
    from PIL import Image

    # Frames of a K3 in super-resolution have more pixels than Pillow trusts a web page with.
    largest, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image)
    finally:
        Image.MAX_IMAGE_PIXELS = largest


def _is_bytewise(page: TiffPage) -> bool:
    """Return True for pixels of one number of whole bytes each, and not of differences."""
    one_number = page.samplesperpixel == 1 and page.dtype is not None and page.predictor == 1
    return one_number and page.bitspersample == 8 * cast(Any, page.dtype).itemsize


def _is_plain(page: TiffPage) -> bool:
    """Return True for whole bytes in strips that are not compressed."""
    return page.compression == _NONE and not page.is_tiled and _is_bytewise(page)


def _is_for_pillow(page: TiffPage) -> bool:
    """Return True for one number to a pixel, in a kind and compression that Pillow reads."""
    if page.bitspersample == 4:
        return page.samplesperpixel == 1 and page.compression in (_NONE, _LZW, *_DEFLATE)
    if page.compression not in (_LZW, *_DEFLATE):
        return False
    swapped = page.parent.byteorder == ">" and page.bitspersample == 32
    known = (page.sampleformat, page.bitspersample) in _DIFFERENCES and not swapped
    return _is_bytewise(page) or (page.samplesperpixel == 1 and page.predictor in (2, 3) and known)


def _codes_from_tags(page: TiffPage) -> EerCodes:
    """Return the lengths of an EER frame's codes from its tags; without tags, those of 65001."""
    run, *place = (page.tags.valueof(tag) for tag in _BITS_OF_EER)
    if run is None or None in place:
        return FIXED_CODES[65001]
    return EerCodes(int(run), sum(map(int, place)))


def _compression_name(compression: int) -> str:
    names = {_LZW: "LZW", **dict.fromkeys(_DEFLATE, "deflate"), 50000: "zstd", 34926: "zstd"}
    return names.get(compression, f"method {compression} of TIFF")
