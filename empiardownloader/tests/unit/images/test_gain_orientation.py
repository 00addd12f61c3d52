"""The gain's orientation as the movies show it: right where decided, and else not decided."""

import struct

import numpy as np
import pytest

from empiardownloader.demo.data.movies import mrc_bytes, tiff_bytes
from empiardownloader.images import pixels
from empiardownloader.images.errors import PixelsNotRead
from empiardownloader.images.gain_orientation import (
    GainPattern,
    MovieScores,
    Verdict,
    decide,
    find_orientation,
)
from empiardownloader.images.mrc import write_float_image
from empiardownloader.images.orientation import ALL, Orientation, from_rotation_flip
from empiardownloader.images.pixels import (
    begins_with_upper_row,
    first_rows,
    read_gain,
    rows_looked_at,
)
from empiardownloader.metadata.rotation_flip import RotationFlip
from empiardownloader.tests.data.camera import camera_gain, deposited, specimen_counts
from empiardownloader.tests.data.dm import dm4_bytes

SHAPE = (192, 256)


def finding(
    random, gain, orientation, electrons=20, movies=2, seen=None, shape=SHAPE, upside_down=False
):
    """Return what movies of a camera, by default with this gain, show of a deposited gain."""
    seen = gain if seen is None else seen
    sums = [specimen_counts(random, seen, electrons) for _ in range(movies)]
    pattern = GainPattern(deposited(gain, orientation), shape, upside_down)
    rows = rows_looked_at(shape)
    stored = [each[::-1] if upside_down else each for each in sums]
    return decide([pattern.compare(each[:rows]) for each in stored])


@pytest.fixture
def few_rows(monkeypatch):
    """Look at a part of the small frames of these tests, as is done with those of cameras."""
    monkeypatch.setattr(pixels, "_PIXELS", 16_000)


@pytest.mark.parametrize("upside_down", [False, True], ids=["as in MRC", "upside down"])
@pytest.mark.parametrize("shape", [SHAPE, (256, 192), (256, 256)], ids=["wide", "high", "square"])
@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_every_orientation_is_found(few_rows, orientation, shape, upside_down):
    random = np.random.default_rng(1)
    gain = camera_gain(random, shape, 0.1)
    assert rows_looked_at(shape) < shape[0] // 2
    found = finding(random, gain, orientation, shape=shape, upside_down=upside_down)
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, orientation)
    assert not found.inverted
    assert np.array_equal(found.orientation.apply(deposited(gain, orientation)), gain)


def test_a_gain_that_divides_is_told_by_the_sign():
    random = np.random.default_rng(2)
    gain = camera_gain(random, SHAPE, 0.05)
    found = finding(random, 1 / gain, ALL[5], seen=gain)
    assert (found.orientation, found.inverted) == (ALL[5], True)


@pytest.mark.parametrize("upside_down", [False, True], ids=["as in MRC", "upside down"])
@pytest.mark.parametrize("shape", [SHAPE, (256, 256)], ids=["wide", "square"])
@pytest.mark.parametrize("orientation", ALL, ids=str)
def test_twice_and_half_the_size_are_compared_binned(few_rows, orientation, shape, upside_down):
    random = np.random.default_rng(3)
    gain = camera_gain(random, shape, 0.2)
    twice = np.kron(gain, np.ones((2, 2), np.float32))
    found = finding(random, twice, orientation, 40, seen=gain, shape=shape, upside_down=upside_down)
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, orientation)
    rows = rows_looked_at(twice.shape)
    step = -1 if upside_down else 1
    sums = [specimen_counts(random, twice, 40)[::step][:rows] for _ in range(2)]
    pattern = GainPattern(deposited(gain, orientation), twice.shape, upside_down)
    found = decide([pattern.compare(each) for each in sums])
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, orientation)


def test_a_pattern_that_is_symmetric_but_for_few_pixels_is_decided_by_these():
    random = np.random.default_rng(4)
    gain = camera_gain(random, (512, 512), 0.1, asymmetric=0.01)
    found = finding(random, gain, ALL[3], electrons=60, shape=(512, 512))
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, ALL[3])


