"""Reports of a run: its transfer log, its summary, and 'Stop here'."""

import os
import re
import tempfile
from pathlib import Path

from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.tests.project import base
from empiardownloader.transfer_log import read_history

SIZE = 1024 + 4 * 256 * 256


class AccountTest(base.ArchiveTest):
    """Six movies of a quarter of a megabyte, a single image among them in a second entry."""

    paths = base.numbered(6)
    shape = (256, 256)

    @classmethod
    def fill(cls):
        super().fill()
        flat = {**cls.numberedMovies(), "data/Movies/movie_7.mrc": base.movie(7, frames=1)}
        cls.entries.add_entry("10002", [
            {"directory": "data/Picks", "name": "Picks", "category": "picked particles"},
            {"directory": "data/Movies", "name": "Grid 7", "data_format": "MRC",
             "pixel_width": 0.83},
            {"directory": "data/Later", "name": "Grid 8"},
        ], flat, title="Apoferritin", dataset_size="1.9 TB", deposition_date="2018-06-01",
            release_date="2018-07-25", corresponding_author={
                "author": {"name": "Curie M", "organization": "Institut du Radium"}})
        deep = {f"data/Movies/square_{number:03}/movie_{number}.mrc": base.movie(number)
                for number in range(200)}
        cls.entries.add_entry("10003", [{"directory": "data/Movies"}], deep)
        many = {path: base.movie(1) for path in base.numbered(60)}
        cls.entries.add_entry("10004", [{"directory": "data/Movies"}], many)

    def six(self, **parameters):
        return self.newRun(**{"entryId": "10001", "amountOfImages": 6, "connections": 2,
                              **parameters})

    def history(self, run):
        return read_history(run._getLogsPath("transfer.jsonl"))

    def summary(self, run):
        """Return the summary in the window's way, from the run's own database."""
        return "\n".join(getUpdatedProtocol(run).summary())

    def log(self, run):
        path = Path(run.getStdoutLog())
        return path.read_text() if path.exists() else ""

    def startSlowly(self, run):
        """The run is under way until the archive is reset, with a first movie registered."""
        self.holdBack("*movie_[4-6].mrc")
        self.start(run)
        self.waitForOutput(run)
        return run


