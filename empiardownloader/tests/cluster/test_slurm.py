"""The protocol as a job: submitted, cancelled, killed at its walltime, and continued."""

import contextlib
import os
import signal
import textwrap
import unittest
from pathlib import Path

from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.streaming.sigterm import SENTENCE
from empiardownloader.tests.cluster.slurm import NoSlurm, Slurm
from empiardownloader.tests.project import base

HOSTS = Path(__file__).with_name("hosts.conf")
SIZE = 1024 + 4 * 256 * 256


class TestSlurm(base.ArchiveTest):
    """Eight movies of a quarter of a megabyte, through the queue of docs/cluster.rst."""

    paths = base.numbered(8)
    shape = (256, 256)

    @classmethod
    def setUpClass(cls):
        try:
            cls.slurm = Slurm().__enter__()
        except NoSlurm as reason:
            raise unittest.SkipTest(f"no Slurm: {reason}") from reason
        super().setUpClass()
        os.environ.update(cls.slurm.environment)
        cls.proj._loadHosts(str(HOSTS))

    @classmethod
    def tearDownClass(cls):
        cls.slurm.__exit__()
        super().tearDownClass()

    def onQueue(self, walltime="10", steps="N"):
        run = self.newRun(entryId="10001", downloadAll=True)
        self.send(run, walltime, steps)
        return run

    def send(self, run, walltime="10", steps="N"):
        run._useQueue.set(True)
        run.setQueueParams(("debug", {"JOB_TIME": walltime, "QUEUE_FOR_JOBS": steps}))
        self.start(run)

    def half(self, **options):
        """Return a queued run that has registered three movies and downloads others."""
        self.archive.set(stall_after=100_000, fault_paths="*movie_[45678].mrc")
        run = self.onQueue(**options)
        self.waitFor(lambda: self.keptOf(run, "movie_4.mrc") == 100_000)
        self.waitFor(lambda: os.path.exists(run._getPath("movies.sqlite"))
                     and len(self.movies(run)[1]) == 3)
        self.archive.set(stall_after=0)  # tries in the meantime bring nothing more
        return run

    def job(self, run):
        return str(run.getJobIds()[0])

    def state(self, job):
        shown = self.slurm.run("scontrol", "--oneliner", "show", "job", job)
        return dict(item.split("=", 1) for item in shown.split() if "=" in item)["JobState"]

    def waitForJob(self, job, state, seconds=60):
        self.waitFor(lambda: self.state(job) == state, seconds)

    def assertSealed(self, run, size):
        output, items = self.movies(run)
        self.assertFalse(output.isStreamOpen(), "a reader would wait for ever")
        self.assertEqual(len(items), size)

    def continueAndCheck(self, run):
        """Continue through the queue, and check that no complete movie is downloaded again."""
        here = os.listdir(run._getExtraPath())
        first = [(item.getObjId(), item.getMicName()) for item in self.movies(run)[1]]
        self.archive.reset()
        self.archive.forget_requests()
        self.send(run)
        self.waitForEnd(run)
        _, items = self.assertComplete(run, 10001, self.paths)
        self.assertEqual(
            [(item.getObjId(), item.getMicName()) for item in items][:len(first)], first)
        for name in here:
            self.assertEqual(self.archive.count("RETR", f"*{name}"), 0, name)
        rests = [request["rest"] for request in self.archive.requests()
                 if request["command"] == "RETR" and request["path"].endswith("movie_4.mrc")]
        self.assertEqual(rests, [100_000 - (64 << 10)], "resumed within the movie")

    def test_the_queue_is_the_one_that_the_page_describes(self):
        page = Path(base.__file__).parents[3] / "docs" / "cluster.rst"
        if not page.exists():
            self.skipTest("not in a checkout")
        self.assertIn(textwrap.indent(HOSTS.read_text(), "    "), page.read_text())

    def test_from_the_submission_to_the_sealed_set(self):
        run = self.onQueue()
        job = self.job(run)
        self.waitForEnd(run)
        self.assertComplete(run, 10001, self.paths)
        self.waitForJob(job, "COMPLETED")
        self.assertIn("through the queue", Path(run.getStdoutLog()).read_text())

    def test_cancelled_by_scipions_stop(self):
        run = self.half()
        job = self.job(run)
        self.proj.stopProtocol(run)
        self.waitForJob(job, "CANCELLED")
        self.waitFor(lambda: not self.slurm.run("squeue", "--noheader"))
        self.assertTrue(getUpdatedProtocol(run).isAborted(), "by the user, not failed")
        self.assertSealed(run, 3)
        self.continueAndCheck(run)

    def test_killed_by_the_queue_at_its_walltime(self):
        run = self.half(walltime="1")
        job = self.job(run)
        self.waitForJob(job, "TIMEOUT", 180)
        self.waitForEnd(run)
        self.assertTrue(run.isFailed(), run.getStatus())
        self.assertEqual(run.getErrorMessage(), SENTENCE)
        self.assertSealed(run, 3)
        self.continueAndCheck(run)

    def test_a_node_that_dies(self):
        run = self.half()
        job = self.job(run)
        for line in self.slurm.run("scontrol", "listpids", job).splitlines()[1:]:
            with contextlib.suppress(ProcessLookupError):  # it may have ended with another one
                os.kill(int(line.split()[0]), signal.SIGKILL)
        self.waitFor(lambda: not self.slurm.run("squeue", "--noheader"))
        # What the window does at each refresh: it asks the queue for the job.
        self.proj._updateProtocol(run)
        self.assertTrue(run.isFailed())
        self.assertIn(job, run.getErrorMessage())
        self.assertSealed(run, 3)
        self.continueAndCheck(run)

    def test_sent_by_steps_it_runs_where_scipion_is(self):
        run = self.onQueue(steps="Y")
        self.assertEqual(len(run.getJobIds()), 0)
        self.waitForEnd(run)
        self.assertComplete(run, 10001, self.paths)