def test_nothing_is_decided_falsely():
    """A small version of benchmarks/gain_orientation.py, whose table docs/gain.rst shows."""
    random = np.random.default_rng(6)
    decided = 0
    for trial in range(60):
        shape = ((96, 128), (128, 128))[trial % 2]
        spread, electrons = 0.1 * random.random() + 0.003, 10 ** random.uniform(-1.0, 2.0)
        orientation = ALL[random.integers(8)]
        gain = camera_gain(random, shape, spread, asymmetric=random.choice([1, 0.5, 0.01]))
        found = finding(random, gain, orientation, electrons, shape=shape)
        decided += found.is_decided
        assert not found.is_decided or found.orientation == orientation
        other = camera_gain(random, shape, spread)
        assert not finding(random, gain, orientation, electrons, seen=other, shape=shape).is_decided
        pattern = GainPattern(gain, shape, upper_row_first=False)
        sums = [specimen_counts(random, gain, electrons) * gain for _ in range(2)]
        corrected = [pattern.compare(image) for image in sums]
        assert not decide(corrected).is_decided
    assert decided > 5


@pytest.mark.parametrize(
    "scores, verdict",
    [
        ([(0, 50, 2), (0, 60, 1)], Verdict.DECIDED),
        ([(0, 50, 2), (0, 60, 1), (0, 3, 2)], Verdict.DECIDED),
        ([(0, 50, 2)], Verdict.AMBIGUOUS),
        ([(0, 50, 2), (1, 60, 1)], Verdict.AMBIGUOUS),
        ([(0, 50, 2), (0, 60, 1), (1, 60, 1)], Verdict.AMBIGUOUS),
        ([(0, 50, 20), (0, 60, 30)], Verdict.AMBIGUOUS),
        ([(0, 14, 0), (0, 14, 0)], Verdict.NO_FIT),
    ],
)
def test_two_clear_movies_have_to_agree_and_none_may_contradict(scores, verdict):
    assert decide([MovieScores(ALL[at], *rest) for at, *rest in scores]).verdict is verdict


@pytest.mark.parametrize(
    "gain, reason",
    [
        (np.ones(SHAPE), "one value"),
        (np.zeros(SHAPE), "above zero"),
        (np.ones((100, 100)), "100 x 100"),
    ],
)
def test_a_gain_of_no_use_says_why(gain, reason):
    with pytest.raises(PixelsNotRead, match=reason):
        GainPattern(gain, SHAPE, upper_row_first=False)


@pytest.mark.parametrize("change", ["times 1e30", "times 1e-30", "negative", "not finite", "dead"])
def test_odd_values_of_a_gain_change_nothing(change):
    random = np.random.default_rng(10)
    gain = camera_gain(random, SHAPE, 0.1)
    sums = [specimen_counts(random, gain, 20) for _ in range(2)]
    odd = gain.copy()
    with np.errstate(over="ignore"):
        odd *= np.float32({"times 1e30": 1e30, "times 1e-30": 1e-30}.get(change, 1))
    value = {"negative": -1, "not finite": np.nan, "dead": 0}.get(change)
    if value is not None:
        odd[5], odd[:, 7], odd[20:30, 40:60], odd[99, 99] = value, value, value, -value
    pattern = GainPattern(deposited(odd, ALL[5]), SHAPE, upper_row_first=False)
    found = decide([pattern.compare(each) for each in sums])
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, ALL[5])


def test_serialems_number_is_seen_with_the_first_row_below():
    assert from_rotation_flip(RotationFlip(0)) == Orientation(0, False)
    assert from_rotation_flip(RotationFlip(3)) == Orientation(90, False)
    assert from_rotation_flip(RotationFlip(5)) == Orientation(270, True)


STACK = np.random.default_rng(6).integers(0, 15, (5, 30, 41)).astype(np.uint8)


