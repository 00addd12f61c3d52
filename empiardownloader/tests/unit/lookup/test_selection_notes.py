"""The sentence on an image set that EMPIAR does not call movies."""

import pytest

from empiardownloader.archive.entry import ImageSet
from empiardownloader.files.tree import RemoteFile
from empiardownloader.lookup.selection import kind_note, tilt_note


@pytest.mark.parametrize(
    "category, protocol",
    [
        ("tilt series", "empiar tilt series"),
        ("Tilt Series", "empiar tilt series"),
        ("micrographs - single frame", "empiar micrographs"),
        ("Micrographs - Single frame", "empiar micrographs"),
        ("picked particles - multiframe - processed", None),
        ("picked particles - single frame - processed", None),
        ("", None),
    ],
)
def test_the_protocol_that_suits_other_images_is_named(category, protocol):
    note = kind_note(ImageSet(number=2, category=category))
    assert "not movies" in note
    assert (protocol is not None) == ("the protocol" in note)
    assert protocol is None or f"'{protocol}'" in note


def test_nothing_is_said_of_movies():
    assert kind_note(ImageSet(number=1, category="micrographs - multiframe")) == ""


@pytest.mark.parametrize(
    "names, said",
    [
        (["TS_01_000_0.0.mrc", "TS_01_001_3.0.mrc", "TS_01_002_-3.0.mrc"], "tilt angles"),
        (["a.tif", "b.tif", "TS_1.st.mdoc"], "mdoc files of series (e.g. d/TS_1.st.mdoc)"),
        (["a.tif", "a.tif.mdoc", "b.tif", "b.mdoc"], ""),  # one for each movie
        (["FoilHole_1_Data_2_0.tif", "FoilHole_1_Data_3_0.tif", "grid_1.5_001.tif"], ""),
        (["ribosome_1.5_0001.mrc", "ribosome_1.5_0002.mrc", "ribosome_1.5_0003.mrc"], ""),
        (["movie_001.mrc", "movie_002.mrc", "movie_003.mrc"], ""),
    ],
)
def test_movies_that_may_be_tilts_are_told_from_others(names, said):
    beside = [RemoteFile(f"d/{name}") for name in names]
    note = tilt_note(ImageSet(number=1, category="micrographs - multiframe"), beside)
    assert said in note if said else note == ""
    assert tilt_note(ImageSet(number=1, category="tilt series"), beside) == ""  # said already
