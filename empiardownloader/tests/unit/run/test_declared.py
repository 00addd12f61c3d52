"""What EMPIAR declares of an image set beside what its movies are."""

import pytest

from empiardownloader.archive import ImageSet
from empiardownloader.run.declared import declared_lines
from empiardownloader.streaming.set_shape import Shape

FOUND = Shape(64, 48, 10)


def lines(found=FOUND, registered=6, wanted_all=False, **declared):
    return list(declared_lines(ImageSet(number=1, **declared), found, registered, wanted_all))


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


@pytest.mark.parametrize("count, registered, wanted_all, said", [
    (6, 6, True, False), (60, 6, True, True), (60, 6, False, False), (None, 6, True, False),
])
def test_the_number_of_images_counts_where_all_are_wanted(count, registered, wanted_all, said):
    assert bool(lines(num_images=count, registered=registered, wanted_all=wanted_all)) == said
