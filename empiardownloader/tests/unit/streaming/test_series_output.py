"""When tilt series are published, and with which tilts, by a set of movies that grows."""

import os
import tempfile
from typing import NamedTuple, Optional

import pytest

# Scipion wants a home, an existing folder, when it is imported.
os.environ.setdefault("SCIPION_HOME", tempfile.gettempdir())

from empiardownloader.streaming.series_output import SeriesOutput
from empiardownloader.streaming.set_shape import SetShape, Shape


class Tilt(NamedTuple):
    name: str
    order: int
    angle: float
    dose: float
    dose_before: float


class Series(NamedTuple):
    ts_id: str
    axis: Optional[float]
    tilts: tuple


def series(ts_id, count=3):
    tilts = (Tilt(f"{ts_id}_{at}.mrc", at + 1, 3.0 * at, 2.0, 2.0 * at) for at in range(count))
    return Series(ts_id, 85.3, tuple(tilts))


class Set:
    """In the place of a set's file and of its output."""

    def __init__(self, columns=None):
        self.file, self._columns = self, columns
        self.published, self.renewed, self.error = [], [], None

    def exists(self):
        return self._columns is not None

    def columns(self, *names):
        return self._columns

    def keys(self):
        return set(self._columns["_micName"]) if self._columns else set()

    def publish(self, items, state, describe):
        if self.error:
            raise self.error
        self.published.append(items)

    def renew(self, items, state, describe):
        self.renewed.append(items)


def made(output=None, movies=()):
    shapes = SetShape()
    shapes.settle(Shape(64, 48, 4))
    shapes.add("TS_2_1.mrc", Shape(64, 48, 5))
    output = output or Set()
    one = SeriesOutput(output, Set({"_micName": list(movies)}), shapes, "extra")
    one.expect([series("TS_1"), series("TS_2")])
    return output, one


def names(ts_id, count=3):
    return [tilt.name for tilt in series(ts_id, count).tilts]


def test_a_series_is_published_with_its_last_frame():
    output, one = made()
    one.register(names("TS_2")[:2])
    assert output.published == []
    one.register(names("TS_2")[2:])
    [[item]] = output.published
    assert (item.ts_id, item.size, item.axis) == ("TS_2", (64, 48), 85.3)
    assert [tilt.path for tilt in item.tilts] == [f"extra/{name}" for name in names("TS_2")]
    assert [tilt.frames for tilt in item.tilts] == [4, 5, 4]
    assert [tilt.dose_before for tilt in item.tilts] == [0.0, 2.0, 4.0]
    assert one.waiting() == {"TS_1": 3}


def test_a_lost_frame_is_left_out_and_keeps_the_others_order_and_dose():
    output, one = made()
    one.register(names("TS_1")[::2])
    one.lose(names("TS_1")[1])
    [[item]] = output.published
    assert [(tilt.order, tilt.dose_before) for tilt in item.tilts] == [(1, 0.0), (3, 4.0)]


def test_two_series_that_are_complete_at_once_are_one_state_in_natural_order():
    output, one = made()
    one.register([*names("TS_2"), *names("TS_1")])
    assert [[item.ts_id for item in items] for items in output.published] == [["TS_1", "TS_2"]]


def test_what_could_not_be_published_is_tried_again_and_raises_nothing():
    output, one = made()
    output.error = OSError("the disk is full")
    one.register(names("TS_1"))
    output.error = None
    one.register(names("TS_2")[:1])
    assert [[item.ts_id for item in items] for items in output.published] == [["TS_1"]]


def test_the_error_of_the_last_try_is_raised():
    output, one = made()
    output.error = OSError("the disk is full")
    one.register(names("TS_1"))
    with pytest.raises(OSError, match="the disk is full"):
        one.publish()


def test_a_tilt_that_comes_on_continue_replaces_the_set():
    earlier = Set({"_tsId": ["TS_1"], "_size": ["2"]})
    output, one = made(earlier, names("TS_1")[:2])
    one.publish()
    assert (output.published, output.renewed) == ([], [])
    one.register(names("TS_1")[2:])
    [[item]] = output.renewed
    assert len(item.tilts) == 3


def test_other_values_are_given_to_the_series_that_are_in_the_set():
    earlier = Set({"_tsId": ["TS_1"], "_size": ["3"]})
    output, one = made(earlier, names("TS_1"))
    assert one.is_published("TS_1")
    one.rebuild()
    assert [[item.ts_id for item in items] for items in output.renewed] == [["TS_1"]]
