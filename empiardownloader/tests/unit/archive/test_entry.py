"""Documents of the API, with every oddity that was seen in one, read into an entry."""

import copy
import json
import random

import pytest

from empiardownloader.archive.entry import Citation, Entry, ImageSet, parse_entry

DOCUMENT = {
    "EMPIAR-19999": {
        "imagesets": [
            {
                "segmentations": [],
                "name": "Unaligned movies",
                "directory": "/data/grid 1/movies/",
                "category": "micrographs - multiframe",
                "header_format": "tiff",
                "data_format": "TIFF",
                "num_images_or_tilt_series": 12,
                "frames_per_image": 24,
                "frame_range_min": 1,
                "frame_range_max": "24",
                "voxel_type": "UNSIGNED BYTE",
                "pixel_width": 0.83,
                "pixel_height": None,
                "micrographs_file_pattern": "data/grid 1/movies/*_fractions.tiff",
                "picked_particles_file_pattern": "",
                "picked_particles_directory": "",
                "details": "Gain: flip upside down.\nDose 40 e/Å².",
                "image_width": "5760",
                "image_height": "4092",
            },
            {
                "name": "Volumes",
                "directory": "data/volumes",
                "category": "reconstructed volumes",
                "header_format": "MRC",
                "data_format": "MRC",
                "pixel_width": None,
                "pixel_height": None,
                "image_width": None,
                "image_height": None,
                "details": None,
            },
        ],
        "workflow_file": None,
        "title": "A made-up complex\nof two proteins",
        "principal_investigator": [
            {"author": {"first_name": "Ada", "last_name": "Example", "organization": "Elsewhere"}}
        ],
        "status": "REL",
        "deposition_date": "2024-01-02",
        "release_date": "2024-03-04",
        "obsolete_date": None,
        "update_date": "2024-05-06",
        "corresponding_author": {
            "author": {"name": "Sample B", "organization": "Institute of Ice &amp; Glass"}
        },
        "authors": [
            {"author": {"name": "Sample B", "author_orcid": None}},
            {"author": {"name": "Example A"}},
        ],
        "cross_references": ["EMD-4321", {"name": "EMD-0099"}, "PDB:1ABC", "EMD-4321"],
        "citation": [
            {
                "authors": [{"name": "Sample B", "order_id": 0}],
                "title": "Two proteins in ice",
                "journal": "Journal of Examples",
                "volume": 7,
                "year": "2024",
                "doi": "https://doi.org/10.5555/example.7",
                "j_or_nj_citation": True,
            }
        ],
        "dataset_size": "1.5 GB",
        "experiment_type": "EMDB",
        "scale": "molecule",
        "entry_doi": "10.6019/EMPIAR-19999",
    }
}
SOURCE = DOCUMENT["EMPIAR-19999"]


def entry_with(**changes):
    return parse_entry({"EMPIAR-19999": {**copy.deepcopy(SOURCE), **changes}}, "19999")


def image_set_with(**changes):
    source = {**copy.deepcopy(SOURCE["imagesets"][0]), **changes}
    return entry_with(imagesets=[source]).image_sets[0]


def test_an_entry_is_read_in_full():
    entry = parse_entry(DOCUMENT, "19999")
    volumes = ImageSet(
        number=2,
        name="Volumes",
        directory="data/volumes",
        category="reconstructed volumes",
        data_format="MRC",
    )
    assert entry == Entry(
        number="19999",
        title="A made-up complex of two proteins",
        status="REL",
        deposition_date="2024-01-02",
        release_date="2024-03-04",
        update_date="2024-05-06",
        dataset_size="1.5 GB",
        doi="10.6019/EMPIAR-19999",
        experiment_type="EMDB",
        scale="molecule",
        organization="Institute of Ice & Glass",
        authors=("Sample B", "Example A"),
        principal_investigators=("Ada Example",),
        emdb_ids=("EMD-4321", "EMD-0099"),
        citations=(
            Citation(
                authors=("Sample B",),
                title="Two proteins in ice",
                journal="Journal of Examples",
                volume="7",
                year="2024",
                doi="10.5555/example.7",
            ),
        ),
        image_sets=(entry.image_sets[0], volumes),
    )
    assert entry.accession == "EMPIAR-19999"


