"""Tilt series of entries in odd layouts, by the command line, with the right answers."""

import json

import pytest
from tilt_layouts import LAYOUTS

from empiardownloader.cli import main
from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.lookup.entry_files import EntryFiles
from empiardownloader.lookup.entry_tilt_series import list_tilt_series
from empiardownloader.settings import addresses

pytestmark = pytest.mark.usefixtures("addressed")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    for number, layout in LAYOUTS.items():
        image_set = {"directory": layout.directory, "category": layout.category,
                     "pixel_width": 0.675, "pixel_height": 0.675}  # fmt: skip
        folder.add_entry(number, [image_set], layout.files)
    with MiniatureArchive(folder.root) as served:
        yield served


@pytest.mark.parametrize("number", LAYOUTS)
def test_the_series_of_an_entry(number, capsys):
    layout = LAYOUTS[number]
    assert main(["list", str(number), "--tilt-series", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["series"]
    for one in found:
        for tilt in one["tilts"]:
            assert tilt.pop("size") == len(layout.files[tilt["path"]])
            assert tilt.pop("name")
    assert found == layout.series


@pytest.mark.parametrize("number", LAYOUTS)
def test_what_is_suspicious_is_said(number, capsys):
    layout = LAYOUTS[number]
    assert main(["list", str(number), "--tilt-series"]) == 0
    said = capsys.readouterr().out
    assert [part for part in layout.said if part not in said] == []
    assert [part for part in layout.unsaid if part in said] == []


@pytest.mark.parametrize("number", LAYOUTS)
def test_one_series_at_a_time_is_as_it_is_among_all(number, capsys):
    for one in LAYOUTS[number].series:
        assert main(["list", str(number), "--tilt-series", one["tsId"], "--json"]) == 0
        found, = json.loads(capsys.readouterr().out)["series"]
        paths = [tilt["path"] for tilt in found["tilts"]]
        assert (found["tsId"], found["mdoc"], paths, found["missing"]) == (
            one["tsId"], one["mdoc"], [tilt["path"] for tilt in one["tilts"]], one["missing"],
        )  # fmt: skip


@pytest.mark.parametrize("number", [n for n, layout in LAYOUTS.items() if layout.gains])
def test_each_series_has_its_gain(number):
    listed = list_tilt_series(str(number), addresses())
    assert {name: gain.path for name, gain in listed.own_gains.items()} == LAYOUTS[number].gains


# Of 91003 the folder of the first movie has two tilts only, and its mdocs are elsewhere.
@pytest.mark.parametrize("number", set(LAYOUTS) - {91003})
def test_the_protocol_for_them_is_named_where_movies_are_asked_for(number, capsys):
    main(["list", str(number), "-n", "1"])
    out, err = capsys.readouterr()
    assert "he protocol 'empiar tilt series' is for " in out + err


def test_mdocs_are_fetched_several_at_once(monkeypatch, capsys):
    monkeypatch.delattr(EntryFiles, "read")  # fetches one after the other
    for names in ("", "*a*"):
        assert main(["list", "91007", "--tilt-series", names, "--json"]) == 0
        assert len(json.loads(capsys.readouterr().out)["series"]) >= 2


def test_an_mdoc_that_cannot_be_fetched_is_named(archive, capsys):
    path = archive.source(91007, "data/mdoc/drive.mdoc")
    content = path.read_bytes()
    path.write_bytes(b"<html>no mdoc</html>")
    try:
        assert main(["list", "91007", "--tilt-series"]) == 0
    finally:
        path.write_bytes(content)
    out = capsys.readouterr().out
    assert "data/mdoc/drive.mdoc cannot be read" in out
    assert "slashes" in out
