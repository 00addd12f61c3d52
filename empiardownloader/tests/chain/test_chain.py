"""EMPIAR to motion correction by RELION, both running at once, in a real project."""

import bz2
from pathlib import Path

import numpy as np
from pwem.emlib.image import ImageHandler
from pwem.objects import SetOfMicrographs
from pyworkflow import Config
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.demo.data.movies import gain_reference, mrc_bytes, simulate_movie, tiff_bytes
from empiardownloader.images.orientation import AS_DEPOSITED, Orientation
from empiardownloader.run.options import GAIN_NONE
from empiardownloader.tests.chain.correction_scores import drift_error, pattern_left
from empiardownloader.tests.data.camera import deposited
from empiardownloader.tests.project import base

SHAPE, FRAMES, PIXEL_SIZE = (512, 512), 12, 1.4
DOSE_PER_FRAME = 2.0  # e/Å², of EMDB's 24 for the whole movie
MOST_DRIFT_ERROR = 0.2  # pixels
CHANCE = 4.5  # standard deviations

MRC, TIFF, PACKED = 10001, 10002, 10003


class TestChain(base.ArchiveTest):
    """Raw movies of 512 x 512 pixels with a gain reference beside them; the TIFFs' lies wrong."""

    @classmethod
    def fill(cls):
        cls.gain = gain_reference(5, SHAPE)
        cls.addEntry(MRC, ".mrc", 8, lambda stack: mrc_bytes(stack.astype("int8"), PIXEL_SIZE))
        cls.addEntry(TIFF, ".tif", 8, tiff_bytes, Orientation(90, flip=True))
        cls.addEntry(PACKED, ".mrc.bz2", 4, lambda stack: bz2.compress(
            mrc_bytes(stack.astype("int8"), PIXEL_SIZE)))

    @classmethod
    def addEntry(cls, number, suffix, count, encoded, orientation=AS_DEPOSITED):
        gain = deposited(cls.gain, orientation)
        files = {"data/gain_ref.mrc": mrc_bytes(gain, PIXEL_SIZE)}
        truth = {}
        for index in range(1, count + 1):
            path = f"data/movie_{index}{suffix}"
            stack, drift = simulate_movie(number + index, SHAPE, FRAMES, gain=cls.gain)
            files[path] = encoded(stack)
            truth[path] = {"y": drift[:, 0].tolist(), "x": drift[:, 1].tolist()}
        image_set = {"directory": "data", "frames_per_image": FRAMES,
                     "pixel_width": PIXEL_SIZE, "pixel_height": PIXEL_SIZE}
        cls.entries.add_entry(number, [image_set], files, cross_references=[f"EMD-{number}"])
        cls.entries.add_map(number, voltage=200, spherical_aberration=1.4,
                            dose_per_image=DOSE_PER_FRAME * FRAMES)
        cls.entries.record_truth(number, truth)

    def relion(self, download):
        """RELION's motion correction with its form as it comes.

        But for float16, which the RELION of Debian, 3.1.3, does not know.
        """
        protocol = Config.getDomain().getProtocols()["ProtRelionMotioncor"]
        run = self.newProtocol(protocol, saveFloat16=False)
        run.inputMovies.set(download)
        run.inputMovies.setExtended("outputMovies")
        return run

    # -- the chains -------------------------------------------------------------------------------

    def test_relion_started_while_mrc_movies_come(self):
        self.holdBack("*movie_[4-8].mrc")
        download = self.start(self.newRun(entryId=str(MRC), downloadAll=True, connections=2))
        self.waitFor(lambda: getUpdatedProtocol(download).hasAttribute("outputMovies"))
        self.proj._updateProtocol(download)
        relion = self.start(self.relion(download))
        self.assertStreamed(download, relion)
        self.assertAligned(MRC, download, relion, 8)

    def test_relion_scheduled_before_tiff_movies_come(self):
        self.holdBack("*movie_[4-8].tif")
        download = self.newRun(entryId=str(TIFF), downloadAll=True, connections=2)
        self.proj.saveProtocol(download)
        relion = self.relion(download)
        self.proj.scheduleProtocol(relion)
        self.start(download)
        self.assertStreamed(download, relion)
        self.assertAligned(TIFF, download, relion, 8)

    def test_packed_movies_and_what_the_gain_reference_is_for(self):
        download = self.start(self.newRun(entryId=str(PACKED), downloadAll=True,
                                          gainSource=GAIN_NONE))
        self.waitForEnd(download)
        relion = self.start(self.relion(download))
        self.waitForEnd(relion, 300)
        self.assertGreater(self.assertComplete_(PACKED, download, relion, 4), 5 * CHANCE)

    # -- what is to be seen -----------------------------------------------------------------------

    def assertStreamed(self, download, relion):
        """Check that there were micrographs while the set of movies was open."""
        def micrographs():
            run = getUpdatedProtocol(relion)
            self.assertFalse(run.isFailed(), run.getErrorMessage())
            path = Path(relion._getPath("micrographs_dose-weighted.sqlite"))
            return run.hasAttribute("outputMicrographsDoseWeighted") and path.exists()

        self.waitFor(micrographs, 240)
        movies, items = self.movies(download)
        self.assertTrue(movies.isStreamOpen(), "movies were still coming")
        self.assertLess(len(items), 8)
        self.archive.set(rate=0)
        self.waitForEnd(download)
        self.waitForEnd(relion, 300)

    def assertAligned(self, number, download, relion, count):
        left = self.assertComplete_(number, download, relion, count)
        self.assertLess(abs(left), CHANCE, "the gain reference leaves no pattern")

    def assertComplete_(self, number, download, relion, count):
        """Check that every movie is aligned; return the remaining trace of the camera's pattern."""
        for run in (download, relion):
            self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
            for _, output in run.iterOutputAttributes():
                self.assertFalse(output.isStreamOpen())
                self.assertEqual(output.getSize(), count)
        _, items = self.movies(download)
        self.assertEqual(len(items), count)
        weighted = SetOfMicrographs(filename=relion.outputMicrographsDoseWeighted.getFileName())
        weighted.loadAllProperties()
        acquisition = weighted.getAcquisition()
        self.assertEqual(weighted.getSamplingRate(), PIXEL_SIZE)
        self.assertEqual(acquisition.getVoltage(), 200)
        self.assertEqual(acquisition.getSphericalAberration(), 1.4)
        self.assertAlmostEqual(acquisition.getDosePerFrame(), DOSE_PER_FRAME)
        truth = {Path(path).name: np.stack([fields["y"], fields["x"]], axis=1)
                 for path, fields in self.entries.truth()[str(number)].items()}
        images, drifts, errors = [], [], []
        for micrograph in weighted.iterItems():
            name = micrograph.getMicName()
            movie = next(item for item in items if item.getMicName() == name)
            drift = next(drift for path, drift in truth.items() if path.startswith(name))
            x, y = relion._getMovieShifts(movie)
            errors.append(drift_error(np.stack([y, x], axis=1), drift))
            images.append(ImageHandler().read(micrograph.getLocation()).getData())
            drifts.append(drift)
        weighted.close()
        self.assertEqual(len(images), count)
        left = pattern_left(images, drifts, self.gain)
        print(f"\n{number}: drift within {max(errors):.3f} px RMS, "
              f"pattern of the camera {left:.1f} deviations")
        self.assertLess(max(errors), MOST_DRIFT_ERROR)
        return left