class TestRecordAndSummary(AccountTest):
    """The record and the summary, through runs that end in different ways."""

    def test_an_error_of_many_names_the_first_and_says_how_many_more_there_are(self):
        self.archive.set(missing=["*.mrc"])
        run = self.runToEnd(self.newRun(entryId="10004", downloadAll=True))
        error = run.getErrorMessage()
        self.assertIn("60 of 60 movies could not be downloaded. Continue tries them again", error)
        self.assertIn("60 files (movie_1.mrc, ", error)
        self.assertIn(", and 40 more)", error)
        self.assertNotIn("\033", error)
        self.archive.set(missing=["*movie_?.mrc", "*movie_[2-6]?.mrc"])
        self.runToEnd(run)
        error = run.getErrorMessage()
        self.assertIn("50 of 60 movies could not be downloaded.", error)
        self.assertEqual(len(set(re.findall(r"movie_\d+\.mrc: ", error))), 50)
        self.assertNotIn(" more", error)

    def test_the_summary_of_a_run_that_has_not_started_says_what_the_form_asks_for(self):
        run = self.six(entryId="EMPIAR-10001", filePattern="*.mrc", voltage=200.0,
                       downloadFolder="/data/store")
        text = "\n".join(run.summary())
        for words in ("the first 6 movies", "EMPIAR-10001", "*.mrc", "voltage 200 kV",
                      "/data/store", "closest to the movies"):
            self.assertIn(words, text)
        self.assertIn("all movies", "\n".join(self.newRun(downloadAll=True).summary()))
        self.assertIn("the first movie", "\n".join(self.newRun().summary()))
        self.assertIn("Not started yet", text)
        failed = self.runToEnd(self.newRun(entryId="19999"))
        self.assertIn("The entry has not been read yet", "\n".join(failed.summary()))

    def test_the_summary_tells_what_the_entry_and_its_image_set_are(self):
        run = self.runToEnd(self.newRun(entryId="10002", gainSource=3))
        lines = self.summary(run).split("\n")
        self.assertEqual(lines[0], "*Apoferritin* (EMPIAR-10002)")
        for line in ("Image set 2: Grid 7", "Other movie sets of the entry: 3 (Grid 8)",
                     "Format: MRC", "Pixel size: 0.83 Å/px (EMPIAR-10002)",
                     "Whole entry: 1.9 TB", "Organization: Institut du Radium",
                     "Deposited: 2018-06-01", "Released: 2018-07-25"):
            self.assertIn(line, lines)

    def test_the_summary_changes_while_the_run_goes_on_and_stops_promising_when_it_ends(self):
        run = self.startSlowly(self.six())
        pattern = r"\*Downloaded:\* [1-5] of 6 movies, .* of 1\.6 MB at .*/s; .* left\n"
        self.waitFor(lambda: re.search(pattern, self.summary(run)))
        self.assertIn("\nDownloading from ftp://", self.summary(run))
        self.proj.stopProtocol(run)
        text = self.summary(run)
        self.assertEqual(text.split("\n")[1], "*Stopped.* Use Continue to download the rest.")
        self.assertRegex(text, r"\*Downloaded:\* [1-5] of 6 movies, .* of 1\.6 MB\n")
        self.assertNotIn(" left\n", text + "\n")
        self.archive.reset()
        self.runToEnd(run)
        text = self.summary(run)
        self.assertIn("*Registered:* 6 of 6 movies", text)
        self.assertRegex(text, r"Received .* in .* \(.*/s on average, 2 sessions\)")
        self.assertNotIn(" left\n", text)

    def test_the_record_tells_a_run_from_its_beginning_to_its_end(self):
        run = self.runToEnd(self.six())
        history = self.history(run)
        names = {os.path.basename(path) for path in self.paths}
        self.assertEqual(set(history.arrived), names)
        self.assertEqual(set(history.registered), names)
        self.assertEqual((history.chosen, history.failed, history.left_out), (6, {}, {}))
        (session,) = history.sessions
        self.assertEqual(session.end, "finished")
        self.assertEqual(session.samples[0].files_total, 6)
        self.assertEqual((history.latest.bytes, history.latest.files), (6 * SIZE, 6))
        self.assertEqual(history.fetched, 6 * SIZE)

    def test_continue_goes_on_in_the_record_and_restart_begins_it_anew(self):
        run = self.six()
        self.runToEnd(run, killAt="registrar:register")
        self.assertEqual([session.end for session in self.history(run).sessions], [""])
        self.runToEnd(run)
        history = self.history(run)
        self.assertEqual([session.end for session in history.sessions], ["", "finished"])
        self.assertEqual(len(history.registered), 6)
        self.runToEnd(run)
        self.assertEqual(len(self.history(run).sessions), 3)
        self.assertIn("*Registered:* 6 of 6 movies", self.summary(run))
        self.assertIn("*Downloaded:* 6 of 6 movies", self.summary(run))
        self.runToEnd(run, restart=True)
        (session,) = self.history(run).sessions
        self.assertEqual(session.end, "finished")

    def test_a_movie_that_was_registered_before_a_kill_is_in_the_record_after_continue(self):
        run = self.six()
        self.runToEnd(run, killAt="protocols/base:onRegistered")
        self.assertEqual(len(self.history(run).registered), 0)
        self.runToEnd(run)
        self.assertEqual(len(self.history(run).registered), 6)

    def test_reasons_stay_through_continue_until_they_are_no_longer_true(self):
        self.archive.set(missing=["*movie_3.mrc", "*movie_5.mrc"])
        run = self.runToEnd(self.newRun(entryId="10002", downloadAll=True))
        self.assertTrue(run.isFailed())
        self.assertEqual(self.history(run).sessions[-1].end, "failed")
        self.assertIn("\n*Failed:* 2 of 6 movies could not be downloaded. Continue tries them "
                      "again.\n", self.summary(run))
        for words in ("movie_3.mrc: ", "movie_5.mrc: ", "movie_7.mrc: it is a single image",
                      "*Registered:* 4 of 6 movies", "*Missing:* 2\n", "*Left out:* 1\n"):
            self.assertIn(words, self.summary(run))
        self.archive.set(missing=["*movie_3.mrc"])
        self.runToEnd(run)
        self.assertEqual(list(self.history(run).failed), ["movie_3.mrc"])
        self.assertEqual(list(self.history(run).left_out), ["movie_7.mrc"])
        self.assertNotIn("movie_5.mrc: ", self.summary(run))
        self.archive.reset()
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertIn("movie_7.mrc: it is a single image", self.summary(run))
        self.assertIn("*Registered:* 6 of 6 movies", self.summary(run))
        self.assertNotIn("Missing", self.summary(run))

    def test_a_record_that_cannot_be_written_does_not_stop_the_run(self):
        run = self.runToEnd(self.six(amountOfImages=3))
        os.unlink(run._getLogsPath("transfer.jsonl"))
        os.mkdir(run._getLogsPath("transfer.jsonl"))
        run.amountOfImages.set(6)
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)
        self.assertIn("*Registered:* 6 of 6 movies", self.summary(run))

    def test_the_methods_text_has_the_numbers_and_the_citations_the_entry(self):
        run = self.runToEnd(self.six(dosePerFrame=1.5))
        text = "\n".join(run.methods())
        for words in ("6 movies of 4 frames (256 x 256 pixels, 1.6 MB in all)", "size is 1 Å",
                      "300 kV", "1.5 e/Å² per frame, 6 e/Å² per movie", "10.6019/EMPIAR-10001",
                      "10.1093/nar/gkac1062"):
            self.assertIn(words, text)


