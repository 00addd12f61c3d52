"""MRC movies: the header's numbers, Scipion's reading of them, and files that are cut short."""

import os
import struct
import tempfile

import mrcfile
import numpy as np
import pytest

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())
os.environ.setdefault("SCIPION_DOMAIN", "pwem")

from pwem.objects import Movie

from empiardownloader.images.errors import NotAMovie
from empiardownloader.images.header import read_header

SHAPE = (65, 48, 20)  # an odd width, for the mode that packs two pixels in a byte
BITS = {0: 8, 1: 16, 2: 32, 6: 16, 12: 16, 101: 4}


def header_bytes(
    shape=SHAPE, mode=0, order="<", space_group=0, grid=None, extended=0, stamp=b"\x44\x44\0\0"
):
    """The 1024 bytes of a header; `shape` and `grid` are (x, y, z)."""
    header = bytearray(1024)
    struct.pack_into(order + "4i", header, 0, *shape, mode)
    struct.pack_into(order + "3i", header, 28, *(grid or shape))
    struct.pack_into(order + "2i", header, 88, space_group, extended)
    header[208:216] = b"MAP " + stamp
    return bytes(header)


def data_bytes(shape, mode):
    """Return the bytes of an image; rows are never packed together."""
    columns, rows, sections = shape
    return -(-columns * BITS[mode] // 8) * rows * sections


def write(path, shape=SHAPE, mode=0, extra=0, extended=0, **header):
    """Write a movie of no content, `extra` bytes longer than its header says."""
    with open(path, "wb") as file:
        file.write(header_bytes(shape, mode, extended=extended, **header))
        file.truncate(1024 + extended + data_bytes(shape, mode) + extra)
    return str(path)


def reason(path):
    with pytest.raises(NotAMovie) as refused:
        read_header(str(path))
    return str(refused.value)


@pytest.mark.parametrize("mode", BITS)
@pytest.mark.parametrize("name", ["a.mrc", "a.mrcs", "a.MRC", "a.MRCS"])
def test_a_movie_has_the_dimensions_that_scipion_says(tmp_path, name, mode):
    path = write(tmp_path / name, mode=mode)
    assert read_header(path).dimensions == SHAPE == Movie(location=path).getDim()


@pytest.mark.parametrize("kind", ["int8", "int16", "float32", "uint16", "float16"])
def test_the_files_of_mrcfile_are_read(tmp_path, kind):
    path = str(tmp_path / "a.mrc")
    with mrcfile.new(path) as mrc:
        mrc.set_data(np.zeros((5, 48, 64), dtype=kind))
        mrc.set_image_stack()
    assert read_header(path).dimensions == (64, 48, 5) == Movie(location=path).getDim()


@pytest.mark.parametrize("name", ["a.mrc", "a.mrcs", "a.MRCS"])
@pytest.mark.parametrize("depth", [SHAPE[2], 1])
def test_a_stack_that_calls_itself_a_volume_is_a_movie(tmp_path, name, depth):
    path = write(tmp_path / name, space_group=1, grid=(*SHAPE[:2], depth))
    assert read_header(path).dimensions == SHAPE == Movie(location=path).getDim()


@pytest.mark.parametrize("grid", [(0, 0, 0), (1, 1, 1), (65, 48, 10)])
def test_a_grid_that_scipion_believes_and_that_is_wrong_is_refused(tmp_path, grid):
    path = write(tmp_path / "a.mrc", space_group=1, grid=grid)
    assert reason(path) == (
        "its header has a wrong grid size (MX, MY, MZ), which Scipion misreads: "
        "rewrite it with IMOD's newstack"
    )


def test_a_wrong_grid_does_no_harm_where_scipion_does_not_look_at_it(tmp_path):
    for name, group in (("a.mrc", 0), ("a.mrcs", 1)):
        path = write(tmp_path / name, space_group=group, grid=(0, 0, 0))
        assert read_header(path).dimensions == SHAPE == Movie(location=path).getDim()


@pytest.mark.parametrize("stamp", [b"\x11\x11\0\0", b"\0\0\0\0"])
@pytest.mark.parametrize("mode", [0, 1, 2])
def test_a_big_endian_movie_is_refused_because_scipion_misreads_it(tmp_path, mode, stamp):
    path = write(tmp_path / "a.mrc", mode=mode, order=">", stamp=stamp)
    assert reason(path).startswith("its header is big-endian, which Scipion misreads")
    assert Movie(location=path).getDim() != SHAPE


@pytest.mark.parametrize("mode", BITS)
@pytest.mark.parametrize("extended", [0, 4096])
def test_a_file_one_byte_short_is_cut_short(tmp_path, mode, extended):
    path = write(tmp_path / "a.mrc", mode=mode, extended=extended, extra=-1)
    promised = 1024 + extended + data_bytes(SHAPE, mode)
    assert reason(path) == (
        f"its header promises {promised} bytes and it has {promised - 1}: cut short at the source"
    )


@pytest.mark.parametrize("extra", [0, 1, 1024])
def test_bytes_after_the_last_frame_do_no_harm(tmp_path, extra):
    path = write(tmp_path / "a.mrc", extended=128, extra=extra)
    assert read_header(path).frames == 20


def test_a_file_shorter_than_a_header_is_cut_short(tmp_path):
    path = tmp_path / "a.mrc"
    path.write_bytes(header_bytes()[:500])
    assert reason(path) == (
        "its header promises 1024 bytes or more and it has 500: cut short at the source"
    )


def test_a_micrograph_is_a_single_image(tmp_path):
    path = write(tmp_path / "a_Fractions.mrc", shape=(64, 48, 1), mode=2)
    assert reason(path) == "it is a single image, not a movie"


def test_a_header_without_frames_is_refused(tmp_path):
    path = write(tmp_path / "a.mrc", shape=(64, 48, 0))
    assert reason(path) == "its header says (64, 48, 0) for its dimensions"


@pytest.mark.parametrize(
    "content",
    [b"<!DOCTYPE html><html>" * 100, bytes(2048), b"\xff" * 2048, header_bytes(mode=77)],
    ids=["a web page", "zeros", "ones", "an unknown mode"],
)
def test_what_only_has_the_name_of_a_movie_is_refused(tmp_path, content):
    (tmp_path / "a.mrc").write_bytes(content)
    assert reason(tmp_path / "a.mrc") == "it is not an MRC file, or its header is damaged"
