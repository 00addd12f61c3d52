"""A set of tilt series on the disk: whole whenever it is looked at, whatever is killed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from empiardownloader.streaming.series_assembly import Expected, SeriesAssembly

KILLS, LANES = 20, 2  # the kills are dealt out to tests that may run side by side


def told_by(helper, folder, *arguments):
    """What one of the helpers prints, which import Scipion and are apart for that."""
    pytest.importorskip("tomo")
    script = Path(__file__).parents[1] / "helpers" / f"{helper}.py"
    environment = {**os.environ, "SCIPION_USER_DATA": str(folder / "user")}
    command = [sys.executable, str(script), str(folder), *map(str, arguments)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("lane", range(LANES))
def test_readers_never_meet_a_series_without_its_tilts(tmp_path, lane):
    whole, *killed = told_by("series_kills", tmp_path, KILLS, lane, LANES)
    assert whole["calls"] > 10 * KILLS
    assert [case["calls"] for case in killed] == [None] * (KILLS // LANES)  # each was killed
    for case in (whole, *killed):
        for reader in case["readers"]:
            assert reader["wrong"] == []
            assert reader["series"] == [f"TS_{number:02d}" for number in range(4)]
    assert sum(reader["looks"] for case in killed for reader in case["readers"]) > 3 * len(killed)


def test_a_series_costs_the_same_however_many_there_are(tmp_path):
    costs = told_by("series_cost", tmp_path, 40)
    assert max(costs[-5:]) < 1.1 * min(costs[5:10])


WITHOUT_TOMO = """
import sys
sys.modules['tomo'] = None
from pyworkflow import Config
Config.setDomain('pwem')
from pyworkflow.gui.project.viewprotocols_extra import ProtocolTreeConfig
tree = ProtocolTreeConfig.load(Config.getDomain(), sys.argv[1])
imports = next(one for one in tree['Protocols SPA'].childs if one.text == 'Imports')
print(sorted(filter(None, (one.value for one in imports.childs if one.visible))))
print('Tomography', tree['Tomography'].visible)
"""


def test_without_scipion_em_tomo_there_is_no_protocol_of_tilt_series_and_no_word_about_it(tmp_path):
    pytest.importorskip("tkinter")
    environment = {**os.environ, "SCIPION_USER_DATA": str(tmp_path)}
    command = [sys.executable, "-c", WITHOUT_TOMO, str(tmp_path / "none.conf")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "'EmpiarDownloader', 'EmpiarMicrographs', 'Prot" in done.stdout
    assert "Tomography False" in done.stdout
    assert "EmpiarTiltSeries" not in done.stdout + done.stderr
    assert "tomo" not in (done.stdout + done.stderr).replace("Tomography False", "")


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


def test_a_frame_of_two_series_completes_both():
    made = SeriesAssembly((), {})
    made.expect([Expected("TS_1", ("a", "b")), Expected("TS_2", ("b",))])
    made.register(["b"])
    assert ready(made) == {"TS_2": ("b",)}
    made.register(["a"])
    assert ready(made) == {"TS_1": ("a", "b"), "TS_2": ("b",)}  # until both are published


def test_a_lost_frame_that_arrives_after_all_completes_its_series_again():
    made = assembly(["a", "c", "d"])
    made.lose("b")
    made.publish(made.ready())
    made.register(["b"])
    assert ready(made) == {"TS_1": ("a", "b")}


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
