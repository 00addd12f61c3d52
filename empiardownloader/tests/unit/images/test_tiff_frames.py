"""The first rows of TIFF frames, of whatever numbers, compression and layout."""

import io
import struct
from importlib.util import find_spec

import numpy as np
import pytest
import tifffile
from PIL import Image

from empiardownloader.images import pixels, tiff_frames
from empiardownloader.images.errors import PixelsNotRead
from empiardownloader.images.pixels import first_rows, read_gain

STACK = np.random.default_rng(6).integers(0, 15, (3, 48, 42)).astype(np.uint8)


def by_pillow(stack, compression="tiff_lzw", rows=48, predictor=1):
    first, *others = [Image.fromarray(page) for page in stack]
    file = io.BytesIO()
    strips = {"strip_size": rows * stack[0, 0].nbytes, "tiffinfo": {317: predictor}}
    first.save(
        file, "TIFF", save_all=True, append_images=others, compression=compression, **strips
    )
    return file.getvalue()


def by_tifffile(stack, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, stack, photometric="minisblack", metadata=None, **options)
    return file.getvalue()


def renamed(content, values):
    """Return a TIFF file with other values of some tags, of all its pages."""
    content = bytearray(content)
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        tags = [page.tags for page in tiff.pages]
    for page in tags:
        for tag, value in values.items():
            code = "<I" if page[tag].dtype == 4 else "<H"
            struct.pack_into(code, content, page[tag].valueoffset, value)
    return bytes(content)


def lzw_tiles():
    """Tiles of 16 pixels a side, each compressed by Pillow."""
    padded = np.pad(STACK, ((0, 0), (0, 0), (0, 6)))

    def tiles():
        for page in padded:
            for y in range(0, 48, 16):
                for x in range(0, 48, 16):
                    content = by_pillow(page[None, y : y + 16, x : x + 16], rows=16)
                    with tifffile.TiffFile(io.BytesIO(content)) as tiff:
                        first = tiff.pages.first
                        yield content[first.dataoffsets[0] :][: first.databytecounts[0]]

    content = by_tifffile(tiles(), shape=STACK.shape, dtype="u1", tile=(16, 16), compression="zlib")
    return renamed(content, {259: 5})  # tifffile writes LZW with another package only


def nibbles(compression):
    """Two pixels to a byte: bytes that were written as pixels, renamed in the tags."""
    pairs = STACK[:, :, ::2] << 4 | STACK[:, :, 1::2]
    return renamed(by_pillow(pairs, compression), {256: 42, 258: 4})


KINDS = {
    "LZW": lambda: by_pillow(STACK),
    "LZW, a strip to a row": lambda: by_pillow(STACK, rows=1),
    "LZW, one strip": lambda: by_pillow(STACK, rows=48),
    "LZW, strips of 7 rows": lambda: by_pillow(STACK, rows=7),
    "LZW, predictor": lambda: by_pillow(STACK, predictor=2, rows=48),
    "LZW, uint16": lambda: by_pillow(STACK.astype("<u2") * 1000, rows=48),
    "LZW, big-endian": lambda: by_pillow(STACK.astype(">u2") * 1000),
    "LZW, float32": lambda: by_pillow(STACK.astype("f4") / 7),
    "LZW, tiles": lzw_tiles,
    "LZW, four bits": lambda: nibbles("tiff_lzw"),
    "four bits": lambda: nibbles("raw"),
    "deflate": lambda: by_pillow(STACK, "tiff_adobe_deflate", rows=48),
    "deflate, tiles": lambda: by_tifffile(STACK, tile=(16, 16), compression="zlib"),
    "deflate, int16": lambda: by_tifffile(STACK.astype("i2") - 9, compression="zlib"),
    "deflate, int8": lambda: by_tifffile(STACK.astype("i1") - 9, compression="zlib"),
    "raw": lambda: by_pillow(STACK, "raw"),
    "raw, float32": lambda: by_tifffile(STACK.astype("f4") / 7),
    "raw, big-endian": lambda: by_tifffile(STACK.astype("u2") * 1000, byteorder=">"),
    "raw, strips of 7 rows": lambda: by_tifffile(STACK, rowsperstrip=7),
    "BigTIFF": lambda: by_tifffile(STACK, bigtiff=True, compression="zlib", rowsperstrip=5),
    "zstd": lambda: by_tifffile(STACK, compression="zstd", rowsperstrip=48),
}
SCALES = {"uint16": 1000, "big-endian": 1000, "float32": 1 / 7, "int16": None, "int8": None}


def counts(kind):
    """Return the stack whose counts the file has."""
    scale = SCALES.get(kind.partition(", ")[2], 1)
    return STACK.astype("f4") - 9 if scale is None else STACK.astype("f4") * scale


