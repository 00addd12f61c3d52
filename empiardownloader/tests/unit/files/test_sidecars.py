"""Which text beside a movie is the movie's own."""

import pytest

from empiardownloader.files.companions import find_sidecar
from empiardownloader.files.tree import RemoteFile

FOIL = "FoilHole_1_Data_2_3_20200304_153825"


@pytest.mark.parametrize("movie, sidecar", [
    ("a_001.tif", "a_001.tif.mdoc"),
    ("a_001.tif", "a_001.mdoc"),
    ("a_001.tif.bz2", "a_001.tif.mdoc"),
    ("a_001.mrc.gz", "a_001.mdoc"),
    ("a_001.TIF", "A_001.tif.MDOC"),
    ("a_001[12.00]_EER.eer", "a_001[12.00]_EER.eer.mdoc"),
    (f"{FOIL}_Fractions.tiff", f"{FOIL}.xml"),
    (f"{FOIL}_fractions.tiff.bz2", f"{FOIL}.xml"),
    (f"{FOIL}_EER.eer", f"{FOIL}.xml"),
    (f"{FOIL}_EER.eer", f"{FOIL}_EER.xml"),
    (f"{FOIL}-257811.mrc", f"{FOIL}-257811.xml"),
    ("a.b.c.tif", "a.b.c.mdoc"),
])  # fmt: skip
def test_a_movies_text_is_known_by_its_name(movie, sidecar):
    names = [movie, "a_0011.mdoc", "b.tif.mdoc", f"{FOIL}1.xml", "series.mdoc", sidecar]
    files = [RemoteFile(f"data/{name}", 100) for name in names]
    found = find_sidecar(files[0], files)
    assert found is not None
    assert found.name == sidecar


@pytest.mark.parametrize("name, size", [
    ("a_002.tif.mdoc", 100),
    ("series.mdoc", 100),
    ("a_001.xmlx", 100),
    ("a_001.txt", 100),
    ("a_001.tif.mdoc", 2_000_000),
    ("a_001.tif.mdoc", 0),
])
def test_other_texts_are_not_the_movies(name, size):
    movie = RemoteFile("data/a_001.tif", 100)
    assert find_sidecar(movie, [movie, RemoteFile(f"data/{name}", size)]) is None


def test_an_mdoc_goes_before_an_xml_and_a_size_need_not_be_told():
    names = ["a.tif", "a.xml", "a.mdoc"]
    files = [RemoteFile(f"data/{name}") for name in names]
    assert find_sidecar(files[0], files) == files[2]
