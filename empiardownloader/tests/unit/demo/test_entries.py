"""The tree of the miniature archive and the documents of its API."""

import bz2
import hashlib
import json
from xml.etree import ElementTree

import pytest

from empiardownloader.demo.data.documents import image_set, map_document, size_text
from empiardownloader.demo.data.entries import ENTRIES, ArchiveFolder, build_demo_archive
from empiardownloader.images.header import read_micrograph_header


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return build_demo_archive(tmp_path_factory.mktemp("demo"), movies=3)


def digest(root):
    total = hashlib.md5()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            total.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return total.hexdigest()


def paths_of(archive, number):
    folder = archive.entry_folder(number)
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_two_builds_are_equal_to_the_byte(demo, tmp_path):
    assert digest(build_demo_archive(tmp_path, movies=3).root) == digest(demo.root)


def test_a_smaller_build_leaves_nothing_of_a_larger_one(demo, tmp_path):
    build_demo_archive(tmp_path, movies=4)
    assert digest(build_demo_archive(tmp_path, movies=3).root) == digest(demo.root)


def test_the_micrographs_are_single_images_with_coordinates(demo):
    image_set, = demo.document(10017)["EMPIAR-10017"]["imagesets"]
    assert image_set["category"] == "micrographs - single frame"
    micrographs = [path for path in paths_of(demo, 10017) if path.endswith(".mrc")]
    assert len(micrographs) == image_set["num_images_or_tilt_series"]
    for path in micrographs:
        file = demo.entry_folder(10017) / path
        assert read_micrograph_header(str(file)).dimensions == (256, 256, 1)
        assert file.with_suffix(".coord").exists()


def test_every_entry_says_that_it_is_simulated(demo):
    documents = [json.loads(path.read_text()) for path in (demo.root / "api").iterdir()]
    titles = [body["title"] for document in documents for body in document.values()]
    assert len(titles) == len(ENTRIES)
    assert all("Simulated" in title and "not real data" in title for title in titles)


def test_10200_has_movies_with_previews_and_a_gain_beside_them(demo):
    names = [p.split("/")[-1] for p in paths_of(demo, 10200) if p.startswith("data/Movies/")]
    assert sum(name.endswith(".tif") for name in names) == 3
    assert sum(name.endswith(".tif.jpg") for name in names) == 3
    assert "CountRef_26_000_Oct04_16.13.54.mrc" in names
    assert len(names) == 7


def test_10934_has_equal_names_in_sibling_folders_and_a_leading_slash(demo):
    packed = [p for p in paths_of(demo, 10934) if p.endswith("_fractions.tiff.bz2")]
    folders = {p.rsplit("/", 1)[0] for p in packed}
    assert len(folders) == 2
    assert len({p.rsplit("/", 1)[1] for p in packed}) == len(packed) / 2
    contents = [bz2.decompress((demo.entry_folder(10934) / p).read_bytes()) for p in packed]
    assert all(content[:4] == b"II*\0" for content in contents)
    assert len(set(contents)) == 4
    directory = demo.document(10934)["EMPIAR-10934"]["imagesets"][0]["directory"]
    assert directory == "/data/CL44-1_20201106_111915"


def test_10002_has_gaps_in_its_numbers(demo):
    numbers = [int(p[5:].split("_")[0]) for p in paths_of(demo, 10002) if p.endswith(".mrcs")]
    assert len(numbers) == 2
    assert 9 not in numbers


def test_entries_without_movies_are_there_as_well(demo):
    assert [p for p in paths_of(demo, 10018) if not p.endswith((".txt", ".xml"))] == []
    assert demo.document(10318)["EMPIAR-10318"]["imagesets"][0]["category"] == "diffraction images"
    assert demo.document(10999)["EMPIAR-10999"]["status"] == "HPUB"
    assert not demo.entry_folder(10999).exists()


