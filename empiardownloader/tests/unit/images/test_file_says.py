"""Pixel size, voltage, dose and rotation as movies and the files beside them give them."""

import struct

import numpy as np
import pytest
import tifffile

from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.images.file_says import what_file_says
from empiardownloader.images.header import read_header
from empiardownloader.metadata.microscope_xml import parse_eer_xml

STACK = np.random.default_rng(1).integers(0, 15, (3, 16, 24)).astype(np.int8)
XML = (
    '<metadata><item name="totalDose" unit="e/pixel">30</item>'
    '<item name="numberOfFrames">3</item>'
    '<item name="sensorPixelSize.width" unit="m">1e-10</item></metadata>'
)
MDOC = (
    "Voltage = 200\n[FrameSet = 0]\nPixelSpacing = 2\nBinning = 2\nRotationAndFlip = 5\n"
    "ExposureDose = 6\nNumSubFrames = 3\n"
)
EPU = (
    "<MicroscopeImage><AccelerationVoltage>300000</AccelerationVoltage><pixelSize><x>"
    "<numericValue>8.5e-11</numericValue></x></pixelSize></MicroscopeImage>"
)


def eer(path, final_image=False):
    """Write an EER file whose pages are never decoded."""
    with tifffile.TiffWriter(path) as file:
        for page in STACK.astype(np.uint8):
            file.write(page, metadata=None, extratags=[(65001, 7, len(XML), XML.encode(), True)])
    content = bytearray(path.read_bytes())
    with tifffile.TiffFile(path) as tiff:
        tags = [page.tags[259] for page in tiff.pages]
    for tag in tags[1:] if final_image else tags:
        struct.pack_into("<H", content, tag.valueoffset, 65001)
    path.write_bytes(content)


def test_an_eer_says_dose_and_pixel_size(tmp_path):
    eer(tmp_path / "a.eer")
    said = what_file_says(str(tmp_path / "a.eer"))
    assert said.pixel_size.value == pytest.approx(1)
    assert said.dose_per_frame.value == pytest.approx(10)
    assert "EER" in said.dose_per_frame.origin
    better = what_file_says(str(tmp_path / "a.eer"), frames=6, pixel_size=0.5)
    assert better.dose_per_frame.value == pytest.approx(20)


def test_a_final_image_is_no_frame(tmp_path):
    eer(tmp_path / "a.eer")
    eer(tmp_path / "b.eer", final_image=True)
    frames = [read_header(str(tmp_path / name)).frames for name in ("a.eer", "b.eer")]
    assert frames == [3, 2]


@pytest.mark.parametrize("unit, per_angstrom", [("INCH", 2.54e8), ("CENTIMETER", 1e8)])
def test_a_serialem_tiff_says_pixel_size_and_rotation(tmp_path, unit, per_angstrom):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        STACK.astype(np.uint8),
        resolution=((int(per_angstrom * 10), 8),) * 2,
        resolutionunit=unit,
        description="SerialEMCCD: Dose frac. image, scaled by 1.00  r/f 3",
        metadata=None,
        photometric="minisblack",
    )
    said = what_file_says(str(path))
    assert said.pixel_size.value == pytest.approx(0.8)
    assert (said.rotation_flip.code, said.rotation_flip_origin) == (3, "the movie's title")


