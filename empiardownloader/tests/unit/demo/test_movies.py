"""Simulated movies: the same bytes every time, readable everywhere, and a drift that is true."""

import hashlib
import io
import os
import subprocess
import sys
import warnings

import mrcfile
import numpy as np
import pytest
import tifffile
from PIL import Image

from empiardownloader.demo.data.movies import (
    gain_reference,
    jpeg_preview,
    mrc_bytes,
    simulate_movie,
    tiff_bytes,
    tiny_movie,
)

SHAPE = (128, 128)


def shift_of(moved, reference):
    """Shift of `moved` against `reference` in pixels, by a parabola through the correlation."""
    spectrum = np.fft.fft2(moved - moved.mean()) * np.conj(np.fft.fft2(reference))
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in moved.shape), indexing="ij"))
    map_ = np.fft.ifft2(spectrum * np.exp(-((frequency * 12) ** 2))).real
    peak = np.unravel_index(np.argmax(map_), map_.shape)
    result = []
    for axis in (0, 1):
        low, mid, high = (np.roll(map_, -step, axis)[peak] for step in (-1, 0, 1))
        at = peak[axis] + 0.5 * (low - high) / (low - 2 * mid + high)
        result.append((at + map_.shape[axis] / 2) % map_.shape[axis] - map_.shape[axis] / 2)
    return np.array(result)


def test_the_same_seed_gives_the_same_bytes_wherever_it_runs():
    gain = gain_reference(7, SHAPE)
    stack, _ = simulate_movie(7, SHAPE, gain=gain)
    assert hashlib.md5(stack.tobytes()).hexdigest() == "7aca6708aaa5be23dff0cb7c6cb211dc"
    assert hashlib.md5(gain.tobytes()).hexdigest() == "7947184caefaabe23b81a66c3b57dbee"
    again, _ = simulate_movie(7, SHAPE, gain=gain)
    assert tiff_bytes(again) == tiff_bytes(stack)
    assert mrc_bytes(again.astype(np.int8)) == mrc_bytes(stack.astype(np.int8))
    assert not np.array_equal(simulate_movie(8, SHAPE, gain=gain)[0], stack)


def test_frames_are_small_counts_of_the_dose_asked_for():
    stack, drift = simulate_movie(1, SHAPE, frames=5, dose_per_pixel=3.0)
    assert (stack.dtype, stack.shape, drift.shape) == (np.uint8, (5, *SHAPE), (5, 2))
    assert 2.5 < stack.mean() < 3.1
    assert stack.max() <= 127


def test_the_drift_is_a_few_pixels_fast_at_first_and_slow_later():
    _, drift = simulate_movie(3, SHAPE, frames=16)
    steps = np.hypot(*np.diff(drift, axis=0).T)
    assert steps[0] > 3 * steps[-1]
    assert 1.5 < np.hypot(*(drift[-1] - drift[0])) < 6.0


def test_the_drift_is_found_again_by_correlating_the_mean_halves():
    stack, drift = simulate_movie(11, (256, 256))
    first, second = stack[:4].mean(axis=0), stack[4:].mean(axis=0)
    true = drift[4:].mean(axis=0) - drift[:4].mean(axis=0)
    assert np.abs(shift_of(second, first) - true).max() < 0.15


def test_a_given_drift_is_the_one_in_the_frames():
    wanted = np.array([[0.0, 0.0]] * 4 + [[2.5, -1.25]] * 4)
    stack, drift = simulate_movie(12, (256, 256), drift=wanted)
    assert np.array_equal(drift, wanted)
    found = shift_of(stack[4:].mean(axis=0), stack[:4].mean(axis=0))
    assert np.abs(found - [2.5, -1.25]).max() < 0.15


def test_multiplying_with_the_gain_flattens_the_raw_counts():
    gain = gain_reference(5, SHAPE)
    stack = np.concatenate([simulate_movie(seed, SHAPE, gain=gain)[0] for seed in range(12)])
    mean = stack.mean(axis=0)
    assert np.corrcoef(mean.ravel(), (1 / gain).ravel())[0, 1] > 0.6
    assert abs(np.corrcoef((mean * gain).ravel(), gain.ravel())[0, 1]) < 0.05


@pytest.mark.parametrize(
    ("kind", "mode"), [("int8", 0), ("int16", 1), ("float32", 2), ("uint16", 6)]
)
def test_mrc_stacks_are_read_back_by_mrcfile(tmp_path, kind, mode):
    stack = simulate_movie(2, (48, 64), frames=3)[0].astype(kind)
    path = tmp_path / "movie.mrcs"
    path.write_bytes(mrc_bytes(stack, 0.66))
    assert mrcfile.validate(str(path), print_file=io.StringIO())
    with mrcfile.open(path) as mrc:
        assert int(mrc.header.mode) == mode
        assert np.array_equal(mrc.data, stack)
        assert mrc.is_image_stack()
        assert float(mrc.voxel_size.x) == pytest.approx(0.66)


def test_types_that_mrc_does_not_hold_are_refused_with_a_remedy():
    with pytest.raises(ValueError, match="convert the stack to one of int8"):
        mrc_bytes(np.zeros((2, 4, 4), dtype=np.float64))


def test_lzw_tiffs_are_read_back_by_pillow_and_counted_by_tifffile():
    stack, _ = simulate_movie(4, (48, 64), frames=5)
    content = tiff_bytes(stack)
    with tifffile.TiffFile(io.BytesIO(content)) as tiff:
        assert len(tiff.pages) == 5
        assert tiff.pages[0].shape == (48, 64)
        assert int(tiff.pages[0].compression) == 5
    with Image.open(io.BytesIO(content)) as image:
        for frame in range(5):
            image.seek(frame)
            assert np.array_equal(np.asarray(image), stack[frame, ::-1]), "upper row first"


def test_a_preview_is_a_small_jpeg():
    with Image.open(io.BytesIO(jpeg_preview(simulate_movie(4, SHAPE)[0]))) as image:
        assert (image.format, image.size) == ("JPEG", (64, 64))


def test_tiny_movies_are_valid_and_all_different(tmp_path):
    path = tmp_path / "tiny.mrc"
    path.write_bytes(tiny_movie(1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with mrcfile.open(path) as mrc:
            assert mrc.data.shape == (2, 16, 16)
    assert len(tiny_movie(1)) == 1536
    assert len({tiny_movie(seed) for seed in range(500)}) == 500


PWEM = """
import sys
from pwem.objects import Movie
for path in sys.argv[1:]:
    print(*Movie(location=path).getDim())
"""


def test_scipion_sees_the_right_dimensions(tmp_path):
    pytest.importorskip("pwem")
    stack, _ = simulate_movie(6, (48, 64), frames=5)
    contents = {
        "a.mrc": mrc_bytes(stack.astype(np.int8)),
        "a.mrcs": mrc_bytes(stack.astype(np.int16)),
        "a.tif": tiff_bytes(stack),
        "tiny.mrc": tiny_movie(0),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    home = {"SCIPION_HOME": str(tmp_path), "SCIPION_DOMAIN": "pwem"}
    done = subprocess.run(
        [sys.executable, "-c", PWEM, *contents],
        cwd=tmp_path,
        env={**os.environ, **home},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode().splitlines()[-4:]
    assert lines == ["64 48 5", "64 48 5", "64 48 5", "16 16 2"]