def test_an_image_set_is_read_in_full():
    assert parse_entry(DOCUMENT, "19999").image_sets[0] == ImageSet(
        number=1,
        name="Unaligned movies",
        directory="data/grid 1/movies",
        category="micrographs - multiframe",
        data_format="TIFF",
        voxel_type="UNSIGNED BYTE",
        num_images=12,
        frames_per_image=24,
        pixel_width=0.83,
        pixel_height=None,
        image_width=5760,
        image_height=4092,
        micrographs_file_pattern="data/grid 1/movies/*_fractions.tiff",
        details="Gain: flip upside down.\nDose 40 e/Å².",
    )


def test_entries_cannot_be_changed_and_can_be_compared():
    assert parse_entry(DOCUMENT, "19999") == parse_entry(copy.deepcopy(DOCUMENT), "19999")
    with pytest.raises(AttributeError):
        parse_entry(DOCUMENT, "19999").title = "other"


@pytest.mark.parametrize(
    "document",
    [
        DOCUMENT,
        {"EMPIAR-SOMETHING": SOURCE},
        {"19999": SOURCE},
        SOURCE,
        {"EMPIAR-10001": {"title": "another"}, "EMPIAR-19999": SOURCE},
    ],
    ids=["accession", "renamed", "number", "bare", "among others"],
)
def test_the_entry_is_found_under_any_top_key(document):
    assert parse_entry(document, "19999") == parse_entry(DOCUMENT, "19999")


@pytest.mark.parametrize(
    "document",
    [{}, {"detail": "Not found."}, {"EMPIAR-19999": None}, {"EMPIAR-19999": []}, [], None, "x", 3],
)
def test_a_document_without_an_entry_gives_an_empty_one(document):
    assert parse_entry(document, "19999") == Entry(number="19999")


def test_an_entry_whose_keys_are_all_missing_is_empty_but_there():
    entry = parse_entry({"EMPIAR-19999": {"status": "REL"}}, "19999")
    assert entry == Entry(number="19999", status="REL")
    assert entry.movie_sets == ()


def test_an_image_set_whose_keys_are_all_missing_is_empty_but_there():
    assert entry_with(imagesets=[{}]).image_sets == (ImageSet(number=1),)


@pytest.mark.parametrize(
    ("category", "holds_movies"),
    [
        ("micrographs - multiframe", True),
        ("Micrographs - Multiframe", True),
        ("MICROGRAPHS-MULTIFRAME", True),
        ("  micrographs  -multiframe ", True),
        ("micrographs - multiframe - non-dose-weighted", True),
        ("micrographs - single frame", False),
        ("micrographs - single frame - non-dose-weighted", False),
        ("micrographs - focal pairs - processed", False),
        ("picked particles - multiframe - unprocessed", False),
        ("tilt series", False),
        ("", False),
        (None, False),
        (["micrographs - multiframe"], True),
        (7, False),
    ],
)
def test_movies_are_told_by_the_category(category, holds_movies):
    assert image_set_with(category=category).holds_movies is holds_movies


def test_the_movie_sets_keep_their_numbers():
    first, second = SOURCE["imagesets"]
    entry = entry_with(imagesets=[second, first, second, first])
    assert [image_set.number for image_set in entry.movie_sets] == [2, 4]


@pytest.mark.parametrize(
    ("width", "height", "pixel_size"),
    [
        (1.07, 1.07, 1.07),
        ("1.07", None, 1.07),
        (None, 1.07, 1.07),
        (0, "0.83", 0.83),
        (-1, -1, None),
        ("variable", "", None),
        (650.0, 650.0, 650.0),
        ({"valueOf_": "0.5"}, [], 0.5),
    ],
)
def test_the_pixel_size_is_the_width_else_the_height(width, height, pixel_size):
    image_set = image_set_with(pixel_width=width, pixel_height=height)
    assert image_set.pixel_size == (pytest.approx(pixel_size) if pixel_size else None)


