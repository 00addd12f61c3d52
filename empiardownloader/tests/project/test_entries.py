"""One entry of each family of layouts through the real protocol, with its gain reference."""

import bz2
import gzip
import os
import re
from pathlib import Path

import numpy
from PIL import Image
from pwem.protocols import ProtImportMovies

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, tiff_bytes
from empiardownloader.tests.project import base

SHAPE = (48, 32)  # y, x: a transposed gain shows


def tiff(seed):
    chance = numpy.random.Generator(numpy.random.PCG64(seed))
    return tiff_bytes(chance.integers(0, 9, (3, *SHAPE), dtype="uint8"))


def mrc(seed, frames=3):
    return base.movie(seed, shape=SHAPE, frames=frames)


def gain(shape=SHAPE):
    return mrc_bytes(gain_reference(1, shape), 1.0)


class Family:
    """An entry: image set directory and format, files, which are movies, which is the gain."""

    def __init__(self, number, directory, dataFormat, movies, gain="", others=(), names=None,
                 **files):
        self.number, self.directory, self.dataFormat = number, directory, dataFormat
        self.movies, self.gain, self.others, self.names = movies, gain, others, names
        self.files = files.pop("files", {})


FAMILIES = {
    "flat MRC": Family(
        10511, "data", "MRC", [f"data/FoilHole_{n}-1.mrc" for n in (1, 2)],
        gain="data/gain-reference.mrc"),
    "flat TIFF with a CountRef beside": Family(
        10852, "data", "TIFF", [f"data/2021_{n:03d}.tif" for n in (1, 2)],
        gain="data/CountRef_2021_000.mrc", others=["data/2021_001.tif.jpg", "data/NOTE"]),
    "EPU grid squares, packed": Family(
        10934, "/data/CL44", "TIFF",
        [f"data/CL44/Images-Disc1/GridSquare_{s}/Data/FoilHole_7_fractions.tiff.bz2"
         for s in (1, 2)],
        names=[f"GridSquare_{s}_Data_FoilHole_7_fractions.tiff" for s in (1, 2)]),
    "data twice": Family(
        11244, "data", "TIFF", [f"data/data/FoilHole_{n}_fractions.tiff" for n in (1, 2)]),
    "gain in the parent folder": Family(
        11119, "data/data", "TIFF", [f"data/data/gpcr_{n:04d}.tif" for n in (1, 2)],
        gain="data/CountRef_gpcr_0000.mrc", others=["data/data/gpcr_0001.tif.jpg"]),
    "gain in a sibling folder": Family(
        12567, "data/frames", "MRC", [f"data/frames/m_{n}.mrc" for n in (1, 2)],
        gain="data/gainRefer/gain_20160205.mrc"),
    "dates with equal trees": Family(
        11561, "data", "TIFF", [f"data/{d}/data/frames/shot_1.tif" for d in (211206, 211207)],
        names=[f"{d}_data_frames_shot_1.tif" for d in (211206, 211207)]),
    "EER with its gain": Family(
        11658, "data/run1/frames", "EER", [f"data/run1/frames/shot_{n}_EER.eer" for n in (1, 2)],
        gain="data/run1/x_EER_GainReference.gain"),
    "aligned beside raw": Family(
        10061, "data/Movies", "MRC", [f"data/Movies/m_{n}_frames.mrc" for n in (1, 2)],
        others=["data/Movies/m_1_frames_DW.mrc", "data/Movies/m_2_SumCorr.mrc"]),
    "wrong format": Family(
        10026, "data", "TIFF", [f"data/{n:03d}_movie.mrcs" for n in (1, 2)],
        others=["data/001_movie.txt"]),
    "gzip and upper case": Family(
        10227, "data", "MRC", ["data/a_1.mrc.gz", "data/a_2.mrc.gz"],
        names=["a_1.mrc", "a_2.mrc"]),
}


def content(path, seed):
    plain = path.replace(".bz2", "").replace(".gz", "")
    data = tiff(seed) if plain.endswith((".tif", ".tiff", ".eer")) else mrc(seed)
    if path.endswith(".bz2"):
        return bz2.compress(data)
    return gzip.compress(data) if path.endswith(".gz") else data


def gainContent(path):
    if not path.endswith(".gain"):
        return gain()
    scratch = Path(path).name
    Image.fromarray(gain_reference(1, SHAPE).astype("float32")).save(scratch, "TIFF")
    data = Path(scratch).read_bytes()
    os.unlink(scratch)
    return data


