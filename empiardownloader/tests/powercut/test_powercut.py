"""Power cuts: what is visible is whole, and Continue ends with every movie once.

A run of the protocol works in a project on a file system in an image file. The image lies on an XFS
that can clone files: a clone at any moment holds what the file system has brought to its disk by
then, and none of what it still has in memory. That is what a power cut leaves on an honest disk,
which keeps what it has acknowledged. Each clone is mounted, looked at, and continued.

POWERCUT_CUTS tells how many cuts there are in all, POWERCUT_SEED repeats the moments.
"""

import bz2
import contextlib
import hashlib
import json
import multiprocessing
import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from check_cut import CONTINUE_SECS, check, runs, work
from image_disks import CLONE_OPTIONS, clone, make_image, mounted, own_mounts, why_not

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.demo.miniature_archive import MiniatureArchive

KINDS = ["ext4", "xfs", "btrfs"]
CUTS = int(os.environ.get("POWERCUT_CUTS", "60"))
SEED = int(os.environ.get("POWERCUT_SEED") or time.time())
MOVIES = 12
FRAMES = (4, 5, 6)
CUTS_OF_A_RUN = 7
EARLY_CUTS = 1  # of a run, before it has a movie
SECONDS_BETWEEN_CUTS = 1.6  # on average
SLOW = 8_000  # bytes per second of a connection: longer than a part waits for its first fsync
CHECKS_AT_ONCE = 6  # they mostly wait for Scipion's executor
CUTS_WITHOUT_FSYNC = 4  # on each file system
PLAIN, PACKED = "10001", "10002"
GIGABYTE = 1 << 30
CHECK_SECS = 2 * CONTINUE_SECS + 60.0 * CUTS  # for one that waits for the others, too

pytestmark = pytest.mark.skipif(bool(why_not(*KINDS)), reason=why_not(*KINDS) or "it can")


def movies(first):
    """Movies of some sizes, by name."""
    contents = {}
    for number in range(first, first + MOVIES):
        stack, _ = simulate_movie(number, shape=(96, 96), frames=FRAMES[number % len(FRAMES)])
        contents[f"movie_{number}.mrc"] = mrc_bytes(stack.astype("int8"), 1.1)
    return contents


class Bench:
    """Two archives with the same entries, one of them slow; and where clones lie."""

    def __init__(self, folder, clones, stack):
        self.folder, self.clones = folder, clones
        self.place = folder / "disk"  # where every process has its disk
        self.place.mkdir()
        plain, packed = movies(1), movies(101)
        self.expected = {entry: {name: hashlib.sha256(content).hexdigest()
                                 for name, content in contents.items()}
                         for entry, contents in ((PLAIN, plain), (PACKED, packed))}
        files = {
            PLAIN: {f"data/Movies/{name}": content for name, content in plain.items()},
            PACKED: {f"data/Movies/{name}.bz2": bz2.compress(content)
                     for name, content in packed.items()}}
        self.slow, self.fast = (self._archive(name, files, stack, rate)
                                for name, rate in (("slow", SLOW), ("fast", 0)))
        self.processes = _forked_from_scipion(self.place)
        self.pool = stack.enter_context(
            self.processes.Pool(CHECKS_AT_ONCE, maxtasksperchild=1))

    def _archive(self, name, files, stack, rate):
        entries = ArchiveFolder(self.folder / name)
        for entry, contents in files.items():
            entries.add_entry(entry, [{"directory": "data/Movies"}], contents)
        return stack.enter_context(MiniatureArchive(entries.root, rate=rate)).environment

    def command(self, entry):
        """The arguments of a run of all movies."""
        return ["run", entry, "--all", "--no-gain", "--connections", "3", "--project", "cut"]


