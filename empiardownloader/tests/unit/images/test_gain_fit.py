"""Gain references against movies: sizes, what to do about them, and files that are none."""

import io
import os
import tempfile

import numpy as np
import pytest
import tifffile

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())
os.environ.setdefault("SCIPION_DOMAIN", "pwem")

from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.images.gain_fit import GainFit, compare_gain
from empiardownloader.images.header import MovieHeader

MOVIE = MovieHeader(48, 32, 5)


def tiff_bytes(image):
    file = io.BytesIO()
    tifffile.imwrite(file, image)
    return file.getvalue()


def compared(path, movie=MOVIE):
    return compare_gain(str(path), movie)


@pytest.mark.parametrize(
    ("name", "to_bytes"),
    [
        ("CountRef_26_000.mrc", mrc_bytes),
        ("gain.MRC", mrc_bytes),
        ("FoilHole_1_gain.tiff", tiff_bytes),
        ("20210209_EER_GainReference.gain", tiff_bytes),
    ],
)
@pytest.mark.parametrize(
    ("size", "fit", "sentence"),
    [
        ((48, 32), GainFit.EQUAL, "has 48 x 32 pixels and the movies have 48 x 32: it fits."),
        (
            (32, 48),
            GainFit.TRANSPOSED,
            "has 32 x 48 pixels and the movies have 48 x 32: "
            "turn it by 90 or 270 degrees where the movies are aligned.",
        ),
        (
            (96, 64),
            GainFit.OTHER,
            "has 96 x 64 pixels and the movies have 48 x 32: "
            "it is a super-resolution one, bin it by two before you use it.",
        ),
        (
            (64, 96),
            GainFit.OTHER,
            "has 64 x 96 pixels and the movies have 48 x 32: it is a super-resolution one, "
            "bin it by two and turn it by 90 or 270 degrees before you use it.",
        ),
        (
            (24, 16),
            GainFit.OTHER,
            "has 24 x 16 pixels and the movies have 48 x 32: "
            "the movies have super-resolution, enlarge it by two.",
        ),
        (
            (48, 48),
            GainFit.OTHER,
            "has 48 x 48 pixels and the movies have 48 x 32: "
            "it does not fit, choose another one, or none.",
        ),
    ],
)
def test_a_gain_is_compared_with_the_movies(tmp_path, name, to_bytes, size, fit, sentence):
    (tmp_path / name).write_bytes(to_bytes(np.ones(size[::-1], np.float32)))
    assert compared(tmp_path / name) == (fit, f"The gain reference {name} {sentence}")


def test_a_square_gain_of_square_movies_fits(tmp_path):
    (tmp_path / "gain.mrc").write_bytes(mrc_bytes(np.ones((32, 32), np.float32)))
    assert compared(tmp_path / "gain.mrc", MovieHeader(32, 32, 5))[0] is GainFit.EQUAL


def test_a_movie_is_no_gain(tmp_path):
    (tmp_path / "gain.mrc").write_bytes(mrc_bytes(np.ones((5, 32, 48), np.int8)))
    assert compared(tmp_path / "gain.mrc") == (
        GainFit.OTHER,
        "The gain reference gain.mrc has 5 frames, as a movie has: choose another one.",
    )


def test_a_gain_that_scipion_misreads_is_still_compared(tmp_path):
    """Its readers are not asked: the program that aligns the movies reads the gain itself."""
    content = bytearray(mrc_bytes(np.ones((32, 48), np.float32)))
    content[28:40] = bytes(12)  # the grid
    content[88:92] = b"\1\0\0\0"  # a volume
    (tmp_path / "gain.mrc").write_bytes(content)
    assert compared(tmp_path / "gain.mrc")[0] is GainFit.EQUAL


@pytest.mark.parametrize("name", ["gain.mrc", "gain.gain", "gain.tif", "gain.dm4", "gain.xyz"])
def test_a_gain_that_cannot_be_read_says_so_and_what_to_do(tmp_path, name):
    (tmp_path / name).write_bytes(b"nothing of the kind" * 100)
    fit, sentence = compared(tmp_path / name)
    assert fit is GainFit.UNREADABLE
    assert sentence.startswith(f"The gain reference {name} cannot be used (")
    assert sentence.endswith("): choose another one, or none.")
    assert "\n" not in sentence


def test_a_gain_that_is_cut_cannot_be_used(tmp_path):
    content = mrc_bytes(np.ones((32, 48), np.float32))
    (tmp_path / "gain.mrc").write_bytes(content[:-100])
    fit, sentence = compared(tmp_path / "gain.mrc")
    assert fit is GainFit.UNREADABLE
    assert "cut short at the source" in sentence
