"""The set's gain reference: turned if the movies show how, and its report."""

from pathlib import Path

import numpy as np
import pytest

from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.images import gain_orientation
from empiardownloader.images.file_says import FileSays
from empiardownloader.images.header import MovieHeader
from empiardownloader.images.mrc import read_mrc_header
from empiardownloader.images.orientation import (
    ALL,
    AS_DEPOSITED,
    Orientation,
    from_rotation_flip,
)
from empiardownloader.images.pixels import read_gain
from empiardownloader.metadata.rotation_flip import RotationFlip
from empiardownloader.run import gain_preparation
from empiardownloader.run.gain_choice import GainChoice
from empiardownloader.run.gain_preparation import prepare_gain
from empiardownloader.tests.data.camera import camera_gain, deposited, specimen_counts
from empiardownloader.tests.data.dm import DM_TYPES, dm3_bytes, dm4_bytes

SHAPE = (160, 224)
HEADER = MovieHeader(SHAPE[1], SHAPE[0], 3)
GAIN = camera_gain(np.random.default_rng(1), SHAPE, 0.1)


@pytest.fixture(scope="module")
def movies(tmp_path_factory):
    random, folder = np.random.default_rng(2), tmp_path_factory.mktemp("movies")
    paths = []
    for number in range(3):
        stack = np.stack([specimen_counts(random, GAIN, 10) for _ in range(3)]).astype(np.int8)
        paths.append(folder / f"{number}.mrc")
        paths[-1].write_bytes(mrc_bytes(stack))
    return [str(path) for path in paths]


def movies_of(folder, counts, number=2):
    """Return movies in which a pixel counts so many electrons in each of three frames."""
    random = np.random.default_rng(int(counts * 1000))
    for index in range(number):
        stack = np.stack([specimen_counts(random, GAIN, counts) for _ in range(3)]).astype(np.int8)
        (folder / f"dim_{index}.mrc").write_bytes(mrc_bytes(stack))
    return [str(folder / f"dim_{index}.mrc") for index in range(number)]


def turned(code):
    """Return what movies say whose title has r/f with this number."""
    return FileSays(rotation_flip=RotationFlip(code), rotation_flip_origin="the movie's title")


def prepared(folder, image, movies, applies=True, details="", said=FileSays()):  # noqa: B008
    path = folder / "gain.mrc"
    path.write_bytes(mrc_bytes(np.ascontiguousarray(image, dtype=np.float32)))
    return prepare_gain(str(path), HEADER, movies, str(folder), applies, details, said)


@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_the_gain_fits_after_what_the_movies_show_was_applied(tmp_path, movies, orientation):
    done = prepared(tmp_path, deposited(GAIN, orientation), movies)
    assert np.array_equal(read_gain(done.path), GAIN)
    assert (done.rotation, done.flip) == (orientation.rotation, orientation.flip)
    assert done.evidence == "movies"
    assert done.path.endswith("gain.mrc" if orientation == AS_DEPOSITED else "gain_oriented.mrc")
    assert "leave rotation and flip at none" in done.notes[0]
    assert "3 movies show" in done.notes[0]


def test_a_gain_that_divides_is_inverted(tmp_path, movies):
    done = prepared(tmp_path, 1 / GAIN, movies)
    assert np.allclose(read_gain(done.path), GAIN)
    assert "divides" in done.notes[0] or "Inverted" in done.notes[0]


@pytest.mark.parametrize("orientation", [AS_DEPOSITED, Orientation(90, True)], ids=str)
@pytest.mark.parametrize("factor", [2, 0.5])
def test_a_gain_of_another_binning_gets_the_size_of_the_frames(
    tmp_path, movies, orientation, factor
):
    if factor == 2:
        gain, words = np.kron(GAIN, np.ones((2, 2), np.float32)), "binned by two"
        expected = GAIN
    else:
        gain, words = GAIN.reshape(80, 2, 112, 2).mean(axis=(1, 3)), "enlarged by two"
        expected = np.kron(gain, np.ones((2, 2), np.float32))
    done = prepared(tmp_path, deposited(gain, orientation), movies)
    assert np.allclose(read_gain(done.path), expected)
    assert words in done.notes[0].lower() and "leave rotation and flip at none" in done.notes[0]
    kept = prepared(tmp_path, deposited(gain, orientation), movies, applies=False)
    assert kept.path == str(tmp_path / "gain.mrc")
    assert f"{words}, as 3 movies show" in kept.notes[0]


