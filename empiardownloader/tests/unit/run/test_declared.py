"""EMPIAR's declared values beside those of the movies."""

import pytest

from empiardownloader.archive.entry import ImageSet
from empiardownloader.run.declared import declared_lines
from empiardownloader.streaming.set_shape import Shape

FOUND = Shape(64, 48, 10)


def lines(**declared):
    return list(declared_lines(ImageSet(number=1, **declared), FOUND))


@pytest.mark.parametrize("declared, words", [
    ({}, []),
    ({"image_width": 64, "image_height": 48, "frames_per_image": 10}, []),
    ({"image_width": 64}, []),
    ({"image_width": 128, "image_height": 96}, ["128 x 96", "64 x 48", "half", "pixel size"]),
    ({"image_width": 32, "image_height": 24}, ["32 x 24", "twice", "pixel size"]),
    ({"image_width": 48, "image_height": 64}, ["48 x 64", "64 x 48"]),
    ({"frames_per_image": 34}, ["34 frames", "have 10"]),
])
def test_a_line_only_where_they_differ(declared, words):
    found = " ".join(lines(**declared))
    assert bool(found) == bool(words)
    for word in words:
        assert word in found
