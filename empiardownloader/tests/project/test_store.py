"""A download folder that several runs share."""

import os
import signal
import tempfile
from pathlib import Path
from unittest import mock

from pyworkflow.project import Manager
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.protocols import EmpiarDownloader
from empiardownloader.run.destinations import entry_folder
from empiardownloader.tests.project import base


class TestSharedStore(base.ArchiveTest):
    """Six movies, kept outside the project."""

    paths = base.numbered(6)

    def setUp(self):
        super().setUp()
        self._store = tempfile.TemporaryDirectory()
        self.store = Path(self._store.name) / "EMPIAR-10001"

    def tearDown(self):
        super().tearDown()
        self._store.cleanup()

    def shared(self):
        return self.newRun(entryId="10001", downloadAll=True, downloadFolder=self._store.name)

    def sizesOfParts(self):
        """Return the disk blocks of the part of each incomplete movie."""
        return {part.name.rsplit(".", 3)[0]: part.stat().st_blocks
                for part in self.store.glob(".parts/*")}

    def test_the_entrys_own_tree_with_links_from_extra(self):
        run = self.runToEnd(self.shared())
        self.assertComplete(run, 10001, self.paths)
        for path in self.paths:
            link = Path(run._getExtraPath(os.path.basename(path)))
            self.assertTrue(link.is_symlink())
            self.assertEqual(link.resolve(), (self.store / path).resolve())
        self.assertEqual(list((self.store / ".parts").iterdir()), [])

    def test_what_is_there_is_adopted_without_a_byte(self):
        self.fillStore(self.paths)
        run = self.runToEnd(self.shared())
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(self.archive.count("RETR"), 0)

    def test_a_file_of_another_size_is_not_adopted(self):
        place = self.store / self.paths[0]
        place.parent.mkdir(parents=True)
        place.write_bytes(b"half")
        run = self.runToEnd(self.shared())
        self.assertComplete(run, 10001, self.paths)

    def fillStore(self, paths, folder="EMPIAR-10001"):
        for path in paths:
            place = Path(self._store.name, folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.archive.source(10001, path).read_bytes())

    def test_what_globus_brought_is_adopted_in_the_archives_own_folder(self):
        self.fillStore(self.paths[:5], folder="10001")
        run = self.runToEnd(self.shared())
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(self.archive.count("RETR"), 1)
        self.assertEqual(os.listdir(self._store.name), ["10001"])
        self.assertTrue(Path(self._store.name, "10001", self.paths[5]).is_file())

    def test_over_https_too_a_file_of_another_size_is_not_adopted(self):
        self.fillStore(self.paths[:3])
        os.truncate(self.store / self.paths[0], 1000)
        run = self.shared()
        run.transport.set(2)
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(self.archive.count("GET", f"*{self.paths[0]}"), 1)
        for path in self.paths[1:3]:
            self.assertEqual(self.archive.count("GET", f"*{path}"), 0, path)

    def test_continue_of_a_complete_run_over_https_asks_the_server_nothing(self):
        run = self.shared()
        run.transport.set(2)
        self.runToEnd(run)
        self.archive.forget_requests()
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(self.archive.requests(), [])
        os.truncate(self.store / self.paths[5], 1000)
        self.runToEnd(run)
        self.assertComplete(run, 10001, self.paths)

    def test_two_runs_at_once_fetch_each_movie_once(self):
        self.archive.set(rate=60_000)
        runs = [self.start(self.shared()) for _ in range(2)]
        for run in runs:
            self.waitFor(lambda run=run: not getUpdatedProtocol(run).isActive(), 120)
            self.proj._updateProtocol(run)
            self.assertComplete(run, 10001, self.paths)
        for path in self.paths:
            self.assertEqual(self.archive.count("RETR", f"*{path}"), 1, path)

    def test_two_projects_share_it_and_one_is_killed(self):
        """The other goes on with the movies that were half here, and with no other twice."""
        self.holdBack()
        here = os.getcwd()
        other = Manager().createProject(f"{self.projName}Other")
        os.chdir(other.path)
        killed = other.newProtocol(EmpiarDownloader, entryId="10001", downloadAll=True,
                                   downloadFolder=self._store.name)
        other.launchProtocol(killed, wait=False)
        os.chdir(here)
        self.waitFor(lambda: len([size for size in self.sizesOfParts().values() if size]) == 4)
        goingOn = self.start(self.shared())
        self.waitFor(lambda: "downloadImagesStep" in _log(goingOn))
        process = getUpdatedProtocol(killed).getPid()
        os.kill(process, signal.SIGSTOP)
        self.waitFor(lambda: base.processState(process) == "T")
        os.kill(process, signal.SIGKILL)
        self.archive.reset()
        self.waitForEnd(goingOn)
        self.assertComplete(goingOn, 10001, self.paths)
        asked = [request for request in self.archive.requests() if request["command"] == "RETR"]
        for path in self.paths:
            fetched = [request["rest"] for request in asked if request["path"].endswith(path)]
            # The last 64 KiB of a part are asked for again: here, that is all of it.
            self.assertEqual(fetched, [0, 0] if path in self.paths[:4] else [0], path)
        self.assertEqual(list((self.store / ".parts").iterdir()), [])

    def test_a_folder_that_cannot_be_written_to_is_told_before_the_run(self):
        file = Path(self._store.name) / "a file"
        file.write_text("")
        errors = self.newRun(entryId="10001", downloadFolder=str(file)).validate()
        self.assertIn("cannot be written to", errors[0])

    def test_where_both_folders_are_there_it_is_our_own(self):
        for name in ("10001", "EMPIAR-10001"):
            Path(self._store.name, name).mkdir()
        self.assertEqual(entry_folder(self._store.name, "10001").name, "EMPIAR-10001")
        self.assertEqual(entry_folder(self._store.name, "10002").name, "EMPIAR-10002")

    def test_a_tilde_is_the_home(self):
        with mock.patch.dict(os.environ, HOME=self._store.name):
            run = self.newRun(entryId="10001", downloadFolder=" ~/movies ")
            self.assertEqual(run.validate(), [])
            self.assertEqual(run._downloadSetup().place().folder,
                             Path(self._store.name, "movies", "EMPIAR-10001"))
            self.assertIn(f"kept in {self._store.name}/movies", "\n".join(run.summary()))
            Path(self._store.name, "file").touch()
            run.downloadFolder.set("~/file")
            self.assertIn("cannot be written to", run.validate()[0])


def _log(run):
    path = Path(run.getProject().path, run.getStdoutLog())
    return path.read_text() if path.exists() else ""
