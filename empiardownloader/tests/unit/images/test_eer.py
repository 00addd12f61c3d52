"""EER movies: electrons are where they were put, and the gain's orientation is found from them."""

import sys

import numpy as np
import pytest

from empiardownloader.images import pixels
from empiardownloader.images.eer import EerCodes, electrons
from empiardownloader.images.errors import Unreadable
from empiardownloader.images.file_says import what_file_says
from empiardownloader.images.gain_orientation import Verdict, find_orientation
from empiardownloader.images.header import read_header
from empiardownloader.images.orientation import ALL
from empiardownloader.images.pixels import first_rows
from empiardownloader.tests.data.camera import camera_gain, deposited
from empiardownloader.tests.data.eer import CODES, eer_bytes, electron_frames, encoded_frame

SHAPE = (96, 128)


@pytest.fixture
def few_rows(monkeypatch):
    monkeypatch.setattr(pixels, "_PIXELS", 24 * SHAPE[1])


def frames(density, shape=SHAPE, many=3):
    return electron_frames(np.random.default_rng(4), np.ones(shape), many, density)


@pytest.mark.parametrize("rows", [1, 24, 96])
@pytest.mark.parametrize("density", [0.9, 0.05, 0.004, 0])
@pytest.mark.parametrize("compression", CODES)
def test_the_electrons_of_the_first_rows_are_where_they_were_put(compression, density, rows):
    frame, codes = frames(density)[0], EerCodes(*CODES[compression])
    found = electrons(encoded_frame(frame, compression), codes, rows / 96, rows * SHAPE[1])
    assert found.tolist() == np.flatnonzero(frame[:rows]).tolist()


def test_electrons_that_are_dense_at_the_top_are_found(monkeypatch):
    frame = frames(0.002)[0]
    frame[:10] = 1
    content, pixels_looked_at = encoded_frame(frame, 65001), 24 * SHAPE[1]
    found = electrons(content, EerCodes(*CODES[65001]), 0.25, pixels_looked_at)
    assert found.tolist() == np.flatnonzero(frame[:24]).tolist()


def test_a_frame_that_is_cut_is_unreadable():
    content = encoded_frame(frames(0.05)[0], 65001)
    with pytest.raises(Unreadable, match="before its last pixel"):
        electrons(content[: len(content) // 2], EerCodes(7, 4), 1, 96 * 128)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="imagecodecs decodes no EER there")
@pytest.mark.parametrize("compression", [65001, 65002])
def test_imagecodecs_finds_the_same_electrons(compression):
    imagecodecs = pytest.importorskip("imagecodecs")
    frame, (run, place, _) = frames(0.01)[0], CODES[compression]
    content = encoded_frame(frame, compression)
    half = place // 2
    assert np.array_equal(imagecodecs.eer_decode(content, SHAPE, run, half, half), frame)


@pytest.mark.parametrize("final_image", [False, True])
@pytest.mark.parametrize("compression", CODES)
def test_frames_are_summed_without_the_final_image(tmp_path, few_rows, compression, final_image):
    stack, path = frames(0.05), tmp_path / "a.eer"
    path.write_bytes(eer_bytes(stack, 0.5, 8, final_image, compression))
    assert read_header(str(path)).dimensions == (128, 96, 3)
    assert np.array_equal(first_rows(str(path)), stack.sum(axis=0)[:24])
    assert what_file_says(str(path)).pixel_size.value == pytest.approx(0.5)


@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_eer_movies_show_the_orientation_of_the_gain(tmp_path, few_rows, orientation):
    random = np.random.default_rng(5)
    gain = camera_gain(random, (128, 128), 0.2)
    movies = [str(tmp_path / f"{number}.eer") for number in range(2)]
    for movie in movies:
        with open(movie, "wb") as file:
            file.write(eer_bytes(electron_frames(random, gain, 48, 0.1), 0.5, 4.8))
    found = find_orientation(deposited(gain, orientation), movies, (128, 128))
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, orientation)
