"""Rates and faults of the miniature archive as pure decisions."""

import json

import pytest
from clocks import Clock

from empiardownloader.demo.server.autoindex import rounded_size
from empiardownloader.demo.server.faults import FaultCounter, RateLimiter, TransferFaults
from empiardownloader.demo.server.settings import (
    ServerSettings,
    SettingsFile,
    matches,
    settings_from_json,
)


@pytest.mark.parametrize("size", [300, 4096, 1000000])
def test_a_connection_keeps_its_rate_over_many_files_of_any_size(size):
    clock = Clock(100.0)
    rate_limiter = RateLimiter(clock)
    total = 0
    while total < 2000000:
        rate_limiter.begin()
        left = size
        while left:
            clock.now += rate_limiter.wait()
            piece = rate_limiter.piece(left, 1e6)
            rate_limiter.sent(piece, 1e6)
            left -= piece
        clock.now += rate_limiter.wait()
        total += size
    assert clock.now - 100.0 == pytest.approx(total / 1e6, rel=0.02)


def test_without_a_rate_nothing_waits():
    rate_limiter = RateLimiter(Clock(100.0))
    rate_limiter.begin()
    assert rate_limiter.piece(10**9, 0) == 10**9
    rate_limiter.sent(10**9, 0)
    assert rate_limiter.wait() == 0


def test_a_cut_strikes_at_its_byte_and_as_often_as_it_may():
    settings = ServerSettings(cut_after=100, cut_times=2)
    fault_counter = FaultCounter()
    strikes = []
    for _ in range(3):
        faults = TransferFaults("/a.tif", settings, fault_counter)
        assert faults.next_fault(99) is None
        assert faults.room(60, 1000) == 40
        strikes.append(faults.next_fault(100))
        assert faults.room(100, 1000) == 1000
    assert strikes == ["cut", "cut", None]


def test_arming_a_fault_again_starts_its_count_anew():
    fault_counter = FaultCounter()
    once = ServerSettings().with_changes({"cut_after": 0, "cut_times": 1})
    again = once.with_changes({"cut_times": 1})
    unrelated = once.with_changes({"rate": 5})
    assert TransferFaults("/a", once, fault_counter).next_fault(0) == "cut"
    assert TransferFaults("/a", unrelated, fault_counter).next_fault(0) is None
    assert TransferFaults("/a", again, fault_counter).next_fault(0) == "cut"


def test_faults_spare_paths_that_do_not_match():
    settings = ServerSettings(cut_after=0, stall_after=0, fault_paths="*/b.tif")
    assert not TransferFaults("/x/a.tif", settings, FaultCounter())
    assert TransferFaults("/x/b.tif", settings, FaultCounter())


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


def test_settings_survive_their_file_and_unknown_ones_are_skipped():
    settings = ServerSettings(rate=1.5, missing=("*x",), api_status={"10200": 503})
    assert settings_from_json(settings.as_json()) == settings
    assert settings_from_json(json.dumps({"later": 1, "api_html": [10200]})).api_html == ("10200",)


def test_a_setting_that_does_not_exist_is_a_wrong_call():
    with pytest.raises(TypeError):
        ServerSettings().with_changes({"speed": 1})


def test_a_half_written_settings_file_changes_nothing(tmp_path):
    path = tmp_path / "settings.json"
    settings_file = SettingsFile(path)
    assert settings_file.current() == ServerSettings()
    settings_file.write(ServerSettings(rate=7))
    assert settings_file.current().rate == 7
    path.write_text('{"rate": ')
    assert settings_file.current().rate == 7
    path.write_text('{"rate": 8}')
    assert settings_file.current().rate == 8


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