@pytest.mark.parametrize(
    ("suffix", "content_of"), [(".dm3", dm3_bytes), (".dm4", dm4_bytes)], ids=["DM3", "DM4"]
)
@pytest.mark.parametrize("kind", DM_TYPES)
@pytest.mark.parametrize("applies", [True, False], ids=["as the movies show", "as it is"])
def test_dm_files_become_mrc_with_the_rows_the_right_way(
    tmp_path, movies, suffix, content_of, kind, applies
):
    turn = Orientation(90, True) if applies else AS_DEPOSITED
    # Whole numbers as a normalized gain is stored in: the median is far from the largest number.
    largest = 2 if kind.startswith("float") else min(np.iinfo(kind).max, 10_000)
    gain = np.clip(GAIN * largest / 2, 0, largest).astype(kind)
    path = tmp_path / f"CountRef{suffix}"
    path.write_bytes(content_of(np.ascontiguousarray(deposited(gain, turn)[::-1])))
    done = prepare_gain(str(path), HEADER, movies, str(tmp_path), applies)
    assert Path(done.path).name == f"CountRef{'_oriented' if applies else '_gain'}.mrc"
    assert read_mrc_header(done.path).mode == 2
    assert np.array_equal(read_gain(done.path), gain)
    assert "leave rotation and flip at none" in done.notes[0]


def test_movies_that_disagree_leave_the_gain_as_it_is(tmp_path, movies):
    random = np.random.default_rng(4)
    other = [specimen_counts(random, np.ascontiguousarray(GAIN[::-1]), 10) for _ in range(3)]
    (tmp_path / "other.mrc").write_bytes(mrc_bytes(np.stack(other).astype(np.int8)))
    done = prepared(tmp_path, GAIN, [movies[0], movies[1], str(tmp_path / "other.mrc")])
    assert (done.path, done.evidence) == (str(tmp_path / "gain.mrc"), "none")
    assert done.notes[0].startswith("The movies do not agree on its orientation")


@pytest.mark.parametrize("choice", [GainChoice(), GainChoice(byHand=True)], ids=["none", "by hand"])
def test_without_a_gain_no_movie_is_read(monkeypatch, choice):
    monkeypatch.setattr(gain_orientation, "first_rows", None)
    monkeypatch.setattr(gain_preparation, "read_gain", None)
    assert choice.fitting("", HEADER, ["absent.mrc"], "absent", True) is None
    assert len(choice.lines("", "Nice ice.")) == 1


def test_for_movies_that_cannot_be_read_here_the_gain_is_not_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(gain_orientation, "GainPattern", None)
    (tmp_path / "a.hdf").write_bytes(b"no reader")
    done = prepared(tmp_path, GAIN, [str(tmp_path / "a.hdf")] * 3)
    assert (done.path, len(done.notes)) == (str(tmp_path / "gain.mrc"), 1)
    assert "could not be looked at" in done.notes[0]


def test_as_it_is_the_same_finding_is_told_and_nothing_done(tmp_path, movies):
    done = prepared(tmp_path, deposited(GAIN, Orientation(90, True)), movies, applies=False)
    assert done.path.endswith("gain.mrc") and not done.path.endswith("oriented.mrc")
    assert (done.rotation, done.flip) == (0, False)
    assert "has to be flipped left to right, then turned by 90° counter-clockwise" in done.notes[0]


@pytest.mark.parametrize("foreign", [True, False])
def test_a_gain_that_fits_nothing_stays_as_it_is(tmp_path, movies, foreign):
    other = camera_gain(np.random.default_rng(3), SHAPE, 0.1) if foreign else np.ones(SHAPE)
    done = prepared(tmp_path, other, movies)
    assert (done.path, done.evidence) == (str(tmp_path / "gain.mrc"), "none")
    assert ("in no orientation" if foreign else "cannot be compared") in done.notes[0]


