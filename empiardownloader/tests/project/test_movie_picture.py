"""The picture of a movie: the sum of its first frames, from files of every kind."""

import numpy
import pytest
import tifffile
from PIL import Image

from empiardownloader.demo.data.movies import mrc_bytes
from empiardownloader.images import tiff_frames
from empiardownloader.tests.data.eer import eer_bytes
from empiardownloader.viewers.movie_preview import CannotShow, powerSpectrum, sumOfFrames

FRAMES = numpy.random.default_rng(1).integers(0, 100, (5, 60, 80)).astype("int8")


def mrc(path, frames=FRAMES):
    path.write_bytes(mrc_bytes(frames, 1.0))


def tiff(path):
    tifffile.imwrite(path, FRAMES, photometric="minisblack")


def lzw(path):
    first, *others = [Image.fromarray(frame.astype("uint8")) for frame in FRAMES]
    first.save(path, save_all=True, append_images=others, compression="tiff_lzw")


@pytest.mark.parametrize("name, write", [("a.mrc", mrc), ("a.MRCS", mrc), ("a.tif", tiff),
                                         ("a.tiff", lzw)])
def test_the_frames_are_summed(tmp_path, name, write):
    path = tmp_path / name
    write(path)
    picture = sumOfFrames(str(path))
    numpy.testing.assert_allclose(picture.pixels, FRAMES.sum(axis=0, dtype="float32"))
    assert "sum of the first 5 of 5 frames" in picture.caption
    assert "80 x 60 pixels" in picture.caption
    low, high = picture.contrast
    assert picture.pixels.min() <= low < high <= picture.pixels.max()


def test_a_large_movie_is_binned_and_only_its_first_frames_are_read(tmp_path):
    frames = numpy.ones((30, 1500, 2100), "int8")
    mrc(tmp_path / "a.mrc", frames)
    picture = sumOfFrames(str(tmp_path / "a.mrc"))
    assert picture.pixels.shape == (500, 700)
    assert set(picture.pixels.ravel()) == {20.0}
    assert "first 20 of 30 frames" in picture.caption
    assert "binned by 3" in picture.caption


def test_a_micrograph_is_shown_too(tmp_path):
    mrc(tmp_path / "a.mrc", FRAMES[0])
    picture = sumOfFrames(str(tmp_path / "a.mrc"))
    numpy.testing.assert_allclose(picture.pixels, FRAMES[0])


def test_the_power_spectrum_says_the_resolution_at_its_edge(tmp_path):
    mrc(tmp_path / "a.mrc")
    picture = powerSpectrum(str(tmp_path / "a.mrc"), 0.66)
    assert picture.pixels.shape == (60, 60)
    assert picture.caption.endswith("first 5 frames (logarithm), 1.32 Å at the edge")
    assert powerSpectrum(str(tmp_path / "a.mrc")).caption.endswith("(logarithm)")


@pytest.mark.parametrize("name, content, words", [
    ("a.mrc", b"nothing", "cannot be read"),
    ("a.tif", b"", "empty"),
    ("a.mrc.bz2", b"BZh9", "packed"),
    ("a.tif", b"II*\0" + bytes(20), "cannot be read"),
])  # fmt: skip
def test_what_cannot_be_shown_is_a_sentence(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    for picture in (sumOfFrames, powerSpectrum):
        with pytest.raises(CannotShow, match=words) as caught:
            picture(str(tmp_path / name))
        assert "\n" not in str(caught.value)


def test_a_file_that_is_gone_is_told_by_its_path(tmp_path):
    with pytest.raises(CannotShow, match=r"no longer there: .*gone\.mrc"):
        sumOfFrames(str(tmp_path / "gone.mrc"))


def test_a_compression_that_needs_another_package_names_it(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", FRAMES, photometric="minisblack", compression="zlib")
    content = bytearray((tmp_path / "a.tif").read_bytes())
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        places = [page.aspage().tags[259].valueoffset for page in file.pages]
    for place in places:
        content[place : place + 2] = (50000).to_bytes(2, "little")  # zstd
    (tmp_path / "a.tif").write_bytes(content)
    monkeypatch.setattr(tiff_frames, "find_spec", lambda name: None)
    with pytest.raises(CannotShow, match=r"pip install .imagecodecs"):
        sumOfFrames(str(tmp_path / "a.tif"))


def test_electrons_of_eer_movies_are_counted(tmp_path):
    frames = (FRAMES > 90).astype("uint8")
    (tmp_path / "a.eer").write_bytes(eer_bytes(frames, 1.0, 5))
    picture = sumOfFrames(str(tmp_path / "a.eer"))
    numpy.testing.assert_allclose(picture.pixels, frames.sum(axis=0))