def test_the_truth_is_recorded_for_every_movie_and_not_served(demo):
    truth = demo.truth()
    assert set(truth) == {"10200", "10511", "10002", "10934"}
    for number, movies in truth.items():
        for path, movie in movies.items():
            assert (demo.entry_folder(number) / path).is_file()
            assert len(movie["x"]) == len(movie["y"]) == movie["frames"] == 8
    assert (demo.root / "truth.json").parent == demo.root


def test_documents_have_the_types_of_the_real_ones(demo):
    body = demo.document(10200)["EMPIAR-10200"]
    movies, particles = body["imagesets"]
    assert (movies["image_width"], movies["pixel_width"]) == ("256", 0.66)
    assert isinstance(movies["details"], str)
    assert particles["details"] is None
    assert particles["category"].startswith("picked particles")
    assert body["cross_references"] == ["EMD-90200"]
    assert body["dataset_size"].endswith(" MB")


def test_the_header_tells_the_same_as_the_document(demo):
    root = ElementTree.parse(str(demo.entry_folder(10200) / "10200.xml")).getroot()
    space = "{http://pdbe.org/empiar}"
    assert root.get("accessionCode") == "EMPIAR-10200"
    sets = root.findall(f"{space}imageSet")
    assert [s.find(f"{space}directory").text for s in sets] == ["data/Movies", "data/Particles"]
    assert root.find(f".//{space}emdbEntry").text == "EMD-90200"


def test_a_map_leaves_out_what_is_not_known():
    full = map_document(7, dose_per_image=50.4)
    bare = map_document(7, spherical_aberration=None, magnification=None)

    def microscopy(document):
        determination = document["structure_determination_list"]["structure_determination"][0]
        return determination["microscopy_list"]["microscopy"][0]

    assert microscopy(full)["acceleration_voltage"] == {"units": "kV", "valueOf_": "300"}
    recording = microscopy(full)["image_recording_list"]["image_recording"][0]
    assert recording["average_electron_dose_per_image"]["valueOf_"] == "50.4"
    assert microscopy(full)["nominal_magnification"] == 50000
    assert "nominal_cs" not in microscopy(bare)
    assert "nominal_magnification" not in microscopy(bare)


def test_an_entry_is_made_of_bytes_callables_empty_folders_and_links(tmp_path):
    archive = ArchiveFolder(tmp_path)
    folder = archive.add_entry(
        1,
        [{"directory": "data/a b"}],
        {"data/a b/[1].mrc": b"x", "data/y.mrc": lambda: b"yy", "data/none/": b""},
        status="OBS",
    )
    archive.add_link(1, "data/link.mrc", "y.mrc")
    assert (folder / "data/a b/[1].mrc").read_bytes() == b"x"
    assert (folder / "data/link.mrc").read_bytes() == b"yy"
    assert list((folder / "data/none").iterdir()) == []
    assert not (folder / "1.xml").exists()
    body = archive.document(1)["EMPIAR-1"]
    assert (body["status"], body["dataset_size"]) == ("OBS", "3 bytes")
    assert body["imagesets"] == [image_set(directory="data/a b")]


@pytest.mark.parametrize("folders", [1, 3])
def test_tiny_entries_have_as_many_movies_as_asked_for(tmp_path, folders):
    archive = ArchiveFolder(tmp_path)
    paths = archive.add_tiny_entry(5, 30, folders=folders)
    found = [p for p in paths_of(archive, 5) if p.endswith(".mrc")]
    assert sorted(paths) == found
    assert len({p.rsplit("/", 1)[0] for p in paths}) == folders
    assert archive.document(5)["EMPIAR-5"]["imagesets"][0]["num_images_or_tilt_series"] == 30


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1234567, "1.2 MB"),
        (6.7e9, "6.7 GB"),
        (3e15, "3000.0 TB"),
    ],
)
def test_sizes_are_worded_as_the_api_words_them(size, text):
    assert size_text(size) == text
