"""Runs of whole protocols in a real project, against the archive in miniature."""

import contextlib
import json
import logging
import os
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import List, Optional

from ..process import ROOT

logger = logging.getLogger("benchmarks")
_CONNECTIONS = 4
# FTP takes a new port for each file: 20,000 within a minute on the loopback use up the kernel's,
# and its search for a free one becomes what is measured.
_HTTPS = 2


class ScaleFailed(Exception):
    """A run that did not do its work, and why."""


@dataclass(frozen=True)
class Scale:
    """The cost of a run with a number of movies; times in seconds, sizes in bytes."""

    scheme: str
    movies: int
    wall: float
    cpu: float
    peak: int
    updates: int
    update_seconds: float
    steps: int
    steps_size: int
    set_size: int
    delays: list

    def delay(self, part):
        """The time from last byte to visibility that this part of the movies does not exceed."""
        return self.delays[min(len(self.delays) - 1, int(part * len(self.delays)))]


@dataclass
class Results:
    """All figures of the page."""

    ours: List[Scale] = field(default_factory=list)
    continued: List[Scale] = field(default_factory=list)
    slow: Optional[Scale] = None
    napping: List[Scale] = field(default_factory=list)
    crowded: List[Scale] = field(default_factory=list)


class ScaleBench:
    """A project and an archive with entries of tiny movies; a context manager."""

    def __init__(self, amounts):
        self._amounts = amounts
        self._folder = tempfile.TemporaryDirectory(prefix="scale-", dir=_memory())

    def __enter__(self):
        folder = Path(self._folder.name)
        os.environ.update(
            SCIPION_HOME=str(folder / "home"), SCIPION_USER_DATA=str(folder / "data"),
            SCIPION_NOTIFY="False", SCIPION_DOMAIN="pwem", SCIPION_PYTHON=sys.executable,
            PYTHONPATH=str(ROOT),
        )  # fmt: skip
        from empiardownloader import headless
        from empiardownloader.demo.data.archive_tree import ArchiveFolder
        from empiardownloader.demo.miniature_archive import MiniatureArchive

        logger.info("Making %s tiny movies", sum(self._amounts))
        entries = ArchiveFolder(folder / "archive")
        self._fill(entries)
        self._archive = MiniatureArchive(entries.root)
        self._archive.start()
        os.environ.update(self._archive.environment)
        headless.prepare_environment()
        self._project = headless.open_project("scale")
        import pyworkflow

        pyworkflow.PYTHON = f"{sys.executable} -m benchmarks.scale.probe"
        return self

    def _fill(self, entries):
        for amount in self._amounts:
            entries.add_tiny_entry(entry_of(amount), amount)

    def __exit__(self, *exception):
        self._archive.close()
        os.chdir(ROOT)
        self._folder.cleanup()

    @contextlib.contextmanager
    def line(self, rate):
        """Limit each connection to ``rate`` bytes per second."""
        self._archive.set(rate=rate)
        try:
            yield
        finally:
            self._archive.reset()

    def run(self, scheme, amount, threads=3):
        """Launch a new run of a protocol class; return its cost, and the run for a Continue."""
        run = self._project.newProtocol(
            scheme, entryId=entry_of(amount), downloadAll=True, numberOfThreads=threads,
            connections=_CONNECTIONS, transport=_HTTPS,
        )  # fmt: skip
        return self.launch(run, amount, scheme.__name__), run

    def launch(self, run, amount, name):
        """Launch it, wait for its end, and return its cost."""
        from pyworkflow.protocol import MODE_RESUME

        run.runMode.set(MODE_RESUME)
        self._project.launchProtocol(run, wait=True)
        if not run.isFinished() or run.outputMovies.getSize() != amount:
            raise ScaleFailed(f"{name}, {amount} movies: {run.getStatus()} {run.getErrorMessage()}")
        cost = json.loads(Path(run._getLogsPath("cost.json")).read_text())
        scale = Scale(
            scheme=name, movies=amount, steps=len(run.loadSteps()),
            steps_size=os.path.getsize(run.getStepsFile()),
            set_size=os.path.getsize(run._getPath("movies.sqlite")), **cost,
        )  # fmt: skip
        logger.info("%s, %s movies: %.1f s, %.1f s of CPU", name, amount, scale.wall, scale.cpu)
        return scale


def entry_of(amount):
    """Return the number of the entry that has ``amount`` movies."""
    return str(100000 + amount)


def _memory():
    """Return the file system in memory, so that no disk is measured; None for the usual folder."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
