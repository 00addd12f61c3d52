"""Projects in unusual places."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.tests import base


class TestPlaces(base.ArchiveTest):
    """A scratch folder on another disk, blanks in paths, two runs at once, a disk too small."""

    paths = [f"data/Movies/movie_{number}.mrc" for number in range(1, 7)]

    @classmethod
    def fill(cls):
        files = {path: base.movie(seed, shape=(64, 64)) for seed, path in enumerate(cls.paths)}
        cls.entries.add_entry("10001", [{"directory": "data/Movies"}], files)

    def test_tmp_on_another_file_system(self):
        if not os.path.isdir("/dev/shm") or os.stat("/dev/shm").st_dev == os.stat(".").st_dev:
            self.skipTest("there is one file system only; test_transfer_parts has the copying")
        with tempfile.TemporaryDirectory(dir="/dev/shm") as scratch:
            from pyworkflow import Config

            before, Config.SCIPION_SCRATCH = Config.SCIPION_SCRATCH, scratch
            try:
                run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True))
            finally:
                Config.SCIPION_SCRATCH = before
            self.assertComplete(run, 10001, self.paths)

    def test_a_project_below_a_folder_with_blanks(self):
        with tempfile.TemporaryDirectory(prefix="a b ") as folder:
            run = subprocess.run(
                [sys.executable, "-m", "empiardownloader", "run", "10001", "--project", "mine",
                 "--all"], capture_output=True, text=True,
                env={**os.environ, "SCIPION_USER_DATA": folder})
            self.assertEqual(run.returncode, 0, run.stderr)
            here = Path(folder, "projects", "mine", "Runs").glob("*/extra/*.mrc")
            self.assertEqual(len(list(here)), 6)

    def test_two_runs_of_one_entry_at_once(self):
        runs = [self.start(self.newRun(entryId="10001", downloadAll=True)) for _ in range(2)]
        for run in runs:
            self.waitFor(lambda run=run: not getUpdatedProtocol(run).isActive(), 60)
            self.proj._updateProtocol(run)
            self.assertComplete(run, 10001, self.paths)

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
