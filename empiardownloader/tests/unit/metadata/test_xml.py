"""The XML of EER files and of EPU."""

import pytest

from empiardownloader.metadata.microscope_xml import parse_eer_xml, parse_epu_xml
from empiardownloader.metadata.values import UnreadableMetadata

EER = b"""<metadata>
<item name="commercialName">Falcon 4i</item>
<item name="exposureTime" unit="s">5.0</item>
<item name="meanDoseRate" unit="e/pixel/s">8.0</item>
<item name="numberOfFrames">1200</item>
<item name="sensorPixelSize.width" unit="m">7.3e-11</item>
<item name="timestamp">2022-03-04T10:00:00Z</item>
<item name="totalDose" unit="e/pixel">40.0</item>
</metadata>\0"""

EPU = """<?xml version="1.0" encoding="utf-8"?>
<MicroscopeImage xmlns="http://schemas.datacontract.org/2004/07/Fei.SharedObjects"
 xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><microscopeData><acquisition><camera>
<ExposureTime>3.3</ExposureTime></camera></acquisition><gun>
<AccelerationVoltage>300000</AccelerationVoltage></gun><optics><BeamShift
 xmlns:a="http://schemas.datacontract.org/2004/07/Fei.Types"><a:_x>-0.01</a:_x><a:_y>0.03</a:_y>
</BeamShift><TemMagnification><NominalMagnification>105000</NominalMagnification>
</TemMagnification></optics></microscopeData><SpatialScale><pixelSize><x>
<numericValue>8.25E-11</numericValue><unit><_x003C_>m</_x003C_></unit></x></pixelSize></SpatialScale>
</MicroscopeImage>"""


def test_an_eer_says_its_dose_frames_and_pixel_size():
    said = parse_eer_xml(EER)
    assert (said.total_dose, said.frames) == (40, 1200)
    assert said.pixel_size == pytest.approx(0.73)
    assert said.dose_per_frame() == pytest.approx(40 / 0.73**2 / 1200)
    assert said.dose_per_frame(pixel_size=0.75, frames=1000) == pytest.approx(40 / 0.5625 / 1000)


def test_rate_and_time_stand_for_a_total_that_is_lacking():
    said = parse_eer_xml(EER.replace(b"totalDose", b"other"))
    assert said.total_dose is None
    assert said.dose_per_pixel == 40


@pytest.mark.parametrize("value", [b"", b"0", b"-3", b"NaN", b"unknown"])
def test_values_that_are_none_are_none(value):
    said = parse_eer_xml(EER.replace(b"7.3e-11", value).replace(b"1200", value))
    assert (said.pixel_size, said.frames, said.dose_per_frame()) == (None, None, None)


def test_epus_xml_says_pixel_size_and_voltage():
    for document in (EPU, EPU.encode(), EPU.replace("utf-8", "utf-16").encode("utf-16")):
        said = parse_epu_xml(document)
        assert said.pixel_size == pytest.approx(0.825)
        assert said.voltage == 300


def test_a_bare_document_says_nothing():
    assert parse_epu_xml("<MicroscopeImage/>").pixel_size is None


@pytest.mark.parametrize(
    "document",
    [
        "",
        "plain text",
        "<metadata><item",
        '<!DOCTYPE m [<!ENTITY a "aaaa">]><metadata><item name="a">&a;</item></metadata>',
        "<html><body/></html>",
    ],
)
@pytest.mark.parametrize("parse", [parse_eer_xml, parse_epu_xml])
def test_other_documents_are_refused(parse, document):
    with pytest.raises(UnreadableMetadata):
        parse(document)
