"""From an entry's id to its files, against a real archive in miniature."""

from dataclasses import replace

import pytest
from scripted_documents import dead_url

from empiardownloader.archive.entry import ImageSet
from empiardownloader.archive.errors import ArchiveUnavailable, UnknownEntry
from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.files.tree import Skipped
from empiardownloader.lookup.entry_files import EntryFiles
from empiardownloader.lookup.entry_lookup import NothingFound, find_document, look_up_entry
from empiardownloader.lookup.file_server import TRANSPORTS, open_entry_server
from empiardownloader.lookup.selection import (
    Selection,
    count_note,
    directory_note,
    own_gains_note,
    skipped_line,
)
from empiardownloader.settings import addresses

MOVIES = [f"data/Movies/m_{number}.tif" for number in range(1, 13)]
IN_A_HURRY = {"attempts": 1, "timeout": (5, 5)}


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    files = [*MOVIES, "data/Movies/gain.mrc", "data/Particles/p_1.mrcs", "data/Other/o_1.dat"]
    image_set = {"directory": "data/Movies", "data_format": "TIFF"}
    folder.add_entry("10200", [image_set], dict.fromkeys(files, b"x"))
    folder.add_entry("10201", [image_set], {"data/Movies/notes.txt": b"x", "data/Movies/x/": b""})
    folder.add_entry("10202", [image_set], status="REL")
    (folder.entry_folder("10202") / "10202.xml").unlink()
    folder.entry_folder("10202").rmdir()
    texts = {f"data/Movies/m_{n}.tif.mdoc": b"PixelSpacing = %d\n" % n for n in (1, 2, 4)}
    folder.add_entry("10203", [image_set], {**dict.fromkeys(MOVIES, b"x"), **texts})
    packed = ["data/Movies/movies_1.tar", "data/Movies/movies_2.tar.gz", "data/Movies/more.zip"]
    folder.add_entry("10204", [image_set], dict.fromkeys(packed, b"x"))
    with MiniatureArchive(folder.root) as served:
        yield served


@pytest.fixture(autouse=True)
def as_it_was(archive, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    yield
    archive.reset()


@pytest.fixture
def where(archive):
    return addresses(archive.environment)


def files_of(number, where, transport="ftp", folder=None):
    found = look_up_entry(number, "", where, **IN_A_HURRY)
    return EntryFiles(found, open_entry_server(found.entry, where, transport), folder)


def refusal(number, where, pattern="", **options):
    with files_of(number, where, **options) as files, pytest.raises(NothingFound) as caught:
        files.movies(pattern)
    return str(caught.value)


# ------------------------------------------------------------------ what was found instead


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.foo", "found 13 files: 12 .tif, 1 .mrc."),
        ("data/Movies/*.foo", "found 13 files: 12 .tif, 1 .mrc."),
        ("**/*.foo", "found 13 files: 12 .tif, 1 .mrc."),
        ("data/Nowhere/*.tif", "found 13 files: 12 .tif, 1 .mrc."),
    ],
)
def test_a_pattern_that_matches_nothing_is_told_what_lies_there(where, pattern, found):
    message = refusal("10200", where, pattern)
    assert f"folder 'data/Movies': no file matches '{pattern}'; {found}" in message
    assert message.endswith(" Enter another file pattern.")


def test_one_file_is_one_file_and_a_folder_is_none(where):
    assert "found 1 file: 1 .txt. Enter a file pattern." in refusal("10201", where)


def test_where_there_are_archives_only_no_pattern_is_asked_for(where):
    message = refusal("10204", where)
    assert "found 3 files: " in message
    assert message.endswith("Archives such as zip and tar cannot be read: choose another entry.")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_an_entry_without_a_folder_on_the_file_server_is_said_in_one_sentence(where, transport):
    message = refusal("10202", where, transport=transport)
    url = where.https if transport == "https" else where.ftp
    assert f"no folder for this entry at {url}/10202. See https://www.ebi.ac.uk/empiar/" in message
    assert "found" not in message and "left out" not in message


def test_a_wrong_path_in_the_address_of_the_file_server_is_said_in_the_same_way(archive, where):
    wrong = replace(where, ftp=where.ftp + "/wrong")
    for mlsd in (True, False):
        archive.set(ftp_mlsd=mlsd)
        message = refusal("10200", wrong)
        assert f"no folder for this entry at {wrong.ftp}/10200." in message
        assert "check EMPIAR_FTP_URL" in message


def test_a_folder_that_was_there_before_is_missed_with_the_entrys(where):
    assert "no folder for this entry" in refusal("10202", where, folder="data/Movies")


# ------------------------------------------------------------------ patterns of the whole entry


def test_a_pattern_that_begins_with_two_stars_finds_what_lies_beside_the_image_set(where):
    with files_of("10200", where) as files:
        assert [movie.path for movie in files.movies("**/Particles/*.mrcs").movies] == [
            "data/Particles/p_1.mrcs"
        ]


# ------------------------------------------------------------------ the header over FTP


