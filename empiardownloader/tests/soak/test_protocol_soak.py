"""The whole protocol with a bad network, a bad machine, impatient users and careless readers.

SOAK_SEED repeats the random events of a run, as far as a machine's timing allows.
"""

import contextlib
import os
import random
import re
import signal
import tempfile
import time
from pathlib import Path

import psutil
from pyworkflow.protocol import getUpdatedProtocol

from empiardownloader.run.state import RunState
from empiardownloader.tests.project import base
from empiardownloader.tests.project.set_readers import KINDS
from empiardownloader.tests.soak import random_events
from empiardownloader.tests.soak.figures import Figures

SECONDS = float(os.environ.get("SOAK_SECONDS", "60"))
SEED = int(os.environ.get("SOAK_SEED") or time.time())
TURNS = 8  # of trouble in a round, then it may come to its end
END_SECS = 240


class TestSoak(base.ArchiveTest):
    """Entries in turn, each downloaded through all faults, then checked closely."""

    def setUp(self):
        super().setUp()
        self.rng, self.figures = random.Random(SEED), Figures()
        self.readers = []  # (kind, process)

    def test_nothing_is_lost_and_nothing_is_done_twice(self):
        print(f"\nSOAK_SEED={SEED}", flush=True)
        began = time.monotonic()
        while self.figures["round"] == 0 or time.monotonic() - began < SECONDS:
            self.figures["round"] += 1
            with tempfile.TemporaryDirectory() as store:
                self.oneRound(20000 + self.figures["round"], store)
        print(self.figures.text(SEED, time.monotonic() - began), flush=True)

    def oneRound(self, number, store):
        self.archive.set(rate=random_events.RATE)
        self.archive.forget_requests()
        files, self.contents = random_events.random_entry(self.rng)
        self.entries.add_entry(str(number), [{"directory": "data"}], files)
        form = random_events.random_form(self.rng, store)
        self.story = [f"{number}: {form}"]
        self.run_, self.changes, self.shell = self.newRun(entryId=str(number), **form), {}, None
        try:
            self.trouble()
            self.comeToTheEnd()
            self.lookAt(number, store)
        except BaseException:
            print("\n  ".join(["What happened:", *self.story]), flush=True)
            raise

    # -- trouble ----------------------------------------------------------------------------------

    def trouble(self):
        for _ in range(self.rng.randrange(2, TURNS + 1)):
            faults = random_events.random_faults(self.rng)
            self.archive.reset()
            self.archive.set(rate=random_events.RATE, **faults)
            self.figures["fault"] += bool(faults)
            self.story.append(f"faults {faults}")
            if self.shell is None or not self.isUp():
                self.launch()
            self.changeReaders()
            self.pause(self.rng.uniform(0.5, 6))
            self.happen(self.rng.choice(random_events.EVENTS))

    def launch(self):
        if self.run_.hasObjId():
            self.proj._updateProtocol(self.run_)
        for name, value in self.changes.items():
            self.run_.setAttributeValue(name, value)
        self.figures["launch"] += 1
        self.story.append("launched")
        self.start(self.run_)
        self.shell = psutil.Process(self.run_.getPid())  # Scipion launches through one

    def pause(self, seconds):
        """Let the run go on for a while, or to its end."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(0.1)

    def happen(self, event):
        if event == "archive dies":
            self.archive.kill()
            self.archive.restart()
        elif event == "raise":
            self.changes["amountOfImages"] = random_events.MOVIES  # for the next launch
        elif event != "wait":
            if not self.isUp():
                return
            {"kill": self.kill, "sigterm": self.terminate, "stop": self.stop,
             "stop here": self.stopHere}[event]()
        self.figures[event] += 1
        self.story.append(event)

    def kill(self):
        self.signal(signal.SIGKILL)

    def terminate(self):
        self.signal(signal.SIGTERM)

    def signal(self, number):
        self.waitFor(lambda: self.processes() or not self.isUp())
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        self.waitFor(lambda: not self.isUp())

    def stop(self):
        """Stop the run as the window does, once its process id is known."""
        self.waitFor(lambda: not self.isUp() or getUpdatedProtocol(self.run_).getPid())
        self.proj._updateProtocol(self.run_)
        with contextlib.suppress(psutil.NoSuchProcess):  # it may have ended just now
            self.proj.stopProtocol(self.run_)
        self.waitFor(lambda: not self.isUp())

    def stopHere(self):
        self.run_.stopHere()
        self.waitFor(lambda: not self.isUp(), END_SECS)

    def changeReaders(self):
        """Consumers of all kinds come, stay, and are killed; some of them keep a lock."""
        if len(self.readers) < 3 and self.rng.random() < 0.6:
            kind = self.rng.choice(sorted(KINDS))
            self.story.append(f"reader {kind}")
            self.readers.append((kind, self.startReader(self.run_, kind)))
        elif self.readers and self.rng.random() < 0.3:
            _, reader = self.readers.pop(0)
            reader.kill()
            reader.communicate()
            self.figures["killed reader"] += 1

    def isUp(self):
        """Return True if the run, or the shell that starts it, is alive."""
        with contextlib.suppress(psutil.NoSuchProcess):
            if self.shell.status() != psutil.STATUS_ZOMBIE:
                return True
        return bool(self.processes())

    def processes(self):
        """The processes of the run, without those that are dead and not yet waited for."""
        mine = [os.path.abspath(self.proj.path), self.run_.getDbPath(), self.run_.strId()]
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.cmdline()[2:5] == mine and "python" in process.name():
                    found.append(process)
        return found

    # -- the end ----------------------------------------------------------------------------------

    def comeToTheEnd(self):
        self.archive.reset()
        self.waitFor(lambda: not self.isUp(), END_SECS)
        self.changes["downloadAll"] = True
        self.launch()
        self.waitFor(lambda: not self.isUp(), END_SECS)
        self.proj._updateProtocol(self.run_)

    def lookAt(self, number, store):
        """Everything that README promises."""
        run = self.run_
        self.assertTrue(run.isFinished(), f"{run.getStatus()}: {run.getErrorMessage()}")
        wanted = RunState(run._getLogsPath()).selection()
        self.assertEqual({movie.path for movie in wanted}, set(self.contents), "all are chosen")
        self.lookAtTheSet(wanted)
        self.lookAtTheFiles(wanted, Path(store, f"EMPIAR-{number}"))
        self.lookAtWhatReadersSaw()
        self.lookAtTheRequests(wanted)
        self.lookForTraces()
        self.figures.update(movie=len(wanted), byte=sum(map(len, self.contents.values())))

    def lookAtTheSet(self, wanted):
        output, items = self.movies(self.run_)
        self.assertFalse(output.isStreamOpen())
        self.assertEqual(self.run_.outputMovies.getSize(), len(wanted))
        self.assertEqual([item.getObjId() for item in items], list(range(1, len(wanted) + 1)))
        names = [item.getMicName() for item in items]
        self.assertEqual(sorted(names), sorted(movie.name for movie in wanted), "each once")
        self.assertEqual(len({Path(name).stem for name in names}), len(names))
        self.assertEqual(bool(output.getGain()), self.hasGain())

    def hasGain(self):
        return bool(self.run_._description().gain().wanted)

    def lookAtTheFiles(self, wanted, store):
        extra = Path(self.run_._getExtraPath())
        for movie in wanted:
            self.assertEqual((extra / movie.name).read_bytes(), self.contents[movie.path])
        gain = {self.run_._description().gain().unpacked().name} if self.hasGain() else set()
        there = {path.name for path in extra.iterdir()}
        self.assertEqual(there - gain, {movie.name for movie in wanted}, "nothing stray")
        tmp = Path(self.run_._getTmpPath())
        self.assertEqual(list(tmp.iterdir()) if tmp.exists() else [], [])
        if store.exists():
            self.assertEqual(list((store / ".parts").iterdir()), [])
        names = {path.name for path in Path(self.run_._getPath()).iterdir()}
        self.assertFalse({name for name in names if ".next" in name}, names)

    def lookAtWhatReadersSaw(self):
        """Check that each reader saw each movie once and in order, and at the end all, and closed.

        Some consumers end at the first closed set, so a Continue is not for them.
        """
        final = [[item.getObjId(), item.getMicName()] for item in self.movies(self.run_)[1]]
        for kind, reader in self.readers:
            report = self.report(reader)
            self.figures["look"] += report["looks"]
            self.assertEqual(report["errors"], [], kind)
            self.assertEqual(report["sizes"], sorted(report["sizes"]), f"{kind}: it went back")
            self.assertEqual(report["states"][-1:], [False], kind)
            self.assertEqual(report["taken"], final[:len(report["taken"])], kind)
            if kind in ("Fresh", "Leaky", "ByTime", "Counter", "Monitor"):
                self.assertEqual(len(report["taken"]), len(final), kind)
            for described in report["described"]:
                self.assertTrue(described["files"], "a movie in the set is on the disk")
        self.readers = []

    def lookAtTheRequests(self, wanted):
        """No movie was asked for after it was whole; one more Continue asks for nothing."""
        asked = {}
        for request in self.archive.requests():
            if request["command"] in ("RETR", "GET"):
                self.figures["resumed"] += bool(request["rest"])
                asked[request["path"]] = request["t"]
        for movie in wanted:
            place = Path(self.run_._getExtraPath(movie.name))
            last = max(t for path, t in asked.items() if path.endswith("/" + movie.path))
            self.assertLessEqual(last, place.lstat().st_ctime + 0.05, f"{movie.path}: again")
        self.archive.forget_requests()
        self.launch()
        self.waitFor(lambda: not self.isUp(), END_SECS)
        self.proj._updateProtocol(self.run_)
        self.assertTrue(self.run_.isFinished(), self.run_.getErrorMessage())
        self.assertEqual(self.archive.requests(), [])

    def lookForTraces(self):
        """No process of the run, and nothing that went wrong unseen."""
        self.assertEqual(self.processes(), [])
        children = psutil.Process().children(recursive=True)
        left = [child.cmdline() for child in children if child.status() != psutil.STATUS_ZOMBIE
                and "empiardownloader.demo.server.process" not in child.cmdline()]
        self.assertEqual(left, [])
        for log in (self.run_.getStdoutLog(), self.run_.getStderrLog()):
            text = Path(log).read_text(encoding="utf-8", errors="replace")
            # Scipion logs a traceback also of a step that failed with a sentence.
            ends = re.findall(r"^Traceback.*?^(?=\S)(?!Traceback)(.*?)$", text, re.M | re.S)
            unexpected = [end for end in ends if "PyworkflowException" not in end]
            self.assertFalse(unexpected, text[-2000:])
            self.assertNotIn("fault of this program", text)
