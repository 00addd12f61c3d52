"""SIGTERM, as from a queue or a shutdown: the set is closed, and Continue goes on."""

import os
import signal
import threading
from pathlib import Path

from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.streaming.sigterm import SENTENCE
from empiardownloader.tests.project import base
from empiardownloader.transfer_log import read_history

SIZE = 1024 + 4 * 256 * 256


class TestEnded(base.ArchiveTest):
    """Six movies of a quarter of a megabyte: three download, three stall in their middle."""

    paths = base.numbered(6)
    shape = (256, 256)
    settings = {"stall_after": 100_000, "fault_paths": "*movie_[456].mrc"}

    def half(self, standStillAt=None, **parameters):
        """Return a run that has registered three movies and downloads three others."""
        run = self.start(
            self.newRun(entryId="10001", downloadAll=True, **parameters), standStillAt)
        self.waitFor(lambda: self.partOf(run, "movie_4.mrc", 100_000))
        if parameters["numberOfThreads"] > 2:
            self.waitFor(lambda: self.registered(run) == 3)
        self.archive.set(stall_after=0)  # tries in the meantime bring nothing more
        return run

    def registered(self, run):
        there = os.path.exists(run._getPath("movies.sqlite"))
        return len(self.movies(run)[1]) if there else 0

    def terminate(self, run):
        process = getUpdatedProtocol(run).getPid()
        os.kill(process, signal.SIGTERM)
        self.waitFor(lambda: not base.isAlive(process), 30)
        self.proj._updateProtocol(run)

    def stopInWindow(self, run):
        """Do the second half of Scipion's Stop, after it has cancelled a job."""
        self.proj._updateProtocol(run)
        run.setAborted()
        run.setMapper(self.proj.createMapper(run.getDbPath()))
        run._store()

    def assertAborted(self, run, process):
        self.waitFor(lambda: not base.isAlive(process), 30)
        self.assertTrue(getUpdatedProtocol(run).isAborted(), "stopped by the user, not failed")

    def test_sigterm_closes_the_set_and_continue_goes_on_within_the_movies(self):
        run = self.half(numberOfThreads=3)
        self.terminate(run)
        self.assertTrue(run.isFailed())
        self.assertEqual(run.getErrorMessage(), SENTENCE)
        output, items = self.movies(run)
        self.assertFalse(output.isStreamOpen(), "no reader waits for ever")
        self.assertFalse(run.outputMovies.isStreamOpen())
        self.assertEqual(len(items), 3)
        self.assertNotIn("Traceback", Path(run.getStderrLog()).read_text())
        self.archive.reset()
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)
        rests = [request["rest"] for request in self.archive.requests()
                 if request["command"] == "RETR" and request["path"].endswith("movie_4.mrc")]
        self.assertEqual(rests[-1], 100_000 - (64 << 10), "resumed, not begun again")

    def test_sigterm_with_fewer_threads_than_stream(self):
        for threads in (1, 2):
            self.archive.set(**self.settings)
            run = self.half(numberOfThreads=threads)
            self.terminate(run)
            self.assertTrue(run.isFailed())
            self.assertEqual(run.getErrorMessage(), SENTENCE)
            self.archive.reset()
            self.runToEnd(run)
            self.assertComplete(run, 10001, self.paths)

    def test_scipions_stop_while_a_job_still_lives_loses_no_movie(self):
        """On a queue the window closes the set while the cancelled job ends: two processes."""
        run = self.half(numberOfThreads=3)
        process = getUpdatedProtocol(run).getPid()
        self.stopInWindow(run)
        os.kill(process, signal.SIGTERM)
        self.assertAborted(run, process)
        history = read_history(run._getLogsPath("transfer.jsonl"))
        self.assertEqual(history.sessions[-1].end, "aborted", "what Analyze results shows")
        output, items = self.movies(run)
        self.assertFalse(output.isStreamOpen())
        self.assertEqual(len(items), 3)
        self.archive.reset()
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_scipions_stop_in_the_moment_in_which_the_job_says_that_it_was_ended(self):
        """The job has asked whether the user stopped it, and has not yet stored its own word."""
        run = self.half(numberOfThreads=3,
                        standStillAt="protocol/protocol:getUpdatedProtocol:after")
        process = getUpdatedProtocol(run).getPid()
        os.kill(process, signal.SIGTERM)
        self.waitFor(lambda: base.processState(process) == "T")
        goOn = threading.Timer(2, os.kill, (process, signal.SIGCONT))
        goOn.start()
        self.stopInWindow(run)
        goOn.join()
        self.assertAborted(run, process)
