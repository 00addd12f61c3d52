"""The spellings of an entry's name."""

import pytest

from empiardownloader.archive.entry_id import entry_number, path_in_entry
from empiardownloader.archive.errors import ArchiveError, BadEntryId


@pytest.mark.parametrize(
    "text",
    [
        "10200",
        "  10200\n",
        "EMPIAR-10200",
        "empiar-10200",
        "\tEmpiar-10200 ",
        "10.6019/EMPIAR-10200",
        "10.6019/empiar-10200",
        "doi:10.6019/EMPIAR-10200",
        "DOI: 10.6019/EMPIAR-10200",
        "https://doi.org/10.6019/EMPIAR-10200",
        "http://dx.doi.org/10.6019/EMPIAR-10200/",
        "doi.org/10.6019/EMPIAR-10200",
        "https://www.ebi.ac.uk/empiar/EMPIAR-10200/",
        "https://www.ebi.ac.uk/empiar/EMPIAR-10200",
        "http://ebi.ac.uk/empiar/EMPIAR-10200/",
        "www.ebi.ac.uk/empiar/EMPIAR-10200",
        "HTTPS://WWW.EBI.AC.UK/EMPIAR/EMPIAR-10200/",
        "https://www.ebi.ac.uk/empiar/entry/10200/",
        "https://www.ebi.ac.uk/empiar/entry/10200",
        "https://www.ebi.ac.uk/empiar/entry/EMPIAR-10200/",
        "https://www.ebi.ac.uk/empiar/EMPIAR-10200/?tab=data&page=2",
        "https://www.ebi.ac.uk/empiar/EMPIAR-10200/#&gid=1",
        "https://www.ebi.ac.uk/empiar/entry/10200?x=1#imagesets",
        "https://www.ebi.ac.uk/pdbe/emdb/empiar/entry/10200/",
        "https://www.ebi.ac.uk/empiar/api/entry/10200/",
        "EMPIAR10200",
        "empiar_10200",
        "EMPIAR 10200",
        "ftp://ftp.ebi.ac.uk/empiar/world_availability/10200",
        "ftp://ftp.ebi.ac.uk/empiar/world_availability/10200/",
        "ftp://anonymous@ftp.ebi.ac.uk:21/empiar/world_availability/10200/data/",
        "https://ftp.ebi.ac.uk/empiar/world_availability/10200/data/Movies/a.tif",
        "http://ftp.ebi.ac.uk/pub/databases/empiar/world_availability/10200/10200.xml",
        "rsync://ftp.ebi.ac.uk/empiar/world_availability/10200",
        "rsync://ftp.ebi.ac.uk/empiar/world_availability/10200/data//Movies/",
        "RSYNC://FTP.EBI.AC.UK/EMPIAR/WORLD_AVAILABILITY/10200/",
        "ftp.ebi.ac.uk/empiar/world_availability/10200",
        "ftp.ebi.ac.uk::empiar/world_availability/10200/",
        "https://mirror.example.org:8443/em/empiar/world_availability/10200/",
    ],
)
def test_every_spelling_of_an_entry_gives_its_number(text):
    assert entry_number(text) == "10200"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "0",
        "010200",
        "-10200",
        "10200.0",
        "10200 10201",
        "10200x",
        "1" * 5000,
        "１０２００",
        "EMPIAR",
        "EMPIAR-",
        "EMPIAR-10200/data",
        "EMD-10200",
        "10.6019",
        "10.6019/EMD-10200",
        "10.1038/EMPIAR-10200",
        "https://doi.org/10.1038/s41467-021-26251-6",
        "https://www.ebi.ac.uk/emdb/EMD-10200",
        "https://www.ebi.ac.uk/empiar/",
        "https://www.ebi.ac.uk.example.org/empiar/EMPIAR-10200/",
        "https://example.org/?https://www.ebi.ac.uk/empiar/EMPIAR-10200/",
        "../10200",
        "10200\x00",
        "rsync://ftp.ebi.ac.uk/empiar/world_availability/",
        "rsync://ftp.ebi.ac.uk/empiar/world_availability/010200",
        "ftp://ftp.ebi.ac.uk/empiar/world_availability/10200x",
        "ftp://ftp.ebi.ac.uk/empiar/10200",
        "world_availability/10200",
        None,
    ],
)
def test_anything_else_is_a_bad_entry_id_whose_message_shows_how_to_write_one(text):
    with pytest.raises(BadEntryId) as caught:
        entry_number(text)
    message = str(caught.value)
    assert isinstance(caught.value, ArchiveError)
    assert "EMPIAR-10200" in message
    assert len(message) < 300


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("10200", ""),
        ("https://www.ebi.ac.uk/empiar/EMPIAR-10200/", ""),
        ("rsync://ftp.ebi.ac.uk/empiar/world_availability/10200/", ""),
        ("rsync://ftp.ebi.ac.uk/empiar/world_availability/10200/data", "data"),
        ("ftp://ftp.ebi.ac.uk/empiar/world_availability/10200/data//Movies/", "data/Movies"),
        ("https://h/empiar/world_availability/10200/data/My%20Movies/a.tif",
         "data/My Movies/a.tif"),
    ],
)
def test_an_address_of_files_goes_on_with_a_path(text, path):
    assert path_in_entry(text) == path
