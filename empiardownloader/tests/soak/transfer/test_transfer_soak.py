"""A bad network, machine and disk: random faults, kills and power cuts until all is complete.

``make soak`` runs it for SOAK_SECONDS and prints its figures.
"""

import collections
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.tests.soak.transfer.unreliable_disk import REASON, unreliable_disk

SECONDS = float(os.environ.get("SOAK_SECONDS", "0"))
FILES = 200
TURNS = 24  # with faults and kills; in the later half, the large files
LARGE = (9_000_000, 14_000_000)
FULL_DISKS, POWER_CUTS = 0.1, 0.25  # of the turns, and of the kills
WORKER = Path(__file__).with_name("soak_worker.py")


def random_faults(rng, protocol):
    """Return random server settings, mild enough for a download to end."""
    return rng.choice([
        {"cut_after": rng.randrange(150_000), "cut_times": 20},
        {"stall_after": rng.randrange(60_000), "stall_times": 3},
        {"refuse_rest": True, "cut_after": rng.randrange(60_000), "cut_times": 5},
        {"wrong_offsets": True, "cut_after": rng.randrange(60_000), "cut_times": 5},
        {"refused_commands": rng.choice((("SIZE",), ("REST",), ("SIZE", "REST", "HEAD")))},
        {"missing": [f"*_{rng.randrange(10)}.mrc"]},
        {"latency": 0.02},
        {},
        *(_ftp_faults(rng) if protocol == "ftp" else _http_faults(rng)),
    ])


def _ftp_faults(rng):
    return [
        {"max_connections": rng.randrange(1, 5)},
        {"busy_times": rng.randrange(1, 6)},
        {"refuse_login": True},
        {"private_pasv": True},
    ]


def _http_faults(rng):
    return [
        {"gzip_files": True, "cut_after": rng.randrange(60_000), "cut_times": 5},
        {"unavailable_times": rng.randrange(1, 20)},
        {"unavailable_times": -1},
        {"refused_commands": ["HEAD"], "cut_after": rng.randrange(60_000), "cut_times": 5},
    ]


@pytest.mark.parametrize("protocol", ["ftp", "https"])
def test_random_faults_and_kills_lose_nothing(tmp_path, protocol):
    seed = int(os.environ.get("SOAK_SEED") or (time.time() if SECONDS else 4))
    rng = random.Random(f"{protocol} {seed}")
    until = time.monotonic() + SECONDS / 2
    rounds, events = 0, collections.Counter()
    while rounds == 0 or time.monotonic() < until:
        events += soak(tmp_path / str(rounds), protocol, rng)
        rounds += 1
    told = ", ".join(f"{count} {event}" for event, count in events.items())
    print(f"\n{protocol}, seed {seed}: {rounds} rounds of {FILES} files, {told}, no loss"
          + (f" (no disk that fails: {REASON})" if REASON else ""))  # fmt: skip


def soak(folder, protocol, rng):
    """Download one archive through all faults; return the number of kills, full disks and cuts."""
    entry = ArchiveFolder(folder / "archive")
    content = {f"data/movie_{number}.mrc": os.urandom(rng.randrange(1, 120_000))
               for number in range(FILES)}
    # Large enough for several connections, and last, when some are idle.
    content.update({f"data/large_{number}.mrc": os.urandom(rng.randrange(*LARGE))
                    for number in range(2)})
    entry.add_entry("1", [{}], content)
    wanted = folder / "wanted.json"
    wanted.write_text(json.dumps(
        [[path, len(data), Path(path).name] for path, data in content.items()]))
    with MiniatureArchive(entry.root) as archive, unreliable_disk(folder) as disk:
        events = _fetch_and_kill(archive, protocol, wanted, disk, rng)
        _assert_all_is_well(archive, content, disk.place)
    return events


def _fetch_and_kill(archive, protocol, wanted, disk, rng):
    events = collections.Counter()
    url = archive.environment[f"EMPIAR_{protocol.upper()}_URL"] + "/1"
    for turn in range(200):
        archive.reset()
        disk.make_room()
        if turn < TURNS:
            rate = 150_000 if turn < TURNS // 2 else 1_500_000
            archive.set(**{"rate": rate, **random_faults(rng, protocol)})
            if disk.can_fail and rng.random() < FULL_DISKS:
                disk.fill(rng.randrange(2_000_000))
                events["full disks"] += 1
        worker = subprocess.Popen([sys.executable, str(WORKER), url, str(wanted), str(disk.place)],
                                  stderr=subprocess.DEVNULL)
        try:
            code = worker.wait(rng.uniform(0.3, 2.0) if turn < TURNS else 120)
        except subprocess.TimeoutExpired:
            if disk.can_fail and rng.random() < POWER_CUTS:
                disk.cut_power(worker)
                _assert_visible_is_whole(archive, wanted, disk.place)
                events["power cuts"] += 1
            else:
                worker.kill()
                worker.wait()
                events["kills"] += 1
            if rng.random() < 0.2:
                archive.restart()
            continue
        if code == 0:
            return events
    raise AssertionError("it never came to an end")


def _assert_visible_is_whole(archive, wanted, folder):
    for path, _, name in json.loads(wanted.read_text()):
        place = folder / "extra" / name
        assert not place.exists() or place.read_bytes() == archive.source(1, path).read_bytes()


def _assert_all_is_well(archive, content, folder):
    extra = folder / "extra"
    assert sorted(os.listdir(extra)) == sorted(Path(path).name for path in content)
    assert os.listdir(folder / "tmp") == []
    asked = {}
    for request in archive.requests():
        if request["command"] in ("RETR", "GET"):
            asked.setdefault(Path(request["path"]).name, []).append(request["t"])
    for path, data in content.items():
        place = extra / Path(path).name
        assert place.read_bytes() == data, path
        assert max(asked[place.name]) <= place.stat().st_ctime + 0.05, "fetched when it was there"
        assert len(asked[place.name]) < 150, "retries have a bound"
