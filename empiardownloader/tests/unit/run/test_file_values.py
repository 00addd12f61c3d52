"""Values from the movies' files in the set, and their contradictions to the archives."""

import dataclasses
import os
import tempfile

import pytest

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())

from empiardownloader.archive.emdb import Acquisition, SourcedValue
from empiardownloader.images.file_says import FileSays, Told
from empiardownloader.run.acquisition import AcquisitionValues
from empiardownloader.run.file_values import disagreements, stored_values

EMDB = Acquisition(voltage=SourcedValue(300.0, "EMD-1"), dose_per_image=SourcedValue(40.0, "EMD-1"))


UNKNOWN = SourcedValue()


def described(rate=0.885, acquisition=EMDB, given=UNKNOWN):
    rate = SourcedValue(rate, "EMPIAR-10200" if rate else "")
    return AcquisitionValues("EMPIAR-10200", rate, acquisition, givenDosePerFrame=given)


def said(**values):
    return stored_values(FileSays(**{name: Told(v, "the movie") for name, v in values.items()}))


def test_the_movies_dose_goes_before_emdbs_and_after_the_users():
    stored = said(dose_per_frame=1.25)
    assert described().withFile(stored).dosePerFrame(40) == SourcedValue(1.25, "the movie")
    given = SourcedValue(2.0, "given")
    assert described(given=given).withFile(stored).dosePerFrame(40) == given
    assert described().withFile(None).dosePerFrame(40).value == 1.0


def test_pixel_size_and_voltage_only_fill_up_what_the_archives_do_not_say():
    stored = said(pixel_size=0.83, voltage=200.0)
    assert described().withFile(stored).samplingRate.value == 0.885
    assert described().withFile(stored).acquisition.voltage.value == 300
    assert described(rate=None).withFile(stored).samplingRate == SourcedValue(0.83, "the movie")
    assumed = dataclasses.replace(EMDB, voltage=SourcedValue(300.0, "assumed"))
    filled = described(acquisition=assumed).withFile(stored)
    assert filled.acquisition.voltage == SourcedValue(200.0, "the movie")


@pytest.mark.parametrize(
    "values, words",
    [
        ({"pixel_size": 0.4425}, ["0.885 Å", "the movie 0.443 Å", "half: super-resolution?"]),
        ({"pixel_size": 1.77}, ["1.77 Å (twice: binned?)"]),
        ({"pixel_size": 1.0}, ["EMPIAR-10200 says 0.885 Å, the movie 1 Å"]),
        ({"pixel_size": 0.89}, None),
        ({"voltage": 200.0}, ["EMD-1 says 300 kV, the movie 200 kV"]),
        ({"voltage": 300.0}, None),
        ({"dose_per_frame": 1.5}, ["EMD-1 says 1 e/Å², the movie 1.5 e/Å²"]),
        ({"dose_per_frame": 1.1}, None),
        ({}, None),
    ],
)
def test_disagreements_are_one_line_each(values, words):
    stored = said(**values)
    lines = disagreements(described().withFile(stored), stored, 40)
    assert len(lines) == (1 if words else 0)
    assert all(word in line for line in lines for word in words)


@pytest.mark.parametrize("noun, section", [
    ("movie", "Gain and acquisition"),
    ("micrograph", "Acquisition"),
])
def test_a_missing_pixel_size_is_said_in_the_words_of_the_images(noun, section):
    values = AcquisitionValues("EMPIAR-10200", SourcedValue(), Acquisition())
    sentence = values.pixelSizeError(noun, section)
    assert sentence.startswith(f"Neither EMPIAR-10200 nor its {noun}s say the pixel size")
    assert f"section '{section}'" in sentence