def _forked_from_scipion(place):
    """Processes that are forked from one that has loaded Scipion, with its projects in a place."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["loaded_scipion", "pytest"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCIPION_USER_DATA", str(place / "data"))
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
        first = context.Process(target=_assert_loaded)
        first.start()
        first.join()
    assert first.exitcode == 0
    return context


def _assert_loaded():
    assert "loaded_scipion" in sys.modules, "multiprocessing says nothing where it cannot import it"


class PowerCuts:
    """Runs on one file system, the clones of its disk, and what was found in them."""

    def __init__(self, kind, bench, is_durable=True):
        self.kind, self._bench, self._is_durable = kind, bench, is_durable
        self._chance = random.Random(f"{SEED} {kind}")
        self._jobs = []
        self._starts = {}  # what a cut has left in the middle of a run, by entry
        self._runs = 0
        self._log = bench.folder / f"{kind}-{is_durable}.log"

    def take(self, count):
        """Take the cuts, in as many runs as they need."""
        while len(self._jobs) < count:
            assert self._runs <= count, f"runs end too soon: {self._log.read_text()[-1500:]}"
            self._one_run(min(CUTS_OF_A_RUN, count - len(self._jobs)))

    def _one_run(self, count):
        """One run and its cuts; each third and fourth run goes on with what a cut has left."""
        entry = (PLAIN, PACKED)[self._runs % 2]
        image = self._bench.clones / f"{self.kind}-{self._is_durable}-run{self._runs}.img"
        start = self._starts.pop(entry, None) if self._runs % 4 > 1 else None
        if start:
            start.rename(image)
        else:
            make_image(image, self.kind)
        self._runs += 1
        disk = self._bench.folder / f"{self.kind}-{self._is_durable}"
        with mounted(image, disk, CLONE_OPTIONS[self.kind]):
            process = self._bench.processes.Process(target=work, args=(
                str(disk), str(self._bench.place), self._bench.command(entry), self._bench.slow,
                str(self._log), self._is_durable))
            process.start()
            try:
                self._cut(process, disk, image, entry, count)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.join()
        image.unlink()

    def _cut(self, process, disk, image, entry, count):
        for number in range(count):
            # Before the run there is nothing to lose; most cuts are to fall in its middle.
            begun = "" if number < EARLY_CUTS else "extra/*.mrc"
            while not any(list(run.glob(begun or "*")) for run in runs(disk)):
                if not process.is_alive():
                    return
                time.sleep(0.02)
            time.sleep(self._chance.uniform(0, 2 * SECONDS_BETWEEN_CUTS))
            if not process.is_alive():
                return
            copy = clone(image, image.with_name(f"{self.kind}-{self._is_durable}-"
                                                f"{len(self._jobs)}.img"))
            if number == count // 2:
                self._starts[entry] = clone(copy, copy.with_suffix(".start"))
            self._jobs.append((copy, self._check(copy, entry)))

    def _check(self, copy, entry):
        continued = (self._bench.command(entry), self._bench.fast) if self._is_durable else ()
        return self._bench.pool.apply_async(check, (
            str(copy), CLONE_OPTIONS[self.kind], str(self._bench.place),
            self._bench.expected[entry], *continued), callback=lambda found: copy.unlink())

    def found(self):
        """What was found in each cut, when all are looked at."""
        return [job.get(CHECK_SECS) for _, job in self._jobs]


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    print(f"\nPOWERCUT_SEED={SEED} POWERCUT_CUTS={CUTS}", flush=True)
    own_mounts()
    folder = tmp_path_factory.mktemp("powercut")
    outer = make_image(folder / "outer.img", "xfs", 60 * GIGABYTE)
    try:
        with mounted(outer, folder / "clones") as clones, contextlib.ExitStack() as stack:
            yield Bench(folder, clones, stack)
    finally:
        outer.unlink()  # pytest keeps its folders, and this one holds every block that was written


@pytest.fixture(scope="module")
def cuts(bench):
    """The cuts of every file system: their runs at the same time, the checks as the cuts come."""
    return _all_found({kind: PowerCuts(kind, bench) for kind in KINDS}, -(-CUTS // len(KINDS)))


def _all_found(all_cuts, count):
    with ThreadPoolExecutor(len(all_cuts)) as takers:
        for taken in [takers.submit(of_kind.take, count) for of_kind in all_cuts.values()]:
            taken.result()
    return {kind: of_kind.found() for kind, of_kind in all_cuts.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_lost(cuts, kind):
    """Nothing visible that is not whole, no set that names it, each run finished by Continue."""
    found = cuts[kind]
    wrong = {number: one["wrong"] for number, one in enumerate(found) if one["wrong"]}
    print(f"\n{kind}: {len(found)} cuts, {sum(map(is_midway, found))} in the middle, "
          f"{sum(bool(one['parts']) for one in found)} with parts of movies, "
          f"{sum(one['run_db_lost'] for one in found)} without Scipion's run.db; "
          f"{len(wrong)} with something wrong", flush=True)
    assert len(found) >= CUTS // len(KINDS)
    assert not wrong, json.dumps(wrong, indent=1)


def is_midway(found):
    return found["visible"] and found["registered"] < MOVIES


def test_most_cuts_fall_in_the_middle(cuts):
    found = [one for of_kind in cuts.values() for one in of_kind]
    assert sum(map(is_midway, found)) > len(found) / 2


def test_without_fsync_movies_are_lost(bench):
    """The proof that these tests can fail: the same cuts, with an fsync that does nothing."""
    kinds = ["ext4", "xfs"]
    found = _all_found({kind: PowerCuts(kind, bench, is_durable=False) for kind in kinds},
                       CUTS_WITHOUT_FSYNC)
    for kind in kinds:
        wrong = [one["wrong"] for one in found[kind] if one["wrong"]]
        print(f"\n{kind} without fsync: {len(found[kind])} cuts, {len(wrong)} with something "
              f"wrong, for example: {wrong[:1]}", flush=True)
        assert wrong, kind
