"""The functions for a notebook, against the archive in miniature."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import empiardownloader
from empiardownloader import api
from empiardownloader.archive.errors import EntryNotReleased, UnknownEntry
from empiardownloader.demo.data.entries import build_demo_archive
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.lookup.entry_lookup import NothingFound
from empiardownloader.transfer import Progress

PAGE = Path(__file__).resolve().parents[3] / "docs" / "python.rst"
MOVIES = ["26_001_Oct04_16_20_00.tif", "26_002_Oct04_16_20_01.tif", "26_003_Oct04_16_20_02.tif"]
GAIN = "CountRef_26_000_Oct04_16_13_54.mrc"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    root = tmp_path_factory.mktemp("demo")
    build_demo_archive(root, movies=4)
    with MiniatureArchive(root) as served:
        yield served


@pytest.fixture(autouse=True)
def archive(demo, monkeypatch, tmp_path, no_proxy):
    demo.reset()
    demo.forget_requests()
    for name, value in demo.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return demo


@pytest.mark.parametrize("function", [api.list_movies, api.download])
def test_the_examples_of_a_docstring_are_true(function):
    finder = doctest.DocTestFinder(exclude_empty=False)
    [test] = finder.find(function, function.__name__, globs={})
    assert len(test.examples) > 2
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_examples_of_the_page_are_true():
    if not PAGE.exists():
        pytest.skip("the page is in the checkout only")
    failed, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert (failed, tried > 5) == (0, True)


def test_the_package_has_both_and_loads_neither_scipion_nor_requests_with_them():
    assert empiardownloader.list_movies is api.list_movies
    assert empiardownloader.download is api.download
    code = ("import sys, empiardownloader\n"
            "assert 'requests' not in sys.modules\n"
            "empiardownloader.download\n"
            "print([name for name in sys.modules if name.startswith(('pyworkflow', 'pwem'))])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_a_list_downloads_nothing(archive):
    chosen = empiardownloader.list_movies("EMPIAR-10200")
    assert len(chosen.movies) == 4
    assert chosen.total_bytes == sum(movie.size for movie in chosen.movies)
    assert [gain.name for gain in chosen.gains] == [GAIN]
    assert archive.count("RETR") == 0


@pytest.mark.parametrize(("options", "names"), [
    ({"movies": 2}, MOVIES[:2]),
    ({"pattern": "*_003_*.tif"}, MOVIES[2:]),
    ({"image_set": "1", "movies": 3, "gain": False}, MOVIES),
])
def test_the_options_choose(options, names):
    chosen = empiardownloader.list_movies("10200", **options)
    assert [movie.name for movie in chosen.movies] == names
    assert bool(chosen.gains) is options.get("gain", True)


@pytest.mark.parametrize(("exact", "rounded"), [(True, False), (False, True)])
def test_exact_sizes_are_asked_for_over_https_unless_the_caller_does_without(exact, rounded):
    chosen = empiardownloader.list_movies("10200", transport="https", exact_sizes=exact)
    assert (None in [movie.size for movie in chosen.movies]) is rounded


def test_one_movie_is_the_default_and_none_means_all(tmp_path):
    assert [path.name for path in empiardownloader.download("10200", "one").paths] == [
        GAIN, MOVIES[0]]
    assert len(empiardownloader.download("10200", tmp_path / "all", movies=None).paths) == 5
    assert not (tmp_path / "all" / api.PART_FOLDER).exists()


def test_what_is_downloaded_equals_the_archives(archive):
    report = empiardownloader.download("10200", "here", movies=3, connections=3)
    for file, path in zip(report.completed, report.paths):
        assert path.read_bytes() == archive.source(10200, file.path).read_bytes()
    assert report.received == sum(path.stat().st_size for path in report.paths)


def test_a_missing_file_stops_no_other_and_is_named_with_its_reason(archive):
    archive.set(missing="*26_002*")
    report = empiardownloader.download("10200", "here", movies=3)
    [(file, reason)] = report.missing.items()
    assert (file.name, report.fatal_error) == (MOVIES[1], None)
    assert "550" in reason
    assert [path.name for path in report.paths] == [GAIN, MOVIES[0], MOVIES[2]]
    archive.reset()
    archive.forget_requests()
    assert empiardownloader.download("10200", "here", movies=3).missing == {}
    assert archive.count("RETR") == 1


def test_a_folder_that_takes_no_files_ends_the_download_with_one_sentence(tmp_path):
    (tmp_path / "a file").write_text("")
    report = empiardownloader.download("10200", tmp_path / "a file", movies=2)
    assert report.completed == []
    assert str(report.fatal_error) in next(iter(report.missing.values()))
    assert len(report.missing) == 3


def test_progress_and_complete_files_are_reported():
    progress, seen = Progress(), []
    chosen = empiardownloader.list_movies("10200", movies=2, gain=False)
    chosen.download("here", progress=progress, on_complete=lambda file: seen.append(file.name))
    assert sorted(seen) == MOVIES[:2]
    assert progress.snapshot().files_done == 2


@pytest.mark.parametrize(("entry", "error"), [
    ("99999", UnknownEntry), ("10018", NothingFound), ("10999", EntryNotReleased),
])
def test_what_cannot_be_listed_raises(entry, error):
    with pytest.raises(error):
        empiardownloader.list_movies(entry)
