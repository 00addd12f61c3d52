"""Tilt series by the names of their frames, and the ids that scipion-em-tomo gives them."""

import random

import pytest

from empiardownloader.files.find_mdocs import group_mdocs, series_name, version_word
from empiardownloader.files.tilt_names import named_series, parse_tilt_name, ts_id, unique_ts_ids
from empiardownloader.files.tree import RemoteFile

NAMES = {
    "TS_01_000_0.0.mrc": ("TS_01", 0, 0.0),
    "TS_01_012_-33.0.mrc.bz2": ("TS_01", 12, -33.0),
    "2Dvs3D_53-1_00001_-0.0_Jul31_10.36.03.tif": ("2Dvs3D_53-1", 1, 0.0),
    "s_mmm_00993_33.0_Oct08_07.39.05.tif": ("s_mmm", 993, 33.0),
    "run_001[12.00]_EER.eer": ("run", 1, 12.0),
    "run_001[-12.00]-123456.tif": ("run", 1, -12.0),
    "Position_1[3.00].tif": ("Position_1", None, 3.0),
    "Position_1_2_001_-3.00_20221015_123456_EER.eer": ("Position_1_2", 1, -3.0),
    "Position_1_001_0.00_20221015_123456_Fractions.mrc": ("Position_1", 1, 0.0),
    "tomo_-60.0.tif": ("tomo", None, -60.0),
    "june_-3.0_Jul01_00.00.00.mrc": ("june", None, -3.0),
    "ts_003_-12.tif": ("ts", 3, -12.0),
    "ts_+12.tif": ("ts", None, 12.0),
}
NO_TILTS = (
    "26_001_Oct04_16.20.00.tif",
    "FoilHole_3402467_Data_3403658_3403660_20200304_153825-257811.mrc",
    "stack_0002_2x_SumCorr.mrc",
    "May08_03.05.02.bin.mrc",
    "14sep05c_00024sq_00003hl_00002es.frames.mrc",
    "TS_01_000_180.0.mrc",
    "gain.mrc",
    "micrograph.tif",
)
IDS = (
    "TS_01.mrc.mdoc",
    "data/mdocs/9.mrc.mdoc",
    "2Dvs3D_53-1_00001.mdoc",
    "run_1-a.mdoc",
    "run_001[12].mdoc",
    "TS__01.st.mdoc",
    "a___b.mdoc",
    "a_-b.mdoc",
    "20211130_PKV_tomo_01.mrc.mdoc",
    "x",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_tells_series_order_and_angle(name):
    tilt = parse_tilt_name(name)
    assert (tilt.series, tilt.order, tilt.angle) == NAMES[name]
    assert str(tilt.angle) != "-0.0"


@pytest.mark.parametrize("name", NO_TILTS)
def test_other_names_tell_no_tilt(name):
    assert parse_tilt_name(name) is None


def series_of(names, folder="data"):
    files = [RemoteFile(f"{folder}/{name}") for name in names]
    random.Random(1).shuffle(files)
    return {one.ts_id: [frame.name for frame in one.frames] for one in named_series(files)}


@pytest.mark.parametrize("names", [
    [f"TS_{at:03}_{angle}.mrc" for at, angle in enumerate(("0.0", "3.0", "-3.0", "6.0", "-6.0"))],
    [f"TS_{angle}_{date}.mrc" for angle, date in
     (("0.0", "Jun30_23.58.03"), ("3.0", "Jul01_00.01.00"), ("-3.0", "Jul01_00.02.00"))],
    [f"TS_{angle}_{date}.mrc" for angle, date in
     (("0.0", "Dec31_23.58.03"), ("3.0", "Jan01_00.01.00"), ("-3.0", "Jan01_00.02.00"))],
    [f"TS_{at:03}_{angle}_{date}.tif" for at, angle, date in
     ((0, "0.0", "Jul31_23.59.00"), (0, "3.0", "Aug01_00.01.00"), (1, "-3.0", "Aug01_00.02.00"))],
    [f"TS_{at:02}_{angle}.tif" for at, angle in ((8, "0"), (9, "-3"), (10, "3"))],
])  # fmt: skip
def test_frames_are_in_order_of_acquisition(names):
    assert series_of(names) == {"TS": names}


@pytest.mark.parametrize("names", [
    ["Micrograph_001_02.tif", "Micrograph_002_12.tif", "Micrograph_003_22.tif"],
    ["grid_1.50_a.mrc", "grid_1.50_b.mrc", "grid_1.50_c.mrc"],
    ["TS_000_0.0.mrc", "TS_001_3.0.mrc"],
])
def test_numbers_that_are_no_angles_make_no_series(names):
    assert series_of(names) == {}


def test_a_series_may_be_spread_over_two_folders():
    angles = ["0.0", "3.0", "-3.0", "6.0"]
    files = [RemoteFile(f"data/{at % 2}/TS_{at}_{angle}.mrc") for at, angle in enumerate(angles)]
    (one,) = named_series(files)
    assert one.frames == tuple(files)


def test_one_name_in_two_folders_is_two_series():
    angles = enumerate(("0.0", "3.0", "-3.0"))
    files = [RemoteFile(f"d/{folder}/frames/TS_{at}_{angle}.mrc")
             for at, angle in angles for folder in ("a", "b")]  # fmt: skip
    assert [one.ts_id for one in named_series(files)] == ["a_TS", "b_TS"]


@pytest.mark.parametrize("name", IDS)
def test_an_id_is_what_scipion_makes_of_the_name(name):
    tomo = pytest.importorskip("tomo.convert.mdoc")
    assert ts_id(name) == tomo.normalizeTSId(name)


@pytest.mark.parametrize("name, expected", [
    ("my series 1.mdoc", "my_series_1"),
    ("a'; DROP TABLE x.mdoc", "a___DROP_TABLE_x"),
    ("[1]x.mdoc", "TS_1x"),
    ("ünï.mdoc", "_n_"),
    (".mdoc", "TS_"),
])
def test_an_id_can_be_part_of_a_tables_name(name, expected):
    assert ts_id(name) == expected


@pytest.mark.parametrize("paths, expected", [
    (["m/TS_01.mdoc", "m/TS_02.mdoc"], ["TS_01", "TS_02"]),
    (["a/TS_01.mdoc", "b/TS_01.mdoc"], ["a_TS_01", "b_TS_01"]),
    (["a/TS_01.mdoc", "b/ts_01.mdoc"], ["a_TS_01", "b_ts_01"]),
    (["a/m/TS_01.mdoc", "b/m/TS_01.mdoc"], ["a_TS_01", "b_TS_01"]),
    (["m/P_1.2.mdoc", "m/P_1.3.mdoc"], ["P_1_2_mdoc", "P_1_3_mdoc"]),
    (["m/a b.mdoc", "m/a+b.mdoc"], ["m_a_b_2", "m_a_b_3"]),
])
def test_an_id_that_occurs_twice_gets_its_folder_in_front(paths, expected):
    ids = unique_ts_ids(paths)
    assert [ids[path] for path in paths] == expected


@pytest.mark.parametrize("name, series, word", [
    ("TS_01.mrc.mdoc", "TS_01", ""),
    ("TS_01_override.mdoc", "TS_01", "override"),
    ("TS_01-backup.mdoc.gz", "TS_01", "backup"),
    ("ts_orig.mdoc", "ts", "orig"),
    ("override.mdoc", "override", ""),
])
def test_versions_of_a_series_mdoc(name, series, word):
    assert (series_name(name), version_word(name)) == (series, word)


def test_mdocs_of_movies_and_of_series_are_told_apart():
    names = ("TS_1_0_0.0.tif", "TS_1_1_3.0.tif", "x.tif")
    frames = [RemoteFile(f"d/f/{name}") for name in names]
    mdocs = [RemoteFile(f"d/{name}.mdoc") for name in ("TS_1_0_0.0.tif", "TS_1_1_3.0", "TS_1.mrc")]
    mdocs.append(RemoteFile("d/f/TS_1_2_-3.0.tif.mdoc"))  # its frames are missing
    groups = group_mdocs(mdocs, frames)
    assert [(group.key, group.of_movies, len(group.files)) for group in groups] == [
        ("ts_1", False, 1),
        ("ts_1", True, 3),
    ]
