import random

import pytest

from empiardownloader.files import sort_keys
from empiardownloader.files.sort_keys import age_key, natural_key, sort_naturally


@pytest.mark.parametrize(
    "names",
    [
        ["a2", "a10"],
        ["TS_1_2", "TS_1_10", "TS_2_1"],
        ["x.tif", "x_1.tif"],
        ["A1", "a2", "A3"],
        ["a", "a1", "a1b", "b"],
        ["1", "2", "10", "a"],
        ["99_movie", "100_movie", "105_movie"],
        ["", "0", "a"],
    ],
)
def test_names_are_put_in_natural_order(names):
    backwards = names[::-1]
    assert sorted(backwards, key=natural_key) == names


@pytest.mark.parametrize("pair", [("a1", "a01"), ("a", "A"), ("a1b", "a01b"), ("\u00e9", "\u00c9")])
def test_names_that_differ_little_have_one_order_too(pair):
    assert natural_key(pair[0]) != natural_key(pair[1])
    backwards = pair[::-1]
    assert sorted(pair, key=natural_key) == sorted(backwards, key=natural_key)


def test_a_name_of_many_thousand_digits_is_no_harm():
    assert natural_key("a" + "9" * 10_000) > natural_key("a8")


def test_any_names_can_be_compared():
    chance = random.Random(4)
    letters = "ab1029_.-\u0664\u00df\udce9 A"
    names = ["".join(chance.choices(letters, k=chance.randrange(9))) for _ in range(500)]
    once = sorted(names, key=natural_key)
    chance.shuffle(names)
    assert sorted(names, key=natural_key) == once


@pytest.mark.parametrize(
    "form", ["m_{0:05}.mrc", "m_{0}.mrc", "{1:02}/m_{0:03}_x{1}.tif", "{0}{1:03}"]
)
def test_a_list_is_in_natural_order_whether_all_names_have_one_shape_or_not(form):
    chance = random.Random(5)
    names = [form.format(chance.randrange(10**n), chance.randrange(99)) for n in (1, 3, 5) * 99]
    names += [name.upper() for name in names[:9]] if "x" in form else []
    expected = sorted(names, key=natural_key)
    items = [(name,) for name in names]
    sort_naturally(items, lambda item: item[0])
    assert [name for (name,) in items] == expected
    sort_naturally(none := [], str)
    assert none == []


PIECES = ["0", "00", "7", "10", "a", "A", "b", "_", ".", "-", "~", "é", ".tif", ".tif.jpg"]


@pytest.mark.parametrize("seed", range(40))
def test_names_of_a_few_shapes_are_in_natural_order(seed):
    chance = random.Random(seed)
    shapes = ["".join(chance.choices(PIECES, k=chance.randrange(1, 6))) for _ in range(4)]
    digits = [[chance.choice("0189") if c.isdigit() else c for c in s] for s in shapes * 20]
    names = sorted({"".join(name) for name in digits})
    for chosen in range(2, 5):
        some = chance.sample(names, min(len(names), chosen * 4))
        expected = sorted(some, key=natural_key)
        sort_naturally(some, str)
        assert some == expected


@pytest.mark.parametrize("letter", ["m", "M"])
def test_movies_beside_their_previews_are_sorted_by_their_characters(letter, monkeypatch):
    movies = [f"data/{letter}_{n:03}.tif" for n in range(20)]
    names = [*movies, *(f"{movie}.jpg" for movie in movies)]
    expected = sorted(names, key=natural_key)
    monkeypatch.setattr(sort_keys, "natural_key", None)
    items = names[::-1]
    sort_naturally(items, str)
    assert items == expected


@pytest.mark.parametrize(
    "older, newer",
    [
        ("gain_20160205.dm4", "gain_20170101.dm4"),
        ("gain_20170101.dm4", "again_20170102.dm4"),
        ("CountRef_Apr13_10.00.00.mrc", "CountRef_Oct04_16.13.54.mrc"),
        ("CountRef_Dec01.mrc", "CountRef_Dec10.mrc"),
        ("CountRef_Dec10_09.59.59.mrc", "CountRef_Dec10_10.00.00.mrc"),
        ("CountCDSRef_2021-10-03_05.10.16_1.mrc", "CountCDSRef_2021-10-03_15.10.16_0.mrc"),
        ("gain.mrc", "gain_20160205.mrc"),
        ("zgain.mrc", "CountRef_Jan01.mrc"),
        ("gain_9.mrc", "gain_10.mrc"),
        ("gain_24156969.mrc", "gain_24156970.mrc"),
        ("a_20201106_111915.gain", "a_20201106_111916.gain"),
    ],
)
def test_the_newest_name_comes_last(older, newer):
    assert age_key(older) < age_key(newer)
