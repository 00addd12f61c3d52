"""A run launched twice has one process; a run with readers can be launched again."""

import os
from pathlib import Path

from pyworkflow.project import Manager
from pyworkflow.protocol import MODE_RESUME, getUpdatedProtocol

from empiardownloader.tests.project import base


class TestOneProcess(base.ArchiveTest):
    paths = base.numbered(6)
    shape = (64, 64)
    starts_for_real = True

    def launchAgain(self, run):
        """From a second window: a project object of its own."""
        project = Manager().loadProject(type(self).__name__)
        os.chdir(self.proj.path)
        again = project.getProtocol(run.getObjId())
        again.runMode.set(MODE_RESUME)
        project.launchProtocol(again, wait=False)
        return again.getPid()

    def test_the_second_launch_leaves_the_run_to_the_first(self):
        self.holdBack("*movie_[4-6].mrc")
        run = self.start(self.newRun(entryId="10001", amountOfImages=6))
        self.waitForOutput(run)
        first = getUpdatedProtocol(run).getPid()
        second = self.launchAgain(run)
        self.assertNotEqual(first, second)
        self.waitFor(lambda: not base.isAlive(second))
        self.assertTrue(base.isAlive(first))
        self.assertIn("going on already", Path(run.getStdoutLog()).read_text()
                      + Path(run.getStderrLog()).read_text())
        state = getUpdatedProtocol(run)
        self.assertEqual((state.getPid(), state.getStatus()), (first, "running"))
        self.archive.reset()
        self.waitForEnd(run)
        self.assertComplete(run, 10001, self.paths)
        for path in self.paths:
            self.assertEqual(self.archive.count("RETR", f"*{path}"), 1)

    def test_a_run_that_is_closed_may_be_continued_while_others_read_it(self):
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=2))
        self.assertFalse(run.outputMovies.isStreamOpen())
        self.assertTrue(run.isInStreaming())
        run.amountOfImages.set(6)
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_the_gain_is_found_from_any_folder_also_after_the_project_has_moved(self):
        local = Path(self.proj.path, "gain_here.mrc")
        local.write_bytes(base.movie(1, shape=self.shape, frames=1))
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=2, gainSource=2,
                                        gainPath="gain_here.mrc"))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.movies(run)[0].getGain(), str(local.resolve()))
        # As after a move: the set names a path of before.
        output, _ = self.movies(run)
        output.setGain("/moved/from/gain_here.mrc")
        output.write()
        output.close()
        self.runToEnd(run)
        self.assertEqual(self.movies(run)[0].getGain(), str(local.resolve()))
        self.assertEqual(self.movies(run)[0].getSize(), 2)
