"""The cost of a run against the number of its movies; tiny ones: only the overhead counts."""

import os
import subprocess
import sys
import time
from pathlib import Path

from empiardownloader.tests import base

OVERHEAD_SECS = 15  # Scipion's start, and what is left of its naps


class TestScale(base.ArchiveTest):
    """2,000 and 4,000 movies of 1.5 kB."""

    @classmethod
    def fill(cls):
        cls.entries.add_tiny_entry("12000", 2000)
        cls.entries.add_tiny_entry("14000", 4000)

    def seconds(self, entry, amount):
        began = time.monotonic()
        run = self.runToEnd(self.newRun(entryId=entry, downloadAll=True))
        took = time.monotonic() - began
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(run.outputMovies.getSize(), amount)
        _, items = self.movies(run)
        self.assertEqual(len({item.getMicName() for item in items}), amount)
        # Steps are dealt by time: their number does not grow with that of the movies.
        self.assertLess(len(run.loadSteps()), 100)
        self.assertContinueIsQuick(run)
        return took

    def assertContinueIsQuick(self, run):
        """When everything is there, nothing is asked and next to nothing is done."""
        self.archive.forget_requests()
        began = time.monotonic()
        self.runToEnd(run)
        self.assertLess(time.monotonic() - began, OVERHEAD_SECS)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.archive.requests(), [])

    def secondsOfDownload(self, entry):
        began = time.monotonic()
        subprocess.run(
            [sys.executable, "-m", "empiardownloader", "download", entry, "--all",
             "--to", self.getOutputPath(f"bare-{entry}")],
            check=True, stdout=subprocess.DEVNULL)
        return time.monotonic() - began

    def test_the_run_costs_little_more_than_the_transfer_and_grows_linearly(self):
        bare = self.secondsOfDownload("12000")
        small = self.seconds("12000", 2000)
        large = self.seconds("14000", 4000)
        print(f"\n2,000 tiny: download {bare:.1f} s, run {small:.1f} s; 4,000: {large:.1f} s")
        self.assertEqual(len(os.listdir(Path(self.getOutputPath("bare-12000")))), 2000)
        self.assertLessEqual(small, 2 * bare + OVERHEAD_SECS)
        self.assertLessEqual(large, 2.6 * small, "about twice as long, not four times")
