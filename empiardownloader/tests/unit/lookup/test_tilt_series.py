"""Tilt series of entries in real layouts, by the command line, with the right answers."""

import json

import pytest

from empiardownloader.cli import main
from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.metadata.mdoc import parse_mdoc
from empiardownloader.tests.data.tilt_entries import TILT_ENTRIES, build_tilt_archive

ANGLES = [0.0, 3.0, -3.0, -6.0, 6.0]
NO_AXIS, NO_MDOC = None, None


def tilts(pattern, angles=ANGLES, orders=None, dose=2.6, first=0, **more):
    """Return the expected tilts of a series, with paths from a pattern."""
    orders = orders or range(1, len(angles) + 1)
    found = []
    for order, angle in zip(orders, angles):
        values = {key: value[order - 1] for key, value in more.items()}
        path = pattern.format(n=order - 1 + first, a=angle, **values)
        found.append({"path": path, "angle": angle, "order": order, "dose": dose})
    return found


def series(ts_id, mdoc, found, axis=85.3, missing=()):
    return {"tsId": ts_id, "mdoc": mdoc, "axis": axis, "tilts": found, "missing": list(missing)}


JULY = [f"Jul31_10.{minute}.03" for minute in range(36, 41)]
OCTOBER = [f"Oct08_07.{minute}.08" for minute in range(39, 44)]
JUNE = ["Jun30_23.58.00", "Jun30_23.59.00", "Jul01_00.00.00", "Jul01_00.01.00", "Jul01_00.02.00"]
YEAR = ["Dec31_23.58.00", "Dec31_23.59.00", "Jan01_00.00.00", "Jan01_00.01.00", "Jan01_00.02.00"]

RIGHT = {
    10164: [
        series(name, f"data/mdoc-files/{name}.mrc.mdoc",
               tilts(f"data/frames/{name}_{{n:03}}_{{a}}.mrc", dose=None))
        for name in ("TS_01", "TS_03")
    ],
    10491: [
        series(f"TS_{number}", f"data/tiltseries/mdoc/TS_{number}.mrc.mdoc",
               tilts(f"data/tiltseries/data/2Dvs3D_{at}_{{n:05}}_{{a}}_{{date}}.tif", date=JULY),
               axis=-93.5)
        for number, at in ((1, "53-1"), (2, "53-2"), (10, "7-1"))
    ],
    10493: [
        series(name, NO_MDOC, tilts(f"data/{name}_{{n:03}}_{{a}}.mrc", dose=None), NO_AXIS)
        for name in ("tomo_2", "tomo_10")
    ],
    10499: [
        series(name, f"data/frames/{name}.mrc.mdoc",
               tilts(f"data/frames/{name}/{name}_{{n:03}}_{{a}}.tif"))
        for name in ("TS_01", "TS_02")
    ],
    11078: [
        series(f"TS_{name}", f"data/mdocs/{name}.mrc.mdoc",
               tilts(f"data/raw_frames/{name}_{{n:03}}_{{a}}.mrc.bz2"))
        for name in ("9", "10")
    ],
    11830: [
        series(ts_id, f"data/{run}/{run}.mdoc",
               tilts(f"data/{run}/frames/{run}_{{n:03}}[{{a:.2f}}]_EER.tif", first=1))
        for ts_id, run in (("run_1_a", "run_1-a"), ("run_2_b", "run_2-b"))
    ],
    90101: [
        series(name, f"data/frames/{name}_00990_0.0_Oct08_07.39.08.tif.mdoc",
               tilts(f"data/frames/{name}_{{n:05}}_{{a}}_{{date}}.tif", first=990, date=OCTOBER),
               NO_AXIS)
        for name in ("s_mmm", "s_nnn")
    ],
    90102: [
        series("TS_01", "data/TS_01_override.mdoc", tilts("data/frames/TS_01b_{n:03}_{a}.mrc")),
        series("TS_02", "data/TS_02.mdoc", tilts("data/frames/TS_02_{n:03}_{a}.mrc")),
    ],
    90103: [
        series("june", "data/mdocs/june.mdoc", tilts("data/frames/june_{a}_{date}.mrc", date=JUNE)),
        series("end", NO_MDOC, tilts("data/frames/end_{a}_{date}.mrc", dose=None, date=YEAR),
               NO_AXIS),
    ],
    90104: [
        series("TS_01", "data/mdocs/TS_01.mrc.mdoc",
               tilts("data/frames/TS_01_{n:03}_{name}.mrc", [0.0, 3.0, -3.0, -3.01, -6.0],
                     name=["0.0", "3.0", "-3.0", "-3.0", "-6.0"])),
        series("TS_02", "data/mdocs/TS_02.mrc.mdoc",
               tilts("data/frames/TS_02_{name}.mrc", [0.0, 3.0, -3.0, -6.0], [1, 2, 4, 5],
                     name=["000_0.0", "001_3.0", "lost", "002_-3.0", "004_-6.0"])),
    ],
    90105: [
        series("TS_01", "data/mdocs/TS_01.mrc.mdoc",
               tilts("data/frames/TS_01_{n:03}_{a}.mrc", [0.0, 3.0, -3.0, 6.0], [1, 2, 3, 5]),
               missing=["TS_01_003_-6.0.mrc"]),
        series("TS_02", "data/mdocs/TS_02.mrc.mdoc", [], NO_AXIS,
               missing=[f"TS_02_{at:03}_{angle}.mrc" for at, angle in enumerate(ANGLES)]),
        series("TS_03", "data/mdocs/TS_03.mrc.mdoc", tilts("data/frames/ts_03_{n:03}_{a}.MRC")),
    ],
    90106: [
        series(f"{grid}_TS_01", f"data/{grid}/TS_01.mdoc", tilts(f"data/{grid}/TS_01/{{n}}.mrc"))
        for grid in ("grid1", "grid2")
    ],
}  # fmt: skip

