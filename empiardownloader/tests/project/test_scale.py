"""The cost of a run against the number of its movies; tiny ones: only the overhead counts."""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path

from empiardownloader.tests.project import base

OVERHEAD_SECS = 10  # of the processor: Scipion's start
#: Of the clock: that, what is left of Scipion's naps, and a machine that has other things to do.
#: A nap for every movie would take an hour and a half.
PATIENCE_SECS = 60


class Cost:
    """Seconds of the clock, and of the processor in the processes that ended meanwhile."""

    def __enter__(self):
        self._began, self._used = time.monotonic(), self._processor()
        return self

    def __exit__(self, *exception):
        self.clock = time.monotonic() - self._began
        self.processor = self._processor() - self._used

    def __str__(self):
        return f"{self.clock:.1f} s ({self.processor:.1f} s of the processor)"

    @staticmethod
    def _processor():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime


class TestScale(base.ArchiveTest):
    """2,000 and 4,000 movies of 1.5 kB."""

    starts_for_real = True  # only of its children a process knows what they cost

    @classmethod
    def fill(cls):
        cls.entries.add_tiny_entry("12000", 2000)
        cls.entries.add_tiny_entry("14000", 4000)

    def cost(self, entry, amount):
        with Cost() as cost:
            run = self.runToEnd(self.newRun(entryId=entry, downloadAll=True))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(run.outputMovies.getSize(), amount)
        _, items = self.movies(run)
        self.assertEqual(len({item.getMicName() for item in items}), amount)
        # Steps are dealt by time: their number does not grow with that of the movies.
        self.assertLess(len(run.loadSteps()), 100)
        cost.start = self.costOfContinue(run).processor
        return cost

    def costOfContinue(self, run):
        """Return the cost of Continue when everything is registered."""
        self.archive.forget_requests()
        with Cost() as cost:
            self.runToEnd(run)
        self.assertLess(cost.processor, OVERHEAD_SECS)
        self.assertLess(cost.clock, PATIENCE_SECS)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.archive.requests(), [])
        return cost

    def costOfDownload(self, entry):
        with Cost() as cost:
            subprocess.run(
                [sys.executable, "-m", "empiardownloader", "download", entry, "--all",
                 "--to", self.getOutputPath(f"bare-{entry}")],
                check=True, stdout=subprocess.DEVNULL)
        return cost

    def test_the_run_costs_little_more_than_the_transfer_and_grows_linearly(self):
        bare = self.costOfDownload("12000")
        small = self.cost("12000", 2000)
        large = self.cost("14000", 4000)
        print(f"\n2,000 tiny: download {bare}, run {small}; 4,000: {large}")
        self.assertEqual(len(os.listdir(Path(self.getOutputPath("bare-12000")))), 2000)
        self.assertLessEqual(small.processor, 2 * bare.processor + OVERHEAD_SECS)
        self.assertLessEqual(small.clock, 2 * bare.clock + PATIENCE_SECS)
        grown = (large.processor - large.start) / (small.processor - small.start)
        self.assertLess(grown, 3, "about twice as much, not four times")
        self.assertLessEqual(large.clock, 4 * bare.clock + PATIENCE_SECS)
