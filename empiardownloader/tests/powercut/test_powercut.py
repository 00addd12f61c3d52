"""Power cuts: what is visible is whole, and Continue ends with every movie once.

A run of the protocol works in a project on a file system in an image file. The image lies on an XFS
that can clone files: a clone at any moment holds what the file system has brought to its disk by
then, and none of what it still has in memory. That is what a power cut leaves on an honest disk,
which keeps what it has acknowledged. Each clone is mounted, looked at, and continued.

POWERCUT_CUTS tells how many cuts there are in all, POWERCUT_SEED repeats the moments.
"""

import hashlib
import json
import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import check_cut
import pytest
from image_disks import CLONE_OPTIONS, clone, make_image, mounted, own_mounts, why_not

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.demo.miniature_archive import MiniatureArchive

KINDS = ["ext4", "xfs", "btrfs"]
CUTS = int(os.environ.get("POWERCUT_CUTS", "60"))
SEED = int(os.environ.get("POWERCUT_SEED") or time.time())
CHECKS_AT_ONCE = os.cpu_count() or 2
SLOW = 60_000  # bytes per second of a connection: a run takes some seconds beyond its start
MOST_SECONDS_BETWEEN_CUTS = 2.0
ENTRY = "10001"
GIGABYTE = 1 << 30

pytestmark = pytest.mark.skipif(bool(why_not(*KINDS)), reason=why_not(*KINDS) or "it can")


def movies():
    """Their paths and contents: some small, some larger, one packed."""
    contents = {}
    for seed in range(12):
        stack, _ = simulate_movie(seed, shape=(64, 64) if seed % 3 else (256, 256), frames=4)
        contents[f"data/Movies/movie_{seed + 1}.mrc"] = mrc_bytes(stack.astype("int8"), 1.1)
    return contents


class PowerCuts:
    """Runs on one file system, the clones of its disk, and what was found in them."""

    def __init__(self, kind, clones, archive, expected, pool):
        self.kind = kind
        self._clones = clones  # the folder that can clone
        self._archive, self._expected, self._pool = archive, expected, pool
        self._chance = random.Random(f"{SEED} {kind}")
        self._jobs = []

    def take(self, place, count):
        """Take the cuts, in as many runs one after the other as they need."""
        image = make_image(self._clones / f"{self.kind}.img", self.kind)
        with mounted(image, place):
            while len(self._jobs) < count:
                self._one_run(image, place, count)

    def _one_run(self, image, place, count):
        command = [sys.executable, "-m", "empiardownloader", "run", ENTRY, "--all", "--no-gain",
                   "--connections", "3", "--project", f"cut{len(self._jobs)}"]
        environment = {**os.environ, **self._archive.environment,
                       "SCIPION_USER_DATA": str(place / "data"), "PYTHONUNBUFFERED": "1"}
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as run:
            runs = f"data/projects/{command[-1]}/Runs/*"
            while not list(place.glob(runs)) and run.poll() is None:
                time.sleep(0.05)  # before the run there is nothing to lose
            while run.poll() is None and len(self._jobs) < count:
                time.sleep(self._chance.uniform(0, MOST_SECONDS_BETWEEN_CUTS))
                copy = clone(image, self._clones / f"{self.kind}-{len(self._jobs)}.img")
                self._jobs.append(self._pool.submit(self._check, copy, place, command, environment))
            run.wait()

    def _check(self, copy, place, command, environment):
        task = {"image": str(copy), "options": CLONE_OPTIONS[self.kind], "place": str(place),
                "command": command, "environment": environment, "expected": self._expected}
        try:
            checked = subprocess.run(
                ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                 sys.executable, check_cut.__file__],
                input=json.dumps(task), capture_output=True, text=True, errors="replace")
            if checked.returncode:
                return {"wrong": [f"no check: {checked.stderr[-2000:]}"], "registered": None}
            return json.loads(checked.stdout)
        finally:
            copy.unlink()

    def found(self):
        """What was found in each cut, when all are looked at."""
        return [job.result() for job in self._jobs]


@pytest.fixture(scope="module")
def cuts(tmp_path_factory):
    """The cuts of every file system: their runs at the same time, the checks as the cuts come."""
    print(f"\nPOWERCUT_SEED={SEED} POWERCUT_CUTS={CUTS}", flush=True)
    own_mounts()
    folder = tmp_path_factory.mktemp("powercut")
    contents = movies()
    entries = ArchiveFolder(folder / "archive")
    entries.add_entry(ENTRY, [{"directory": "data/Movies"}], contents)
    expected = {Path(path).name: hashlib.sha256(content).hexdigest()
                for path, content in contents.items()}
    outer = make_image(folder / "outer.img", "xfs", 60 * GIGABYTE)
    with mounted(outer, folder / "clones") as clones, \
            MiniatureArchive(entries.root, rate=SLOW) as archive, \
            ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        all_cuts = {kind: PowerCuts(kind, clones, archive, expected, pool) for kind in KINDS}
        takers = [threading.Thread(target=all_cuts[kind].take,
                                   args=(folder / kind, -(-CUTS // len(KINDS)))) for kind in KINDS]
        for taker in takers:
            taker.start()
        for taker in takers:
            taker.join()
        yield {kind: of_kind.found() for kind, of_kind in all_cuts.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost(cuts, kind):
    """Nothing visible that is not whole, no set that names it, each run finished by Continue."""
    found = cuts[kind]
    assert len(found) >= CUTS // len(KINDS)
    begun = [one for one in found if one.get("visible")]
    midway = [one for one in begun if one["visible"] < 12]
    wrong = {number: one["wrong"] for number, one in enumerate(found) if one["wrong"]}
    print(f"\n{kind}: {len(found)} cuts, {len(begun)} with movies, {len(midway)} in the middle; "
          f"{sum(map(bool, (one.get('run_db_lost') for one in found)))} without Scipion's run.db; "
          f"{len(wrong)} with something wrong", flush=True)
    assert not wrong, json.dumps(wrong, indent=1)


def test_most_cuts_fall_in_the_middle(cuts):
    found = [one for of_kind in cuts.values() for one in of_kind]
    midway = [one for one in found if one.get("runs") and (one["registered"] or 0) < 12]
    assert len(midway) > len(found) / 2
