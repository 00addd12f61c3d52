"""The command ``run`` where the same run is going on already, and the names of its projects."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
from pathlib import Path

from pyworkflow.protocol import STATUS_RUNNING, getUpdatedProtocol

from empiardownloader.disk.locks import exclusive_lock
from empiardownloader.tests.forked.client import command
from empiardownloader.tests.project import base

JOINED = "going on already"


class RunTest(base.ArchiveTest):
    """Six movies that download slowly until the archive is reset."""

    paths = base.numbered(6)
    shape = (256, 256)

    def start(self, project, *arguments, **options):
        """The command, as a process whose output can be read."""
        process = subprocess.Popen(
            command("run", "10001", "--project", project, *arguments, **options), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **options})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def call(self, project, *arguments, **options):
        """Run the command to its end; return its exit code and output."""
        return self.end(self.start(project, *arguments, **options))

    def end(self, process):
        out, errors = process.communicate(timeout=300)
        self.assertNotIn("Traceback", errors)
        return process.returncode, out + errors

    def waitForLine(self, process, words):
        self.assertIsNotNone(next((line for line in process.stdout if words in line), None))

    def runsOf(self, data, project):
        return os.listdir(os.path.join(data, "projects", project, "Runs"))


class TestRunTwice(RunTest):
    """One run has one process, whoever has started it."""

    def setUp(self):
        super().setUp()
        # Another text for each test: its run is the project's only one for these movies.
        self.pattern = f"data/Movies/*.mrc, {self.id()}"

    def startSlowly(self, **parameters):
        """A run as the window starts it, which has begun to fetch movies."""
        self.archive.set(rate=2000)
        run = super(RunTest, self).start(
            self.newRun(entryId="10001", amountOfImages=6, filePattern=self.pattern, **parameters))
        self.waitFor(lambda: self.archive.count("RETR"))
        return run

    def startHere(self, *arguments):
        return self.start(type(self).__name__, "--pattern", self.pattern, *arguments)

    def callHere(self, *arguments):
        return self.end(self.startHere(*arguments))

    def killed(self):
        """A run whose process is gone, and whose status does not say so."""
        run = self.startSlowly()
        self.kill(run)
        self.archive.reset()
        self.assertEqual(getUpdatedProtocol(run).getStatus(), STATUS_RUNNING)
        return run

    def test_the_same_command_follows_the_run_and_ends_with_its_exit_code(self):
        self.archive.set(rate=2000, missing=["*movie_2.mrc"])
        data = self.getOutputPath("twice")
        first = self.start("mine", "-n", "6", SCIPION_USER_DATA=data)
        self.waitFor(lambda: self.archive.count("RETR"))
        second = self.start("mine", "-n", "6", SCIPION_USER_DATA=data)
        self.waitForLine(second, JOINED)
        self.archive.set(rate=0)
        for process in (first, second):
            code, said = self.end(process)
            self.assertEqual(code, 1)
            self.assertIn("1 of 6 movies could not be downloaded. Continue tries it again.", said)
            self.assertIn("movie_2.mrc: ", said)
            self.assertIn("Downloaded: 5 of 6 movies", said, "the summary")
        self.assertEqual(len(self.runsOf(data, "mine")), 1)

    def test_a_run_of_the_window_is_followed_and_not_stopped_by_ctrl_c(self):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        run = self.startSlowly()
        left, stays = (self.startHere("-n", "6") for _ in range(2))
        for process in (left, stays):
            self.waitForLine(process, JOINED)
        self.waitForLine(left, "running")  # it has begun to follow
        left.send_signal(signal.SIGINT)
        code, said = self.end(left)
        self.assertEqual(code, 1)
        self.assertIn("The run goes on; only this command ends.", said)
        self.assertIn("Run the same command to follow the run again.", said)
        self.archive.reset()
        code, said = self.end(stays)
        self.assertEqual(code, 0, said)
        self.assertIn("Movies: ", said)
        self.proj._updateProtocol(run)
        self.assertComplete(run, 10001, self.paths)

    def test_the_bar_of_a_run_on_a_terminal_and_ctrl_c_that_stops_it(self):
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        self.archive.set(rate=30_000)
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        data = self.getOutputPath("bar")
        process = subprocess.Popen(
            command("run", "10001", "--project", "mine", "-n", "6", SCIPION_USER_DATA=data),
            stdout=subprocess.PIPE, stderr=slave, env={**os.environ, "SCIPION_USER_DATA": data})
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        os.close(slave)
        with open(master, "rb", buffering=0) as terminal:
            seen = b""
            while not re.search(rb"\[#*-+\] +\d+ % \d of 6 movies, .*/s, .* left", seen):
                seen += terminal.read(65536)
            process.send_signal(signal.SIGINT)
            while b"Stopping the run; what it has downloaded is kept." not in seen:
                seen += terminal.read(65536)
            while b"Stopped. Run the same command to resume." not in seen:
                seen += terminal.read(65536)
        out, _ = process.communicate(timeout=60)
        self.assertIn("Project: ", out.decode())
        self.assertEqual(process.returncode, 1)
        self.archive.reset()
        code, said = self.call("mine", "-n", "6", SCIPION_USER_DATA=data)
        self.assertEqual(code, 0, said)
        self.assertIn("Downloaded: 6 of 6 movies", said)

    def test_2_where_the_run_that_is_going_on_was_asked_for_something_else(self):
        run = self.startSlowly(connections=2)
        code, said = self.callHere("-n", "5", "--connections", "2")
        self.assertEqual(code, 2)
        self.assertIn(f"Run {run.getObjId()} of this project", said)
        self.assertIn("other values of: Number of movies. Wait until", said)
        self.archive.reset()
        self.waitForEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_a_killed_run_is_continued_also_when_its_number_is_another_process_s_by_now(self):
        run = self.killed()
        other = subprocess.Popen(["sleep", "600"])
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        run.setPid(other.pid)
        run.setStatus(STATUS_RUNNING)
        for path in (run.getDbPath(), self.proj.dbPath):
            mapper = self.proj.createMapper(path)
            mapper.store(run)
            mapper.commit()
            mapper.close()
        code, said = self.callHere("-n", "6")
        self.assertEqual(code, 0, said)
        self.assertNotIn(JOINED, said)
        self.proj._updateProtocol(run)
        self.assertComplete(run, 10001, self.paths)

    def test_a_run_that_another_machine_is_at_is_not_started_a_second_time(self):
        run = self.killed()
        with exclusive_lock(run._record().lockFile):  # as its process does on another machine
            process = self.startHere("-n", "6")
            self.waitForLine(process, JOINED)
            self.assertIsNone(process.poll())
        self.assertEqual(self.end(process)[0], 1)
        self.assertEqual(self.callHere("-n", "6")[0], 0)

    def test_commands_of_the_same_moment_make_one_project_and_one_run(self):
        self.archive.set(rate=2000)
        data = self.getOutputPath("moment")
        processes = [self.start("mine", "-n", "6", SCIPION_USER_DATA=data) for _ in range(3)]
        for process in processes:
            self.waitForLine(process, "running")
        self.archive.set(rate=0)
        ends = [self.end(process) for process in processes]
        self.assertEqual([code for code, _ in ends], [0, 0, 0], ends)
        self.assertEqual(len(self.runsOf(data, "mine")), 1)
        self.assertEqual(self.archive.count("RETR"), 6)


class TestProjectNames(RunTest):
    """A project is made where Scipion makes it, or not at all."""

    def test_2_for_what_is_no_name_of_a_project(self):
        data = self.getOutputPath("names")
        for name in ("", " ", ".", "..", "-", "a/b", "/tmp"):
            code, said = self.call(name, SCIPION_USER_DATA=data)
            self.assertEqual(code, 2, name)
            self.assertEqual(said.strip().split("\n"), [
                f"'{name}' is not a valid project name: use letters, digits, - and _"])
        self.assertEqual([item.name for item in Path(data, "projects").iterdir()
                          if not item.name.startswith(".")], [])

    def test_a_name_that_scipion_writes_in_another_way_is_found_again(self):
        data = self.getOutputPath("again")
        for amount in ("1", "2"):
            code, said = self.call("my data", "-n", amount, SCIPION_USER_DATA=data)
            self.assertEqual(code, 0, said)
        self.assertEqual(len(self.runsOf(data, "my-data")), 1)
        self.assertEqual(self.archive.count("RETR"), 2, "the first movie was not deleted")
