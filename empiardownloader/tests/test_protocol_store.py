"""A download folder that several runs share."""

import os
import tempfile
from pathlib import Path

from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.tests import base


class TestSharedStore(base.ArchiveTest):
    """Six movies, kept outside the project."""

    paths = [f"data/Movies/movie_{number}.mrc" for number in range(1, 7)]

    @classmethod
    def fill(cls):
        files = {path: base.movie(seed, shape=(128, 128)) for seed, path in enumerate(cls.paths)}
        cls.entries.add_entry("10001", [{"directory": "data/Movies"}], files)

    def setUp(self):
        super().setUp()
        self._store = tempfile.TemporaryDirectory()
        self.store = Path(self._store.name) / "EMPIAR-10001"

    def tearDown(self):
        super().tearDown()
        self._store.cleanup()

    def shared(self):
        return self.newRun(entryId="10001", downloadAll=True, downloadFolder=self._store.name)

    def test_the_entrys_own_tree_with_links_from_extra(self):
        run = self.runToEnd(self.shared())
        self.assertComplete(run, 10001, self.paths)
        for path in self.paths:
            link = Path(run._getExtraPath(os.path.basename(path)))
            self.assertTrue(link.is_symlink())
            self.assertEqual(link.resolve(), (self.store / path).resolve())
        self.assertEqual(list((self.store / ".parts").iterdir()), [])

    def test_what_is_there_is_adopted_without_a_byte(self):
        for path in self.paths:
            place = self.store / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(self.archive.source(10001, path).read_bytes())
        run = self.runToEnd(self.shared())
        self.assertComplete(run, 10001, self.paths)
        self.assertEqual(self.archive.count("RETR"), 0)

    def test_a_file_of_another_size_is_not_adopted(self):
        place = self.store / self.paths[0]
        place.parent.mkdir(parents=True)
        place.write_bytes(b"half")
        run = self.runToEnd(self.shared())
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

    def test_a_folder_that_cannot_be_written_to_is_told_before_the_run(self):
        file = Path(self._store.name) / "a file"
        file.write_text("")
        errors = self.newRun(entryId="10001", downloadFolder=str(file)).validate()
        self.assertIn("cannot be written to", errors[0])
