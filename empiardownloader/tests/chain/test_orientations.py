"""RELION's sums with the gain reference that a run prepares, deposited in each orientation."""

import os
import subprocess

import mrcfile
import numpy as np
import pytest

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie, tiff_bytes
from empiardownloader.images.header import read_header
from empiardownloader.images.orientation import ALL, AS_DEPOSITED
from empiardownloader.run.gain_preparation import prepare_gain
from empiardownloader.tests.chain.correction_scores import pattern_left
from empiardownloader.tests.data.camera import deposited

SHAPE, FRAMES, MOVIES, PIXEL_SIZE = (256, 256), 8, 3, 1.4
CHANCE = 4.5  # standard deviations
GAIN = gain_reference(5, SHAPE)
STILL = np.zeros((FRAMES, 2))

_FORMATS = {
    "mrc": lambda stack: mrc_bytes(stack.astype("int8"), PIXEL_SIZE),
    "tif": tiff_bytes,  # LZW
}
_STAR = f"""
data_optics

loop_
_rlnOpticsGroupName #1
_rlnOpticsGroup #2
_rlnMicrographOriginalPixelSize #3
_rlnVoltage #4
_rlnSphericalAberration #5
_rlnAmplitudeContrast #6
opticsGroup1 1 {PIXEL_SIZE} 200 1.4 0.1


data_movies

loop_
_rlnMicrographMovieName #1
_rlnOpticsGroup #2
"""


@pytest.fixture(scope="module", params=sorted(_FORMATS))
def movies(request, tmp_path_factory):
    """Return a folder, and the names of movies in it in one of the formats."""
    folder = tmp_path_factory.mktemp(request.param)
    names = [f"m{number}.{request.param}" for number in range(MOVIES)]
    for seed, name in enumerate(names):
        stack, _ = simulate_movie(seed, SHAPE, FRAMES, drift=STILL, gain=GAIN)
        (folder / name).write_bytes(_FORMATS[request.param](stack))
    rows = "".join(f"{name} 1\n" for name in names)
    (folder / "movies.star").write_text(_STAR + rows, encoding="ascii")
    return folder, names


def prepared(movies, orientation, applies=True):
    """Return the gain that a run gives its set, of one that was deposited in this orientation."""
    folder, names = movies
    gain = folder / "gain.mrc"
    gain.write_bytes(mrc_bytes(deposited(GAIN, orientation), PIXEL_SIZE))
    paths = [str(folder / name) for name in names]
    return prepare_gain(str(gain), read_header(paths[0]), paths, str(folder), applies)


def left_by_relion(movies, gain, output):
    """Return the trace of the camera's pattern in RELION's sums, in deviations of chance."""
    folder, names = movies
    command = ["relion_run_motioncorr", "--use_own", "--i", "movies.star", "--o", output,
               "--gainref", gain, "--angpix", str(PIXEL_SIZE), "--voltage", "200",
               "--first_frame_sum", "1", "--last_frame_sum", str(FRAMES),
               "--patch_x", "1", "--patch_y", "1", "--j", "1"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode()
    sums = [mrcfile.read(os.path.join(folder, output, f"{name.split('.')[0]}.mrc"))
            for name in names]
    return pattern_left(sums, [STILL] * len(sums), GAIN)


def test_no_pattern_is_left_whatever_orientation_was_deposited(movies):
    for number, orientation in enumerate(ALL):
        done = prepared(movies, orientation)
        assert (done.rotation, done.flip) == (orientation.rotation, orientation.flip)
        left = left_by_relion(movies, done.path, f"turned_{number}")
        print(f"{movies[1][0]}, {orientation}: pattern of the camera {left:.1f} deviations")
        assert abs(left) < CHANCE, str(orientation)


def test_as_it_is_the_pattern_stays(movies):
    orientation = next(each for each in ALL if each.rotation == 90 and each.flip)
    assert orientation != AS_DEPOSITED
    done = prepared(movies, orientation, applies=False)
    assert (done.rotation, done.evidence) == (0, "movies")
    assert abs(left_by_relion(movies, done.path, "as_it_is")) > 5 * CHANCE