@pytest.mark.parametrize(
    ("directory", "expected"),
    [
        ("data", "data"),
        ("/data/CL44-1", "data/CL44-1"),
        ("data/Tiff/", "data/Tiff"),
        ("data/two  blanks/[brackets] & more", "data/two  blanks/[brackets] & more"),
        ("/", ""),
        ("", ""),
        (None, ""),
        ({}, ""),
    ],
)
def test_the_directory_is_kept_but_for_the_slashes_around_it(directory, expected):
    assert image_set_with(directory=directory).directory == expected


@pytest.mark.parametrize(
    ("size", "number"), [("5760", 5760), (5760, 5760), (5760.0, 5760), (None, None), ("", None)]
)
def test_image_sizes_come_as_strings_numbers_or_null(size, number):
    image_set = image_set_with(image_width=size, image_height=size)
    assert (image_set.image_width, image_set.image_height) == (number, number)


@pytest.mark.parametrize("details", ["", None])
def test_details_may_be_empty_or_null(details):
    assert image_set_with(details=details).details == ""


def test_formats_are_in_capitals():
    assert image_set_with(data_format="big data viewer hdf5").data_format == "BIG DATA VIEWER HDF5"
    assert image_set_with(data_format=None).data_format == ""


def test_one_bare_image_set_and_junk_among_image_sets_are_borne():
    source = SOURCE["imagesets"][0]
    assert len(entry_with(imagesets=source).image_sets) == 1
    among_junk = entry_with(imagesets=["x", source, None, source])
    assert [image_set.number for image_set in among_junk.image_sets] == [1, 2]


@pytest.mark.parametrize(
    ("references", "ids"),
    [
        (["EMD-1234", "EMD-12345"], ("EMD-1234", "EMD-12345")),
        ([{"name": "EMD-1234"}, {"name": None}, {"other": 1}], ("EMD-1234",)),
        (["EMD-1234", "PDB:1ABC", "EMD-not-a-number", "", None, 7, []], ("EMD-1234",)),
        (["EMD-1234", {"name": "EMD-1234"}, "emd-1234 "], ("EMD-1234",)),
        (["EMD-0001"], ("EMD-0001",)),
        ("EMD-1234, EMD-99", ("EMD-1234", "EMD-99")),
        ({"name": "EMD-1234"}, ("EMD-1234",)),
        ([], ()),
        (None, ()),
    ],
)
def test_maps_are_found_among_the_cross_references_each_once(references, ids):
    assert entry_with(cross_references=references).emdb_ids == ids


@pytest.mark.parametrize(
    ("size", "text"),
    [
        ("305.5 GB", "305.5 GB"),
        (305500000000, "305500000000"),
        ({"units": "TB", "valueOf_": "1.9"}, "1.9 TB"),
        (None, ""),
    ],
)
def test_the_size_of_the_data_set_is_a_text(size, text):
    assert entry_with(dataset_size=size).dataset_size == text


@pytest.mark.parametrize(
    ("authors", "names"),
    [
        ([{"author": {"name": "Sample B"}}], ("Sample B",)),
        ([{"name": "Sample B"}], ("Sample B",)),
        (["Sample B", "", None], ("Sample B",)),
        ([{"author": "Sample B"}], ("Sample B",)),
        ([{"author": {"first_name": "Bea", "last_name": "Sample"}}], ("Bea Sample",)),
        ("Sample B", ("Sample B",)),
        ({"author": {"name": "Sample B"}}, ("Sample B",)),
        (None, ()),
    ],
)
def test_authors_are_named_in_any_shape(authors, names):
    assert entry_with(authors=authors).authors == names


@pytest.mark.parametrize(
    ("contact", "organization"),
    [
        ({"author": {"organization": "Institute"}}, "Institute"),
        ({"organization": "Institute"}, "Institute"),
        ({"author": {"name": "Test", "author_orcid": None}}, ""),
        ({"author": "Somebody"}, ""),
        (None, ""),
        ([], ""),
    ],
)
def test_the_organization_is_the_corresponding_authors(contact, organization):
    assert entry_with(corresponding_author=contact).organization == organization


