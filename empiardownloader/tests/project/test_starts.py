"""A run is the same whether its process is started by Scipion or forked for the tests."""

import contextlib
import os
import re
from pathlib import Path

from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.tests.forked.client import real_starts
from empiardownloader.tests.project import base

#: What differs from run to run: times, rates, numbers of runs, processes and ports.
_CHANGING = re.compile(r"\d+|\b[kM]?B/s")


class TestStarts(base.ArchiveTest):
    paths = base.numbered(3)
    maxDiff = None

    def bothWays(self, look):
        """Return what is seen of a run that is started, and of one that is forked."""
        seen = []
        for starts in (real_starts(), contextlib.nullcontext()):
            with starts:
                seen.append(look(self.newRun(entryId="10001", amountOfImages=3, connections=1)))
        return seen

    def test_a_process_has_its_words_folder_files_and_family(self):
        started, forked = self.bothWays(self.processOf)
        self.assertEqual(started, forked)
        self.assertEqual(started["files"][0], os.readlink("/proc/self/fd/0"))
        self.assertEqual(started["group"], os.getpgrp())
        self.assertIn("pw_protocol_run.py", started["words"])

    def processOf(self, run):
        """Halt the run where it begins to download; return what others see of its process."""
        self.start(run, standStillAt="protocols/base:downloadImagesStep")
        with self.standingStill(run):
            number = getUpdatedProtocol(run).getPid()
            process = Path("/proc", str(number))
            files = [os.readlink(process / "fd" / name) for name in ("0", "1", "2")]
            words = (process / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode()
            signals = [line for line in (process / "status").read_text().splitlines()
                       if line.startswith(("SigBlk", "SigIgn"))]
            seen = {"words": _CHANGING.sub("0", words), "folder": os.readlink(process / "cwd"),
                    "files": files, "group": os.getpgid(number), "session": os.getsid(number),
                    "signals": signals, "open": self.openFiles(process)}
        self.waitForEnd(run)
        return seen

    def openFiles(self, process):
        """Names of what is open, without files of the project, which are open now and then."""
        opened = {os.readlink(descriptor) for descriptor in (process / "fd").iterdir()}
        return {_CHANGING.sub("0", name) for name in opened if not name.startswith(self.proj.path)}

    def test_a_run_ends_with_the_same_steps_files_and_set(self):
        started, forked = self.bothWays(self.endOf)
        self.assertEqual(started, forked)
        self.assertEqual(started["status"], "finished")

    def test_a_run_fails_with_the_same_words(self):
        self.archive.set(missing=["*movie_2.mrc"])
        started, forked = self.bothWays(self.endOf)
        self.assertEqual(started, forked)
        self.assertEqual(started["status"], "failed")

    def test_a_run_that_is_killed_at_a_place_continues_to_the_same_end(self):
        started, forked = self.bothWays(self.endOfKilled)
        self.assertEqual(started, forked)
        self.assertEqual(started["status"], "finished")

    def endOfKilled(self, run):
        """Kill the run when all its movies are in the open set, then let it continue."""
        self.runToEnd(run, killAt="protocols/base:closeSetStep")
        _, items = self.movies(run)
        self.assertEqual(len(items), 3)
        self.assertFalse(run.isFinished())
        return self.endOf(run)

    def endOf(self, run):
        """Run to the end; return all that it leaves behind, but for times and numbers."""
        self.runToEnd(run)
        folder = Path(run._getPath())
        files = {str(path.relative_to(folder)): path.stat().st_mode for path in folder.rglob("*")
                 if path.is_file() and "tmp/" not in str(path.relative_to(folder))}
        return {"status": run.getStatus(), "files": files,
                "error": _CHANGING.sub("0", run.getErrorMessage()),
                "summary": [_CHANGING.sub("0", line) for line in run.summary()
                            # A mean rate is there only if the log has two samples of the transfer.
                            if not line.startswith("Received ")],
                "steps": {(step.funcName.get(), step.getStatus()) for step in run.loadSteps()},
                "movies": [(item.getMicName(), _CHANGING.sub("0", str(item.getObjDict())))
                           for item in self.movies(run)[1]]}