def without_http(where):
    return replace(where, api=dead_url(), https=dead_url())


def test_the_header_comes_over_ftp_where_nothing_else_is_reached(where):
    number, document = find_document("10200", without_http(where), **IN_A_HURRY)
    assert document[f"EMPIAR-{number}"]["imagesets"][0]["directory"] == "data/Movies"


def test_the_header_is_asked_for_once_over_ftp_and_only_where_https_is_not_reached(archive, where):
    archive.forget_requests()
    with pytest.raises(UnknownEntry):
        find_document("19999", where, **IN_A_HURRY)
    assert archive.count("CONNECT") == 0, "the file server has answered"
    with pytest.raises(ArchiveUnavailable, match="Connection refused"):
        find_document("19999", without_http(where), **IN_A_HURRY)
    assert archive.count("CONNECT") == 1


@pytest.mark.parametrize("ftp", ["ftp://127.0.0.1:9/empiar", "gopher://127.0.0.1/empiar"])
def test_without_ftp_too_it_is_the_apis_failure_that_is_told(where, ftp):
    nowhere = replace(without_http(where), ftp=ftp)
    with pytest.raises(ArchiveUnavailable) as caught:
        find_document("10200", nowhere, **IN_A_HURRY)
    assert nowhere.api in str(caught.value)


# ------------------------------------------------------------------ what the selection tells


def test_movies_beyond_the_limit_can_be_had_one_after_the_other(where):
    with files_of("10200", where) as files:
        chosen = files.movies(limit=5)
        assert [movie.path for movie in chosen.movies] == MOVIES[:5]
        assert not chosen.is_whole
        assert [movie.path for movie in files.more(2)] == MOVIES[5:7]
        assert [movie.path for movie in files.more(20)] == MOVIES[7:]
        assert files.more(1) == []


@pytest.mark.parametrize(
    ("directory", "folder", "told"),
    [
        ("data/Movies", "data/Movies", False),
        ("/data/Movies/", "data/Movies/x", False),
        ("data/Movies/*.tif", "data/Movies", False),
        ("", "data", False),
        ("data/Session2", "data", True),
        ("data/movies", "data/Movies", True),
    ],
)
def test_a_folder_that_empiar_does_not_name_is_told(directory, folder, told):
    note = directory_note(ImageSet(1, directory=directory), folder)
    assert bool(note) is told
    assert not told or (f"'{directory}'" in note and f"'{folder}'" in note)


def test_a_number_of_images_that_differs_is_told_once_all_are_known():
    image_set = ImageSet(1, num_images=60)
    assert count_note(image_set, 30, True) == (
        "EMPIAR speaks of 60 images in this image set, found: 30"
    )
    assert count_note(image_set, 30, False) == count_note(image_set, 60, True) == ""
    assert count_note(ImageSet(1), 30, True) == ""


def test_skipped_files_are_one_line_with_counts_and_examples():
    skipped = [Skipped(f"{n}.jpg", "preview image") for n in range(3)]
    skipped += [Skipped("x", "hidden", 0), Skipped("y", "b"), Skipped("z", "c")]
    line = skipped_line(Selection([], skipped))
    assert "3 preview image (e.g. 0.jpg)" in line
    assert line.endswith("; 1 others")
    assert skipped_line(Selection([], [])) == ""


def test_movies_with_a_gain_of_their_own_are_told_with_the_pattern_for_the_rest():
    movies = [f"data/run_{n}/m_{k}.tif" for n in (1, 2, 3) for k in (1, 2)]
    own = {path: f"{path[:10]}/gain.mrc" for path in movies[2:]}
    assert own_gains_note(movies, own) == (
        "4 of 6 movies have a gain reference of their own: data/run_2/gain.mrc and 1 more. "
        "Those that the gain in use fits: file pattern 'data/run_1/**'"
    )
    assert own_gains_note(movies, {}) == ""


# ------------------------------------------------------------------ the text beside a movie


@pytest.mark.parametrize("transport", ["ftp", "https"])
def test_the_text_beside_a_movie_is_fetched_over_the_listings_connection(
    archive, where, transport
):
    archive.forget_requests()
    with files_of("10203", where, transport=transport) as files:
        movies = files.movies("", 4).movies
        texts = files.sidecars(movies)
    assert {path[-7:]: text for path, text in texts.items()} == {
        f"m_{n}.tif": b"PixelSpacing = %d\n" % n for n in (1, 2, 4)
    }
    assert archive.count("PASS") == (transport == "ftp")


def test_a_text_that_does_not_come_is_done_without(archive, where):
    archive.set(missing="*m_1.tif.mdoc")
    with files_of("10203", where) as files:
        texts = files.sidecars(files.movies("", 2).movies)
    assert list(texts) == ["data/Movies/m_2.tif"]


def test_where_the_listing_shows_no_text_none_is_asked_for(archive, where):
    archive.forget_requests()
    with files_of("10200", where) as files:
        assert files.sidecars(files.movies("", 3).movies) == {}
    assert archive.count("RETR") == 0
