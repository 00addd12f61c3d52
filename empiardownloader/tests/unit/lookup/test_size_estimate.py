"""How much will be downloaded, before anything is."""

import pytest

from empiardownloader.archive.entry import Entry, ImageSet
from empiardownloader.lookup.size_estimate import declared_size, size_of_files
from empiardownloader.transfer import FileRequest

LARGE = Entry("10001", dataset_size="20.4 TB")
SET = ImageSet(1, num_images=20_000)
#: 100 movies of 50 frames of 1000 x 1000 bytes, and 1000 particles of 100 x 100 floats.
MOVIES = ImageSet(1, num_images=100, frames_per_image=50, image_width=1000, image_height=1000,
                  voxel_type="UNSIGNED BYTE")
PARTICLES = ImageSet(2, num_images=1000, image_width=100, image_height=100,
                     voxel_type="32 BIT FLOAT")
UNKNOWN = ImageSet(2)


def files(*sizes):
    return [FileRequest(f"{n}.mrc", size, f"{n}.mrc") for n, size in enumerate(sizes)]


@pytest.mark.parametrize("sizes, text", [
    ((1_000_000, 500_000), "1.5 MB"),
    ((1_000_000, None, 2_000_000, None), "about 6.0 MB"),
    ((None, None), "about 2.0 GB"),  # two of 20,000 images in 20.4 TB
    ((), "0 bytes"),
])
def test_listed_sizes_count_first_then_their_mean_then_the_entrys(sizes, text):
    assert str(size_of_files(files(*sizes), LARGE, SET)) == text


@pytest.mark.parametrize("count, every, text", [
    (1, 1, "about 1.0 GB"),
    (19_999, 1, "about 20.4 TB"),
    (None, 1, "about 20.4 TB"),
    (None, 10, "about 2.0 TB"),
    (1_000_000, 1, "about 20.4 TB"),  # no more than there are
])
def test_any_number_of_images_has_its_share(count, every, text):
    assert str(declared_size(LARGE, SET, count, every)) == text


def test_of_several_image_sets_pixels_decide_the_share():
    entry = Entry("10001", dataset_size="5.04 GB", image_sets=(MOVIES, PARTICLES))
    assert str(declared_size(entry, MOVIES, None)) == "about 5.0 GB"
    assert str(declared_size(entry, PARTICLES, None)) == "about 40.0 MB"
    assert str(declared_size(entry, MOVIES, 2)) == "about 100.0 MB"


def test_where_a_set_does_not_tell_its_pixels_the_entry_is_a_bound():
    entry = Entry("10001", dataset_size="5 GB", image_sets=(MOVIES, UNKNOWN))
    assert str(declared_size(entry, MOVIES, 10)) == "at most 500.0 MB"


@pytest.mark.parametrize("entry, image_set, count", [
    (Entry("10001"), SET, 1), (Entry("10001", dataset_size="unknown"), SET, None),
    (LARGE, UNKNOWN, 5), (LARGE, None, 5),
])
def test_what_nothing_tells_is_none(entry, image_set, count):
    assert declared_size(entry, image_set, count) is None


def test_all_of_an_unknown_number_are_at_most_the_entry():
    assert str(declared_size(LARGE, UNKNOWN, None)) == "about 20.4 TB"