@pytest.mark.parametrize("rows", [10, 48])
@pytest.mark.parametrize("kind", KINDS)
def test_the_first_rows_are_read_of_any_kind(tmp_path, monkeypatch, kind, rows):
    if kind == "zstd":
        pytest.importorskip("imagecodecs")
    monkeypatch.setattr(pixels, "_PIXELS", rows * 42)
    path = tmp_path / "a.tif"
    path.write_bytes(KINDS[kind]())
    expected = counts(kind)[:, :rows].sum(axis=0)
    assert np.allclose(first_rows(str(path)), expected)


TYPES = ("u1", "i1", "u2", "i2", "u4", "i4", "f2", "f4", "f8")
LAYOUTS = {
    "strips": {"rowsperstrip": 7},
    "one strip": {"rowsperstrip": 48},
    "tiles": {"tile": (16, 16)},
}


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", TYPES)
def test_numbers_of_any_type_and_byte_order_are_read(
    tmp_path, monkeypatch, kind, order, layout, compression
):
    monkeypatch.setattr(pixels, "_PIXELS", 10 * 42)
    absent = {"imagecodecs": None}
    monkeypatch.setattr(tiff_frames, "find_spec", lambda name: absent.get(name, find_spec(name)))
    path, stack = tmp_path / "a.tif", STACK.astype(kind)
    path.write_bytes(
        by_tifffile(stack, byteorder=order, compression=compression, **LAYOUTS[layout])
    )
    assert np.array_equal(first_rows(str(path)), STACK[:, :10].sum(axis=0))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", TYPES)
def test_differences_of_any_type_and_byte_order_are_read(tmp_path, kind, order, layout):
    pytest.importorskip("imagecodecs")
    path, stack = tmp_path / "a.tif", STACK.astype(kind)
    path.write_bytes(
        by_tifffile(stack, byteorder=order, compression="zlib", predictor=True, **LAYOUTS[layout])
    )
    assert np.array_equal(first_rows(str(path)), STACK.sum(axis=0))


def test_a_gain_of_colours_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((16, 24, 3), np.uint8), photometric="rgb")
    with pytest.raises(PixelsNotRead, match="several numbers for each pixel"):
        read_gain(str(path))


@pytest.mark.parametrize("kind", ["LZW, float32", "raw, float32", "LZW, tiles", "deflate, tiles"])
def test_a_gain_is_read_whole(tmp_path, kind):
    with tifffile.TiffFile(io.BytesIO(KINDS[kind]())) as tiff:
        offsets = [page.offset for page in tiff.pages]
    content = bytearray(KINDS[kind]())
    tags = struct.unpack_from("<H", content, offsets[0])[0]
    struct.pack_into("<I", content, offsets[0] + 2 + 12 * tags, 0)  # no page follows
    (tmp_path / "a.tif").write_bytes(content)
    assert np.allclose(read_gain(str(tmp_path / "a.tif")), counts(kind)[0, ::-1])


def test_compressions_without_a_decoder_name_the_package(tmp_path, monkeypatch):
    (tmp_path / "a.tif").write_bytes(renamed(by_tifffile(STACK, compression="zlib"), {259: 50000}))
    absent = {"imagecodecs": None}
    monkeypatch.setattr(tiff_frames, "find_spec", lambda name: absent.get(name, find_spec(name)))
    with pytest.raises(PixelsNotRead, match=r"compressed by zstd.*imagecodecs has to be installed"):
        first_rows(str(tmp_path / "a.tif"))


def test_only_the_strips_of_the_first_rows_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(pixels, "_PIXELS", 10 * 42)
    content = bytearray(by_pillow(STACK, rows=5))
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        beyond = [
            place
            for page in tiff.pages
            for place in list(zip(page.dataoffsets, page.databytecounts))[2:]
        ]
    for offset, size in beyond:
        content[offset : offset + size] = bytes(size)
    (tmp_path / "a.tif").write_bytes(content)
    assert np.array_equal(first_rows(str(tmp_path / "a.tif")), STACK[:, :10].sum(axis=0))


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "raw"])
@pytest.mark.parametrize("lit", ["evenly", "on top only"])
def test_of_one_strip_only_a_part_is_read_unless_its_first_rows_need_more(
    tmp_path, monkeypatch, compression, lit
):
    stack = np.random.default_rng(7).integers(0, 15, (3, 600, 42)).astype(np.uint8)
    if lit == "on top only":
        stack[:, 10:] = 0
    monkeypatch.setattr(pixels, "_PIXELS", 10 * 42)
    monkeypatch.setattr(tiff_frames, "_SMALLEST", 0)
    path = tmp_path / "a.tif"
    path.write_bytes(by_pillow(stack, compression, rows=600))
    read, contents = [], tiff_frames.TiffFrames._contents

    def counted(*args):
        pieces = contents(*args)
        read.extend(map(len, pieces))
        return pieces

    monkeypatch.setattr(tiff_frames.TiffFrames, "_contents", counted)
    assert np.array_equal(first_rows(str(path)), stack[:, :10].sum(axis=0))
    is_short = lit == "evenly" or compression == "raw"
    assert (sum(read) < path.stat().st_size / 8) == is_short