class TestNotes(base.ArchiveTest):
    """The summary names differences from EMPIAR's description, and skipped files."""

    @classmethod
    def fill(cls):
        def movies(folder, number=2):
            return {f"data/{folder}/{folder[-1]}_{n}.mrc": base.movie(n) for n in range(number)}

        cls.entries.add_entry("10001", [{"directory": "data/Session2"}], {
            **movies("K3"), "data/K3/K3_gain.mrc": base.movie(1, frames=1),
            "data/K3/a.jpg": b"x", "data/K3/b.jpg": b"x"})
        cls.entries.add_entry("10002", [{"directory": "data/Movies"},
                                        {"directory": "data/Movies/tilted"}],
                              {**movies("Movies"), **movies("Movies/tilted")})
        cls.entries.add_entry("10003", [{"directory": "data"}], {
            **movies("run_1"), **movies("run_2"),
            **{f"data/run_{n}/gain_{n}.mrc": base.movie(n, frames=1) for n in (1, 2)}})

    def summary(self, number, **parameters):
        run = self.runToEnd(self.newRun(entryId=number, downloadAll=True, **parameters))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        return "\n".join(getUpdatedProtocol(run).summary())

    def test_another_folder_and_skipped_files(self):
        text = self.summary("10001")
        self.assertIn("EMPIAR names the folder 'data/Session2', which is not there: 'data/K3' is "
                      "used", text)
        self.assertRegex(text, r"Not movies, skipped: .*2 preview image \(e\.g\. data/K3/a\.jpg\)")

    def test_movies_of_another_image_set(self):
        self.assertIn("skipped: 1 folder of image set 2 (e.g. data/Movies/tilted)",
                      self.summary("10002"))

    def test_movies_with_a_gain_of_their_own(self):
        self.assertIn("2 of 4 movies have a gain reference of their own: data/run_2/gain_2.mrc",
                      self.summary("10003"))
        self.assertNotIn("of their own", self.summary("10003", gainSource=3))


class TestStopHere(AccountTest):
    """'Stop here' at different moments: the run ends as finished; Continue downloads the rest."""

    def stopAndWait(self, run):
        getUpdatedProtocol(run).stopHere()
        self.waitForEnd(run)
        self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
        self.assertIn("*Stopped by you.* Use Continue", self.summary(run))
        self.assertEqual(self.history(run).sessions[-1].end, "stopped here")
        return run

    def test_the_summary_says_at_once_that_the_run_is_stopping(self):
        run = self.startSlowly(self.six())
        getUpdatedProtocol(run).stopHere()
        self.assertIn("Stopping: the current files are finished", self.summary(run))
        self.waitFor(lambda: "Stopping: the current files are finished" in self.log(run))
        self.archive.reset()
        self.waitForEnd(run)
        self.assertNotIn("Stopping", self.summary(run))
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)
        self.assertNotIn("Stopped by you", self.summary(run))

    def test_while_the_run_waits_to_ask_a_server_again_that_is_down(self):
        run = self.startSlowly(self.six(transport=1))
        self.archive.kill()
        try:
            self.waitFor(lambda: "asked again" in self.log(run), 120)
            self.stopAndWait(run)
        finally:
            self.archive.restart()
        self.assertLess(len(self.movies(run)[1]), 6)
        self.archive.reset()
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_while_the_run_cannot_even_list_the_entry(self):
        os.environ["EMPIAR_FTP_URL"] = "ftp://127.0.0.1:9/empiar/world_availability"
        try:
            run = self.start(self.six(transport=1))
            self.waitFor(lambda: "asked again" in self.log(run), 120)
            self.stopAndWait(run)
        finally:
            os.environ.update(self.archive.environment)
        self.assertFalse(run.hasAttribute("outputMovies"))
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_while_a_large_entry_is_listed(self):
        self.archive.set(latency=0.3)
        run = self.start(self.newRun(entryId="10003", downloadAll=True, gainSource=3))
        self.waitFor(lambda: os.path.exists(run._getLogsPath("entry.json")))
        self.stopAndWait(run)
        self.assertFalse(os.path.exists(run._getLogsPath("selection.json")))
        self.assertFalse(run.hasAttribute("outputMovies"))
        self.archive.reset()
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(len(self.movies(run)[1]), 200)


    def test_while_another_run_brings_the_only_movie_into_a_shared_store(self):
        with tempfile.TemporaryDirectory() as store:
            one = {"amountOfImages": 1, "downloadFolder": store, "gainSource": 3}
            self.holdBack()
            bringing = self.start(self.six(**one))
            self.waitFor(lambda: list(Path(store).rglob("*.part")))
            waiting = self.start(self.six(**one))
            self.waitFor(lambda: self.history(waiting).chosen)
            self.stopAndWait(waiting)
            self.assertTrue(getUpdatedProtocol(bringing).isRunning(), "the other one goes on")
            self.archive.reset()
            self.waitForEnd(bringing)
            self.runToEnd(waiting)
            self.assertEqual(len(self.movies(waiting)[1]), 1)