class TestEntries(base.ArchiveTest):
    """Every family downloads, with its gain, its names and its acquisition."""

    @classmethod
    def fill(cls):
        cls.entries.add_map(90001, dose_per_image=30.0, magnification=81000)
        for family in FAMILIES.values():
            files = {path: content(path, seed) for seed, path in enumerate(family.movies)}
            files.update({path: mrc(9, frames=1) for path in family.others})
            if family.gain:
                files[family.gain] = gainContent(family.gain)
            cls.entries.add_entry(
                family.number,
                [{"directory": family.directory, "data_format": family.dataFormat,
                  "pixel_width": 1.1, "details": "Gain: rotate by 90 degrees. Nice ice."}],
                files, cross_references=["EMD-90001"])
        for number, shape in ((20001, SHAPE[::-1]), (20002, (20, 20))):
            cls.entries.add_entry(number, [{"directory": "data"}], {
                "data/m_1.mrc": mrc(1), "data/gain.mrc": gain(shape)})
        cls.entries.add_entry(20003, [{"directory": "data"}], {
            "data/m_1.mrc": mrc(1), "data/gain.mrc": gain(), "data/ref/other_gain.mrc": gain(),
            "data/CountDefects_1.mrc": gain(), "data/dark.mrc": gain()})
        cls.entries.add_entry(20004, [{"directory": "data", "pixel_width": None,
                                       "pixel_height": None}], {
            "data/m_1.mrc": mrc_bytes(numpy.zeros((3, 16, 16), "int8"), 0)})
        cls.entries.add_tiny_entry(20006, 1000, folders=500)
        cls.entries.add_entry(20007, [{
            "directory": "data", "details": "Nice ice. The images must be flipped upside down."}],
            {"data/m_1.mrc": mrc(1)})
        cls.entries.add_entry(20005, [{"directory": "data"}], {
            "data/m_1.mrc.bz2": bz2.compress(mrc(1)),
            "data/m_2.mrc.bz2": b"BZh91AY&SY\xff\x00 not really"})

    def test_every_family(self):
        for title, family in FAMILIES.items():
            with self.subTest(title):
                run = self.runToEnd(self.newRun(entryId=str(family.number), downloadAll=True))
                self.assertTrue(run.isFinished(), run.getErrorMessage())
                output, items = self.movies(run)
                names = family.names or [os.path.basename(path) for path in family.movies]
                self.assertEqual(sorted(item.getMicName() for item in items), sorted(names))
                self.assertEqual(output.getDim(), (SHAPE[1], SHAPE[0], 3))
                self.assertEqual(list(items[-1].getFramesRange()), [1, 3, 1])
                self.assertEqual(output.getSamplingRate(), 1.1)
                acquisition = output.getAcquisition()
                self.assertEqual(acquisition.getMagnification(), 81000)
                self.assertAlmostEqual(acquisition.getDosePerFrame(), 10.0)
                steps = [step.funcName.get() for step in run.loadSteps()]
                self.assertEqual("downloadGainStep" in steps, bool(family.gain))
                if family.gain:
                    self.assertEqual(output.getGain(),
                                     os.path.abspath(
                                         run._getExtraPath(os.path.basename(family.gain))))
                    self.assertTrue(os.path.exists(output.getGain()))
                    self.assertIn("rotate by 90 degrees", "\n".join(run.summary()))
                else:
                    self.assertFalse(output.getGain())

    def one(self, number, **parameters):
        run = self.runToEnd(self.newRun(entryId=str(number), downloadAll=True, **parameters))
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        return run, self.movies(run)[0], "\n".join(run.summary())

    def test_a_transposed_gain_is_set_with_a_warning(self):
        run, output, summary = self.one(20001)
        self.assertEqual(output.getGain(), os.path.abspath(run._getExtraPath("gain.mrc")))
        self.assertIn("turn it", summary)

    def test_a_gain_that_does_not_fit_is_not_set_unless_chosen_by_hand(self):
        _, output, summary = self.one(20002)
        self.assertFalse(output.getGain())
        self.assertIn("does not fit", summary)
        run, output, _ = self.one(20002, gainSource=1, gainPath="data/gain.mrc")
        self.assertEqual(output.getGain(), os.path.abspath(run._getExtraPath("gain.mrc")))

    def test_the_nearest_gain_is_taken_and_the_others_are_named(self):
        run, output, summary = self.one(20003)
        self.assertEqual(output.getGain(), os.path.abspath(run._getExtraPath("gain.mrc")))
        self.assertIn("data/ref/other_gain.mrc", summary)
        [others] = [line for line in summary.split("\n") if "other_gain" in line]
        self.assertNotIn("dark", others)
        run, output, _ = self.one(20003, gainSource=1, gainPath="data/ref/other_gain.mrc")
        self.assertEqual(output.getGain(), os.path.abspath(run._getExtraPath("other_gain.mrc")))
        _, output, _ = self.one(20003, gainSource=3)
        self.assertFalse(output.getGain())

    def test_what_the_depositors_say_of_turning_is_shown_without_a_gain_too(self):
        _, output, summary = self.one(20007)
        self.assertFalse(output.getGain())
        self.assertIn("No gain reference was found in the entry", summary)
        self.assertIn("The depositors: “The images must be flipped upside down.”", summary)
        self.assertNotIn("Nice ice", summary)

    def test_a_local_gain(self):
        path = self.getOutputPath("my_gain.mrc")
        Path(path).write_bytes(gain())
        _, output, _ = self.one(20003, gainSource=2, gainPath=path)
        self.assertEqual(output.getGain(), path)
        errors = self.newRun(entryId="20003", gainSource=2, gainPath="/no/such.mrc").validate()
        self.assertIn("/no/such.mrc", errors[0])

    def test_a_gain_that_is_not_there_fails_with_its_path(self):
        run = self.runToEnd(self.newRun(entryId="20003", gainSource=1, gainPath="data/no.mrc"))
        self.assertTrue(run.isFailed())
        self.assertIn("data/no.mrc", run.getErrorMessage())

    def test_a_gain_that_comes_late_after_a_kill_is_set_all_the_same(self):
        run = self.newRun(entryId="10511", downloadAll=True)
        self.runToEnd(run, killAt="protocols/base:downloadGainStep")
        self.assertFalse(run.isFinished())
        self.archive.set(cut_after=500, cut_times=4, fault_paths="*gain-reference.mrc")
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.movies(run)[0].getGain(),
                         os.path.abspath(run._getExtraPath("gain-reference.mrc")))

    def test_stop_here_after_a_kill_gives_a_set_with_its_gain_all_the_same(self):
        run = self.stoppedBeforeItsGain()
        self.waitForEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        output, items = self.movies(run)
        self.assertEqual(output.getGain(), os.path.abspath(run._getExtraPath("gain-reference.mrc")))
        self.assertFalse(output.isStreamOpen())
        self.assertTrue(items)

    def test_a_stop_before_the_gain_comes_leaves_the_movies_for_continue(self):
        run = self.newRun(entryId="10511", downloadAll=True)
        self.runToEnd(run, killAt="protocols/base:downloadGainStep")
        self.archive.set(stall_after=0, fault_paths="*gain-reference.mrc")
        self.start(run)
        self.waitFor(lambda: any(name.startswith("FoilHole")
                                 for name in os.listdir(run._getExtraPath())))
        self.waitFor(lambda: self.archive.count("RETR", "*gain-reference.mrc"))
        run.stopHere()
        self.assertStoppedWithoutSetAndContinued(run)

    def test_a_gain_that_does_not_come_keeps_no_run_that_was_stopped_before(self):
        """The gain reference is asked for after the stop: once, and no more."""
        run = self.stoppedBeforeItsGain(stall_after=0, fault_paths="*gain-reference.mrc")
        self.assertStoppedWithoutSetAndContinued(run)
        self.assertEqual(self.archive.count("RETR", "*gain-reference.mrc"), 2)

    def stoppedBeforeItsGain(self, **settings):
        """Return a run stopped after a movie, without the gain that a kill prevented."""
        run = self.newRun(entryId="10511", downloadAll=True, connections=1, numberOfThreads=1)
        self.runToEnd(run, killAt="protocols/base:downloadGainStep")
        self.archive.set(**settings)
        self.start(run, standStillAt="protocols/base:_arrived")
        with self.standingStill(run):
            self.assertEqual(len(os.listdir(run._getExtraPath())), 1)
            run.stopHere()
        return run

    def assertStoppedWithoutSetAndContinued(self, run):
        self.waitForEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertFalse(os.path.exists(run._getPath("movies.sqlite")))
        self.archive.reset()
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(self.movies(run)[0].getGain(),
                         os.path.abspath(run._getExtraPath("gain-reference.mrc")))

    def test_a_pixel_size_that_nobody_knows_is_asked_for(self):
        run = self.runToEnd(self.newRun(entryId="20004"))
        self.assertTrue(run.isFailed())
        self.assertIn("pixel size", run.getErrorMessage())
        sections = [section.getLabel() for section in run.iterDefinitionSections()]
        (named,) = re.findall(r"section '([^']+)'", run.getErrorMessage())
        self.assertIn(named, sections)
        self.assertIn("--pixel-size", run.getErrorMessage())
        run.samplingRate.set(0.9)
        self.runToEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        self.assertEqual(run.outputMovies.getSamplingRate(), 0.9)

    def test_what_the_user_gives_goes_before_what_the_archives_say(self):
        _, output, summary = self.one(10511, voltage=200, dosePerFrame=1.5, doseInitial=0.5,
                                      samplingRate=2.2, sphericalAberration=0.01)
        acquisition = output.getAcquisition()
        self.assertEqual((acquisition.getVoltage(), acquisition.getDosePerFrame(),
                          acquisition.getDoseInitial(), output.getSamplingRate()),
                         (200, 1.5, 0.5, 2.2))
        self.assertIn("200 kV (given)", summary)
        self.assertIn("81000 (EMD-90001)", summary)
        self.assertIn("0.1 (assumed)", summary)

    def test_a_movie_that_cannot_be_unpacked_is_left_out(self):
        run, output, summary = self.one(20005)
        self.assertEqual(output.getSize(), 1)
        self.assertIn("m_2.mrc: it cannot be unpacked", summary)
        self.archive.forget_requests()
        self.runToEnd(run)
        self.assertEqual(self.archive.count("RETR"), 0)

    def test_five_movies_of_five_hundred_folders_cost_ten_listings_at_most(self):
        run = self.runToEnd(self.newRun(entryId="20006", amountOfImages=5))
        self.assertEqual(run.outputMovies.getSize(), 5)
        self.assertLessEqual(self.archive.count("MLSD") + self.archive.count("LIST"), 10)

    def test_emdb_that_does_not_answer_leaves_assumed_values(self):
        os.environ["EMDB_API_URL"] = "http://127.0.0.1:9/emdb"
        try:
            _, output, summary = self.one(10511)
        finally:
            os.environ.update(self.archive.environment)
        self.assertEqual(output.getAcquisition().getVoltage(), 300)
        self.assertEqual(output.getAcquisition().getDosePerFrame(), 0)
        self.assertIn("300 kV (assumed)", summary)
        self.assertIn("Enter it if you want dose weighting", summary)

    def test_packed_movies_stay_as_they_are_when_so_asked(self):
        run, _, _ = self.one(10934, decompress=False)
        output, items = self.movies(run)
        self.assertTrue(all(item.getFileName().endswith(".tiff.bz2") for item in items))
        self.assertEqual(output.getDim(), (SHAPE[1], SHAPE[0], 3))
        run = self.runToEnd(self.newRun(entryId="10227", downloadAll=True, decompress=False))
        self.assertTrue(run.isFailed())
        self.assertIn("gzip", run.getErrorMessage())

    def test_the_same_as_pwems_own_import(self):
        for number in (10511, 10852):
            with self.subTest(number):
                family = next(f for f in FAMILIES.values() if f.number == number)
                run, output, _ = self.one(number)
                suffix = os.path.splitext(family.movies[0])[1]
                stem = os.path.basename(family.movies[0])[:4]
                acquisition = output.getAcquisition()
                imported = self.newProtocol(
                    ProtImportMovies, filesPath=os.path.abspath(run._getExtraPath()),
                    filesPattern=f"{stem}*{suffix}", samplingRate=1.1,
                    voltage=acquisition.getVoltage(), magnification=acquisition.getMagnification(),
                    sphericalAberration=acquisition.getSphericalAberration(),
                    amplitudeContrast=acquisition.getAmplitudeContrast(),
                    doseInitial=0, dosePerFrame=acquisition.getDosePerFrame(),
                    gainFile=output.getGain())
                self.launchProtocol(imported)
                theirs = imported.outputMovies
                ours = run.outputMovies
                for get in ("getSize", "getDim", "getSamplingRate", "getGain",
                            "getScannedPixelSize"):
                    self.assertEqual(getattr(ours, get)(), getattr(theirs, get)(), get)
                self.assertEqual(list(ours.getFramesRange()), list(theirs.getFramesRange()))
                self.assertTrue(ours.getAcquisition().equalAttributes(theirs.getAcquisition()))
                for mine, other in zip(_byName(ours), _byName(theirs)):
                    self.assertEqual(mine.getMicName(), other.getMicName())
                    self.assertEqual(list(mine.getFramesRange()), list(other.getFramesRange()))
                    self.assertTrue(mine.getAcquisition().equalAttributes(other.getAcquisition()))


def _byName(movies):
    return sorted((movie.clone() for movie in movies), key=lambda movie: movie.getMicName())