def test_one_movie_is_too_little(tmp_path, movies):
    done = prepared(tmp_path, deposited(GAIN, Orientation(180)), movies[:1])
    assert (done.rotation, done.evidence) == (0, "none")
    assert "two have to agree" in done.notes[0]


@pytest.mark.parametrize("code", range(8))
def test_where_the_movies_have_too_few_counts_serialems_title_decides(tmp_path, code):
    orientation = from_rotation_flip(RotationFlip(code))
    dim = movies_of(tmp_path, 0.01)
    done = prepared(tmp_path, deposited(GAIN, orientation), dim, said=turned(code))
    assert np.array_equal(read_gain(done.path), GAIN)
    assert (done.rotation, done.flip) == (orientation.rotation, orientation.flip)
    assert done.evidence == "title"
    assert "too few counts" in done.notes[0]
    assert f"by r/f {code} in the movie's title: leave rotation and flip at none" in done.notes[1]


def test_as_it_is_what_the_title_says_is_told_and_nothing_done(tmp_path):
    dim = movies_of(tmp_path, 0.01)
    done = prepared(tmp_path, GAIN, dim, applies=False, said=turned(1))
    assert (done.rotation, done.flip, done.path) == (0, False, str(tmp_path / "gain.mrc"))
    assert "has to be turned by 270° counter-clockwise, by r/f 1" in done.notes[1]


def test_the_title_decides_where_no_movie_can_be_read(tmp_path):
    (tmp_path / "a.mrc").write_bytes(b"broken")
    done = prepared(tmp_path, GAIN, [str(tmp_path / "a.mrc")], said=turned(2))
    assert (done.rotation, done.evidence) == (180, "title")


def test_the_title_decides_nothing_for_movies_that_show_another_camera(tmp_path, movies):
    other = camera_gain(np.random.default_rng(3), SHAPE, 0.1)
    done = prepared(tmp_path, other, movies, said=turned(2))
    assert (done.rotation, done.evidence, done.path) == (0, "none", str(tmp_path / "gain.mrc"))
    assert "corrected already" in done.notes[0]
    assert done.notes[1] == "By r/f 2 in the movie's title, it has to be turned by 180°."


@pytest.mark.parametrize("code, rotation, evidence", [(2, 180, "movies"), (3, 0, "none")])
def test_one_movie_is_enough_where_its_title_says_the_same(
    tmp_path, movies, code, rotation, evidence
):
    gain = deposited(GAIN, Orientation(180))
    done = prepared(tmp_path, gain, movies[:1], said=turned(code))
    assert (done.rotation, done.evidence) == (rotation, evidence)


@pytest.mark.parametrize("content", [b"", b"broken", b"II*\0" + bytes(100)])
def test_files_that_cannot_be_read_are_told_in_one_sentence(tmp_path, movies, content):
    (tmp_path / "gain.tif").write_bytes(content)
    done = prepare_gain(str(tmp_path / "gain.tif"), HEADER, movies, str(tmp_path), True)
    assert len(done.notes) == 1 and "could not be looked at" in done.notes[0]
    (tmp_path / "a.mrc").write_bytes(content)
    done = prepared(tmp_path, GAIN, [str(tmp_path / "a.mrc")])
    assert len(done.notes) == 1 and "could not be looked at" in done.notes[0]


@pytest.mark.parametrize(
    "details, said",
    [
        ("The gain needs 180 degrees rotation", "It is the same by what the depositors say."),
        ("The gain needs no rotation, flip upside down", "the movies decide"),
        ("Nice ice.", None),
    ],
)
def test_the_depositors_words_are_compared_with_what_the_movies_show(
    tmp_path, movies, details, said
):
    done = prepared(tmp_path, deposited(GAIN, Orientation(180)), movies, details=details)
    assert done.rotation == 180
    assert [said in note for note in done.notes[1:]] == ([True] if said else [])
