"""Runs that are killed, stopped, raised and continued: nothing is lost, nothing is done twice."""

import os
import sqlite3
from pathlib import Path
from unittest import mock

from empiardownloader.tests.project import base

SIZE = 1024 + 4 * 256 * 256


class TestInterrupted(base.ArchiveTest):
    """Six movies of a quarter of a megabyte, served slowly where a test wants to be in between."""

    paths = base.numbered(6)
    shape = (256, 256)

    def setUp(self):
        super().setUp()
        self.run_ = self.newRun(entryId="10001", amountOfImages=6, connections=2)

    def fetches(self, path):
        """Return the start offset of each request for a movie."""
        return [request["rest"] or 0 for request in self.archive.requests()
                if request["command"] == "RETR" and request["path"].endswith(path)]

    def killAt(self, place):
        """Run until the process dies in a function."""
        self.runToEnd(self.run_, killAt=place)
        self.assertFalse(self.run_.isFinished())

    def continueAndCheck(self):
        self.runToEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths)

    def test_killed_in_the_middle_of_a_movie(self):
        self.archive.set(stall_after=200_000, fault_paths="*movie_4.mrc")
        self.start(self.run_)
        self.waitFor(lambda: self.partOf(self.run_, "movie_4.mrc", 200_000))
        self.waitFor(lambda: len(self.movies(self.run_)[1]) >= 3
                     if os.path.exists(self.run_._getPath("movies.sqlite")) else False)
        self.kill(self.run_)
        self.assertFalse(os.path.exists(self.run_._getExtraPath("movie_4.mrc")))
        here = set(os.listdir(self.run_._getExtraPath()))
        _, items = self.movies(self.run_)
        self.archive.reset()
        self.continueAndCheck()
        self.assertEqual(len(self.fetches("movie_4.mrc")), 2, "what was not synced comes again")
        for name in here:
            self.assertEqual(self.fetches(name), [0], "what was here is not fetched again")
        after = self.movies(self.run_)[1]
        for old, new in zip(items, after):
            self.assertEqual((old.getObjId(), old.getMicName()), (new.getObjId(), new.getMicName()))

    def test_killed_between_the_move_into_extra_and_the_registration(self):
        self.killAt("registrar:register")
        self.assertGreaterEqual(len(os.listdir(self.run_._getExtraPath())), 1)
        self.assertFalse(os.path.exists(self.run_._getPath("movies.sqlite")))
        here = os.listdir(self.run_._getExtraPath())
        self.continueAndCheck()
        for name in here:
            self.assertEqual(self.fetches(name), [0])

    def test_killed_when_all_are_in_extra_and_the_download_step_is_recorded(self):
        self.run_.numberOfThreads.set(2)  # one worker: registration begins after the download
        self.killAt("registrar:register")
        self.assertEqual(len(os.listdir(self.run_._getExtraPath())), 6)
        self.archive.forget_requests()
        self.continueAndCheck()
        self.assertEqual(self.archive.count("RETR"), 0)
        self.assertEqual(self.archive.count("CONNECT"), 0, "the download step is skipped")

    def test_killed_between_the_registration_and_the_seal(self):
        self.killAt("protocols/base:closeSetStep")
        _, items = self.movies(self.run_)
        self.assertEqual(len(items), 6)
        self.archive.forget_requests()
        self.continueAndCheck()
        self.assertEqual(self.archive.count("RETR"), 0)
        self.assertEqual([item.getMicName() for item in items],
                         [item.getMicName() for item in self.movies(self.run_)[1]])

    def test_killed_at_the_delicate_places(self):
        """Inside publishing, announcing, choosing, moving and releasing."""
        for place in ("set_file:publish", "set_file:publish:after",
                      "set_file:publish:2:after", "output_set:_announce:after",
                      "state:saveSelection", "state:saveEntry:after", "atomic:move_into_place:3",
                      "atomic:move_into_place:3:after",
                      "streaming/protocol:_releaseCloseStep:after",
                      "streaming/protocol:updateSteps:2"):
            with self.subTest(place):
                self.run_ = self.newRun(entryId="10001", amountOfImages=6, connections=2)
                self.killAt(place)
                self.continueAndCheck()

    def test_a_power_cut_while_scipion_made_its_record_of_steps(self):
        self.killAt("registrar:register")
        here = os.listdir(self.run_._getExtraPath())
        os.truncate(self.run_.getStepsFile(), 0)
        with sqlite3.connect(self.run_.getStepsFile()) as record:
            record.execute("CREATE TABLE Properties (key, value)")
        self.continueAndCheck()
        for name in here:
            self.assertEqual(self.fetches(name), [0], "what is here is not fetched again")

    def test_killed_again_and_again(self):
        for place in ("state:saveSelection:after", "atomic:move_into_place:2:after",
                      "atomic:move_into_place:1", "registrar:register", "set_file:publish",
                      "set_file:keys:after", "set_file:publish:1:after"):
            self.killAt(place)
        self.continueAndCheck()

    def test_a_kill_that_the_project_never_heard_of(self):
        self.archive.set(stall_after=100_000, fault_paths="*movie_5.mrc")
        self.start(self.run_)
        self.waitFor(lambda: os.path.exists(self.run_._getPath("movies.sqlite")))
        self.kill(self.run_)
        # The project's own database knows of no output: Continue starts from what lies there.
        self.archive.reset()
        first = self.movies(self.run_)[1][0].getMicName()
        self.continueAndCheck()
        self.assertEqual(self.movies(self.run_)[1][0].getMicName(), first)

    def test_a_half_copied_movie_of_a_kill_is_removed_by_continue(self):
        self.archive.set(missing=["*movie_6.mrc"])
        self.runToEnd(self.run_)
        stray = Path(self.run_._getExtraPath(".movie_6.mrc.incoming"))
        stray.write_bytes(b"half")
        self.archive.reset()
        self.continueAndCheck()

    def test_a_step_removes_nothing_that_another_one_is_writing(self):
        """On Continue the gain reference and the movies are fetched side by side."""
        self.runToEnd(self.run_)
        growing = Path(self.run_._getExtraPath(".movie_7.mrc.incoming"))
        growing.write_bytes(b"half")
        self.run_._downloadSetup().place().remove_leftovers()
        self.assertTrue(growing.exists())

    def test_three_raised_to_six(self):
        self.run_.amountOfImages.set(3)
        self.runToEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths[:3])
        times = {path: os.stat(self.run_._getExtraPath(os.path.basename(path))).st_mtime_ns
                 for path in self.paths[:3]}
        first = [(item.getObjId(), item.getMicName()) for item in self.movies(self.run_)[1]]
        self.archive.forget_requests()
        self.run_.amountOfImages.set(6)
        self.runToEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths)
        self.assertEqual(self.archive.count("RETR"), 3)
        for path, time in times.items():
            self.assertEqual(
                os.stat(self.run_._getExtraPath(os.path.basename(path))).st_mtime_ns, time)
        self.assertEqual(
            [(item.getObjId(), item.getMicName()) for item in self.movies(self.run_)[1]][:3], first)

    def test_finished_and_continued_asks_for_nothing(self):
        self.runToEnd(self.run_)
        self.archive.forget_requests()
        self.continueAndCheck()
        self.assertEqual(self.archive.requests(), [])

    def test_a_movie_that_was_deleted_is_fetched_again_on_continue(self):
        self.runToEnd(self.run_)
        os.unlink(self.run_._getExtraPath("movie_2.mrc"))
        self.archive.forget_requests()
        self.continueAndCheck()
        self.assertEqual(self.archive.count("RETR"), 1)

    def test_one_bad_movie_fails_the_run_and_continue_fetches_it(self):
        self.archive.set(missing=["*movie_3.mrc"])
        self.runToEnd(self.run_)
        self.assertTrue(self.run_.isFailed())
        self.assertIn("movie_3.mrc", self.run_.getErrorMessage())
        self.assertIn("movie_3.mrc", "\n".join(self.run_.summary()))
        output, items = self.movies(self.run_)
        self.assertEqual(len(items), 5)
        self.assertFalse(output.isStreamOpen())
        self.archive.reset()
        self.archive.forget_requests()
        self.continueAndCheck()
        self.assertEqual(self.archive.count("RETR"), 1)

    def test_another_entry_in_the_same_run_is_refused(self):
        self.entries.add_entry("10002", [{"directory": "data"}], {"data/a.mrc": base.movie(7)})
        self.runToEnd(self.run_)
        self.run_.entryId.set("10002")
        self.runToEnd(self.run_)
        self.assertTrue(self.run_.isFailed())
        self.assertIn("Restart", self.run_.getErrorMessage())
        self.run_.entryId.set("10001")
        self.continueAndCheck()

    def test_stopped_from_the_window_and_continued(self):
        self.holdBack("*movie_[4-6].mrc")
        self.start(self.run_)
        self.waitForOutput(self.run_)
        self.proj.stopProtocol(self.run_)
        self.assertTrue(self.run_.isAborted())
        self.assertFalse(self.movies(self.run_)[0].isStreamOpen(), "sealed for its readers")
        self.archive.reset()
        self.continueAndCheck()

    def test_stop_here_finishes_what_is_under_way_and_seals_the_set(self):
        self.holdBack("*movie_[4-6].mrc")
        self.start(self.run_)
        self.waitForOutput(self.run_)
        self.waitFor(lambda: self.archive.count("RETR") == 5)
        self.proj._updateProtocol(self.run_)
        (label, action), = self.run_.getActions()
        self.assertEqual(label, "STOP STREAMING (Stop here)")
        window = mock.Mock()
        action(mock.Mock(widget=mock.Mock(spec=["master"], master=window)))
        window.refreshRuns.assert_called_once_with()  # so the user sees a sign at once
        self.archive.reset()
        self.waitForEnd(self.run_)
        self.assertTrue(self.run_.isFinished(), self.run_.getErrorMessage())
        output, items = self.movies(self.run_)
        self.assertFalse(output.isStreamOpen())
        self.assertEqual(len(items), 5, "three that were here and two that were under way")
        self.assertOnlyMoviesIn(self.run_, self.paths[:5])
        self.continueAndCheck()
