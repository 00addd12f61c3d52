"""mdoc files as SerialEM and Tomo5 write them and depositors edit them."""

from datetime import datetime

import pytest

from empiardownloader.metadata.mdoc import parse_date_time, parse_mdoc, windows_name
from empiardownloader.metadata.values import UnreadableMetadata

SERIES = r"""PixelSpacing = 5.4
ImageFile = TS_01.mrc
Voltage = 300

[T = SerialEM: Digitized on Krios                       30-Nov-15  15:14:20    ]

[T =     Tilt axis angle = 85.3, binning = 4  spot = 8  camera = 2]

[ZValue = 0]
TiltAngle = 0.000999877
ExposureDose = 0
PixelSpacing = 5.4
Binning = 4
SubFramePath = D:\DATA\user\frames\TS_01_000_0.0.mrc
NumSubFrames = 8
DateTime = 30-Nov-15  15:21:38

[ZValue = 1]
TiltAngle = 3.00113
ExposureDose = 3.1
SubFramePath = \\server\share\TS_01_001[3.00]_EER.eer
DateTime = 2021-Oct-08  07:39:08
Note = a = b
"""

MOVIE = r"""T = SerialEM: Krios Camera -> 0:Ceta 1:GIF-K3         08-Oct-21  07:38:24
Voltage = 300

[FrameSet = 0]
GainReference = SuperRef_s_mmm_00000.dm4
ExposureDose = 7.65892
PixelSpacing = 1.2827
Binning = 0.5
RotationAndFlip = 7
SubFramePath = X:\grid2\frames\s_mmm_00993_33.0.tif
NumSubFrames = 12
FrameDosesAndNumber = 0.63824 10 0.5 2
DateTime = 08-Oct-21  07:39:08

[ZValue = 0]
TiltAngle = 33
"""


def test_a_series_has_titles_values_and_tilts_in_the_files_order():
    mdoc = parse_mdoc(SERIES)
    assert (mdoc.pixel_size, mdoc.voltage, mdoc.tilt_axis, mdoc.binning) == (5.4, 300, 85.3, 4)
    first, second = mdoc.tilts
    assert first.tilt_angle == pytest.approx(0.001, rel=1e-3)
    assert (first.number, first.frames, first.frame_name) == (0, 8, "TS_01_000_0.0.mrc")
    assert first.exposure_dose is None  # 0: not calibrated
    assert second.exposure_dose == 3.1
    assert second.frame_name == "TS_01_001[3.00]_EER.eer"
    assert second.values["Note"] == "a = b"
    assert mdoc.movie_section is None
    assert not mdoc.is_montage


def test_a_movies_own_mdoc_has_no_tilts_even_with_sections_for_parts_of_its_frames():
    mdoc = parse_mdoc(MOVIE)
    movie = mdoc.movie_section
    assert mdoc.tilts == ()
    assert mdoc.titles[0].startswith("SerialEM: Krios")
    assert movie.frame_doses == ((0.63824, 10), (0.5, 2))
    assert movie.dose == 7.65892
    assert (movie.rotation_flip.rotation, movie.rotation_flip.flip) == (270, True)
    assert movie.binning == 0.5
    assert movie.date_time == datetime(2021, 10, 8, 7, 39, 8)


def test_frame_doses_stand_for_a_dose_that_is_not_calibrated():
    (section,) = parse_mdoc(
        "[ZValue = 0]\nExposureDose = 0\nFrameDosesAndNumber = 0.5 6"
    ).tilts
    assert (section.dose, section.frames) == (3, 6)


@pytest.mark.parametrize(
    "text",
    [
        SERIES.encode().replace(b"user", b"us\xe9r"),
        SERIES.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + SERIES.encode(),
        SERIES.replace("[ZValue = 0]", "[ ZValue=0 ]").encode(),
        SERIES.encode() + bytes(10),
    ],
    ids=["latin-1", "CR LF", "byte order mark", "other blanks", "zeros at the end"],
)
def test_bytes_are_read_in_the_forms_that_occur(text):
    mdoc = parse_mdoc(text)
    assert [tilt.number for tilt in mdoc.tilts] == [0, 1]
    assert mdoc.tilts[0].frame_name == "TS_01_000_0.0.mrc"


def test_lacking_and_odd_values_are_none():
    mdoc = parse_mdoc("[ZValue = x]\nTiltAngle = nan\nNumSubFrames = many\nRotationAndFlip = 9")
    (section,) = mdoc.tilts
    assert (section.number, section.tilt_angle, section.frames) == (None, None, None)
    assert (section.rotation_flip, section.dose, section.date_time) == (None, None, None)
    assert (section.frame_path, section.frame_name) == ("", "")


@pytest.mark.parametrize("text", ["Montage = 1\n[ZValue = 0]", "[MontSection = 0]\nAligned = 1"])
def test_montages_are_told(text):
    assert parse_mdoc(text).is_montage


@pytest.mark.parametrize(
    "text, expected",
    [
        ("30-Nov-15  15:21:38", datetime(2015, 11, 30, 15, 21, 38)),
        ("2021-Oct-08  07:39:08", datetime(2021, 10, 8, 7, 39, 8)),
        ("08-Oct-2021 07:39", datetime(2021, 10, 8, 7, 39)),
        ("31-Feb-15  15:21:38", None),
        ("30-Foo-15  15:21:38", None),
        ("", None),
    ],
)
def test_dates_of_both_forms(text, expected):
    assert parse_date_time(text) == expected


@pytest.mark.parametrize(
    "path, name",
    [
        (r"D:\frames\a b.tif", "a b.tif"),
        ("/data/frames/a.tif", "a.tif"),
        (r"\\host\share\x\a[1.0].eer", "a[1.0].eer"),
        ("a.tif", "a.tif"),
        ("", ""),
    ],
)
def test_names_come_out_of_paths_of_both_systems(path, name):
    assert windows_name(path) == name


@pytest.mark.parametrize("text", ["", "<html>", "a web page without values"])
def test_other_text_is_refused(text):
    with pytest.raises(UnreadableMetadata):
        parse_mdoc(text)
