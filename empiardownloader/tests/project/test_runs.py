"""Undisturbed runs: ordinary entries, and entries without movies or access."""

import os

from empiardownloader.tests.project import base


class TestRuns(base.ArchiveTest):
    """Twelve movies beside things that are none; an empty folder; entries that are not there."""

    paths = base.numbered(12)
    shape = (32, 32)

    @classmethod
    def fill(cls):
        files = cls.numberedMovies()
        files["data/Movies/notes.txt"] = b"not a movie"
        files["data/Movies/movie_1.mrc.jpg"] = b"a preview"
        second = {"directory": "data/More", "name": "The second session"}
        files["data/More/later_1.mrc"] = base.movie(99)
        cls.entries.add_entry("10001", [{"directory": "data/Movies"}, second], files)
        cls.entries.add_entry("10005", [{"directory": "data/Movies"}],
                              {path: files[path] for path in cls.paths[:5]})
        cls.entries.add_entry("10018", [{"directory": "data/Movies"}],
                              {"data/Movies/a.txt": b"a", "data/Movies/b.star": b"b"})
        cls.entries.add_entry("10019", [{"category": "class averages"}], {"data/a.mrc": b""})

    def fails(self, *words, **parameters):
        run = self.runToEnd(self.newRun(**parameters))
        self.assertTrue(run.isFailed())
        for word in words:
            self.assertIn(word, run.getErrorMessage())
        self.assertNotIn("Traceback", run.getErrorMessage())
        self.assertFalse(run.hasAttribute("outputMovies"))
        return run

    def test_twelve_of_twelve(self):
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=12))
        output, items = self.assertComplete(run, 10001, self.paths)
        self.assertEqual(output.getDim(), (32, 32, 4))
        self.assertEqual(output.getSamplingRate(), items[0].getSamplingRate())
        self.assertEqual(list(items[-1].getFramesRange()), [1, 4, 1])
        self.assertEqual(items[0].getAcquisition().getVoltage(), 300)
        self.assertEqual(os.listdir(run._getTmpPath()) if os.path.exists(run._getTmpPath()) else [],
                         [])

    def test_all_of_twelve_and_the_steps_in_their_order(self):
        run = self.runToEnd(self.newRun(entryId="EMPIAR-10001", downloadAll=True))
        self.assertComplete(run, 10001, self.paths)
        names = [step.funcName.get() for step in run.loadSteps()]
        self.assertEqual(names[:3], ["readXmlFileStep", "downloadImagesStep", "closeSetStep"])
        self.assertEqual(set(names[3:]), {"registerImageStep"})
        self.assertTrue(all(step.isFinished() for step in run.loadSteps()))
        self.assertIn("*Downloaded:* 12 of 12 movies", "\n".join(run.summary()))
        self.assertIn("The second session", "\n".join(run.summary()))

    def test_the_first_three_in_natural_order(self):
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=3))
        self.assertComplete(run, 10001, self.paths[:3])

    def test_twelve_asked_of_five_ends_with_five(self):
        run = self.runToEnd(self.newRun(entryId="10005", amountOfImages=12))
        self.assertComplete(run, 10005, self.paths[:5])

    def test_a_file_pattern_chooses(self):
        run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True,
                                        filePattern="data/Movies/movie_1?.mrc"))
        self.assertComplete(run, 10001, self.paths[9:])

    def test_the_image_set_by_number_directory_and_name(self):
        for choice in ("2", "data/More", "The second session"):
            run = self.runToEnd(self.newRun(entryId="10001", imageSet=choice))
            self.assertComplete(run, 10001, ["data/More/later_1.mrc"])

    def test_the_same_set_with_any_number_of_threads(self):
        for threads in (1, 2, 3, 8):
            run = self.runToEnd(
                self.newRun(entryId="10001", amountOfImages=12, numberOfThreads=threads))
            self.assertComplete(run, 10001, self.paths)

    def test_restart_begins_anew(self):
        run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=3))
        self.archive.forget_requests()
        self.runToEnd(run, restart=True)
        self.assertComplete(run, 10001, self.paths[:3])
        self.assertEqual(self.archive.count("RETR"), 3)

    def test_an_empty_folder_is_a_clear_failure(self):
        self.fails("data/Movies", "1 .txt", "1 .star", "file pattern",
                   entryId="10018", amountOfImages=12)

    def test_an_entry_that_does_not_exist(self):
        self.fails("EMPIAR-19999", entryId="19999")

    def test_an_archive_that_answers_with_a_page(self):
        self.archive.set(api_html=["10005"], missing=["*/10005.xml"])
        self.fails("JSON", entryId="10005")

    def test_an_archive_that_answers_with_a_page_and_the_header_on_the_file_server(self):
        self.archive.set(api_html=["10005"])
        run = self.runToEnd(self.newRun(entryId="10005", downloadAll=True))
        self.assertComplete(run, 10005, self.paths[:5])

    def test_an_entry_without_movies_names_its_image_sets(self):
        self.fails("class averages", entryId="10019")

    def test_an_image_set_that_is_not_there(self):
        self.fails("The second session", entryId="10001", imageSet="7")

    def test_a_file_server_that_is_down(self):
        os.environ["EMPIAR_FTP_URL"] = "ftp://127.0.0.1:9/empiar/world_availability"
        try:
            run = self.newRun(entryId="10001", transport=1)
            self.proj.launchProtocol(run, wait=False)
            self.waitFor(lambda: "asked again" in _text(run.getStdoutLog()), 60)
            self.proj.stopProtocol(run)
            run = self.runToEnd(self.newRun(entryId="10001", amountOfImages=3))
            self.assertComplete(run, 10001, self.paths[:3])
            self.assertEqual(_text(run.getStdoutLog()).count(". Using "), 1)
        finally:
            os.environ.update(self.archive.environment)

    def test_over_https_alone(self):
        run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True, transport=2))
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(self.archive.count("RETR"), 0)

    def test_a_wrong_entry_id_does_not_start(self):
        self.assertIn("EMPIAR", self.newRun(entryId="my data").validate()[0])

    def test_names_that_lead_out_are_refused_and_reported(self):
        self.archive.set(listed_too=["../../x.mrc", "/etc/x.mrc", "a\nb.mrc", "c\x00d.mrc"])
        run = self.runToEnd(self.newRun(entryId="10001", downloadAll=True))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual({os.path.basename(path) for path in self.paths} -
                         {item.getMicName() for item in self.movies(run)[1]}, set())
        log = _text(run.getStdoutLog())
        self.assertIn("../../x.mrc", log)
        self.assertIn("/etc/x.mrc", log)
        # Nowhere: the folders above the run's, up to that of all projects, hold no such file.
        names = {os.path.basename(path) for path in _files(os.path.dirname(self.proj.path))}
        self.assertEqual({name for name in names if name == "x.mrc" or not name.isprintable()},
                         set())
        self.assertFalse(os.path.exists("/etc/x.mrc"))


def _text(path):
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def _files(folder):
    return {os.path.join(where, name) for where, _, names in os.walk(folder) for name in names}