SAID = {
    10164: ["no dose in the mdoc", "pixel size 5.4 Å in the mdoc (binned by 4), 0.675 Å in EMPIAR"],
    10493: ["no mdoc: angles and order are those of the names"],
    10499: ["Gain reference: data/frames/CountRef_TS_01.mrc"],
    90101: ["no tilt axis in the mdoc"],
    90102: [
        "data/TS_01_override.mdoc is used, not data/TS_01.mdoc",
        "data/TS_02.mdoc is used, not data/old/TS_02.mdoc",
        "in no section of the mdoc, left out: TS_01_000_0.0.mrc",
    ],
    90104: [
        "taken more than once: the tilt at -3.0°",
        "named twice in the mdoc, the later exposure is used: TS_02_002_-3.0.mrc",
        "in no section of the mdoc, left out: TS_02_077_12.0.mrc",
    ],
    90105: ["1 of 5 tilts missing: TS_01_003_-6.0.mrc", "5 of 5 tilts missing"],
}


pytestmark = pytest.mark.usefixtures("addressed")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = ArchiveFolder(tmp_path_factory.mktemp("archive"))
    build_tilt_archive(folder)
    with MiniatureArchive(folder.root) as served:
        yield served


def listed(capsys, *arguments):
    assert main(["list", *map(str, arguments), "--json"]) == 0
    return json.loads(capsys.readouterr().out)["series"]


def without_local_facts(found):
    for one in found:
        for tilt in one["tilts"]:
            tilt.pop("size"), tilt.pop("name")
    return found


def test_every_layout_has_its_answer():
    assert set(RIGHT) == set(TILT_ENTRIES)


@pytest.mark.parametrize("number", RIGHT)
def test_the_series_of_an_entry(number, capsys):
    found = listed(capsys, number, "--tilt-series")
    assert {tuple(one) for one in found} == {("tsId", "mdoc", "axis", "tilts", "missing")}
    assert without_local_facts(found) == RIGHT[number]


@pytest.mark.parametrize("number", [10164, 11830, 90104])
def test_over_https_they_are_the_same(number, capsys):
    over_ftp = listed(capsys, number, "--tilt-series")
    assert listed(capsys, number, "--tilt-series", "--transport", "https") == over_ftp
    assert all(tilt["size"] > 0 for one in over_ftp for tilt in one["tilts"])


