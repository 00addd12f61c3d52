"""Movies and micrographs in the file of their set: made, described and found again."""

import numpy as np
import pytest
from pwem.objects import Acquisition
from pyworkflow.object import Set

from empiardownloader.demo.data.movies import mrc_bytes
from empiardownloader.images.errors import NotAMovie
from empiardownloader.streaming.image_items import Micrographs, Movies
from empiardownloader.streaming.set_file import SetFile
from empiardownloader.streaming.set_shape import Shape

WIDTH, HEIGHT = 48, 64


def image(folder, name, frames):
    path = folder / name
    path.write_bytes(mrc_bytes(np.zeros((frames, HEIGHT, WIDTH), np.float32), 1.0))
    return str(path)


@pytest.fixture(params=[(Movies(), 4), (Micrographs(), 1)], ids=["movies", "micrographs"])
def kind_and_frames(request):
    return request.param


def publish(tmp_path, kind, frames, names):
    file = SetFile(str(tmp_path / "set.sqlite"), kind.kind)

    def describe(images):
        kind.describe(images, header)
        images.setSamplingRate(1.5)
        images.setAcquisition(Acquisition(voltage=200, magnification=50000))

    for name in names:
        path = image(tmp_path, name, frames)
        header = kind.read(path)
        file.publish([kind.make(path, name, header)], Set.STREAM_OPEN, describe)
    return file


def test_the_set_and_its_images_are_found_again(tmp_path, kind_and_frames):
    kind, frames = kind_and_frames
    file = publish(tmp_path, kind, frames, ["a.mrc", "b.mrc"])
    images = file.load()
    of_set = Shape(WIDTH, HEIGHT, frames)
    assert (images.getDim(), kind.frames(images)) == ((WIDTH, HEIGHT, frames), frames)
    assert kind.shapes(file, of_set) == {"a.mrc": of_set, "b.mrc": of_set}
    assert file.keys() == {"a.mrc", "b.mrc"}
    assert file.isOpen()
    items = [item.clone() for item in images]
    images.close()
    assert [item.getObjId() for item in items] == [1, 2]
    assert {item.getSamplingRate() for item in items} == {1.5}
    assert {item.getAcquisition().getVoltage() for item in items} == {200}


def test_a_set_is_described_anew_with_its_images(tmp_path, kind_and_frames):
    kind, frames = kind_and_frames
    file = publish(tmp_path, kind, frames, ["a.mrc", "b.mrc", "c.mrc"])
    file.rewriteItems(lambda images: images.setSamplingRate(3.0), without=["b.mrc"])
    images = file.load()
    assert [(item.getMicName(), item.getSamplingRate()) for item in images] == [
        ("a.mrc", 3.0), ("c.mrc", 3.0)]
    assert images.getSize() == 2
    images.close()


@pytest.mark.parametrize(("kind", "frames", "reason"), [
    (Movies(), 1, "it is a single image, not a movie"),
    (Micrographs(), 7, "it is a stack of 7 images, not a micrograph"),
], ids=["a single image among movies", "a stack among micrographs"])
def test_what_is_not_for_the_set_says_why(tmp_path, kind, frames, reason):
    with pytest.raises(NotAMovie, match=reason):
        kind.read(image(tmp_path, "odd.mrc", frames))
