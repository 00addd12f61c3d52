"""Real answers of the archive, if a copy is beside the checkout.

They are other people's data and not part of the project; simulated documents cover the same cases
in the other tests.
"""

import json
from pathlib import Path

import pytest

from empiardownloader.archive.emdb import SourcedValue, acquisition_from_map
from empiardownloader.archive.entry import parse_entry
from empiardownloader.archive.entry_xml import document_from_xml
from empiardownloader.archive.errors import NoMovies
from empiardownloader.archive.image_sets import check_released, choose_image_set

FOLDER = Path(__file__).resolve().parents[5] / "shared" / "empiar"


def read(name):
    path = FOLDER / name
    if not path.is_file():
        pytest.skip(f"the real document {name} is not beside this checkout")
    return path.read_text(encoding="utf-8")


def entry_of(number):
    entry = parse_entry(json.loads(read(f"{number}.fragment.json")), number)
    check_released(entry)
    return entry


def test_10511_has_one_flat_folder_of_movies():
    entry = entry_of("10511")
    movies = choose_image_set(entry)
    assert entry.title == "mouse cGAS with nucleosomes from 293T"
    assert entry.emdb_ids == ("EMD-22047",)
    assert (movies.directory, movies.data_format) == ("data", "MRC")
    assert (movies.num_images, movies.frames_per_image) == (2979, 40)
    assert (movies.image_width, movies.image_height, movies.pixel_size) == (3838, 3710, 1.07)


def test_10988_has_movies_volumes_and_tilt_series():
    entry = entry_of("10988")
    assert [image_set.holds_movies for image_set in entry.image_sets] == [True, False, False]
    assert entry.dataset_size == "305.5 GB"
    assert entry.authors == ("Test",)
    assert "count ref file (dm4 file)" in choose_image_set(entry).details
    assert choose_image_set(entry, "data/metadata").name == "Tilt series"
    assert choose_image_set(entry, "tomo").number == 2
    assert choose_image_set(entry, "3").pixel_size == 3.3702


def test_11419_has_single_frames_without_sizes():
    entry = entry_of("11419")
    with pytest.raises(NoMovies, match=r"\(micrographs - single frame, TIFF, data/HeLa\)"):
        choose_image_set(entry)
    chosen = choose_image_set(entry, "data/HeLa")
    assert (chosen.pixel_size, chosen.image_width, chosen.details) == (None, None, "")


@pytest.mark.parametrize("number", ["10318", "13192"])
def test_entries_of_other_methods_hold_no_movies(number):
    with pytest.raises(NoMovies, match="contains no movies"):
        choose_image_set(entry_of(number))


def test_the_header_of_10934_says_all_of_its_entry():
    entry = parse_entry(document_from_xml(read("10934.header.xml"), "10934"), "10934")
    movies = choose_image_set(entry)
    check_released(entry)
    assert entry.emdb_ids == ("EMD-12602",)
    assert entry.dataset_size == "1.9 TB"
    assert entry.doi == "10.6019/EMPIAR-10934"
    assert len(entry.authors) == 13
    assert entry.principal_investigators == ("Alfredo De Biasio", "Samir Hamdan")
    assert entry.organization.startswith("Department of Molecular & Cell Biology")
    assert [(c.journal, c.volume, c.year) for c in entry.citations] == [
        ("Nature communications", "12", "2021")
    ]
    assert entry.citations[0].doi == "10.1038/s41467-021-26251-6"
    assert movies.directory == "data/CL44-1_20201106_111915"
    assert (movies.num_images, movies.frames_per_image) == (3889, 45)
    assert (movies.image_width, movies.image_height, movies.pixel_size) == (11520, 8184, 0.543)
    assert movies.micrographs_file_pattern.endswith("FoilHole_*_fractions.tiff.bz2")


def test_emd_25107_tells_all_but_the_amplitude_contrast():
    told = acquisition_from_map(json.loads(read("EMD-25107.json")), "EMD-25107")
    assert told.voltage == SourcedValue(300.0, "EMD-25107")
    assert told.spherical_aberration == SourcedValue(2.7, "EMD-25107")
    assert told.magnification == SourcedValue(29000.0, "EMD-25107")
    assert told.dose_per_image == SourcedValue(50.4, "EMD-25107")
    assert told.amplitude_contrast == SourcedValue()
