"""The first bytes of files: every kind, and what servers answer in their place."""

import random
import struct

import pytest

from empiardownloader.images.magic import image_fault, kind_of, text_kind

MRC = struct.pack("<4i", 4092, 5760, 40, 0) + bytes(1008)
KINDS = {
    "MRC": MRC,
    "MRC big-endian": struct.pack(">4i", 4092, 5760, 40, 6) + bytes(1008),
    "TIFF": b"II*\0" + bytes(1020),
    "BigTIFF": b"MM\0+" + bytes(1020),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(1000),
    "DM3": struct.pack(">3I", 3, 1000, 1) + bytes(1000),
    "DM4": struct.pack(">IQI", 4, 1000, 1) + bytes(1000),
    "bzip2": b"BZh91AY&SY",
    "gzip": b"\x1f\x8b\x08\0",
}
ANSWERS = {
    b"<!DOCTYPE html>\n<html><head><title>503</title>": "a web page",
    b"\xef\xbb\xbf  <HTML><BODY>busy": "a web page",
    b'<?xml version="1.0"?>\n<html xmlns="x">': "a web page",
    b'<?xml version="1.0"?><Error><Code>SlowDown</Code></Error>': "an XML document",
    b'{"detail": "Not found."}': "a JSON document",
    b'[{"a": 1}]': "a JSON document",
    b"421 There are too many connections from your internet address.\r\n": "plain text",
    "Le serveur est occup\u00e9, r\u00e9essayez".encode("latin-1"): "plain text",
    "<html>wait</html>".encode("utf-16"): "a web page",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:": "plain text",
}
NAMES = ["a.mrc", "b.MRCS", "c.tif", "d.tiff", "e.eer", "f.dm4", "g.hdf", "h.tif.bz2", "x.mrc.gz"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_known_by_its_first_bytes(kind):
    assert kind_of(KINDS[kind]) == {"BigTIFF": "TIFF", "DM3": "DM", "DM4": "DM"}.get(
        kind, kind.split()[0]
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_in_the_place_of_an_image_is_named(answer, name):
    assert text_kind(answer) == ANSWERS[answer]
    assert ANSWERS[answer] in image_fault(name, answer)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_another_kind_of_image_is_left_to_the_readers(kind, name):
    assert image_fault(name, KINDS[kind]) is None


@pytest.mark.parametrize("name", ["a.tif", "b.dm4", "c.hdf5", "d.bz2"])
def test_what_has_magic_bytes_and_begins_without_them_has_a_fault(name):
    assert "does not begin as" in image_fault(name, bytes(range(256)) * 4)


@pytest.mark.parametrize("name", ["NOTE", "readme.txt", "movie.xml", ".tif", "a.dat"])
def test_other_names_have_no_fault_whatever_they_hold(name):
    assert image_fault(name, b"<html>") is None


def test_an_empty_file_and_a_damaged_mrc_are_left_to_the_readers():
    assert image_fault("a.tif", b"") is None
    assert image_fault("a.mrc", b"\xff" * 1024) is None
    assert image_fault("a.mrc", bytes(1024)) is None


def test_image_data_is_never_taken_for_text():
    values = random.Random(1)
    for _ in range(200):
        counts = bytes(values.randrange(256) for _ in range(1024))
        assert text_kind(counts) is None
