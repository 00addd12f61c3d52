"""The command ``download``, in this process, against the archive in miniature."""

import json
import shutil
import time

import pytest

from empiardownloader.cli import main, status_line
from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.demo.miniature_archive import MiniatureArchive

MANY = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    movie = mrc_bytes(simulate_movie(1, (16, 16), frames=3)[0].astype("int8"))
    paths = [f"data/Movies/m_{number:02}.mrc" for number in range(MANY)]
    folder.add_entry("10001", [{"directory": "data/Movies"}], dict.fromkeys(paths, movie))
    single = mrc_bytes(simulate_movie(1, (16, 16), frames=1)[0].astype("int8"))
    paths = [f"data/Movies/s_{number:03}.mrc" for number in range(400)]
    folder.add_entry("10003", [{"directory": "data/Movies"}], dict.fromkeys(paths, single))
    declared = {"directory": "data/Movies", "num_images_or_tilt_series": 4}
    folder.add_entry("10004", [declared], dict.fromkeys(
        [f"data/Movies/m_{number}.mrc" for number in range(4)], movie), dataset_size="10 MB")
    two = [{"directory": "data/Movies"}, {"directory": "data/Later"}]
    paths = ["data/Movies/a.mrc", "data/Movies/sub/b.mrc", "data/Later/c.mrc", "data/Later/d.mrc"]
    folder.add_entry("10002", two, dict.fromkeys(paths, movie))
    with MiniatureArchive(folder.root) as archive:
        yield archive


@pytest.fixture(autouse=True)
def archive(served, monkeypatch, tmp_path, no_proxy):
    served.reset()
    for name, value in served.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return served


def call(capsys, *arguments, command="download", entry="10001"):
    code = main([command, entry, *arguments])
    said = capsys.readouterr()
    assert "\033" not in said.out + said.err, "no colours in a pipe"
    return code, said.out, said.err


def test_a_second_call_says_that_the_movies_are_here(capsys):
    code, out, err = call(capsys, "-n", "3", "--to", "x")
    assert (code, err) == (0, "")
    size, *listed = out.splitlines()[:4]
    assert size.startswith("3 movies, 5.4 kB; free in /")
    names = {line.split()[0] for line in listed}
    assert names == {"m_00.mrc", "m_01.mrc", "m_02.mrc"}
    assert "Downloaded 3 of 3 movies; received " in out
    code, out, err = call(capsys, "-n", "4", "--to", "x")
    assert code == 0
    assert "Downloaded 1 of 4 movies; 3 were here already; received " in out
    assert "m_00.mrc" not in out
    code, out, err = call(capsys, "-n", "4", "--to", "x")
    assert out.splitlines()[1:] == ["Downloaded 0 of 4 movies; 4 were here already"]


def test_one_folder_that_takes_no_files_is_said_once(capsys, tmp_path):
    (tmp_path / "x").write_text("a file")
    code, _, err = call(capsys, "--all", "--to", "x/movies")
    assert code == 1
    cause, advice = err.splitlines()
    assert f"Not downloaded: {MANY} files (data/Movies/m_00.mrc, " in cause
    assert "and 40 more)" in cause
    assert advice == "Run the same command again to download what is missing."


@pytest.mark.parametrize("missing, lines", [("*m_0?.mrc", 10), ("*.mrc", 1)])
def test_few_missing_movies_have_a_line_each_and_many_of_one_reason_have_one(
    capsys, archive, missing, lines
):
    archive.set(missing=[missing])
    code, _, err = call(capsys, "--all", "--to", "x")
    assert code == 1
    assert len(err.splitlines()) - 1 == lines
    assert "data/Movies/m_00.mrc" in err


def test_json_names_each_missing_file_and_nothing_else_is_printed(capsys, archive):
    archive.set(missing=["*m_0?.mrc"])
    code, out, _ = call(capsys, "--all", "--to", "x", "--json")
    document = json.loads(out)
    assert code == 1
    assert len(document["missing"]) == 10
    assert all(item["reason"].count(item["path"]) <= 1 for item in document["missing"])


FILES = "rsync://ftp.ebi.ac.uk/empiar/world_availability/10002"


@pytest.mark.parametrize("path, image_set, movies", [
    ("", 1, ["data/Movies/a.mrc", "data/Movies/sub/b.mrc"]),
    ("/data", 1, ["data/Movies/a.mrc", "data/Movies/sub/b.mrc"]),
    ("/data/Movies/", 1, ["data/Movies/a.mrc", "data/Movies/sub/b.mrc"]),
    ("/data/Movies/sub", 1, ["data/Movies/sub/b.mrc"]),
    ("/data/Later", 2, ["data/Later/c.mrc", "data/Later/d.mrc"]),
    ("/data/Later/d.mrc", 2, ["data/Later/d.mrc"]),
])
def test_an_address_of_files_means_an_image_set_or_files(capsys, path, image_set, movies):
    code, out, _ = call(capsys, "--json", command="list", entry=FILES + path)
    document = json.loads(out)
    assert code == 0
    assert document["imageSet"]["number"] == image_set
    assert [movie["path"] for movie in document["movies"]] == movies


