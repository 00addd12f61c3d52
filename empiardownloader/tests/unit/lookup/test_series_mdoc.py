"""The mdoc that is written for a tilt series, as our parser and scipion-em-tomo's read it."""

import time
from datetime import datetime
from pathlib import Path

import pytest

from empiardownloader.files.tilt_names import NamedSeries
from empiardownloader.files.tree import RemoteFile
from empiardownloader.lookup.exposures import combined_mdocs, series_mdoc
from empiardownloader.lookup.match_frames import FrameIndex, Series
from empiardownloader.lookup.series_mdoc import modified_seconds, series_mdoc_text
from empiardownloader.lookup.tilt_series import from_mdoc, from_names
from empiardownloader.metadata.mdoc import parse_mdoc
from empiardownloader.run.chosen_series import MIN_AGE, write_mdoc
from empiardownloader.transfer import FileRequest

SECTION = """
[ZValue = {z}]
TiltAngle = {angle}
ExposureDose = {dose}
Odd = a = b
SubFramePath = D:\\frames\\{name}
DateTime = {date}
"""
HEAD = """PixelSpacing = 1.35
Voltage = 300
ImageFile = x.mrc

[T =     Tilt axis angle = 85.3, binning = 1  spot = 8  camera = 0]
"""
# As in a file that was sorted by angle, with a month's end between the exposures.
SHOTS = [
    (-3.0, "c.tif", "01-Aug-21  00:00:03"),
    (0.0, "a.tif", "31-Jul-21  23:58:00"),
    (3.0, "b.tif", "31-Jul-21  23:59:00"),
]


def text_of(shots=SHOTS, dose="2.5", head=HEAD):
    sections = [SECTION.format(z=z + 7, angle=angle, dose=dose, name=name, date=date)
                for z, (angle, name, date) in enumerate(shots)]  # fmt: skip
    return head + "".join(sections)


def series(text=None, frames=("a.tif", "b.tif", "c.tif")):
    file = RemoteFile("data/TS_01.mdoc")
    mdoc = series_mdoc(file, parse_mdoc(text or text_of()))
    places = FrameIndex([RemoteFile(f"data/f/{name}") for name in frames]).match(
        [Series("ts_01", mdoc)]
    )
    files = {number: FileRequest(frame.path, 10, "local_" + frame.name, "10000")
             for (_, number), frame in places.items()}  # fmt: skip
    return from_mdoc("TS_01", mdoc, files, [])


def written(one, **given):
    return parse_mdoc(series_mdoc_text(one, **given))


def test_sections_are_numbered_from_0_in_order_of_time():
    mdoc = written(series())
    assert [section.number for section in mdoc.tilts] == [0, 1, 2]
    assert [section.frame_name for section in mdoc.tilts] == [
        "local_a.tif", "local_b.tif", "local_c.tif",
    ]  # fmt: skip
    assert mdoc.tilts[2].date_time == datetime(2021, 8, 1, 0, 0, 3)
    assert mdoc.tilt_axis == 85.3


@pytest.mark.parametrize("given, axis, dose", [
    ({}, 85.3, 2.5),
    ({"axis": -93.5}, -93.5, 2.5),
    ({"dose": 3.1}, 85.3, 3.1),
    ({"axis": 0.25, "dose": 1}, 0.25, 1.0),
])
def test_what_the_user_gives_replaces_what_the_mdoc_says(given, axis, dose):
    mdoc = written(series(), **given)
    assert mdoc.tilt_axis == axis
    assert {section.exposure_dose for section in mdoc.tilts} == {dose}


def test_an_exposure_without_frames_keeps_its_section():
    mdoc = written(series(frames=("a.tif", "c.tif")))
    assert [section.frame_name for section in mdoc.tilts] == ["local_a.tif", "b.tif", "local_c.tif"]


def test_frames_that_were_written_twice_are_named_once():
    shots = [*SHOTS, (-3.0, "c.tif", "01-Aug-21  00:01:00")]
    names = [section.frame_name for section in written(series(text_of(shots))).tilts]
    assert names == ["local_a.tif", "local_b.tif", "c.tif", "local_c.tif"]


