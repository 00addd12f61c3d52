"""The XML xml at an entry's root, read like an answer of the API."""

import pytest
from entry_documents import ENTRY_XML

from empiardownloader.archive.entry import parse_entry
from empiardownloader.archive.entry_xml import document_from_xml
from empiardownloader.archive.errors import ArchiveUnavailable


def test_the_xml_gives_the_same_entry_as_the_api():
    entry = parse_entry(document_from_xml(ENTRY_XML, "19999"), "19999")
    assert entry.title == "A made-up complex of κ and λ"
    assert entry.status == "REL"
    assert (entry.deposition_date, entry.release_date) == ("2024-01-02", "2024-03-04")
    assert entry.update_date == "2024-05-06"
    assert entry.dataset_size == "1.9 TB"
    assert entry.doi == "10.6019/EMPIAR-19999"
    assert (entry.experiment_type, entry.scale) == ("EMDB", "molecule")
    assert entry.organization == "Institute of Ice & Glass"
    assert entry.authors == ("Sample B", "Example A")
    assert entry.principal_investigators == ("Ada Example", "Cy Other")
    assert entry.emdb_ids == ("EMD-4321", "EMD-0099")


def test_an_entrys_citations_are_read():
    journal, book = parse_entry(document_from_xml(ENTRY_XML, "19999"), "19999").citations
    assert journal.authors == ("Sample B", "Example A")
    assert (journal.journal, journal.volume, journal.year) == ("Journal of Examples", "7", "2024")
    assert journal.doi == "10.5555/example.7"
    assert (book.title, book.authors) == ("A book", ("Other C",))


def test_an_entrys_image_sets_are_read():
    movies, micrographs = parse_entry(document_from_xml(ENTRY_XML, "19999"), "19999").image_sets
    assert movies.holds_movies
    assert movies.directory == "data/grid 1"
    assert (movies.num_images, movies.frames_per_image) == (12, 24)
    assert (movies.image_width, movies.image_height) == (5760, 4092)
    assert movies.micrographs_file_pattern == "data/grid 1/*_fractions.tiff"
    assert micrographs.pixel_size is None
    assert micrographs.image_width is None


@pytest.mark.parametrize(
    "xml",
    [
        ENTRY_XML.encode("utf-8"),
        ENTRY_XML.replace("UTF-8", "UTF-16").encode("utf-16"),
        ENTRY_XML.replace(' xmlns="http://pdbe.org/empiar"', ""),
        ENTRY_XML.replace("http://pdbe.org/empiar", "EMPIARSchema"),
    ],
    ids=["bytes", "utf-16", "no namespace", "other namespace"],
)
def test_encoding_and_namespace_do_not_matter(xml):
    assert document_from_xml(xml, "19999") == document_from_xml(ENTRY_XML, "19999")


def test_xml_without_content_is_an_empty_entry():
    entry = parse_entry(document_from_xml("<entry/>", "19999"), "19999")
    assert (entry.title, entry.image_sets, entry.dataset_size) == ("", (), "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not xml",
        "<entry><unclosed></entry>",
        "<html><body>Down for maintenance</body></html>",
        "<!DOCTYPE html><html></html>",
        '<!DOCTYPE entry [<!ENTITY a "aaaa">]><entry>&a;</entry>',
        b"\xff\xfe\x00",
        b'<?xml version="1.0" encoding="nonsense"?><entry/>',
    ],
)
def test_anything_but_an_entrys_xml_is_refused_in_one_sentence(text):
    with pytest.raises(ArchiveUnavailable, match=r"19999\.xml .* try again later"):
        document_from_xml(text, "19999")
