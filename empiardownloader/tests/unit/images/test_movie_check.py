"""Whether downloaded files are movies, without Scipion."""

import subprocess
import sys

import pytest

from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.images.movie_check import HOPELESS, MovieCheck, not_a_movie_reason

SINGLE = "it is a single image, not a movie"


def image(frames):
    return mrc_bytes(simulate_movie(1, (16, 16), frames=frames)[0].astype("int8"))


@pytest.mark.parametrize("name, content, reason", [
    ("a.mrc", image(3), ""),
    ("a.mrc", image(1), SINGLE),
    ("A.MRCS", image(1), SINGLE),
    ("a.mrc", b"", "it is empty"),
    ("a.mrc", image(3)[:-10], "cut short at the source"),
    ("a.tif", b"no TIFF", "its header cannot be read"),
    ("a.mrc.bz2", b"BZh", ""),  # packed
    ("a.hdf", b"x", ""),  # read by Scipion alone
])
def test_a_file_is_judged_by_its_header(tmp_path, name, content, reason):
    (tmp_path / name).write_bytes(content)
    assert reason in not_a_movie_reason(str(tmp_path / name))
    assert bool(reason) == bool(not_a_movie_reason(str(tmp_path / name)))


@pytest.mark.parametrize("singles, files, is_hopeless", [
    (range(10), 400, True),
    (reversed(range(10)), 400, True),  # in any order of arrival
    (range(9), 400, False),
    (range(1, 30), 400, False),  # the first may be a movie
    (range(9), 9, False),  # fewer than ten say nothing of others
    ([], 0, False),
])
def test_the_first_ten_of_the_list_decide(tmp_path, singles, files, is_hopeless):
    (tmp_path / "single.mrc").write_bytes(image(1))
    names = [f"m_{number}.mrc" for number in range(files)]
    check = MovieCheck(names)
    for number in singles:
        assert not (check.is_hopeless and number < HOPELESS)
        check.look(names[number], str(tmp_path / "single.mrc"))
    assert check.is_hopeless is is_hopeless
    assert set(check.reasons.values()) <= {SINGLE}


def test_scipion_is_not_loaded(tmp_path):
    (tmp_path / "a.mrc").write_bytes(image(3))
    code = ("import sys\n"
            "from empiardownloader.images.movie_check import not_a_movie_reason\n"
            "print(repr(not_a_movie_reason(sys.argv[1])))\n"
            "print([name for name in sys.modules if name.startswith(('pyworkflow', 'pwem'))])")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a.mrc")],
                          capture_output=True, text=True)
    assert (done.stdout.split("\n")[:2], done.stderr) == (["''", "[]"], "")
