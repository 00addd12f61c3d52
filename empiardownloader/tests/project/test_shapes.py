"""Properties of the set in any order of arrival, and movies that do not fit it."""

from pathlib import Path

from empiardownloader.tests.project import base

FRAMES, SHORT = 8, 2


class TestShapes(base.ArchiveTest):
    """Entries in which some movies differ from the rest."""

    @classmethod
    def fill(cls):
        movies = {frames: base.movie(1, shape=(64, 48), frames=frames)
                  for frames in (1, SHORT, 6, FRAMES)}
        other = base.movie(1, shape=(32, 32), frames=FRAMES)
        for place in range(1, 5):
            cls.add(f"1000{place}", [movies[SHORT if at == place else FRAMES]
                                     for at in range(1, 8)])
        cls.add("10005", [movies[FRAMES], other, movies[1], movies[FRAMES], movies[6],
                          movies[FRAMES], movies[FRAMES]], image_width=96, image_height=128,
                frames_per_image=40)
        cls.add("10006", [movies[SHORT]] * 3 + [movies[FRAMES]] * 5)
        cls.add("10007", [movies[1]] * 40)
        cls.add("10008", [movies[SHORT]] * 2 + [movies[FRAMES]] * 30)

    @classmethod
    def add(cls, number, movies, **declared):
        cls.entries.add_entry(number, [{"directory": "data/Movies", **declared}], {
            f"data/Movies/m_{at:02}.mrc": content for at, content in enumerate(movies, 1)})

    def names(self, run):
        return sorted(Path(item.getFileName()).name for item in self.movies(run)[1])

    def test_one_short_movie_describes_no_set_wherever_it_is_and_is_replaced(self):
        for place in range(1, 5):
            short = f"m_{place:02}.mrc"
            with self.subTest(place=place):
                # The short one is the first to arrive.
                self.archive.set(rate=20_000, rate_paths=f"*m_0[!{place}].mrc")
                run = self.runToEnd(self.newRun(entryId=f"1000{place}", amountOfImages=5))
                self.assertTrue(run.isFinished(), run.getErrorMessage())
                output, items = self.movies(run)
                self.assertEqual(list(output.getFramesRange()), [1, FRAMES, 1])
                self.assertEqual(output.getDim(), (48, 64, FRAMES))
                self.assertEqual(len(items), 5, "five were asked for")
                self.assertNotIn(short, self.names(run))
                summary = "\n".join(run.summary())
                self.assertIn("*Registered:* 5 of 5 movies", summary)
                self.assertIn(f"it has {SHORT} frames, the movies of the set have {FRAMES}",
                              summary)

    def test_other_dimensions_and_single_images_are_left_out_and_other_frames_are_told(self):
        run = self.runToEnd(self.newRun(entryId="10005", downloadAll=True))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        output, items = self.movies(run)
        self.assertEqual(self.names(run), [f"m_0{at}.mrc" for at in (1, 4, 5, 6, 7)])
        frames = {Path(item.getFileName()).name: list(item.getFramesRange()) for item in items}
        self.assertEqual(frames["m_05.mrc"], [1, 6, 1])
        self.assertEqual(list(output.getFramesRange()), [1, FRAMES, 1])
        summary = "\n".join(run.summary())
        self.assertIn("m_02.mrc: it has 32 x 32 pixels, the movies of the set have 48 x 64",
                      summary)
        self.assertIn("1 movie has 6 frames, the set has 8: m_05.mrc", summary)
        self.assertIn("EMPIAR says 96 x 128 pixels, the movies have 48 x 64 (half", summary)
        self.assertIn("EMPIAR says 40 frames per movie, the movies have 8", summary)

    def test_the_many_correct_the_set_at_the_end(self):
        run = self.runToEnd(self.newRun(entryId="10006", downloadAll=True, dosePerFrame=1.5))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        output, items = self.movies(run)
        self.assertEqual(list(output.getFramesRange()), [1, FRAMES, 1])
        self.assertEqual(self.names(run), [f"m_0{at}.mrc" for at in range(4, 9)])
        self.assertEqual(output.getSize(), 5)
        self.assertEqual(run.outputMovies.getSize(), 5)
        self.assertEqual(len({item.getObjId() for item in items}), 5)
        self.assertIn("the set was described anew", "\n".join(run.summary()))
        self.runToEnd(run)
        self.assertEqual(self.movies(run)[0].getSize(), 5, "Continue changes nothing")

    def test_of_a_list_that_begins_with_odd_movies_as_many_are_registered_as_were_requested(self):
        run = self.runToEnd(self.newRun(entryId="10008", amountOfImages=5))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.names(run), [f"m_{at:02}.mrc" for at in range(3, 8)])

    def test_a_set_of_single_images_is_not_downloaded_to_its_end(self):
        run = self.runToEnd(self.newRun(entryId="10007", downloadAll=True))
        self.assertTrue(run.isFailed())
        self.assertIn("no movies", run.getErrorMessage())
        self.assertIn("single image", run.getErrorMessage())
        self.assertLess(self.archive.count("RETR", "*.mrc"), 20)
        self.assertFalse(run.hasAttribute("outputMovies"))