def test_a_printers_resolution_is_no_pixel_size(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(
        path,
        STACK.astype(np.uint8),
        resolution=(72, 72),
        resolutionunit="INCH",
        photometric="minisblack",
    )
    assert what_file_says(str(path)).pixel_size is None


@pytest.mark.parametrize("size, told", [(0.885, 0.885), (1.0, None), (0.0, None)])
def test_an_mrc_says_its_cell_but_for_values_that_mean_unknown(tmp_path, size, told):
    path = tmp_path / "a.mrc"
    path.write_bytes(mrc_bytes(STACK, pixel_size=size))
    said = what_file_says(str(path)).pixel_size
    assert (said and said.value) == (told and pytest.approx(told))


def test_an_mrc_label_says_the_rotation(tmp_path):
    content = bytearray(mrc_bytes(STACK))
    struct.pack_into("<i80s", content, 220, 1, b"SerialEMCCD: Dose frac. image, r/f 7".ljust(80))
    (tmp_path / "a.mrc").write_bytes(content)
    assert what_file_says(str(tmp_path / "a.mrc")).rotation_flip.code == 7


def test_a_sidecar_fills_up_what_the_movie_does_not_say(tmp_path):
    path = tmp_path / "a.mrc"
    path.write_bytes(mrc_bytes(STACK, pixel_size=0.9))
    said = what_file_says(str(path), MDOC)
    assert said.pixel_size.value == pytest.approx(0.9)
    assert (said.voltage.value, said.dose_per_frame.value) == (200, 2)
    assert said.rotation_flip.code == 5
    said = what_file_says(str(path), EPU.encode())
    assert (said.voltage.value, said.dose_per_frame) == (300, None)


def test_an_mdoc_whose_dose_is_not_calibrated_says_no_dose(tmp_path):
    said = what_file_says(str(tmp_path / "absent.mrc"), MDOC.replace("= 6", "= 0"))
    assert said.dose_per_frame is None
    assert said.pixel_size.value == 1  # binned by two


FRAME_SET = (
    "Voltage = 300\n[FrameSet = 0]\nPixelSpacing = 0.83\nExposureDose = 50\nNumSubFrames = 50\n"
)
EPU_TEXT = '<?xml version="1.0" encoding="utf-16"?>' + EPU


@pytest.mark.parametrize(
    "text, told",
    [
        (FRAME_SET, (0.83, 300, 1)),
        (FRAME_SET.replace("\n", "\r\n"), (0.83, 300, 1)),
        (FRAME_SET.replace(" ", ""), (0.83, 300, 1)),
        (FRAME_SET.encode("utf-16"), (0.83, 300, 1)),
        (FRAME_SET.encode("utf-8-sig"), (0.83, 300, 1)),
        ("\ufeff" + FRAME_SET, (0.83, 300, 1)),
        (FRAME_SET.replace(".", ","), (0.83, 300, 1)),
        (FRAME_SET.replace("0.83", "1,083"), (None, 300, 1)),  # a comma of thousands?
        (FRAME_SET.replace("FrameSet", "ZValue"), (0.83, 300, 1)),
        (FRAME_SET.replace("300", "300000"), (0.83, 300, 1)),
        (FRAME_SET.replace("300", "-1"), (0.83, None, 1)),
        (FRAME_SET.replace("300", "3e9"), (0.83, None, 1)),
        ("[FrameSet = 0]\nVoltage = 200\n", (None, 200, None)),
        ("PixelSpacing = 1.1\n[FrameSet = 0]\nVoltage = 200\n", (1.1, 200, None)),
        (FRAME_SET + FRAME_SET.replace("[FrameSet", "[ZValue"), (0.83, 300, 1)),
        (FRAME_SET.replace("FrameSet", "ZValue") + "[ZValue = 1]\n", (None, 300, None)),
        (EPU_TEXT.encode("utf-16"), (0.85, 300, None)),
        (EPU.encode("utf-8-sig"), (0.85, 300, None)),
        ("\n <!-- EPU -->" + EPU, (0.85, 300, None)),
        (EPU.replace("300000", "300"), (0.85, 300, None)),
        (EPU.replace("300000", "0"), (0.85, None, None)),
    ],
)
def test_a_text_beside_a_movie_may_be_written_in_many_ways(tmp_path, text, told):
    said = what_file_says(str(tmp_path / "absent.mrc"), text)
    values = [said.pixel_size, said.voltage, said.dose_per_frame]
    assert [value and pytest.approx(value.value) for value in values] == list(told)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
@pytest.mark.parametrize("size", ['unit="m">8e-11', 'unit="µm">8e-5', 'unit="Å">0,8', ">8E-11"])
def test_the_xml_of_an_eer_may_be_written_in_many_ways(encoding, size):
    if encoding == "latin-1" and "Å" in size:
        size = size.replace("Å", "A")
    width = f'<item name="sensorPixelSize.width" {size}</item></metadata>'
    text = XML.partition('<item name="sensor')[0] + width
    said = parse_eer_xml(text.encode(encoding))
    assert said.pixel_size == pytest.approx(0.8)
    assert said.dose_per_frame() == pytest.approx(30 / 0.64 / 3)


@pytest.mark.parametrize("sidecar", ["", " ", "<html></html>", b"\xff\xfe\x00", "no mdoc"])
def test_broken_files_and_texts_say_nothing(tmp_path, sidecar):
    for name in ("a.mrc", "a.tif", "a.eer", "a.dm4", "a.hdf"):
        (tmp_path / name).write_bytes(b"broken")
        said = what_file_says(str(tmp_path / name), sidecar)
        assert (said.pixel_size, said.voltage, said.dose_per_frame) == (None, None, None)
