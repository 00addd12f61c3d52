"""The sentence on an image set that EMPIAR does not call movies."""

import pytest

from empiardownloader.archive import ImageSet
from empiardownloader.lookup.selection import kind_note


@pytest.mark.parametrize(
    "category, protocol",
    [
        ("tilt series", "empiar tilt series"),
        ("Tilt Series", "empiar tilt series"),
        ("micrographs - single frame", "empiar micrographs"),
        ("Micrographs - Single frame", "empiar micrographs"),
        ("picked particles - multiframe - processed", None),
        ("", None),
    ],
)
def test_the_protocol_that_suits_other_images_is_named(category, protocol):
    note = kind_note(ImageSet(number=2, category=category))
    assert "not movies" in note
    assert (protocol is not None) == ("the protocol" in note)
    assert protocol is None or f"'{protocol}'" in note


def test_nothing_is_said_of_movies():
    assert kind_note(ImageSet(number=1, category="micrographs - multiframe")) == ""
