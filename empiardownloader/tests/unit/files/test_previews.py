"""Preview images are matched with the movies that they show."""

import pytest

from empiardownloader.files.companions import find_previews
from empiardownloader.files.tree import RemoteFile


@pytest.mark.parametrize(
    ("movie", "preview"),
    [
        ("d/26_001.tif", "d/26_001.tif.jpg"),
        ("d/26_001.tif", "d/26_001.jpg"),
        ("d/26_001.tif.bz2", "d/26_001.png"),
        ("d/FoilHole_1_Data_2_Fractions.mrc", "d/FoilHole_1_Data_2.JPG"),
        ("d/FoilHole_1_Data_2_EER.eer", "d/FoilHole_1_Data_2.jpeg"),
        ("top.mrcs", "top.jpg"),
    ],
)
def test_a_preview_beside_its_movie_is_found(movie, preview):
    others = [RemoteFile("d/other.jpg"), RemoteFile("d/26_001.txt"), RemoteFile(movie)]
    found = find_previews([RemoteFile(movie)], [*others, RemoteFile(preview, 5)])
    assert found == {movie: RemoteFile(preview, 5)}


@pytest.mark.parametrize("other", ["e/a.jpg", "d/ab.jpg", "d/a.xml", "d/a.tif", "a.jpg"])
def test_a_file_of_another_name_or_folder_is_no_preview(other):
    assert find_previews([RemoteFile("d/a.tif")], [RemoteFile(other)]) == {}


def test_the_preview_with_the_movies_full_name_goes_first():
    files = [RemoteFile("d/a.jpg"), RemoteFile("d/a.tif.jpg")]
    assert find_previews([RemoteFile("d/a.tif")], files)["d/a.tif"].path == "d/a.tif.jpg"
