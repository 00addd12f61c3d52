"""HDF movies, files that are not movies, and no file left open."""

import os
import tempfile

import h5py
import numpy as np
import pytest
import tifffile

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())
os.environ.setdefault("SCIPION_DOMAIN", "pwem")

from pwem.objects import Movie

from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.images.errors import NotAMovie
from empiardownloader.images.header import read_header
from empiardownloader.tests.data.dm import dm4_bytes


def eman_hdf5(path, frames):
    with h5py.File(path, "w") as file:
        for number, frame in enumerate(frames):
            file.create_dataset(f"MDF/images/{number}/image", data=frame)
        file["MDF/images"].attrs["imageid_max"] = np.int32(len(frames) - 1)


def reason(path):
    with pytest.raises(NotAMovie) as refused:
        read_header(str(path))
    return str(refused.value)


def test_an_hdf_movie_without_eman_says_which_plugin_is_needed(tmp_path):
    try:
        import eman2  # noqa: F401
    except ImportError:
        eman_hdf5(tmp_path / "a.hdf", np.zeros((5, 32, 48), np.float32))
        assert reason(tmp_path / "a.hdf") == (
            "Scipion reads .hdf only with the plugin scipion-em-eman2: install it"
        )
    else:
        pytest.skip("EMAN's plugin is here")


def test_an_hdf5_movie_of_eman_has_the_dimensions_that_scipion_says(tmp_path):
    path = tmp_path / "a.hdf5"
    eman_hdf5(path, np.zeros((5, 32, 48), np.float32))
    assert read_header(str(path)).dimensions == (48, 32, 5) == Movie(location=str(path)).getDim()


def test_an_hdf5_file_that_scipion_does_not_know_is_refused(tmp_path):
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file.create_dataset("t00000/s00/0/cells", data=np.zeros((5, 32, 48), np.int16))
    assert reason(tmp_path / "a.hdf5").startswith("it is HDF5, but not laid out as EMAN's")


@pytest.mark.parametrize("name", ["a.mrc", "a.tif", "a.eer", "a.dm4", "a.hdf", "a.hdf5"])
def test_an_empty_file_is_refused(tmp_path, name):
    (tmp_path / name).touch()
    assert reason(tmp_path / name) == "it is empty"


@pytest.mark.parametrize("name", ["a.mrc", "a.tif", "a.eer", "a.dm4", "a.hdf5", "a.dat"])
def test_a_file_that_is_not_there_or_not_readable_is_no_movie(tmp_path, name):
    assert reason(tmp_path / name) == "its header cannot be read (No such file or directory)"
    (tmp_path / name).mkdir()
    assert "\n" not in reason(tmp_path / name)


def test_a_colon_in_the_path_is_pointed_out_because_scipion_stumbles_over_it(tmp_path):
    folder = tmp_path / "12:30"
    folder.mkdir()
    path = folder / "a.mrc"
    path.write_bytes(mrc_bytes(np.zeros((5, 32, 48), np.int8)))
    assert reason(path) == "Scipion does not find it: is there a colon in its path?"


def open_below(folder):
    """The files below `folder` that this process holds open."""
    links = []
    for descriptor in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        except OSError:  # the one that lists the folder
            continue
    return [link for link in links if link.startswith(str(folder))]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux")
def test_no_file_stays_open_be_it_whole_or_broken(tmp_path):
    stack = np.zeros((5, 32, 48), np.int16)
    tifffile.imwrite(tmp_path / "a.tif", stack)
    contents = {
        "mrc": mrc_bytes(stack),
        "tif": (tmp_path / "a.tif").read_bytes(),
        "eer": (tmp_path / "a.tif").read_bytes(),
        "dm4": dm4_bytes(stack),
    }
    refused = []  # with their tracebacks, which would keep a file alive
    for suffix, content in contents.items():
        for number, length in enumerate((len(content), len(content) // 2, 40, 0)):
            path = tmp_path / f"{number}.{suffix}"
            path.write_bytes(content[:length])
            try:
                read_header(str(path))
            except NotAMovie as error:
                refused.append(error)
    eman_hdf5(tmp_path / "a.hdf5", stack)
    read_header(str(tmp_path / "a.hdf5"))
    with h5py.File(tmp_path / "b.hdf5", "w") as file:
        file.create_dataset("other", data=stack)
    assert reason(tmp_path / "b.hdf5")
    assert len(refused) == 3 * len(contents)
    assert open_below(tmp_path) == []
