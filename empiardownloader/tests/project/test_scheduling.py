"""The run as a part of workflows: scheduled, waited for, restarted, deleted, copied, exported."""

import os

from pwem.protocols import ProtAverageFrames
from pyworkflow.project import Manager
from pyworkflow.project.project import ModificationNotAllowedException
from pyworkflow.protocol import MODE_RESTART, MODE_RESUME, getUpdatedProtocol

from empiardownloader.tests.project import base


class TestScheduling(base.ArchiveTest):
    """Six movies, and the smallest consumer that needs no program: the average of all frames."""

    paths = base.numbered(6)

    def setUp(self):
        super().setUp()
        self.download = self.newRun(entryId="10001", amountOfImages=6, connections=2)
        self.proj.saveProtocol(self.download)

    def average(self, download=None):
        """A consumer of a run's movies, not yet launched."""
        consumer = self.newProtocol(ProtAverageFrames)
        consumer.inputMovies.set(download or self.download)
        consumer.inputMovies.setExtended("outputMovies")
        self.proj.saveProtocol(consumer)
        return consumer

    def workflow(self):
        """The download with all that depends on it, as the window looks it up for its menu."""
        self.proj.getRunsGraph(refresh=True)
        return self.proj._getSubworkflow(self.download)

    def launchAgain(self, mode, *runs):
        """Launch the runs as the window's menu does with a workflow, and wait for all ends."""
        ended = {run: run.endTime.get() for run in runs}
        workflow, _ = self.workflow()
        self.assertEqual(self.proj.launchWorkflow(workflow, mode), [])
        for run, before in ended.items():
            self.waitFor(lambda run=run, before=before: hasEndedAgain(run, before), 240)
            self.proj._updateProtocol(run)

    def assertAveraged(self, consumer, download=None):
        self.waitForEnd(consumer, 240)
        self.assertTrue(consumer.isFinished(), f"{consumer.getStatus()} "
                                               f"{consumer.getErrorMessage()}")
        self.assertComplete(download or self.download, 10001, self.paths)
        done = [name for name in os.listdir(consumer._getExtraPath("DONE"))
                if name.startswith("movie_")]
        self.assertEqual(sorted(done), [f"movie_{number:06d}.TXT" for number in range(1, 7)])

    # -- scheduling -------------------------------------------------------------------------------

    def test_consumers_scheduled_before_the_run_starts(self):
        """One takes the movies as they come; another waits for the run's end, a third for that."""
        self.holdBack("*movie_[4-6].mrc")
        consumer, patient, last = (self.average() for _ in range(3))
        self.proj.scheduleProtocol(consumer)
        self.proj.scheduleProtocol(patient, prerequisites=[self.download.getObjId()])
        self.proj.scheduleProtocol(last, prerequisites=[patient.getObjId()])
        self.start(self.download)
        self.waitFor(lambda: getUpdatedProtocol(consumer).isRunning(), 120)
        self.assertTrue(self.movies(self.download)[0].isStreamOpen())
        self.archive.reset()
        self.waitForEnd(self.download)
        for one in (consumer, patient, last):
            self.assertAveraged(one)
        ended = self.download.endTime.get()
        self.assertLess(consumer.initTime.get(), ended)
        self.assertGreaterEqual(patient.initTime.get(), ended)
        self.assertGreaterEqual(last.initTime.get(), patient.endTime.get())

    def test_a_run_that_is_itself_scheduled_waits_for_another(self):
        first = self.newRun(entryId="10001", amountOfImages=1)
        self.start(first)
        self.download.runMode.set(MODE_RESUME)
        self.proj.scheduleProtocol(self.download, prerequisites=[first.getObjId()])
        self.waitForEnd(self.download)
        self.proj._updateProtocol(first)
        self.assertComplete(self.download, 10001, self.paths)
        self.assertGreaterEqual(self.download.initTime.get(), first.endTime.get())

    # -- with a consumer that has finished --------------------------------------------------------

    def test_launched_again_for_more_movies_after_a_consumer_has_read_it(self):
        self.runToEnd(self.download)
        self.start(self.average())
        self.proj.getRunsGraph(refresh=True)  # as a window has it
        self.download.downloadAll.set(False)
        for amount in (5, 6):
            self.download.amountOfImages.set(amount)
            self.runToEnd(self.download)
            self.assertTrue(self.download.isFinished(), self.download.getErrorMessage())
        self.assertComplete(self.download, 10001, self.paths)

    def test_restarted_and_deleted_under_a_consumer_that_has_finished(self):
        self.runToEnd(self.download)
        consumer = self.average()
        self.start(consumer)
        self.assertAveraged(consumer)
        self.proj.getRunsGraph(refresh=True)
        with self.assertRaises(ModificationNotAllowedException):
            self.runToEnd(self.download, restart=True)
        with self.assertRaises(ModificationNotAllowedException):
            self.proj.deleteProtocol(self.download)
        self.assertComplete(self.download, 10001, self.paths)
        # As "Restart workflow" in the window, which restarts both.
        self.archive.forget_requests()
        self.launchAgain(MODE_RESTART, self.download, consumer)
        self.assertAveraged(consumer)
        self.assertEqual(self.archive.count("RETR"), 6, "fetched again, each once")
        self.proj.deleteProtocol(consumer)
        self.proj.getRunsGraph(refresh=True)
        self.proj.deleteProtocol(self.download)
        self.assertFalse(os.path.exists(self.download._getPath()))

    def test_a_larger_number_continued_and_its_consumer_continued(self):
        self.download.amountOfImages.set(3)
        self.runToEnd(self.download)
        consumer = self.average()
        self.start(consumer)
        self.waitForEnd(consumer)
        self.assertTrue(consumer.isFinished(), consumer.getErrorMessage())
        self.archive.forget_requests()
        self.download.amountOfImages.set(6)
        self.runToEnd(self.download)
        self.assertEqual(self.archive.count("RETR"), 3)
        self.runToEnd(consumer)
        self.assertAveraged(consumer)

    def test_continue_workflow_continues_both(self):
        self.runToEnd(self.download)
        consumer = self.average()
        self.start(consumer)
        self.assertAveraged(consumer)
        self.archive.forget_requests()
        self.launchAgain(MODE_RESUME, self.download, consumer)
        self.assertEqual(self.archive.count("RETR"), 0)
        self.assertAveraged(consumer)

    # -- copies -----------------------------------------------------------------------------------

    def test_a_duplicated_workflow_runs_by_itself(self):
        self.runToEnd(self.download)
        consumer = self.average()
        self.proj.getRunsGraph(refresh=True)
        self.proj.copyProtocol([self.download, consumer])
        download, copied = (run for run in self.proj.getRuns(refresh=True)[-2:])
        self.assertEqual(download.getClassName(), "EmpiarDownloader")
        self.assertFalse(download.hasAttribute("outputMovies"))
        self.assertIn("Not started yet", download.summary()[0])
        self.assertEqual(copied.inputMovies.getObjValue().getObjId(), download.getObjId())
        self.runToEnd(download)
        self.start(copied)
        self.assertAveraged(copied, download)
        self.assertNotEqual(download._getPath(), self.download._getPath())
        self.assertComplete(self.download, 10001, self.paths)

    def test_an_exported_workflow_is_imported_into_another_project_and_runs_there(self):
        self.download.filePattern.set("*movie_*.mrc")
        self.runToEnd(self.download)
        self.average()
        exported = os.path.abspath(self.getOutputPath("workflow.json"))
        runs = list(self.proj.getRuns(refresh=True)[-2:])
        self.proj.exportProtocols(runs, exported)
        here, project = os.getcwd(), self.proj
        try:
            type(self).proj = Manager().createProject(f"{project.getShortName()}-imported")
            os.chdir(self.proj.path)
            download, consumer = self.proj.loadProtocols(exported).values()
            for name in ("entryId", "amountOfImages", "filePattern", "connections"):
                self.assertEqual(getattr(download, name).get(), getattr(self.download, name).get())
            self.assertFalse(download.hasAttribute("outputMovies"))
            self.assertEqual(download.validate(), [])
            self.runToEnd(download)
            self.start(consumer)
            self.assertAveraged(consumer, download)
        finally:
            Manager().deleteProject(self.proj.getShortName())
            type(self).proj = project
            os.chdir(here)
        self.assertComplete(self.download, 10001, self.paths)


def hasEndedAgain(run, before):
    """Return True if the run is finished a second time."""
    now = getUpdatedProtocol(run)
    return now.isFinished() and now.endTime.hasValue() and now.endTime.get() > before
