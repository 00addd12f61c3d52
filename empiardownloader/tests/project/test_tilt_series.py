"""Tilt series in a real project: both outputs, the mdocs, missing frames, and Continue."""

import json
import os
import subprocess
import unittest
from pathlib import Path

from empiardownloader.metadata.mdoc import parse_mdoc
from empiardownloader.streaming.tilt_series_items import is_available
from empiardownloader.tests.data.tilt_entries import build_tilt_archive
from empiardownloader.tests.forked.client import command
from empiardownloader.tests.project import base

ANGLES = [0.0, 3.0, -3.0, -6.0, 6.0]

#: Where a run is killed, in the order in which it comes by; after the end of the first series, the
#: second one is asked for.
FIRST_SERIES = (
    "protocols/base:_resumeSelection",
    "series_choice:look_up:after",
    "run/state:saveEntry:after",
    "protocols/base:downloadGainStep:after",
    "run/chosen_series:write_mdoc:after",
    "run/state:saveSeries:after",
    "run/state:saveSelection:after",
    "run/destinations:publish:2",
    "set_file:publish",
    "output_set:_announce:after",
    "tilt_series_items:append_series",
    "set_file:_moveDraft:after",
)
SECOND_SERIES = (
    "series_choice:select:after",
    "series_assembly:register",
    "set_file:_draftOfNewItems:after",
    "new_rows:commit_new_rows",
    "new_rows:commit_new_rows:after",
    "protocol_tilt_series:closeSetStep",
    "superseded_files:complete",
    "protocol_tilt_series:closeSetStep:after",
)


def series_of(run):
    """The set on the disk: acquisition and tilts by tsId, as another process finds them."""
    from tomo.objects import SetOfTiltSeriesM

    output = SetOfTiltSeriesM(filename=run._getPath("tiltseriesM.sqlite"))
    output.loadAllProperties()
    found = {}
    for one in output.iterItems():
        found[one.getTsId()] = (one.getAcquisition().clone(), [tilt.clone() for tilt in one])
    output.close()
    return output, found


@unittest.skipUnless(is_available(), "scipion-em-tomo is not installed")
class TiltSeriesTest(base.ArchiveTest):
    """What the classes below share."""

    numbers = ()

    @classmethod
    def fill(cls):
        build_tilt_archive(cls.entries, cls.numbers)

    def newRun(self, **parameters):
        from empiardownloader.protocols import EmpiarTiltSeries

        return self.newProtocol(EmpiarTiltSeries, **parameters)

    def assertWhole(self, run, expected):
        """The run is finished, its outputs are closed, and hold these numbers of tilts by tsId."""
        self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
        output, found = series_of(run)
        self.assertEqual({ts_id: len(tilts) for ts_id, (_, tilts) in found.items()}, expected)
        self.assertFalse(output.isStreamOpen())
        self.assertEqual(run.outputTiltSeriesM.getSize(), len(expected))
        movies, items = self.movies(run)
        self.assertFalse(movies.isStreamOpen())
        names = [os.path.basename(tilt.getFileName())
                 for _, tilts in found.values() for tilt in tilts]
        self.assertEqual(sorted(names), sorted(item.getMicName() for item in items))
        for name in names:
            self.assertTrue(os.path.exists(run._getExtraPath(name)), name)
        return output, found