@pytest.mark.parametrize("citation", [[], None, "text", [{}], [None], [{"title": None}]])
def test_an_empty_citation_is_none(citation):
    assert entry_with(citation=citation).citations == ()


def test_a_citation_without_a_journal_takes_its_abbreviation():
    citation = {"title": "T", "journal": None, "journal_abbreviation": "J Ex", "year": 2024}
    assert entry_with(citation=citation).citations == (
        Citation(title="T", journal="J Ex", year="2024"),
    )


@pytest.mark.parametrize("status", ["rel", " REL "])
def test_a_status_is_in_capitals(status):
    assert entry_with(status=status).status == "REL"


ODD_VALUES = [
    None, "", " ", "x", "5760", "-1", "1e999", "REL", True, 0, -3, 1.5, 10**5000,
    float("nan"), float("inf"), [], {}, [[]], [None], {"name": 1}, {"valueOf_": {}},
    {"author": []}, "\ud800", "\x00", "EMD-1", b"bytes", object(), {1, 2}, ("a",), {3: 4},
]  # fmt: skip
KEYS = [*SOURCE, *SOURCE["imagesets"][0], "author", "valueOf_", "EMPIAR-19999", "organization"]


def random_value(dice, depth):
    kind = dice.random()
    if depth == 0 or kind < 0.4:
        return dice.choice(ODD_VALUES)
    if kind < 0.65:
        return [random_value(dice, depth - 1) for _ in range(dice.randrange(4))]
    return {dice.choice(KEYS): random_value(dice, depth - 1) for _ in range(dice.randrange(8))}


def check_types(entry):
    assert all(isinstance(name, str) for name in (*entry.authors, *entry.emdb_ids, entry.title))
    for number, image_set in enumerate(entry.image_sets, 1):
        assert image_set.number == number
        assert isinstance(image_set.directory, str)
        assert image_set.pixel_size is None or image_set.pixel_size > 0
        assert image_set.num_images is None or isinstance(image_set.num_images, int)
    assert isinstance(hash(entry), int)
    repr(entry).encode("utf-8")


def test_no_document_whatsoever_makes_the_parser_raise():
    dice = random.Random(10200)
    for _ in range(3000):
        check_types(parse_entry(random_value(dice, 6), "19999"))


def test_no_value_of_any_key_makes_the_parser_raise():
    for value in ODD_VALUES:
        for key in SOURCE:
            check_types(entry_with(**{key: value}))
        for key in SOURCE["imagesets"][0]:
            check_types(entry_with(imagesets=[{**SOURCE["imagesets"][0], key: value}]))


def test_lists_that_hold_themselves_and_bottomless_ones_are_borne():
    loop = []
    loop.append(loop)
    deep = json.loads("[" * 500 + "]" * 500)
    for value in (loop, deep):
        check_types(entry_with(**dict.fromkeys(SOURCE, value)))


@pytest.mark.parametrize(
    ("name", "holds_movies"),
    [
        ("Gain reference", False),
        ("gain", False),
        ("K3 gain_reference for session 1", False),
        ("Dark references", False),
        ("Gain of function mutant", True),
        ("Movies and gain reference", True),
        ("Dark state", True),
        ("Unaligned, without gain reference", True),
    ],
)
def test_an_image_set_of_references_holds_no_movies(name, holds_movies):
    image_set = image_set_with(category="micrographs - multiframe", name=name)
    assert image_set.holds_movies is holds_movies


@pytest.mark.parametrize(
    ("directory", "count", "holds_movies"),
    [("data/Gain", 1, False), ("data/dark_ref/", 2, False), ("data/Gain", 40, True),
     ("data/Gain", None, True), ("data/Gain/movies", 1, True)],
)  # fmt: skip
def test_an_image_set_of_a_few_images_in_a_folder_of_references_holds_none(
    directory, count, holds_movies
):
    image_set = image_set_with(
        category="micrographs - multiframe", directory=directory, num_images_or_tilt_series=count
    )
    assert image_set.holds_movies is holds_movies
