"""Values of any type read as numbers, texts and lists."""

import pytest

from empiardownloader.archive.json_values import (
    as_float,
    as_int,
    as_line,
    as_list,
    as_mappings,
    as_text,
    positive_float,
    positive_int,
)

NO_NUMBERS = [
    None, "", " ", "variable", "1-40", "2,7", "1 2", "12px34 56", "1_000", "nan", "inf", "-",
    True, False, [], {}, [1, 2], {"units": "kV"}, object(), float("nan"), float("inf"),
    10**400, "9" * 400, b"3", {"valueOf_": None}, [[]],
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3838, 3838.0),
        (1.07, 1.07),
        ("3838", 3838.0),
        (" 1.07 ", 1.07),
        ("-2.5e-1", -0.25),
        (".5", 0.5),
        ("3.", 3.0),
        ("300 kV", 300.0),
        ("2.7mm", 2.7),
        ("50.4 e/Å^2", 50.4),
        ({"units": "kV", "valueOf_": "300"}, 300.0),
        ({"valueOf_": 29000}, 29000.0),
        (["3838"], 3838.0),
        ([{"valueOf_": "2.7"}], 2.7),
    ],
)
def test_a_number_is_read_from_whatever_carries_it(value, number):
    assert as_float(value) == pytest.approx(number)


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_none(value):
    assert as_float(value) is None
    assert as_int(value) is None
    assert positive_float(value) is None
    assert positive_int(value) is None


@pytest.mark.parametrize(("value", "whole"), [("5760", 5760), ("5760.0", 5760), (40.5, None)])
def test_a_whole_number_is_whole(value, whole):
    assert as_int(value) == whole


@pytest.mark.parametrize("value", [0, "0", "0.0", -1, "-1.07"])
def test_what_is_not_above_zero_counts_as_not_filled_in(value):
    assert positive_float(value) is None
    assert positive_int(value) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" data/Tiff ", "data/Tiff"),
        ("a  b", "a  b"),
        ("first\nsecond", "first\nsecond"),
        ("bell\x07 and \x1b[31mred\x00", "bell and [31mred"),
        (2021, "2021"),
        (2021.0, "2021"),
        (1.9, "1.9"),
        ({"valueOf_": "K2"}, "K2"),
        (["one"], "one"),
        (["one", "two"], ""),
        (None, ""),
        (True, ""),
        ({}, ""),
        (float("nan"), ""),
        ("half \ud83d", "half ?"),
    ],
)
def test_a_text_is_clean_and_never_anything_but_a_text(value, text):
    assert as_text(value) == text


def test_a_number_too_long_to_be_written_is_no_text():
    assert as_text(10**5000) == as_text(10**20) == ""


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("two\n  lines ", "two lines"),
        ("Molecular &amp; Cell Biology", "Molecular & Cell Biology"),
        ("escape &#27;[31m", "escape [31m"),
    ],
)
def test_a_line_is_one_line_without_entities(value, line):
    assert as_line(value) == line


def test_an_entity_of_thousands_of_digits_is_borne():
    assert isinstance(as_line("&#" + "9" * 5000 + ";"), str)


def test_lists_are_lists_whatever_they_came_as():
    assert as_list(None) == []
    assert as_list("EMD-1234") == ["EMD-1234"]
    assert as_list(("a", "b")) == ["a", "b"]
    assert as_mappings([{"a": 1}, "junk", None, 3, {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert as_mappings({"a": 1}) == [{"a": 1}]
