"""A set of tilt series on the disk: whole whenever it is looked at, whatever is killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from empiardownloader.streaming.series_assembly import Expected, SeriesAssembly

KILLS, LANES = 20, 4  # the kills are dealt out to tests that may run side by side


@pytest.mark.parametrize("lane", range(LANES))
def test_readers_never_meet_a_series_without_its_tilts(tmp_path, lane):
    pytest.importorskip("tomo")
    helper = Path(__file__).parents[1] / "helpers" / "series_kills.py"
    environment = {**os.environ, "SCIPION_USER_DATA": str(tmp_path / "user")}
    arguments = [str(tmp_path), str(KILLS), str(lane), str(LANES)]
    done = subprocess.run([sys.executable, str(helper), *arguments],
                          env=environment, capture_output=True, text=True, check=True)  # fmt: skip
    whole, *killed = json.loads(done.stdout.splitlines()[-1])
    assert whole["calls"] > 10 * KILLS
    assert [case["calls"] for case in killed] == [None] * (KILLS // LANES)  # each was killed
    for case in (whole, *killed):
        for reader in case["readers"]:
            assert reader["wrong"] == []
            assert reader["series"] == [f"TS_{number:02d}" for number in range(4)]
    assert sum(reader["looks"] for case in killed for reader in case["readers"]) > 10 * len(killed)


def test_without_scipion_em_tomo_there_is_no_protocol_of_tilt_series_and_no_word_about_it(tmp_path):
    code = ("import sys; sys.modules['tomo'] = None; from empiardownloader import protocols; "
            "print(sorted(protocols.__all__))")  # fmt: skip
    environment = {**os.environ, "SCIPION_USER_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code],
                          env=environment, capture_output=True, text=True, check=True)  # fmt: skip
    assert "'EmpiarDownloader'" in done.stdout
    assert "EmpiarTiltSeries" not in done.stdout
    assert "tomo" not in done.stdout + done.stderr


def assembly(registered=(), published=None):
    made = SeriesAssembly(registered, published or {})
    made.expect([Expected("TS_1", ("a", "b")), Expected("TS_2", ("c", "d"))])
    return made


def ready(made):
    return {one.ts_id: one.frames for one in made.ready()}


def test_a_series_is_ready_when_every_frame_is_registered():
    made = assembly()
    made.register(["a", "c"])
    assert ready(made) == {}
    assert made.waiting() == {"TS_1": 1, "TS_2": 1}
    made.register(["b"])
    assert ready(made) == {"TS_1": ("a", "b")}


def test_frames_that_are_lost_are_not_waited_for():
    made = assembly()
    made.register(["b"])
    made.lose("a")
    made.lose("c")
    made.lose("d")
    assert ready(made) == {"TS_1": ("b",)}  # nothing is left of the other
    assert made.waiting() == {}


def test_what_is_published_is_ready_again_only_with_more_frames():
    made = assembly(["a", "b", "d"], {"TS_1": 2, "TS_2": 1})
    assert ready(made) == {}
    made.register(["c"])
    assert ready(made) == {"TS_2": ("c", "d")}
    made.publish(made.ready())
    assert ready(made) == {}
    assert [one.ts_id for one in made.known()] == ["TS_1", "TS_2"]


def test_frames_stay_lost_until_continue_asks_for_them_again():
    made = assembly()
    made.register(["a"])
    made.lose("b")
    made.expect([Expected("TS_1", ("a", "b"))])  # as the list is asked for once more
    assert ready(made) == {"TS_1": ("a",)}
    made.publish(made.ready())
    continued = assembly(["a"], {"TS_1": 1})
    continued.expect([Expected("TS_1", ("a", "b"))])
    assert continued.waiting() == {"TS_1": 1}