def packed(stack):
    """IMOD's mode 101, rows of an odd number of pixels ended at a whole byte."""
    padded = np.pad(stack, ((0, 0), (0, 0), (0, 1)))
    return (padded[:, :, ::2] | padded[:, :, 1::2] << 4).astype(np.uint8)


def mrc(stack, mode, content=None):
    header = bytearray(mrc_bytes(stack.astype(np.int8))[:1024])
    header[12] = mode
    return bytes(header) + (stack if content is None else content).tobytes()


def of_imod(stack, flags):
    """Bytes up to 240 with IMOD's stamp, whose flags say whether these are signed."""
    header = bytearray(mrc(stack, 0)[:1024])
    struct.pack_into("<2i", header, 152, 1146047817, flags)
    return bytes(header) + stack.tobytes()


@pytest.mark.parametrize("flags, offset", [(0, 0), (1, -256), (2, 0), (3, -256)])
def test_imods_bytes_are_signed_where_its_flags_say_so(tmp_path, flags, offset):
    path = tmp_path / "a.mrc"
    path.write_bytes(of_imod(np.full_like(STACK, 240), flags))
    assert np.all(first_rows(str(path)) == len(STACK) * (240 + offset))


@pytest.mark.parametrize(
    "name, content",
    [
        ("0.mrc", mrc(STACK, 0)),
        ("1.mrc", mrc(STACK.astype("<i2"), 1)),
        ("2.mrcs", mrc(STACK.astype("<f4"), 2)),
        ("6.mrc", mrc(STACK.astype("<u2"), 6)),
        ("12.mrc", mrc(STACK.astype("<f2"), 12)),
        ("101.mrc", mrc(STACK, 101, packed(STACK))),
        ("lzw.tif", tiff_bytes(STACK)),
        ("raw.tiff", tiff_bytes(STACK, "raw")),
        ("a.dm4", dm4_bytes(STACK[:, ::-1])),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@pytest.mark.parametrize("pixels_looked_at", [41 * 8, 1 << 20])
def test_the_first_rows_of_frames_are_summed(
    tmp_path, monkeypatch, name, content, pixels_looked_at
):
    monkeypatch.setattr(pixels, "_PIXELS", pixels_looked_at)
    path = tmp_path / name
    path.write_bytes(content)
    rows = min(30, pixels_looked_at // 41)
    stored = STACK[:, ::-1] if begins_with_upper_row(name) else STACK
    assert np.array_equal(first_rows(str(path)), stored[:, :rows].sum(axis=0))


def test_a_float_image_is_read_as_it_was_written(tmp_path):
    gain = camera_gain(np.random.default_rng(7), SHAPE, 0.1)
    with open(tmp_path / "gain.mrc", "wb") as file:
        write_float_image(file, gain[::-1])
    assert np.array_equal(read_gain(str(tmp_path / "gain.mrc")), gain[::-1])


@pytest.mark.parametrize("kind", ["mrc", "lzw.tif"])
def test_movies_on_the_disk_show_it(tmp_path, kind):
    random = np.random.default_rng(8)
    gain = camera_gain(random, SHAPE, 0.08)
    movies = []
    for number in range(2):
        stack = np.stack([specimen_counts(random, gain, 5) for _ in range(3)]).astype(np.uint8)
        path = tmp_path / f"{number}.{kind}"
        path.write_bytes(
            mrc(stack, 0) if kind == "mrc" else tiff_bytes(stack)
        )
        movies.append(str(path))
    found = find_orientation(deposited(gain, ALL[6]), movies, SHAPE)
    assert (found.verdict, found.orientation) == (Verdict.DECIDED, ALL[6])


def test_movies_that_cannot_be_read_are_a_finding(tmp_path):
    path = tmp_path / "a.hdf"
    path.write_bytes(b"x")
    gain = camera_gain(np.random.default_rng(9), SHAPE, 0.1)
    assert find_orientation(gain, [str(path)], SHAPE).verdict is Verdict.NOT_READ
    assert find_orientation(gain, [], SHAPE).verdict is Verdict.NOT_READ