@pytest.mark.parametrize("number", SAID)
def test_what_is_suspicious_is_said(number, capsys):
    assert main(["list", str(number), "--tilt-series"]) == 0
    said = capsys.readouterr().out
    for sentence in SAID[number]:
        assert sentence in said


@pytest.mark.parametrize("number, names, expected", [
    (10491, "TS_2", ["TS_2"]),
    (10491, "ts_10,TS_1", ["TS_1", "TS_10"]),
    (10491, "TS_?", ["TS_1", "TS_2"]),
    (11830, "run_1-a", ["run_1_a"]),
    (11078, "9", ["TS_9"]),
    (90103, "end", ["end"]),
    (90106, "grid2_TS_01", ["grid2_TS_01"]),
    (90106, "TS_01", ["grid1_TS_01", "grid2_TS_01"]),
])  # fmt: skip
def test_series_are_chosen_by_name(number, names, expected, capsys):
    found = without_local_facts(listed(capsys, number, "--tilt-series", names))
    assert [one["tsId"] for one in found] == expected
    assert all(one in RIGHT[number] for one in found)


def test_the_first_series_is_the_same_whatever_the_limit(capsys):
    for count in (1, 2):
        found = listed(capsys, 10491, "--tilt-series", "-n", count)
        assert without_local_facts(found) == RIGHT[10491][:count]


def test_a_limit_counts_series_with_frames(capsys):
    found = listed(capsys, 90105, "--tilt-series", "-n", 2)
    assert [one["tsId"] for one in found] == ["TS_01", "TS_03"]


def test_only_the_mdocs_that_are_needed_are_fetched(archive, capsys):
    archive.forget_requests()
    listed(capsys, 10491, "--tilt-series", "TS_2")
    assert archive.count("RETR", "*.mdoc") == 1


def test_an_unknown_name_is_told_with_those_there_are(capsys):
    assert main(["list", "10491", "--tilt-series", "TS_2,TS_99"]) == 1
    said = capsys.readouterr().err
    assert "no tilt series called 'TS_99'. It has: TS_1, TS_2, TS_10." in said


def test_an_image_set_without_tilt_series(capsys):
    assert main(["list", "10491", "--image-set", "2", "--tilt-series"]) == 1
    assert "image set 2: no tilt series found" in capsys.readouterr().err


@pytest.mark.parametrize("number, name, count, gain", [
    (10499, "TS_02", 5, "CountRef_TS_02.mrc"),
    (11830, "run_2_b", 5, None),
    (90105, "TS_01", 4, None),
])
def test_a_download_brings_frames_gain_and_mdoc(number, name, count, gain, tmp_path, capsys):
    call = ["download", str(number), "--tilt-series", name, "--to", str(tmp_path), "--json"]
    assert main(call) == 0
    out, err = capsys.readouterr()
    done = json.loads(out)
    assert done["gain"] == gain
    assert done["mdocs"] == [str(tmp_path / "mdocs" / f"{name}.mdoc")]
    frames = {file["name"] for file in done["files"]} - {gain}
    assert len(frames) == count
    mdoc = parse_mdoc((tmp_path / "mdocs" / f"{name}.mdoc").read_bytes())
    assert [section.number for section in mdoc.tilts] == list(range(5))
    assert [section.tilt_angle for section in mdoc.tilts] == ANGLES
    assert len([one for one in mdoc.tilts if (tmp_path / one.frame_name).is_file()]) == count
    assert ("TS_01: 1 of 5 tilts missing: TS_01_003_-6.0.mrc" in err) == (number == 90105)


def test_both_series_bring_their_gains(tmp_path, capsys):
    assert main(["download", "10499", "--tilt-series", "--all", "--to", str(tmp_path)]) == 0
    gains = sorted(path.name for path in tmp_path.glob("CountRef*"))
    assert gains == ["CountRef_TS_01.mrc", "CountRef_TS_02.mrc"]
    assert len(list(tmp_path.glob("*.tif"))) == 10


def test_the_second_call_downloads_nothing(archive, tmp_path, capsys):
    call = ["download", "10164", "--tilt-series", "TS_0*", "--to", str(tmp_path)]
    assert main(call) == 0
    archive.forget_requests()
    assert main(call) == 0
    assert archive.count("RETR", "*/frames/*") == 0
