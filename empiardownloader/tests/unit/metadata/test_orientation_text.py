"""Titles of SerialEM, and depositors' words, about a gain's orientation."""

import pytest

from empiardownloader.metadata.orientation_words import find_orientation_words
from empiardownloader.metadata.rotation_flip import rotation_flip_of_title


@pytest.mark.parametrize(
    "title, rotation, flip",
    [
        ("SerialEMCCD: Dose frac. image, scaled by 32.00  r/f 3", 270, False),
        ("SerialEMCCD: Dose frac. image, scaled by 1.00  r/f 4", 0, True),
        ("SerialEMCCD: Dose frac. image, scaled by 1.00  r/f 7\n", 270, True),
        ("SerialEMCCD: Dose fractionated image, r/f 0", 0, False),
    ],
)
def test_a_title_says_rotation_and_flip(title, rotation, flip):
    said = rotation_flip_of_title(title)
    assert (said.rotation, said.flip) == (rotation, flip)


@pytest.mark.parametrize("title", ["", "r/f 3", "SerialEM: Digitized on Krios", "MotionCor2"])
def test_other_titles_say_nothing(title):
    assert rotation_flip_of_title(title) is None


@pytest.mark.parametrize(
    "details, rotation, flip, clockwise, code",
    [
        ("Gain: 270° rotation is needed (r/f 3)", 270, None, None, 3),
        ("gain reference: 90 degree rotation and flip upside down", 90, "upside down", None, None),
        ("Gain.mrc: Flip upside down (1) in RELION", None, "upside down", None, None),
        ("The gain is used without rotation and flipping.", 0, "none", None, None),
        ("Rotate the gain by 90 degrees clockwise, no flip", 90, "none", True, None),
        ("The gain is rotated 90 deg counter-clockwise", 90, None, False, None),
        ("gain reference rotated 90 degrees to the left", 90, None, False, None),
        ("MotionCor2 -RotGain 1 -FlipGain 2", 90, "left to right", None, None),
        ("gain: flip left to right, rotation of 180°", 180, "left to right", None, None),
        ("The gain was rotated by 90 or 270 degrees", None, None, None, None),
    ],
)
def test_regular_words_are_understood(details, rotation, flip, clockwise, code):
    (words,) = find_orientation_words(details)
    assert (words.rotation, words.flip, words.clockwise) == (rotation, flip, clockwise)
    assert (words.rotation_flip and words.rotation_flip.code) == code
    assert words.quote == details


def test_only_the_sentence_about_it_is_quoted():
    details = "40 frames each. The gain gain.mrc\nmust be flipped upside down. Dose was 50."
    (words,) = find_orientation_words(details)
    assert words.quote.endswith("must be flipped upside down.")


@pytest.mark.parametrize("details", [None, "", "Gain reference included.", "Sample was rotated."])
def test_what_is_not_about_a_gains_orientation_is_not_quoted(details):
    assert find_orientation_words(details) == ()
