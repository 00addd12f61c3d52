"""The form's values as a run takes them, also of a form that lacks some of the parameters."""

import os

import pytest

from empiardownloader.run.options import GAIN_BY_PATH, GAIN_NONE, RunOptions


class Form:
    """As a Scipion object answers for its attributes."""

    def __init__(self, **values):
        self._values = values

    def hasAttribute(self, name):
        return name in self._values

    def getAttributeValue(self, name):
        return self._values.get(name)


@pytest.mark.parametrize(("values", "name", "expected"), [
    ({}, "limit", None),
    ({"amountOfImages": 5, "downloadAll": False}, "limit", 5),
    ({"amountOfImages": 5, "downloadAll": True}, "limit", None),
    ({"entryId": " 10200 "}, "entry_id", "10200"),
    ({"filePattern": None}, "pattern", ""),
    ({"imageSet": " 2\n"}, "image_set", "2"),
    ({}, "gain_source", GAIN_NONE),
    ({"gainSource": GAIN_BY_PATH}, "gain_source", GAIN_BY_PATH),
    ({}, "has_gain", False),
    ({"gainSource": GAIN_NONE}, "has_gain", True),
    ({}, "has_dose", False),
    ({"dosePerFrame": None}, "has_dose", True),
    ({"dosePerFrame": 1.2}, "dose_per_frame", 1.2),
    ({"doseInitial": None}, "dose_initial", 0.0),
    ({"decompress": False}, "decompress", False),
    ({}, "decompress", True),
    ({"connections": 8}, "connections", 8),
    ({}, "connections", 4),
    ({"patience": 0.5}, "patience", 1800),
    ({"patience": None}, "patience", 43200),
    ({"samplingRate": 0.66}, "sampling_rate", 0.66),
    ({"sphericalAberration": 0.0}, "spherical_aberration", 0.0),
    ({"downloadFolder": " ~/empiar "}, "download_folder", os.path.expanduser("~/empiar")),
    ({"downloadFolder": ""}, "download_folder", ""),
])
def test_a_value_of_the_form(values, name, expected):
    assert getattr(RunOptions.of_form(Form(**values)), name) == expected
