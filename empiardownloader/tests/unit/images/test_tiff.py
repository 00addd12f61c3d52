"""TIFF and EER movies: pages counted as Scipion does, and every cut that costs data noticed."""

import io
import logging
import os
import struct
import tempfile

import numpy as np
import pytest
import tifffile
from PIL import Image

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())
os.environ.setdefault("SCIPION_DOMAIN", "pwem")

from pwem.objects import Movie

from empiardownloader.images.errors import NotAMovie
from empiardownloader.images.header import read_header

FRAMES = np.random.default_rng(3).integers(0, 200, (4, 32, 48)).astype(np.uint8)


@pytest.fixture(autouse=True)
def quiet(caplog):
    """Keep what tifffile logs of a broken file out of the report."""
    caplog.set_level(logging.CRITICAL, "tifffile")


def pillow(compression, frames=FRAMES):
    """Frames and their tags one after the other, as libtiff and so cameras write them."""
    images = [Image.fromarray(frame) for frame in frames]
    file = io.BytesIO()
    images[0].save(file, "TIFF", save_all=True, append_images=images[1:], compression=compression)
    return file.getvalue()


def by_tifffile(frames=FRAMES, **options):
    """Uncompressed frames one behind the other, and the tags of all but the first at the end."""
    file = io.BytesIO()
    tifffile.imwrite(file, frames, photometric="minisblack", **options)
    return file.getvalue()


def eer(frames=4, compression=65001, frame_bytes=100, data_last=False):
    """A Falcon 4 movie's structure: BigTIFF, one strip of electron events to a frame."""
    tags = {256: 4096, 257: 4096, 258: 1, 259: compression, 262: 1, 273: 0, 277: 1}
    tags.update({278: 4096, 279: frame_bytes})
    entry = 8 + 20 * len(tags) + 8
    content = bytearray(16 + frames * (frame_bytes + entry))
    struct.pack_into("<2sHHHQ", content, 0, b"II", 43, 8, 0, 0)
    link = 8
    for frame in range(frames):
        place = 16 + frame * entry + (0 if data_last else (frame + 1) * frame_bytes)
        tags[273] = 16 + frame * frame_bytes + (frames if data_last else frame) * entry
        struct.pack_into("<Q", content, link, place)
        struct.pack_into("<Q", content, place, len(tags))
        for number, (tag, value) in enumerate(tags.items()):
            struct.pack_into("<HHQQ", content, place + 8 + 20 * number, tag, 16, 1, value)
        link = place + entry - 8
    return bytes(content)


KINDS = {
    "lzw": lambda: pillow("tiff_lzw"),
    "deflate": lambda: pillow("tiff_adobe_deflate"),
    "raw": by_tifffile,
    "many strips": lambda: by_tifffile(rowsperstrip=2, compression="zlib"),
    "tiles": lambda: by_tifffile(tile=(16, 16), compression="zlib"),
    "BigTIFF": lambda: by_tifffile(bigtiff=True),
    "big-endian": lambda: by_tifffile(byteorder=">"),
    "no description": lambda: by_tifffile(metadata=None),
}
EER_KINDS = {"eer": eer, "eer, data last": lambda: eer(data_last=True)}


def reason(path):
    with pytest.raises(NotAMovie) as refused:
        read_header(str(path))
    return str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.tif", "a.tiff", "a.TIF"])
def test_a_movie_has_the_dimensions_that_scipion_says(tmp_path, name, kind):
    path = tmp_path / name
    path.write_bytes(KINDS[kind]())
    assert read_header(str(path)).dimensions == (48, 32, 4) == Movie(location=str(path)).getDim()


@pytest.mark.parametrize("compression", [65000, 65001, 65002])
@pytest.mark.parametrize("name", ["a.eer", "a.EER"])
def test_the_frames_of_an_eer_movie_are_its_pages(tmp_path, name, compression):
    path = tmp_path / name
    path.write_bytes(eer(1001, compression))
    assert read_header(str(path)).dimensions == (4096, 4096, 1001)
    assert Movie(location=str(path)).getDim() == (4096, 4096, 1001)


def last_needed_byte(content):
    """Return the offset of the end of the last page's data and tags; resolutions may follow."""
    with tifffile.TiffFile(io.BytesIO(content)) as tiff:
        last = tiff.pages[-1]
        ends = [start + length for start, length in zip(last.dataoffsets, last.databytecounts)]
        for tag in last.tags.values():
            if tag.code in (273, 279, 324, 325) and tag.count > 2:
                ends.append(tag.valueoffset + tag.valuebytecount)
        return max([*ends, tiff.pages.next_page_offset + tiff.tiff.offsetsize])


@pytest.mark.parametrize("kind", [*KINDS, *EER_KINDS])
def test_every_cut_that_costs_data_is_noticed(tmp_path, kind):
    content = {**KINDS, **EER_KINDS}[kind]()
    path = tmp_path / "a.tif"
    needed = last_needed_byte(content)
    reasons = set()
    for length in [*range(0, needed, 13), needed - 1]:
        path.write_bytes(content[:length])
        reasons.add(reason(path))
    cuts = [text for text in reasons if text.endswith("cut short at the source")]
    assert len(cuts) > 0.8 * len(reasons)
    path.write_bytes(content + bytes(1000))
    assert read_header(str(path)).frames == 4


def test_a_movie_whose_data_are_cut_says_how_many_bytes_are_missing(tmp_path):
    content = eer(data_last=True)
    end = len(content)
    (tmp_path / "a.eer").write_bytes(content[:-10])
    assert reason(tmp_path / "a.eer") == (
        f"its header promises {end} bytes and it has {end - 10}: cut short at the source"
    )


def test_a_movie_whose_chain_of_frames_is_cut_says_so(tmp_path):
    content = pillow("tiff_lzw")
    half = len(content) // 2
    (tmp_path / "a.tif").write_bytes(content[:half])
    assert "bytes or more" in reason(tmp_path / "a.tif")
    assert f"it has {half}: cut short at the source" in reason(tmp_path / "a.tif")


def test_a_chain_that_leads_to_nonsense_is_damage(tmp_path):
    content = bytearray(pillow("tiff_lzw"))
    with tifffile.TiffFile(io.BytesIO(bytes(content))) as tiff:
        third = tiff.pages[2].offset
    content[third : third + 2] = b"\xff\xff"  # 65,535 tags
    (tmp_path / "a.tif").write_bytes(content)
    assert reason(tmp_path / "a.tif") == "nothing can be read after its frame 2: it is damaged"


def test_a_movie_that_was_never_finished_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"II*\0" + bytes(5000))
    assert reason(tmp_path / "a.tif") == "it has no pages: it was never finished"


def test_one_page_is_a_single_image(tmp_path):
    (tmp_path / "a.tif").write_bytes(by_tifffile(FRAMES[0]))
    assert reason(tmp_path / "a.tif") == "it is a single image, not a movie"


def test_another_file_with_the_name_of_a_tiff_is_refused(tmp_path):
    (tmp_path / "a.tif").write_bytes(b"<html>" * 100)
    assert reason(tmp_path / "a.tif").startswith("its header cannot be read (not a TIFF file")
