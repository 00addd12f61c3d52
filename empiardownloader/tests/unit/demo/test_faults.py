"""Rates and faults of the miniature archive as pure decisions."""

import json

import pytest

from empiardownloader.demo.server.autoindex import rounded_size
from empiardownloader.demo.server.faults import Ledger, Pacer, TransferFaults
from empiardownloader.demo.server.settings import KnobFile, Knobs, knobs_from_json, matches


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.mark.parametrize("size", [300, 4096, 1000000])
def test_a_connection_keeps_its_rate_over_many_files_of_any_size(size):
    clock = Clock()
    pacer = Pacer(clock)
    total = 0
    while total < 2000000:
        pacer.begin()
        left = size
        while left:
            clock.now += pacer.wait()
            piece = pacer.piece(left, 1e6)
            pacer.sent(piece, 1e6)
            left -= piece
        clock.now += pacer.wait()
        total += size
    assert clock.now - 100.0 == pytest.approx(total / 1e6, rel=0.02)


def test_without_a_rate_nothing_waits():
    pacer = Pacer(Clock())
    pacer.begin()
    assert pacer.piece(10**9, 0) == 10**9
    pacer.sent(10**9, 0)
    assert pacer.wait() == 0


def test_a_cut_strikes_at_its_byte_and_as_often_as_it_may():
    knobs = Knobs(cut_after=100, cut_times=2)
    ledger = Ledger()
    strikes = []
    for _ in range(3):
        faults = TransferFaults("/a.tif", knobs, ledger)
        assert faults.strike(99) is None
        assert faults.room(60, 1000) == 40
        strikes.append(faults.strike(100))
        assert faults.room(100, 1000) == 1000
    assert strikes == ["cut", "cut", None]


def test_arming_a_fault_again_starts_its_count_anew():
    ledger = Ledger()
    once = Knobs().with_changes({"cut_after": 0, "cut_times": 1})
    again = once.with_changes({"cut_times": 1})
    unrelated = once.with_changes({"rate": 5})
    assert TransferFaults("/a", once, ledger).strike(0) == "cut"
    assert TransferFaults("/a", unrelated, ledger).strike(0) is None
    assert TransferFaults("/a", again, ledger).strike(0) == "cut"


def test_faults_spare_paths_that_do_not_match():
    knobs = Knobs(cut_after=0, stall_after=0, fault_paths="*/b.tif")
    assert not TransferFaults("/x/a.tif", knobs, Ledger())
    assert TransferFaults("/x/b.tif", knobs, Ledger())


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("/e/1/data/a.tif", "*", True),
        ("/e/1/data/a.tif", "*.tif", True),
        ("/e/1/data/a.tif", "data/a.tif", True),
        ("/e/1/data/a.tif", "ata/a.tif", False),
        ("/e/1/data/a[1].tif", "a[1].tif", True),
        ("/e/1/data/a.tif", "*.mrc", False),
    ],
)
def test_paths_match_globs_and_literal_endings(path, pattern, fits):
    assert matches(path, [pattern]) is fits


def test_knobs_survive_their_file_and_unknown_ones_are_skipped():
    knobs = Knobs(rate=1.5, missing=("*x",), api_status={"10200": 503})
    assert knobs_from_json(knobs.as_json()) == knobs
    assert knobs_from_json(json.dumps({"later": 1, "api_html": [10200]})).api_html == ("10200",)


def test_a_knob_that_does_not_exist_is_a_wrong_call():
    with pytest.raises(TypeError):
        Knobs().with_changes({"speed": 1})


def test_a_half_written_knobs_file_changes_nothing(tmp_path):
    path = tmp_path / "knobs.json"
    knob_file = KnobFile(path)
    assert knob_file.current() == Knobs()
    knob_file.write(Knobs(rate=7))
    assert knob_file.current().rate == 7
    path.write_text('{"rate": ')
    assert knob_file.current().rate == 7
    path.write_text('{"rate": 8}')
    assert knob_file.current().rate == 8


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "  0 "),
        (972, "972 "),
        (973, "1.0K"),
        (1536, "1.5K"),
        (243664, "238K"),
        (2700000, "2.6M"),
        (143654912, "137M"),
        (569560224, "543M"),
        (1100000000, "1.0G"),
    ],
)
def test_sizes_are_rounded_as_apache_rounds_them(size, text):
    assert rounded_size(size) == text