class TestTiltSeries(TiltSeriesTest):
    """Entries in several layouts, whole."""

    numbers = (10164, 10493, 10499, 11078, 90105)

    def test_series_of_an_entry_with_mdocs_and_a_gain_for_each(self):
        run = self.runToEnd(self.newRun(entryId="10499", downloadAll=True))
        output, found = self.assertWhole(run, {"TS_01": 5, "TS_02": 5})
        acquisition, tilts = found["TS_02"]
        self.assertEqual([tilt.getTiltAngle() for tilt in tilts], ANGLES)
        self.assertEqual([tilt.getAcquisitionOrder() for tilt in tilts], [1, 2, 3, 4, 5])
        doses = [tilt.getAcquisition().getDoseInitial() for tilt in tilts]
        self.assertEqual([round(dose, 3) for dose in doses], [0.0, 2.6, 5.2, 7.8, 10.4])
        self.assertEqual(round(tilts[-1].getAcquisition().getAccumDose(), 3), 13.0)
        self.assertEqual(acquisition.getTiltAxisAngle(), 85.3)
        self.assertEqual((acquisition.getAngleMin(), acquisition.getAngleMax()), (-6.0, 6.0))
        self.assertEqual(round(acquisition.getDosePerFrame(), 3), 2.6)
        self.assertEqual(output.getSamplingRate(), 0.675)
        self.assertTrue(output.getGain().endswith("CountRef_TS_01.mrc"))
        self.assertEqual(output.getFramesRange().getLastFrame(), 2)
        self.assertEqual(run.outputMovies.getAcquisition().getDosePerFrame(), 1.3)
        mdoc = parse_mdoc(Path(run._getExtraPath("mdocs", "TS_02.mdoc")).read_bytes())
        self.assertEqual([section.frame_name for section in mdoc.tilts],
                         [os.path.basename(tilt.getFileName()) for tilt in tilts])
        self.assertIn("*2 of 2* tilt series registered", run.summary())

    def test_the_gain_is_that_of_the_series_that_is_asked_for(self):
        run = self.runToEnd(self.newRun(entryId="10499", seriesNames="TS_02"))
        output, _ = self.assertWhole(run, {"TS_02": 5})
        self.assertTrue(output.getGain().endswith("CountRef_TS_02.mrc"))

    def test_packed_frames_are_unpacked_and_the_mdoc_names_them_so(self):
        run = self.runToEnd(self.newRun(entryId="11078", seriesNames="9"))
        _, found = self.assertWhole(run, {"TS_9": 5})
        names = {os.path.basename(tilt.getFileName()) for tilt in found["TS_9"][1]}
        self.assertTrue(all(name.endswith(".mrc") for name in names))
        mdoc = parse_mdoc(Path(run._getExtraPath("mdocs", "TS_9.mdoc")).read_bytes())
        self.assertEqual({section.frame_name for section in mdoc.tilts}, names)

    def test_without_an_mdoc_angle_and_order_are_those_of_the_names(self):
        run = self.runToEnd(self.newRun(
            entryId="10493", amountOfSeries=1, tiltAxisAngle=80.5, dosePerTilt=3))
        _, found = self.assertWhole(run, {"tomo_2": 5})
        acquisition, tilts = found["tomo_2"]
        self.assertEqual([tilt.getTiltAngle() for tilt in tilts], ANGLES)
        self.assertEqual(acquisition.getTiltAxisAngle(), 80.5)
        self.assertEqual(tilts[2].getAcquisition().getDoseInitial(), 6.0)
        self.assertIn("no mdoc: angles and order are those of the names", "\n".join(run.summary()))

    def test_a_dose_that_nobody_knows_is_0_and_said(self):
        run = self.runToEnd(self.newRun(entryId="10164", seriesNames="TS_01"))
        _, found = self.assertWhole(run, {"TS_01": 5})
        self.assertEqual(found["TS_01"][1][0].getAcquisition().getDosePerFrame(), 0.0)
        self.assertEqual(run.outputMovies.getAcquisition().getDosePerFrame(), 0.0)
        summary = "\n".join(run.summary())
        self.assertIn("TS_01: no dose in the mdoc (not calibrated)", summary)
        self.assertIn("pixel size 5.4 Å in the mdoc (binned by 4), 0.675 Å in EMPIAR", summary)

    def test_frames_of_other_counts_keep_their_own(self):
        run = self.runToEnd(self.newRun(entryId="10164", downloadAll=True, dosePerTilt=2))
        _, found = self.assertWhole(run, {"TS_01": 5, "TS_03": 5})
        frames = {ts_id: {tilt.getFramesRange().getLastFrame() for tilt in tilts}
                  for ts_id, (_, tilts) in found.items()}
        self.assertEqual(frames, {"TS_01": {8}, "TS_03": {10}})

    def test_a_missing_tilt_is_named_and_counted_in_order_and_dose(self):
        run = self.runToEnd(self.newRun(entryId="90105", downloadAll=True))
        _, found = self.assertWhole(run, {"TS_01": 4, "TS_03": 5})
        tilts = found["TS_01"][1]
        self.assertEqual([tilt.getAcquisitionOrder() for tilt in tilts], [1, 2, 3, 5])
        self.assertEqual(tilts[-1].getAcquisition().getDoseInitial(), 10.4)
        summary = "\n".join(run.summary())
        self.assertIn("TS_01: 1 of 5 tilts missing: TS_01_003_-6.0.mrc", summary)
        self.assertIn("TS_02: 5 of 5 tilts missing", summary)

    def test_an_unknown_series_ends_the_run_with_those_there_are(self):
        run = self.runToEnd(self.newRun(entryId="10164", seriesNames="TS_99"))
        self.assertTrue(run.isFailed())
        self.assertIn("no tilt series called 'TS_99'. It has: TS_01, TS_03.", run.getErrorMessage())


    def test_the_command_line_runs_it_and_goes_on_with_more(self):
        for names, count in (("TS_01", 1), ("TS_0*", 2)):
            done = subprocess.run(
                command("run", "10499", "--json", "--project", "TiltSeriesByCommand",
                        "--tilt-series", names),
                text=True, capture_output=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            told = json.loads(done.stdout)
            self.assertEqual(told["tiltSeries"]["count"], count)
            self.assertTrue(os.path.exists(told["tiltSeries"]["output"]))
            self.assertEqual(told["movies"], 5 * count)


class TestTiltSeriesContinued(TiltSeriesTest):
    """Runs that were killed, stopped, or get other values."""

    numbers = (10499, 10164)

    def test_more_series(self):
        run = self.runToEnd(self.newRun(entryId="10499", amountOfSeries=1))
        self.assertWhole(run, {"TS_01": 5})
        self.archive.forget_requests()
        run.amountOfSeries.set(2)
        self.assertWhole(self.runToEnd(run), {"TS_01": 5, "TS_02": 5})
        self.assertEqual(self.archive.count("RETR", "*/TS_01/*"), 0)

    def test_another_dose_and_axis_reach_both_outputs_and_the_mdocs(self):
        run = self.runToEnd(self.newRun(entryId="10499", amountOfSeries=1))
        run.dosePerTilt.set(4.0)
        run.tiltAxisAngle.set(12.5)
        _, found = self.assertWhole(self.runToEnd(run), {"TS_01": 5})
        acquisition, tilts = found["TS_01"]
        self.assertEqual(acquisition.getTiltAxisAngle(), 12.5)
        self.assertEqual(tilts[1].getAcquisition().getDoseInitial(), 4.0)
        self.assertEqual(self.movies(run)[0].getAcquisition().getDosePerFrame(), 2.0)
        mdoc = parse_mdoc(Path(run._getExtraPath("mdocs", "TS_01.mdoc")).read_bytes())
        self.assertEqual((mdoc.tilt_axis, mdoc.tilts[0].exposure_dose), (12.5, 4.0))

    def test_killed_at_twenty_places_every_series_is_there_once_and_whole(self):
        run = self.newRun(entryId="10499", amountOfSeries=1)
        self.killAtEach(run, FIRST_SERIES)
        self.assertWhole(self.runToEnd(run), {"TS_01": 5})
        run.amountOfSeries.set(2)
        self.killAtEach(run, SECOND_SERIES)
        self.assertWhole(self.runToEnd(run), {"TS_01": 5, "TS_02": 5})

    def killAtEach(self, run, places):
        """Kill the run, then each Continue of it; what is in the set is whole all the time."""
        for place in places:
            self.runToEnd(run, killAt=place)
            self.assertFalse(run.isFinished(), f"{place} was not reached")
            if os.path.exists(run._getPath("tiltseriesM.sqlite")):
                output, found = series_of(run)
                self.assertEqual(output.getSize(), len(found), place)
                self.assertEqual({len(tilts) for _, tilts in found.values()}, {5}, place)

    def test_a_frame_that_comes_later_completes_its_series(self):
        path = "data/frames/TS_01/TS_01_003_-6.0.tif"
        file = self.archive.source(10499, path)
        hidden = file.with_name("hidden")
        run = self.newRun(entryId="10499", downloadAll=True)
        self.holdBack("*/TS_01_003*")
        self.start(run)
        self.waitFor(lambda: any(Path(run._getTmpPath()).glob("TS_01_TS_01_003*")))
        file.rename(hidden)
        self.archive.restart()
        self.archive.set(rate=0)
        self.waitForEnd(run)
        hidden.rename(file)
        self.assertTrue(run.isFailed())
        self.assertIn("1 of 10 movies could not be downloaded", run.getErrorMessage())
        _, found = series_of(run)
        self.assertEqual({key: len(tilts) for key, (_, tilts) in found.items()},
                         {"TS_01": 4, "TS_02": 5})
        self.assertWhole(self.runToEnd(run), {"TS_01": 5, "TS_02": 5})
        self.assertEqual([tilt.getAcquisitionOrder() for tilt in series_of(run)[1]["TS_01"][1]],
                         [1, 2, 3, 4, 5])

    def test_stop_here_leaves_a_series_that_is_not_complete_for_continue(self):
        run = self.newRun(entryId="10499", downloadAll=True, connections=1)
        self.holdBack("*/TS_02/TS_02_002*")
        self.start(run)
        self.waitFor(lambda: any(Path(run._getTmpPath()).glob("TS_02_TS_02_002*")))
        run.stopHere()
        self.archive.set(rate=0)
        self.waitForEnd(run)
        self.assertTrue(run.isFinished(), run.getErrorMessage())
        output, found = series_of(run)
        self.assertEqual(list(found), ["TS_01"])
        self.assertFalse(output.isStreamOpen())
        self.assertIn("Not complete, so not in the output yet: TS_02", run.summary())
        self.assertWhole(self.runToEnd(run), {"TS_01": 5, "TS_02": 5})
