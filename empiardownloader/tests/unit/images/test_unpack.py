"""Compressed movies: all of it appears at once, or nothing, and little memory is used."""

import bz2
import errno
import gzip
import os
import threading
import tracemalloc

import numpy as np
import pytest

from empiardownloader.disk.atomic import atomic_file
from empiardownloader.images import unpack as unpacking
from empiardownloader.images.errors import CannotUnpack
from empiardownloader.images.unpack import packed_suffix, unpacked_name

CONTENT = np.random.default_rng(1).poisson(1.0, 3_000_000).astype(np.uint8).tobytes()
PACK = {"bz2": lambda data: bz2.compress(data, 1), "gz": lambda data: gzip.compress(data, 1)}


def unpack(source, final):
    with atomic_file(final) as target:
        unpacking.unpack(source, target)


@pytest.mark.parametrize(
    ("name", "suffix", "unpacked"),
    [
        ("a.mrc.bz2", ".bz2", "a.mrc"),
        ("a.tiff.gz", ".gz", "a.tiff"),
        ("A.MRC.BZ2", ".bz2", "A.MRC"),
        ("a.b.c.tif.Gz", ".gz", "a.b.c.tif"),
        ("a.mrc", "", "a.mrc"),
        ("gz", "", "gz"),
        (".gz", "", ".gz"),
        ("a.gz.mrc", "", "a.gz.mrc"),
        ("a.tbz", "", "a.tbz"),
    ],
)
def test_names_of_packed_files(name, suffix, unpacked):
    assert (packed_suffix(name), unpacked_name(name)) == (suffix, unpacked)


@pytest.mark.parametrize("kind", PACK)
def test_a_packed_file_is_unpacked_and_stays(tmp_path, kind):
    source, final = tmp_path / f"a.mrc.{kind}.part", tmp_path / "extra" / "a.mrc"
    source.write_bytes(PACK[kind](CONTENT))
    unpack(source, final)
    assert final.read_bytes() == CONTENT
    assert os.listdir(final.parent) == ["a.mrc"]
    assert source.exists()


@pytest.mark.parametrize("kind", PACK)
def test_a_file_of_several_streams_is_unpacked_to_its_end(tmp_path, kind):
    """pbzip2, pigz -i and concatenated packed files have several streams."""
    streams = [CONTENT[:1_000_000], b"", CONTENT[1_000_000:]]
    (tmp_path / "a").write_bytes(b"".join(map(PACK[kind], streams)))
    unpack(tmp_path / "a", tmp_path / "a.mrc")
    assert (tmp_path / "a.mrc").read_bytes() == CONTENT


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("share", [0.999, 0.5, 0.0])
def test_a_packed_file_that_is_cut_leaves_nothing(tmp_path, kind, share):
    packed = PACK[kind](CONTENT)
    source = tmp_path / "a"
    source.write_bytes(packed[: max(4, int(share * len(packed)))])
    with pytest.raises(CannotUnpack, match=r"^it cannot be unpacked \(it ends before"):
        unpack(source, tmp_path / "a.mrc")
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("kind", PACK)
def test_a_packed_file_that_is_damaged_leaves_nothing(tmp_path, kind):
    packed = bytearray(PACK[kind](CONTENT))
    packed[len(packed) // 2 : len(packed) // 2 + 50] = bytes(50)
    (tmp_path / "a").write_bytes(packed)
    with pytest.raises(CannotUnpack, match=r"^it cannot be unpacked \(.+\)$"):
        unpack(tmp_path / "a", tmp_path / "a.mrc")
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize("content", [b"", b"BZ", b"PK\3\4" * 100, CONTENT[:5000]])
def test_what_is_not_packed_is_refused(tmp_path, content):
    (tmp_path / "a.mrc.gz").write_bytes(content)
    with pytest.raises(CannotUnpack, match="neither bzip2 nor gzip"):
        unpack(tmp_path / "a.mrc.gz", tmp_path / "a.mrc")
    assert os.listdir(tmp_path) == ["a.mrc.gz"]


def test_a_source_that_is_not_there_is_an_error_of_the_disk(tmp_path):
    with pytest.raises(FileNotFoundError):
        unpack(tmp_path / "a.gz", tmp_path / "a")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs Linux")
@pytest.mark.parametrize("kind", PACK)
def test_a_full_disk_is_an_error_of_the_disk(tmp_path, kind):
    (tmp_path / "a").write_bytes(PACK[kind](CONTENT))
    with pytest.raises(OSError) as full, open("/dev/full", "wb") as target:
        unpacking.unpack(tmp_path / "a", target)
    assert full.value.errno == errno.ENOSPC


@pytest.mark.parametrize("kind", PACK)
def test_a_movie_is_not_held_in_memory(tmp_path, kind):
    """Even one that unpacks to a thousand times its size."""
    (tmp_path / "a").write_bytes(PACK[kind](bytes(64_000_000)))
    tracemalloc.start()
    try:
        unpack(tmp_path / "a", tmp_path / "a.mrc")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (tmp_path / "a.mrc").stat().st_size == 64_000_000
    assert peak < 8_000_000


def test_several_movies_are_unpacked_at_once(tmp_path):
    jobs = []
    for number, kind in enumerate([*PACK, *PACK]):
        source = tmp_path / f"{number}.{kind}"
        source.write_bytes(PACK[kind](CONTENT))
        jobs.append(threading.Thread(target=unpack, args=(source, tmp_path / f"{number}.mrc")))
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(timeout=60)
    assert [(tmp_path / f"{n}.mrc").read_bytes() == CONTENT for n in range(4)] == [True] * 4