def test_movies_by_name_and_every_kth(capsys, tmp_path):
    (tmp_path / "good.txt").write_text("m_07.mrc\nm_03\n")
    for arguments, names in (
        (["--names", "m_07,data/Movies/m_03.mrc"], ["m_03.mrc", "m_07.mrc"]),
        (["--names", "good.txt"], ["m_03.mrc", "m_07.mrc"]),
        (["--every", "20"], ["m_00.mrc", "m_20.mrc", "m_40.mrc"]),
        (["--every", "20", "-n", "2"], ["m_00.mrc", "m_20.mrc"]),
    ):
        code, out, err = call(capsys, "--json", *arguments, command="list")
        assert code == 0, err
        assert [movie["name"] for movie in json.loads(out)["movies"]] == names
    code, out, _ = call(capsys, "--names", "m_07,m_99", "--to", "x")
    assert code == 0
    assert "Downloaded 1 of 1 movies" in out
    assert "Not in the image set: 1 of 2 names: m_99" in call(
        capsys, "--names", "m_07,m_99", command="list")[1]
    code, _, err = call(capsys, "--names", "m_99", command="list")
    assert (code, "1 of 1 names: m_99" in err) == (1, True)


def test_a_limit_is_kept_and_the_files_are_whole(capsys, tmp_path):
    size = 3 * 16 * 16 + 1024
    began = time.monotonic()
    code, _, _ = call(capsys, "-n", "4", "--to", "x", "--limit", f"{2 * size}")
    assert code == 0
    assert time.monotonic() - began > 1.5, "four files at two files per second"
    assert all((tmp_path / "x" / f"m_0{n}.mrc").stat().st_size == size for n in range(4))


@pytest.mark.parametrize("arguments", [
    ["--limit", "0"], ["--limit", "fast"], ["--connections", "13"], ["-n", "five"],
    ["--every", "0"], ["--patience", "never"], ["--names", "a", "-n", "3"],
])
def test_a_wrong_call_says_what_would_be_right(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(["download", "10001", "--to", "x", *arguments])
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert "invalid" not in said
    assert arguments[0] in said


# ------ files that are no movies


@pytest.mark.parametrize("transport, command", [("ftp", "RETR"), ("https", "GET")])
def test_of_400_single_images_some_more_than_ten_are_downloaded(
    capsys, archive, transport, command
):
    for _ in range(2):
        archive.forget_requests()
        code, _, err = call(capsys, "--all", "--to", "x", "--transport", transport, entry="10003")
        assert code == 1
        *_, cause, advice = err.splitlines()
        assert cause.startswith(
            "The first 10 files are no movies (it is a single image, not a movie), so the rest was "
            "not downloaded. Choose another image set or file pattern. Not downloaded: 3")
        assert "--any-images" in advice
        assert archive.count(command, "*/s_*.mrc") < 200, "and those beside a slow one"
    if transport == "ftp":  # which lists sizes: the first ten are known to be here
        assert archive.count(command, "*/s_*.mrc") == 0


def test_single_images_are_downloaded_where_they_are_wanted(capsys, tmp_path):
    code, _, err = call(capsys, "-n", "30", "--to", "x", "--any-images", entry="10003")
    assert (code, err) == (0, "")
    assert len(list((tmp_path / "x").glob("s_*.mrc"))) == 30


def test_fewer_than_ten_that_are_no_movies_are_said(capsys, tmp_path):
    code, out, err = call(capsys, "-n", "2", "--to", "x", "--json", entry="10003")
    document = json.loads(out)
    assert (code, len(document["files"])) == (1, 2)
    assert [item["reason"] for item in document["leftOut"]] == 2 * [
        "it is a single image, not a movie"]
    assert err.splitlines()[0] == (
        "Not a movie: data/Movies/s_000.mrc: it is a single image, not a movie")


# ------ sizes before the download


def test_a_disk_that_may_be_too_small_is_warned_of_before_the_first_byte(
    capsys, monkeypatch, archive
):
    usage = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(path)._replace(free=10**6))
    code, out, err = call(capsys, "-n", "3", "--to", "x", "--transport", "https", entry="10004")
    assert "3 movies, about 7.5 MB; free in /" in out
    assert err.startswith("There may be too little disk space in /")
    assert code == 0, "an estimate refuses nothing"


def test_a_list_over_https_asks_for_all_sizes_and_says_the_total(capsys, archive):
    archive.forget_requests()
    code, out, err = call(capsys, "--transport", "https", command="list")
    assert (code, err) == (0, "")
    assert f"{MANY} movies, 107.5 kB" in out
    assert archive.count("HEAD", "*.mrc") == MANY


@pytest.mark.parametrize("line, words", [
    ("Listing", "Listing data/Movies"), ("sizes", "Asking for sizes: ")])
def test_a_long_list_says_what_it_does(capsys, monkeypatch, archive, line, words):
    monkeypatch.setattr(status_line, "_LINE_SECS", 0.02)
    archive.set(latency=0.2)
    _, _, err = call(capsys, "-n", "20", "--transport", "https", command="list")
    assert words in err
