"""The command ``run`` and the names of its projects."""

import os
import subprocess
import sys
from pathlib import Path

from empiardownloader.tests import base

COMMAND = [sys.executable, "-m", "empiardownloader", "run", "10001"]


class RunTest(base.ArchiveTest):
    """Six movies, which come slowly until the archive is reset."""

    paths = base.numbered(6)
    shape = (256, 256)

    def start(self, project, *arguments, **options):
        """The command, as a process whose output can be read."""
        process = subprocess.Popen(
            [*COMMAND, "--project", project, *arguments], text=True, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**os.environ, **options})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def call(self, project, *arguments, **options):
        """The command to its end; gives its exit code, and what it said."""
        return self.end(self.start(project, *arguments, **options))

    def end(self, process):
        out, errors = process.communicate(timeout=300)
        self.assertNotIn("Traceback", errors)
        return process.returncode, out + errors

    def runsOf(self, data, project):
        return os.listdir(os.path.join(data, "projects", project, "Runs"))


class TestProjectNames(RunTest):
    """A project is made where Scipion makes it, or not at all."""

    def test_2_for_what_is_no_name_of_a_project(self):
        data = self.getOutputPath("names")
        for name in ("", " ", ".", "..", "-", "a/b", "/tmp"):
            code, said = self.call(name, SCIPION_USER_DATA=data)
            self.assertEqual(code, 2, name)
            self.assertEqual(said.strip().split("\n"),
                             [f"'{name}' is no name for a project: use letters, digits, - and _"])
        self.assertEqual([item.name for item in Path(data, "projects").iterdir()
                          if not item.name.startswith(".")], [])

    def test_a_name_that_scipion_writes_in_another_way_is_found_again(self):
        data = self.getOutputPath("again")
        for amount in ("1", "2"):
            code, said = self.call("my data", "-n", amount, SCIPION_USER_DATA=data)
            self.assertEqual(code, 0, said)
        self.assertEqual(len(self.runsOf(data, "my-data")), 1)
        self.assertEqual(self.archive.count("RETR"), 2, "the first movie was not deleted")
