"""Projects in unusual places."""

import contextlib
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import pyworkflow
from pwem.objects import SetOfMovies
from pyworkflow import Config
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.disk.errors import FolderNotWritable, NoSpace
from empiardownloader.run.destinations import RunFolder, SharedFolder
from empiardownloader.tests.forked.client import command
from empiardownloader.tests.project import base
from empiardownloader.transfer import FileRequest


class TestPlaces(base.ArchiveTest):
    """A scratch folder on another disk, blanks in paths, two runs at once, a disk too small."""

    paths = base.numbered(6)
    shape = (64, 64)

    @contextlib.contextmanager
    def scratch(self):
        """Put SCIPION_SCRATCH on a file system of its own, so that every file has to be copied."""
        if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(".").st_dev:
            self.skipTest("there is one file system only; test_transfer_parts has the copying")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
            before, Config.SCIPION_SCRATCH = Config.SCIPION_SCRATCH, folder
            try:
                yield Path(folder)
            finally:
                Config.SCIPION_SCRATCH = before

    def test_tmp_on_another_file_system(self):
        with self.scratch():
            run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True))
            self.assertComplete(run, 10001, self.paths)

    def test_killed_while_a_movie_is_copied_from_another_file_system(self):
        with self.scratch():
            run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True, connections=1),
                                killAt="shutil:copyfileobj:after")
            left = list(Path(run._getExtraPath()).glob(".*.incoming"))
            self.assertEqual(len(left), 1, "copied, and not yet renamed")
            self.runToEnd(run)
            self.assertComplete(run, 10001, self.paths)
            self.assertEqual(list(Path(run._getExtraPath()).glob(".*.incoming")), [])

    def test_a_scratch_folder_that_is_gone_on_continue(self):
        """Scratch disks are emptied, and each node of a cluster has its own."""
        with self.scratch() as folder:
            self.archive.set(missing=["*movie_6.mrc"])
            run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True))
            self.archive.reset()
            # Scipion makes the folder when it launches the run, on the machine that launches it.
            before, pyworkflow.PYTHON = pyworkflow.PYTHON, f"rm -r {folder}/*; {pyworkflow.PYTHON}"
            try:
                self.runToEnd(run)
            finally:
                pyworkflow.PYTHON = before
            self.assertComplete(run, 10001, self.paths)

    def command(self, user_data, *more):
        """The command line's ``run``, in a project of another place."""
        environment = {"SCIPION_USER_DATA": str(user_data)}
        return subprocess.run(
            command("run", "10001", "--project", "mine", "--all", *more, **environment),
            capture_output=True, text=True, env={**os.environ, **environment})

    def assertSixMovies(self, user_data):
        here = Path(user_data, "projects", "mine", "Runs").glob("*/extra/*.mrc")
        for path in here:
            source = self.archive.source(10001, f"data/Movies/{path.name}")
            self.assertEqual(path.read_bytes(), source.read_bytes())
        database, = Path(user_data, "projects", "mine", "Runs").glob("*/movies.sqlite")
        movies = SetOfMovies(filename=str(database))
        self.assertEqual(movies.getSize(), 6)
        movies.close()

    def test_a_project_in_a_path_with_blanks_and_letters_of_other_languages(self):
        for prefix in ("a b ", "Señor Müller's 電子顕微鏡 "):
            with tempfile.TemporaryDirectory(prefix=prefix) as folder:
                run = self.command(folder)
                self.assertEqual(run.returncode, 0, run.stderr)
                self.assertSixMovies(folder)

    def test_two_runs_of_one_entry_at_once(self):
        runs = [self.start(self.newRun(entryId="10001", downloadAll=True)) for _ in range(2)]
        for run in runs:
            self.waitFor(lambda run=run: not getUpdatedProtocol(run).isActive(), 60)
            self.proj._updateProtocol(run)
            self.assertComplete(run, 10001, self.paths)

    def mounted(self, *options, on):
        return _mounted(self, *options, on=on)

    def readOnly(self, folder):
        return _readOnly(self, folder)

    def test_a_read_only_folder_is_one_sentence_and_continue_goes_on(self):
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=1))
        extra = run._getExtraPath()
        run.downloadAll.set(True)
        with self.readOnly(extra):
            self.runToEnd(run)
        self.assertTrue(run.isFailed())
        self.assertIn("Read-only file system", run.getErrorMessage())
        self.assertIn("check its permissions", run.getErrorMessage())
        self.assertFalse(self.movies(run)[0].isStreamOpen())
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_a_folder_of_a_store_that_takes_no_files_is_one_sentence(self):
        """Such a folder was made by another user."""
        with tempfile.TemporaryDirectory() as store:
            movies = Path(store, "EMPIAR-10001", "data", "Movies")
            movies.mkdir(parents=True)
            run = self.newRun(entryId="10001", amountOfImages=1, downloadFolder=store)
            with self.readOnly(str(movies)):
                self.runToEnd(run)
            self.assertTrue(run.isFailed())
            self.assertIn(f"Cannot write to {store}/EMPIAR-10001", run.getErrorMessage())
            self.assertIn("check its permissions", run.getErrorMessage())
            self.assertNotIn("fault of this program", run.getErrorMessage())
            self.runToEnd(run)
            self.assertComplete(run, 10001, self.paths[:1])

    def test_a_store_that_can_only_be_read_serves_as_long_as_nothing_is_missing(self):
        with tempfile.TemporaryDirectory() as store:
            for path in self.paths[:5]:
                place = Path(store, "10001", path)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(self.archive.source(10001, path).read_bytes())
            with self.readOnly(store):
                for transport in (0, 2):
                    run = self.newRun(entryId="10001", amountOfImages=5, downloadFolder=store,
                                      transport=transport)
                    self.assertEqual(run.validate(), [])
                    self.runToEnd(run)
                    self.assertComplete(run, 10001, self.paths[:5])
                    run.amountOfImages.set(6)
                    self.runToEnd(run)
                    self.assertTrue(run.isFailed())
                    self.assertIn("Cannot write to ", run.getErrorMessage())
                    self.assertIn("or choose another folder", run.getErrorMessage())
                    self.assertEqual(self.movies(run)[0].getSize(), 5)
                [error] = self.newRun(entryId="10002", downloadFolder=store).validate()
                self.assertIn("cannot be written to", error)

    def test_a_project_folder_that_is_read_only_is_one_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.mounted("-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", on=folder):
                run = self.command(folder)
            self.assertEqual(run.returncode, 1)
            self.assertNotIn("Traceback", run.stderr)
            self.assertIn("Read-only file system", run.stderr)
            self.assertIn("SCIPION_USER_DATA", run.stderr)

    def test_a_disk_that_somebody_else_fills_under_way(self):
        with tempfile.TemporaryDirectory() as folder, \
                self.mounted("-t", "tmpfs", "-o", "size=1m", "tmpfs", on=folder):
            self.fillUnderWay(folder)
            self.archive.reset()
            again = self.command(folder)
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertSixMovies(folder)

    def fillUnderWay(self, folder):
        """A run whose disk is filled when it is in the middle; then the room is given back."""
        self.archive.set(rate=8000)  # two seconds for each movie
        environment = {"SCIPION_USER_DATA": folder}
        run = subprocess.Popen(
            command("run", "10001", "--project", "mine", "--all", **environment),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **environment})
        runs = Path(folder, "projects", "mine", "Runs")
        self.waitFor(lambda: list(runs.glob("*/tmp/*.part")))
        filler = Path(folder, "filler")
        _fill(filler)
        _, said = run.communicate(timeout=120)
        filler.unlink()
        self.assertEqual(run.returncode, 1)
        self.assertNotIn("Traceback", said)
        self.assertIn("make room", said)

    def test_a_disk_too_small_is_told_and_continue_goes_on_once_there_is_room(self):
        with tempfile.TemporaryDirectory() as store:
            mount = ["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", store]
            if subprocess.run(mount, capture_output=True).returncode:
                self.skipTest("no disk can be mounted here; test_transfer_parts has one that is")
            try:
                run = self.newRun(entryId="10001", downloadAll=True, downloadFolder=store)
                self.runToEnd(run)
                self.assertTrue(run.isFailed())
                self.assertIn("make room", run.getErrorMessage())
                self.assertEqual(self.archive.count("RETR"), 0)
                subprocess.run(["mount", "-o", "remount,size=2m", store], check=True)
                self.runToEnd(run)
                self.assertComplete(run, 10001, self.paths)
            finally:
                subprocess.run(["umount", "-l", store], check=True)