def test_a_section_that_stands_there_twice_is_one_exposure():
    assert len(series(text_of([*SHOTS, SHOTS[0]])).exposures) == 3


@pytest.mark.parametrize("head, dose", [(HEAD, "2.5"), ("Voltage = 300\n", "0")])
def test_scipion_reads_it(head, dose, tmp_path):
    tomo = pytest.importorskip("tomo.convert.mdoc")
    path = tmp_path / "TS_01.mdoc"
    path.write_text(series_mdoc_text(series(text_of(head=head, dose=dose)), axis=12.5, dose=3))
    mdoc = tomo.MDoc(str(path))
    mdoc.read(ignoreFilesValidation=True)
    tilts = mdoc.getTiltsMetadata()
    assert [Path(tilt.getAngleMovieFile()).name for tilt in tilts] == [
        "local_a.tif", "local_b.tif", "local_c.tif",
    ]  # fmt: skip
    assert [float(tilt.getTiltAngle()) for tilt in tilts] == [0.0, 3.0, -3.0]
    assert [tilt.getAcqOrder() for tilt in tilts] == [1, 2, 3]
    assert [tilt.getAccumDose() for tilt in tilts] == [3, 6, 9]
    assert (mdoc.getTsId(), mdoc.getTiltAxisAngle()) == ("TS_01", 12.5)


def test_scipion_reads_what_is_made_of_names(tmp_path):
    tomo = pytest.importorskip("tomo.convert.mdoc")
    frames = [RemoteFile(f"d/x_{at}_{angle}.0.mrc") for at, angle in enumerate((0, 3, -3))]
    files = {frame.path: FileRequest(frame.path, 1, frame.name, "1") for frame in frames}
    one = from_names(NamedSeries("x", tuple(frames), True), files)
    path = tmp_path / "x.mdoc"
    path.write_text(series_mdoc_text(one, axis=80, dose=2, pixel_size=1.5))
    mdoc = tomo.MDoc(str(path))
    mdoc.read(ignoreFilesValidation=True)
    assert [tilt.getAccumDose() for tilt in mdoc.getTiltsMetadata()] == [2, 4, 6]
    assert float(mdoc.getSamplingRate()) == 1.5


def test_the_real_mdocs_of_movies_are_combined():
    real = Path(__file__).resolve().parents[5] / "shared" / "empiar" / "mdoc"
    if not real.is_dir():
        pytest.skip("real mdocs are not beside the checkout")
    single = parse_mdoc((real / "frame_set_single.mdoc").read_bytes())
    assert combined_mdocs([(RemoteFile("x.tif.mdoc"), single)]) is None  # one tilt is no series
    whole = parse_mdoc((real / "10164_TS_01.mrc.mdoc").read_bytes())
    mdoc = series_mdoc(RemoteFile("TS_01.mrc.mdoc"), whole)
    assert len(mdoc.exposures) == 41
    assert mdoc.exposures[0].name == "TS_01_000_0.0.mrc"
    assert mdoc.exposures[0].dose is None


@pytest.mark.parametrize("text, expected", [
    ("20191004161354", 1570205634),
    ("20191004161354.123", 1570205634),
    ("2019-10-04 16:13", 1570205580),
    ("", None),
    ("yesterday", None),
    ("99999999999999", None),
])
def test_the_servers_date(text, expected):
    assert modified_seconds(text) == expected


@pytest.mark.parametrize("modified, is_told", [
    ("20191004161354", True),
    ("", False),
    ("20991231000000", False),
])
def test_an_mdoc_is_never_younger_than_four_minutes(modified, is_told, tmp_path):
    path = tmp_path / "mdocs" / "x.mdoc"
    write_mdoc(path, "text", modified)
    assert path.read_text() == "text"
    age = time.time() - path.stat().st_mtime
    assert age >= MIN_AGE - 1
    assert (path.stat().st_mtime == 1570205634) == is_told
