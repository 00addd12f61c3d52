"""Turns and flips as SerialEM's number, as RELION's options, and as depositors say them."""

import numpy as np
import pytest

from empiardownloader.images.orientation import from_rotation_flip, from_words
from empiardownloader.metadata.orientation_words import find_orientation_words
from empiardownloader.metadata.rotation_flip import RotationFlip

IMAGE = np.arange(12.0).reshape(3, 4)  # rows in the order of an MRC file


def as_imod_does(image, code):
    """The operation of IMOD's alignframes, seen with the first row below."""
    seen = image[::-1]
    seen = seen[:, ::-1] if code >= 4 else seen
    return np.rot90(seen, code % 4)[::-1]


def as_relion_does(image, turns, flip):
    """``--gain_rot`` clockwise with the first row on top, then ``--gain_flip``."""
    turned = np.rot90(image, -turns)
    return {0: turned, 1: turned[::-1], 2: turned[:, ::-1]}[flip]


@pytest.mark.parametrize("code", range(8))
def test_serialems_number_is_the_operation_of_imod(code):
    done = from_rotation_flip(RotationFlip(code)).apply(IMAGE)
    assert np.array_equal(done, as_imod_does(IMAGE, code))


@pytest.mark.parametrize("flip, words", [
    (0, "no flip"), (1, "flip upside down"), (2, "flip left to right")])  # fmt: skip
@pytest.mark.parametrize("turns", range(1, 4))
@pytest.mark.parametrize("direction", ["", " clockwise"])
def test_words_without_a_direction_are_relions_options(turns, flip, words, direction):
    text = f"The gain reference needs rotation by {90 * turns} degrees{direction}, {words}."
    (told,) = find_orientation_words(text)
    done = from_words(told)
    assert done is not None
    assert np.array_equal(done.apply(IMAGE), as_relion_does(IMAGE, turns, flip))


def test_a_direction_that_is_told_counts():
    (told,) = find_orientation_words("Rotate the gain by 90 degrees counter-clockwise, no flip.")
    assert np.array_equal(from_words(told).apply(IMAGE), np.rot90(IMAGE))


def test_the_table_for_other_programs_in_the_pages_is_right():
    """Flip left to right, then turn by n quarters: in RELION, n quarters, then left to right."""
    for turns in range(4):
        flipped = np.rot90(IMAGE[:, ::-1], turns)
        assert np.array_equal(flipped, as_relion_does(IMAGE, turns, 2))
        assert np.array_equal(np.rot90(IMAGE, turns), as_relion_does(IMAGE, (4 - turns) % 4, 0))