class TestLocalFaults(unittest.TestCase):
    """Errors of the disk on the way of a file to its destination are sentences."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.extra = self.folder / "extra"
        self.extra.mkdir()

    def test_a_link_for_which_there_is_no_room(self):
        stored = self.folder / "store" / "data" / "a.mrc"
        stored.parent.mkdir(parents=True)
        stored.write_bytes(b"12345")
        place = SharedFolder(str(self.extra), True, self.folder / "store")
        with _mounted(self, "-t", "tmpfs", "-o", "nr_inodes=2", "tmpfs", on=str(self.extra)):
            (self.extra / "the last file that fits").touch()
            with self.assertRaisesRegex(NoSpace, "make room"):
                place.has(FileRequest("data/a.mrc", 5, "a.mrc"))

    def test_a_movie_that_cannot_be_unpacked_and_finds_no_place(self):
        part = self.folder / "a.mrc.5.part"
        part.write_bytes(b"12345")
        place = RunFolder(str(self.extra), True)
        refused = self.assertRaisesRegex(FolderNotWritable, "Read-only file system")
        with _readOnly(self, str(self.extra)), refused:
            place.publish(part, FileRequest("data/a.mrc.bz2", 5, "a.mrc"))
        self.assertEqual(part.read_bytes(), b"12345", "Continue has it")


@contextlib.contextmanager
def _mounted(test, *options, on):
    if subprocess.run(["mount", *options, on], capture_output=True).returncode:
        test.skipTest("nothing can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", on], check=True)


@contextlib.contextmanager
def _readOnly(test, folder):
    with _mounted(test, "--bind", folder, on=folder):
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        yield


def _fill(path):
    """Grow a file until its disk is full."""
    with open(path, "wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))
