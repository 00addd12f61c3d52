"""Continue with another form: the set says what the form says, and nothing is fetched again."""

import os
from pathlib import Path

from pwem.objects import SetOfMovies

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie, tiff_bytes
from empiardownloader.tests.project import base

GAIN = mrc_bytes(gain_reference(1, (128, 128)), 1.0)


class TestContinued(base.ArchiveTest):
    """Three movies with two gain references, of which the map knows voltage and dose."""

    paths = base.numbered(3)

    @classmethod
    def fill(cls):
        cls.entries.add_map(90001, voltage=200, dose_per_image=32.0)
        files = {**cls.numberedMovies(), "data/Movies/gain.mrc": GAIN, "data/ref/gain_2.mrc": GAIN}
        cls.entries.add_entry("10001", [{"directory": "data/Movies", "pixel_width": 0.66}], files,
                              cross_references=["EMD-90001"])
        tiff = tiff_bytes(simulate_movie(1, shape=cls.shape, frames=3)[0].astype("uint8"))
        cls.entries.add_entry("10002", [{"directory": "data/Movies"}], {
            f"data/Movies/{name}": tiff for name in ("a.tif", "m1.tif", "m1.tiff")})

    def setUp(self):
        super().setUp()
        self.run_ = self.newRun(entryId="10001", downloadAll=True)

    def brought(self, **parameters):
        """The run to its end, with its movies."""
        self.setForm(parameters)
        self.runToEnd(self.run_)
        self.assertTrue(self.run_.isFinished(), self.run_.getErrorMessage())
        return [(item.getObjId(), item.getMicName()) for item in self.movies(self.run_)[1]]

    def setForm(self, parameters):
        for name, value in parameters.items():
            self.run_.setAttributeValue(name, value)

    def then(self, **parameters):
        """Continue, in which no movie is fetched again."""
        self.archive.forget_requests()
        self.brought(**parameters)
        self.assertEqual(self.archive.count("RETR", "*movie_*"), 0)
        self.assertFalse(self.run_.outputMovies.isStreamOpen())

    def assertDescribed(self, samplingRate, voltage, dosePerFrame, gain):
        """The set, each movie, the project's output and what the user reads say the same."""
        output, items = self.movies(self.run_)
        for there in (output, self.run_.outputMovies, *items):
            acquisition = there.getAcquisition()
            self.assertEqual(
                (there.getSamplingRate(), acquisition.getVoltage(), acquisition.getDosePerFrame()),
                (samplingRate, voltage, dosePerFrame))
        path = os.path.abspath(self.run_._getExtraPath(gain)) if gain else None
        self.assertEqual((output.getGain(), self.run_.outputMovies.getGain()), (path, path))
        summary, methods = "\n".join(self.run_.summary()), "\n".join(self.run_.methods())
        for text in (summary, methods):
            self.assertIn(f"{samplingRate:g} Å", text)
            self.assertIn(f"{voltage:g} kV", text)
            self.assertIn(f"{dosePerFrame:.3g} e/Å²", text)
        self.assertIn(f"Gain reference: {f'data/Movies/{gain}' if gain else 'not used'}", summary)

    def test_values_given_on_continue_are_those_of_the_set_and_of_each_movie(self):
        movies = self.brought()
        self.assertDescribed(0.66, 200, 8, "gain.mrc")
        self.then(samplingRate=1.32, voltage=300, dosePerFrame=2.5)
        self.assertDescribed(1.32, 300, 2.5, "gain.mrc")
        output, items = self.movies(self.run_)
        self.assertEqual([(item.getObjId(), item.getMicName()) for item in items], movies)
        self.assertEqual(output.getAcquisition().getSphericalAberration(), 2.7)
        self.then(samplingRate=None, voltage=None, dosePerFrame=None)
        self.assertDescribed(0.66, 200, 8, "gain.mrc")

    def test_more_movies_and_other_values_at_once(self):
        two = self.brought(downloadAll=False, amountOfImages=2)
        self.archive.forget_requests()
        movies = self.brought(downloadAll=True, voltage=300)
        self.assertEqual(movies, [*two, (3, "movie_3.mrc")])
        self.assertEqual(self.archive.count("RETR", "*movie_*"), 1)
        self.assertDescribed(0.66, 300, 8, "gain.mrc")

    def test_another_gain_reference_or_none(self):
        self.brought(gainSource=3)
        self.assertDescribed(0.66, 200, 8, None)
        self.then(gainSource=0)
        self.assertDescribed(0.66, 200, 8, "gain.mrc")
        self.then(gainSource=1, gainPath="data/ref/gain_2.mrc")
        self.assertEqual(self.movies(self.run_)[0].getGain(),
                         os.path.abspath(self.run_._getExtraPath("gain_2.mrc")))
        self.then(gainSource=3)
        self.assertDescribed(0.66, 200, 8, None)

    def test_the_gain_of_the_set_is_an_absolute_path_wherever_it_is_from(self):
        """MotionCor's protocols run their program in a folder of its own."""
        Path("typed.mrc").write_bytes(GAIN)
        shared = self.getOutputPath("shared")
        for form, name in (
            ({"gainSource": 0}, "gain.mrc"),
            ({"gainSource": 1, "gainPath": "data/ref/gain_2.mrc"}, "gain_2.mrc"),
            ({"gainSource": 2, "gainPath": "typed.mrc"}, "typed.mrc"),
            ({"gainSource": 2, "gainPath": os.path.abspath("typed.mrc")}, "typed.mrc"),
            ({"gainSource": 0, "downloadFolder": shared}, "gain.mrc"),
        ):
            with self.subTest(**form):
                self.run_ = self.newRun(entryId="10001", amountOfImages=1)
                self.brought(**form)
                gain = self.movies(self.run_)[0].getGain()
                self.assertTrue(os.path.isabs(gain), gain)
                self.assertEqual(os.path.basename(gain), name)
                self.assertEqual(Path(gain).read_bytes(), GAIN)

    def test_continue_in_a_project_that_was_moved_gives_the_set_the_gain_of_the_new_place(self):
        self.brought()
        path = self.run_._getPath("movies.sqlite")
        movies = SetOfMovies(filename=path)  # as a run has left it that began in another place
        movies.loadAllProperties()
        movies.setGain("/earlier/place/" + self.run_._getExtraPath("gain.mrc"))
        movies.write()
        movies.close()
        self.then()
        self.assertDescribed(0.66, 200, 8, "gain.mrc")

    def test_a_kill_before_the_set_or_what_is_kept_of_it_has_changed(self):
        self.brought()
        for voltage, place in (
            (100, "set_file:rewriteItems"),
            (120, "set_file:_moveDraft"),
            (140, "set_file:_moveDraft:after"),
            (160, "set_properties:remember"),
        ):
            with self.subTest(place):
                self.setForm({"voltage": voltage})
                self.runToEnd(self.run_, killAt=place)
                self.assertFalse(self.run_.isFinished())
                self.then()
                self.assertDescribed(0.66, voltage, 8, "gain.mrc")

    def test_what_emdb_has_said_stays_when_it_does_not_answer_any_more(self):
        self.brought()
        os.environ["EMDB_API_URL"] = "http://127.0.0.1:9/emdb"
        try:
            self.then(gainSource=3)
        finally:
            os.environ.update(self.archive.environment)
        self.assertDescribed(0.66, 200, 8, None)
        self.assertNotIn("200 kV (assumed)", "\n".join(self.run_.summary()))

    def test_nothing_new_leaves_the_sets_file_alone(self):
        self.brought()
        path = Path(self.run_._getPath("movies.sqlite"))
        before = path.read_bytes(), path.stat().st_mtime_ns
        self.then()
        self.assertEqual((path.read_bytes(), path.stat().st_mtime_ns), before)

    def test_another_pattern_gives_no_movie_another_name(self):
        self.run_ = self.newRun(entryId="10002", downloadAll=True, filePattern="*.tiff")
        self.assertEqual(self.brought(), [(1, "m1.tiff")])
        self.archive.forget_requests()
        names = [name for _, name in self.brought(filePattern="*.tif*")]
        self.assertEqual(names[0], "m1.tiff")
        self.assertEqual(len({Path(name).stem for name in names}), 3, names)
        self.assertEqual(self.archive.count("RETR", "*m1.tiff"), 0)
        self.assertEqual(self.archive.count("RETR", "*m1.tif"), 1)
