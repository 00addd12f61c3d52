"""Base classes of the protocol's tests: a real project, and a miniature archive."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from pwem.objects import SetOfMovies
from pyworkflow.project import Manager
from pyworkflow.protocol import MODE_RESTART, MODE_RESUME, getUpdatedProtocol
from pyworkflow.tests import BaseTest, setupTestProject

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.data.movies import mrc_bytes, simulate_movie
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.headless.environment import prepare_environment
from empiardownloader.protocols import EmpiarDownloader
from empiardownloader.tests.forked.client import python, real_starts
from empiardownloader.transfer.download.byte_ranges import ByteRanges

KILL_POINT = Path(__file__).parents[1] / "kill_point"


def movie(seed, shape=(32, 32), frames=4):
    """A small simulated movie, as an MRC stack."""
    stack, _ = simulate_movie(seed, shape=shape, frames=frames)
    return mrc_bytes(stack.astype("int8"), 1.1)


def numbered(count):
    """Paths of movies as most entries have them."""
    return [f"data/Movies/movie_{number}.mrc" for number in range(1, count + 1)]


class ArchiveTest(BaseTest):
    """A test class with a project and an archive of its own.

    The archive has EMPIAR-10001 with a movie of ``shape`` at each of ``paths``, and what ``fill``
    puts into it.
    """

    settings = {}
    paths = ()
    shape = (128, 128)
    #: Whether Scipion itself starts the runs' processes, where others are forked for speed.
    starts_for_real = False

    @classmethod
    def setUpClass(cls):
        prepare_environment()
        # What an earlier run of the tests has left in it beside Scipion's own folders would stay.
        shutil.rmtree(Manager().getProjectPath(cls.__name__), ignore_errors=True)
        setupTestProject(cls)
        cls._folder = tempfile.TemporaryDirectory()
        cls._environment = dict(os.environ)
        cls.entries = ArchiveFolder(Path(cls._folder.name) / "archive")
        cls.fill()
        cls.archive = MiniatureArchive(cls.entries.root, **cls.settings)
        cls.archive.start()
        os.environ.update(cls.archive.environment)

    @classmethod
    def tearDownClass(cls):
        cls.archive.close()
        os.environ.clear()
        os.environ.update(cls._environment)
        cls._folder.cleanup()

    @classmethod
    def fill(cls):
        """Put entries into the archive."""
        cls.entries.add_entry("10001", [{"directory": "data/Movies"}], cls.numberedMovies())

    @classmethod
    def numberedMovies(cls):
        """The content of each of ``paths``."""
        return {path: movie(seed, shape=cls.shape) for seed, path in enumerate(cls.paths)}

    def setUp(self):
        self.archive.set(**self.settings)
        self.archive.forget_requests()
        if self.starts_for_real:
            starts = real_starts()
            starts.__enter__()
            self.addCleanup(starts.__exit__, None, None, None)

    def tearDown(self):
        self.archive.reset()

    # -- runs -------------------------------------------------------------------------------------

    def newRun(self, **parameters):
        return self.newProtocol(EmpiarDownloader, **parameters)

    def runToEnd(self, run, killAt=None, restart=False):
        """Launch the run in a process of its own, as the window does, and wait for its end."""
        run.runMode.set(MODE_RESTART if restart else MODE_RESUME)
        with killed_at(killAt):
            self.proj.launchProtocol(run, wait=True)
        return run

    def start(self, run, standStillAt=None):
        """Launch the run and go on."""
        with killed_at(standStillAt, "SIGSTOP"):
            self.proj.launchProtocol(run, wait=False)
        return run

    @contextlib.contextmanager
    def standingStill(self, run):
        """Wait until the run is halted at its place; resume it at the end of the block."""
        self.waitFor(lambda: processState(getUpdatedProtocol(run).getPid()) == "T")
        yield
        os.kill(getUpdatedProtocol(run).getPid(), signal.SIGCONT)

    def holdBack(self, paths="*"):
        """Files that match are under way, neither silent nor whole, until the rate is lifted."""
        self.archive.set(rate=200, rate_paths=paths)

    def waitFor(self, condition, seconds=180):
        until = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), until, "nothing happened in time")
            time.sleep(0.05)

    def waitForEnd(self, run, seconds=240):
        self.waitFor(lambda: not getUpdatedProtocol(run).isActive(), seconds)
        self.proj._updateProtocol(run)

    def waitForOutput(self, run):
        """Wait until the run's set is its output, too, which it is some moments after it exists."""
        self.waitFor(lambda: getUpdatedProtocol(run).hasAttribute("outputMovies"))

    def kill(self, run):
        """``kill -9`` of the run's process."""
        process = getUpdatedProtocol(run).getPid()
        os.kill(process, signal.SIGKILL)
        self.waitFor(lambda: not isAlive(process))

    def partOf(self, run, name, count):
        """Return True if a part has at least so many bytes of a file."""
        return any(part.stat().st_blocks * 512 >= count
                   for part in Path(run._getTmpPath()).glob(f"{name}.*.part"))

    def keptOf(self, run, name):
        """Return the bytes of a file's part that would survive a kill."""
        for part in Path(run._getTmpPath()).glob(f"{name}.*.part"):
            mapAt = -(-int(part.name.rsplit(".", 2)[1]) // 4096) * 4096
            kept = ByteRanges.decode(part.read_bytes()[mapAt:])
            return kept.total if kept else 0
        return 0

    # -- what came out ----------------------------------------------------------------------------

    def movies(self, run):
        """The output as a consumer finds it on the disk."""
        output = SetOfMovies(filename=run._getPath("movies.sqlite"))
        output.loadAllProperties()
        items = [item.clone() for item in output.iterItems()]
        output.close()
        return output, items

    def assertComplete(self, run, number, paths, frames=4):
        """The run is finished and its set sealed, with each movie once, as it is in the archive."""
        self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
        output, items = self.movies(run)
        self.assertFalse(output.isStreamOpen())
        self.assertEqual(run.outputMovies.getSize(), len(paths))
        self.assertEqual(sorted(item.getMicName() for item in items),
                         sorted(os.path.basename(path) for path in paths))
        self.assertEqual([item.getObjId() for item in items], list(range(1, len(paths) + 1)))
        self.assertEqual(list(output.getFramesRange()), [1, frames, 1])
        self.assertOnlyMoviesIn(run, paths)
        for path in paths:
            there = Path(run._getExtraPath(os.path.basename(path))).read_bytes()
            self.assertEqual(there, self.archive.source(number, path).read_bytes(), path)
        return output, items

    def assertOnlyMoviesIn(self, run, paths):
        self.assertEqual(sorted(os.listdir(run._getExtraPath())),
                         sorted(os.path.basename(path) for path in paths))

    def report(self, reader):
        """Return the report of a reader, after the set was closed."""
        return json.loads(reader.communicate()[0].splitlines()[-1])

    def startReader(self, run, kind="Fresh"):
        """Another process that reads the set all the time, as this kind of consumer does."""
        reader = subprocess.Popen(
            python("-m", "empiardownloader.tests.project.set_readers", kind,
                   run._getPath(run.outputFile)),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        self.addCleanup(reader.communicate)
        self.addCleanup(reader.kill)
        return reader


@contextlib.contextmanager
def killed_at(place, number="SIGKILL"):
    """Send a signal to processes started in this block when they call ``place``, if any."""
    if place is None:
        yield
        return
    # A checkout that is tested by way of PYTHONPATH is meant in these processes and in later ones.
    before = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, (str(KILL_POINT), before)))
    names = {"KILL_AT": place, "KILL_SIGNAL": number, "PYTHONPATH": path}
    os.environ.update(names)
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]
        if before:
            os.environ["PYTHONPATH"] = before


def processState(process):
    """A letter as in proc(5), as T for one that stands still; None for one that is gone."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as status:
            return status.read().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):  # before and after the file was opened
        return None


def isAlive(process):
    return processState(process) not in (None, "Z")
