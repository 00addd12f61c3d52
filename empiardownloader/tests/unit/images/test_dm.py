"""Gatan's DM3 and DM4 files, as movies and as gain references."""

import os
import struct
import tempfile

import numpy as np
import pytest

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())
os.environ.setdefault("SCIPION_DOMAIN", "pwem")

from ncempy.io import dm
from pwem.objects import Movie

from empiardownloader.images.errors import NotAMovie
from empiardownloader.images.gain_fit import GainFit, compare_gain
from empiardownloader.images.header import MovieHeader, read_header
from empiardownloader.images.pixels import begins_with_upper_row, first_rows, read_gain
from empiardownloader.tests.data.dm import DM_TYPES, dm3_bytes, dm4_bytes

THUMBNAIL = np.zeros((8, 8), np.uint8)
versions = pytest.mark.parametrize(
    ("suffix", "content_of"), [(".dm3", dm3_bytes), (".dm4", dm4_bytes)], ids=["DM3", "DM4"]
)
kinds = pytest.mark.parametrize("kind", DM_TYPES)


def image(kind, shape):
    """Return an image of which no two rows and no two columns are equal."""
    return (np.arange(np.prod(shape)).reshape(shape) % 120 + 1).astype(kind)


def reason(path):
    with pytest.raises(NotAMovie) as refused:
        read_header(str(path))
    return str(refused.value)


def test_sizes_have_32_bits_in_dm3_and_64_in_dm4():
    one = image("int16", (2, 3))
    for content, head in ((dm3_bytes(one), ">3I"), (dm4_bytes(one), ">IQI")):
        version, size, little_endian = struct.unpack_from(head, content)
        assert (version, size, little_endian) == (len(head), len(content) - 16, 1)
        assert one.astype("<i2").tobytes() in content


@versions
@kinds
def test_another_reader_reads_the_files_of_these_tests(tmp_path, suffix, content_of, kind):
    stack = image(kind, (3, 4, 5))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content_of(stack))
    assert np.array_equal(dm.dmReader(str(path))["data"], stack)


@versions
@kinds
@pytest.mark.parametrize("thumbnails", [[], [THUMBNAIL]], ids=["alone", "with a thumbnail"])
@pytest.mark.parametrize("shape", [(6, 11), (11, 6)], ids=["wide", "high"])
def test_a_gain_is_read_with_its_upper_row_last_as_in_mrc(
    tmp_path, suffix, content_of, kind, thumbnails, shape
):
    gain = image(kind, shape)
    path = tmp_path / f"a{suffix.upper()}"
    path.write_bytes(content_of(*thumbnails, gain))
    read = read_gain(str(path))
    assert read.dtype == np.float32
    assert np.array_equal(read, gain[::-1])


@versions
@kinds
def test_the_frames_of_a_movie_are_summed_as_stored(tmp_path, suffix, content_of, kind):
    stack = image(kind, (3, 6, 11))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content_of(THUMBNAIL, stack))
    assert read_header(str(path)).dimensions == (11, 6, 3)
    assert begins_with_upper_row(str(path))
    assert np.array_equal(first_rows(str(path)), stack.sum(axis=0, dtype=np.float32))


@versions
def test_a_movie_has_the_dimensions_that_scipion_reverses(tmp_path, suffix, content_of):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content_of(np.zeros((5, 32, 48), np.int16)))
    assert read_header(str(path)).dimensions == (48, 32, 5)
    # pwem 3.11 gives numpy's order, frames first; right for the day when it does not any more.
    assert Movie(location=str(path)).getDim() in ((5, 32, 48), (48, 32, 5))


@versions
@pytest.mark.parametrize(
    ("shape", "told"),
    [
        ((32, 48), "it is a single image, not a movie"),
        ((2, 3, 4, 5), "its data have four dimensions"),
    ],
)
def test_what_is_no_movie_is_refused(tmp_path, suffix, content_of, shape, told):
    (tmp_path / f"a{suffix}").write_bytes(content_of(np.zeros(shape, np.int16)))
    assert reason(tmp_path / f"a{suffix}") == told


@versions
def test_a_movie_cut_anywhere_is_refused(tmp_path, suffix, content_of):
    content = content_of(np.zeros((5, 32, 48), np.int16))
    for length in [*range(16, len(content) - 8, 501), len(content) - 9]:
        (tmp_path / f"a{suffix}").write_bytes(content[:length])
        assert "cut short at the source" in reason(tmp_path / f"a{suffix}")


@versions
@pytest.mark.parametrize(
    ("gain_shape", "fit"),
    [((32, 48), GainFit.EQUAL), ((48, 32), GainFit.TRANSPOSED), ((32, 32), GainFit.OTHER)],
)
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_a_gain_is_compared_the_right_way_round(
    tmp_path, suffix, content_of, case, gain_shape, fit
):
    path = tmp_path / f"CountRef_a{case(suffix)}"
    path.write_bytes(content_of(np.ones(gain_shape, np.float32)))
    assert compare_gain(str(path), MovieHeader(48, 32, 5))[0] is fit
