"""The ways in which other protocols read the open set, through kills and beside a kept lock."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

from pwem.objects import Acquisition, Movie, SetOfMovies
from pyworkflow.object import Set

from empiardownloader.streaming import superseded_files
from empiardownloader.streaming.image_items import Movies
from empiardownloader.streaming.set_file import SetFile
from empiardownloader.tests.forked.client import python
from empiardownloader.tests.project import base
from empiardownloader.tests.project.set_readers import KINDS

VISIBLE_SECS = 10  # within which a new movie is seen, whatever others do


class TestConsumers(base.ArchiveTest):
    """Twelve movies that download slowly, and consumers in processes of their own."""

    paths = base.numbered(12)

    def setUp(self):
        super().setUp()
        self.archive.set(rate=40_000)
        self.run_ = self.newRun(entryId="10001", amountOfImages=12, connections=2)

    def registered(self):
        if not os.path.exists(self.run_._getPath("movies.sqlite")):
            return 0
        return len(self.movies(self.run_)[1])

    def isOpen(self):
        return self.movies(self.run_)[0].isStreamOpen()

    def startReaders(self, *kinds):
        self.proj.saveProtocol(self.run_)
        readers = {kind: self.startReader(self.run_, kind) for kind in kinds}
        for reader in readers.values():
            reader.stdout.readline()
        return readers

    def reports(self, readers):
        return {kind: self.report(reader) for kind, reader in readers.items()}

    def assertSawAll(self, kind, report):
        """No error, no empty set, no gap, no double, no state that goes back."""
        self.assertEqual(report["errors"], [], kind)
        self.assertEqual(report["states"], [True, False], kind)
        self.assertNotIn(0, report["sizes"], kind)
        self.assertEqual(report["sizes"], sorted(report["sizes"]), kind)
        if kind not in ("Sizes", "StateOnly"):
            items = [(movie.getObjId(), movie.getMicName())
                     for movie in self.movies(self.run_)[1]]
            self.assertEqual([tuple(item) for item in report["taken"]], items, kind)

    def test_every_consumer_sees_each_movie_once_through_kills_and_continue(self):
        readers = self.startReaders(*[kind for kind in KINDS if kind != "Leaky"])
        for amount in (3, 7):
            self.start(self.run_)
            self.waitFor(lambda amount=amount: self.registered() >= amount)
            self.kill(self.run_)
        self.runToEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths)
        for kind, report in self.reports(readers).items():
            with self.subTest(kind):
                self.assertSawAll(kind, report)

    def test_a_consumer_that_keeps_a_lock_hides_no_movie_from_the_others(self):
        others = ("Fresh", "ByTime", "Counter", "Monitor", "Sizes", "StateOnly", "Leaky")
        readers = self.startReaders(*others)
        self.runToEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths)
        reports = self.reports(readers)
        for kind, report in reports.items():
            with self.subTest(kind):
                self.assertSawAll(kind, report)
        self.assertIn("movies.sqlite.link", os.listdir(self.run_._getPath()), "a lock was met")
        for name, seen in reports["Fresh"]["times"].items():
            arrived = os.stat(self.run_._getExtraPath(name)).st_mtime
            self.assertLess(seen - arrived, VISIBLE_SECS, name)

    def test_a_lock_that_comes_before_the_set_is_an_output_delays_nothing(self):
        """A reader that knows the place may find the first state some moments before."""
        self.archive.set(rate=0)
        self.start(self.run_, standStillAt="output_set:_announce")
        with self.standingStill(self.run_):
            reader = sqlite3.connect(self.run_._getPath("movies.sqlite"), isolation_level=None)
            rows = reader.execute("SELECT id FROM Objects")
            rows.fetchone()
        self.waitForEnd(self.run_, 60)
        self.assertComplete(self.run_, 10001, self.paths)
        rows.close()
        reader.close()

    def test_a_lock_on_the_runs_database_only_delays(self):
        """A window, or a consumer's look at this run, may keep such a lock for a while."""
        self.start(self.run_)
        self.waitFor(lambda: self.registered() >= 1)
        database = sqlite3.connect(self.run_.getDbPath(), timeout=60, isolation_level=None)
        database.execute("BEGIN")
        database.execute("SELECT * FROM Objects").fetchone()
        time.sleep(8)  # the length of the lock, nothing is waited for
        database.close()
        self.waitForEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths)

    def test_a_lock_that_the_window_keeps_is_gone_when_it_shows_the_runs_next_state(self):
        """The check of a form may read one movie of the set, and leave the rest unread."""
        self.archive.set(rate=0)
        self.run_.amountOfImages.set(2)
        self.runToEnd(self.run_)
        movies = self.run_.outputMovies
        unread = movies.iterItems()
        next(unread)
        path = self.run_._getPath("movies.sqlite")
        self.assertTrue(isLocked(path))
        self.run_.lastUpdateTimeStamp.set("2000-01-01 00:00:00")  # there is a newer state
        self.proj._updateProtocol(self.run_)
        self.assertFalse(isLocked(path))
        self.assertEqual(self.run_.outputMovies.getSize(), 2)
        self.assertEqual(len(list(self.run_.outputMovies.iterItems())), 2)

    def test_continue_opens_a_closed_set_again_and_adds_to_it(self):
        self.run_.amountOfImages.set(4)
        readers = self.startReaders("Fresh", "ByTime", "Kept", "AboveLast")
        self.holdBack("*movie_4.mrc")
        self.start(self.run_)
        self.waitFor(lambda: os.path.exists(self.run_._getPath("movies.sqlite")))
        self.waitFor(self.isOpen)
        self.archive.reset()
        self.waitForEnd(self.run_)
        self.assertFalse(self.isOpen())
        self.run_.amountOfImages.set(8)
        self.start(self.run_)
        self.waitFor(self.isOpen)
        self.waitForEnd(self.run_)
        self.assertComplete(self.run_, 10001, self.paths[:8])
        for kind, report in self.reports(readers).items():
            with self.subTest(kind):
                self.assertEqual(report["errors"], [])
                self.assertEqual([objId for objId, _ in report["taken"]], list(range(1, 9)))
                # Kept is MotionCor, which does not look again at a set that was closed.
                self.assertEqual(report["states"],
                                 [True, False] if kind == "Kept" else [True, False, True, False])


def isLocked(path):
    """Return True if another connection keeps a lock on an SQLite file."""
    database = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        database.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError:
        return True
    finally:
        database.close()
    return False


class TestSetFile(unittest.TestCase):
    """The set's file alone."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "movies.sqlite")
        self.published = SetFile(self.path, Movies.kind)

    def add(self, *numbers, state=Set.STREAM_OPEN):
        return publish(self.path, numbers, state)

    def fresh(self):
        """Return the ids, and whether the set is open, as a new reader sees them."""
        movies = SetOfMovies(filename=self.path)
        movies.loadAllProperties()
        seen = [movie.getObjId() for movie in movies.iterItems()], movies.isStreamOpen()
        self.assertLessEqual(movies.getSize(), len(seen[0]), "asked for before")
        movies.close()
        return seen

    def secondsUntilSeen(self, number):
        """Return the seconds to add the next movie and find all of them."""
        began = time.monotonic()
        self.add(number)
        self.assertEqual(self.fresh(), (list(range(1, number + 1)), True))
        return time.monotonic() - began

    def files(self):
        return sorted(os.listdir(os.path.dirname(self.path)))

    def kept(self):
        """A set that is opened once and never closed."""
        movies = SetOfMovies(filename=self.path)
        self.addCleanup(movies.close)
        return movies

    def locked(self):
        """A set of which one movie is read, and the rest of its movies."""
        movies = self.kept()
        rest = movies.iterItems()
        next(rest)
        return movies, rest

    def test_four_hundred_movies_against_a_kept_lock_and_a_fresh_reader(self):
        self.add(1, 2)
        _, rest = self.locked()
        longest = [self.secondsUntilSeen(number) for number in range(3, 403)]
        print(f"\nthe lock is met: {longest[0]:.2f} s; then at most {max(longest[1:]):.2f} s")
        self.assertLess(longest[0], VISIBLE_SECS)
        self.assertLess(max(longest[1:]), VISIBLE_SECS)
        self.assertLess(sum(longest[1:]), 400 * 0.5)
        self.assertEqual([movie.getObjId() for movie in rest], [2], "its snapshot stays valid")

    def test_a_set_of_a_whole_archive_entry_is_visible_in_time_beside_a_kept_lock(self):
        """Twenty thousand movies, the larger entries of EMPIAR, are copied when the lock is met."""
        self.add(*range(1, 20_001))
        self.locked()
        took = [self.secondsUntilSeen(number) for number in range(20_001, 20_004)]
        self.assertLess(max(took), VISIBLE_SECS, took)

    def test_who_keeps_the_set_open_sees_what_comes(self):
        self.add(1)
        kept = self.kept()
        for number in range(2, 6):
            self.add(number)
            self.assertEqual(kept.getUniqueValues("id"), list(range(1, number + 1)))
        self.add(state=Set.STREAM_CLOSED)
        kept.loadAllProperties()
        self.assertFalse(kept.isStreamOpen())
        self.assertEqual(self.files(), ["movies.sqlite"])

    def test_who_keeps_the_set_open_sees_it_also_after_the_lock_of_another_is_gone(self):
        self.add(1, 2)
        kept = self.kept()
        movies, rest = self.locked()
        self.add(3)
        self.assertEqual(kept.getUniqueValues("id"), [1, 2], "locked, but for fresh readers")
        self.assertEqual(self.fresh()[0], [1, 2, 3])
        _letGo(movies, rest)
        self.add(4)
        self.assertEqual(kept.getUniqueValues("id"), [1, 2, 3, 4])
        self.add(5, state=Set.STREAM_CLOSED)
        self.assertEqual(kept.getUniqueValues("id"), [1, 2, 3, 4, 5])
        kept.loadAllProperties()
        self.assertFalse(kept.isStreamOpen())
        self.assertEqual(self.files(), ["movies.sqlite", "movies.sqlite.link"])

    def test_a_set_that_has_read_its_properties_opens_the_same_file_again(self):
        for turn in range(3):
            self.add(2 * turn + 1, 2 * turn + 2)
            movies = self.kept()
            movies.loadAllProperties()
            self.assertEqual(movies.getFileName(), self.path)
            movies.close()
            self.assertEqual(movies.getFirstItem().getMicName(), "movie_1.mrc")
            self.locked()

    def test_a_long_read_is_waited_for(self):
        self.add(1, 2)
        movies, rest = self.locked()
        threading.Timer(3, _letGo, [movies, rest]).start()
        self.add(3)
        self.assertEqual(self.fresh()[0], [1, 2, 3])
        self.assertEqual(self.files(), ["movies.sqlite"], "nobody was left behind")

    def test_each_state_has_a_later_time_than_any_look_before_it(self):
        times = []
        for number in range(1, 30):
            self.add(number)
            times.append(os.stat(self.path).st_mtime)
            self.assertGreater(times[-1], time.time())
        self.assertEqual(times, sorted(set(times)))

    def test_where_files_cannot_be_linked_every_state_is_a_copy(self):
        self.add(1, 2)
        link, os.link = os.link, _cannotLink
        self.addCleanup(setattr, os, "link", link)
        movies, rest = self.locked()
        for number in range(3, 6):
            self.add(number)
            self.assertEqual(self.fresh()[0], list(range(1, number + 1)))
        self.assertEqual([movie.getObjId() for movie in rest], [2])
        _letGo(movies, rest)
        self.add(state=Set.STREAM_CLOSED)
        self.assertEqual(self.fresh(), ([1, 2, 3, 4, 5], False))

    # -- the end of the set, for those who have an earlier file of it open -------------------------

    def startHolding(self, keepsLock):
        """Another process with the set's present file open; with its standard input it ends."""
        process = subprocess.Popen(
            python("-c", _HOLD, self.path, "lock" if keepsLock else ""),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        process.stdout.readline()
        return process

    def closeBeside(self, *keepLocks):
        """Close a set of which processes have an earlier file open; returns them."""
        self.add(1, 2)
        holders = [self.startHolding(keepsLock) for keepsLock in keepLocks]
        self.add(3, state=Set.STREAM_CLOSED)
        self.assertEqual(self.fresh(), ([1, 2, 3], False))
        self.assertEqual(len(self.superseded()), 1)
        return holders

    def superseded(self):
        return [name for name in self.files() if "older" in name]

    def complete(self, onLook=lambda: None):
        """Complete the earlier files; ``onLook`` is called at each turn, True ends them."""
        self.published.superseded.complete(contextlib.nullcontext, isStopped=onLook)

    def test_who_waits_behind_the_lock_of_another_is_told_the_end_when_the_lock_is_gone(self):
        locker, waiter = self.closeBeside(True, False)
        turns = []

        def letGoLater():
            turns.append(0)
            if len(turns) == 2:
                locker.communicate()

        self.complete(letGoLater)
        self.assertEqual(len(turns), 2)
        self.assertEqual(waiter.communicate()[0].split(), ["3", "2"], "movies and stream state")
        self.assertEqual(self.superseded(), [])

    def test_a_lock_that_keeps_nobody_waiting_is_not_waited_for(self):
        self.closeBeside(True)
        self.complete(lambda: self.fail("it was waited for"))

    def test_the_wait_can_be_ended_and_what_runs_next_completes_the_file(self):
        locker, waiter = self.closeBeside(True, False)
        with self.assertLogs("empiardownloader.streaming", "WARNING"):
            self.complete(lambda: True)
        self.assertEqual(len(self.superseded()), 1)
        locker.communicate()
        self.complete()
        self.assertEqual(waiter.communicate()[0].split(), ["3", "2"])
        self.assertEqual(self.superseded(), [])

    def test_locks_of_other_machines_are_waited_for_a_while(self):
        """Their processes are not seen; here no process is."""
        locker, waiter = self.closeBeside(True, False)
        with mock.patch.object(superseded_files, "processes_with", return_value=set()), \
                mock.patch.object(superseded_files, "_ELSEWHERE_SECS", 0), \
                self.assertLogs("empiardownloader.streaming", "WARNING"):
            self.complete()
        with mock.patch.object(superseded_files, "processes_with", return_value=set()):
            self.complete(lambda: locker.poll() is None and locker.communicate() and False)
        self.assertEqual(waiter.communicate()[0].split(), ["3", "2"])

    def killAgainAndAgain(self, times):
        chance = random.Random(times)
        for _ in range(times):
            child = subprocess.Popen(
                python("-c", f"from {__name__} import addForEver\naddForEver({self.path!r})"),
                stdout=subprocess.PIPE)
            self.addCleanup(child.kill)
            child.stdout.readline()
            until = time.monotonic() + chance.uniform(0.02, 0.3)
            while time.monotonic() < until:
                ids, _ = self.fresh()
                self.assertEqual(ids, list(range(1, len(ids) + 1)))
            os.kill(child.pid, signal.SIGKILL)
            child.communicate()
            after, isOpen = self.fresh()
            self.assertGreaterEqual(len(after), len(ids))
            self.assertEqual(after, list(range(1, len(after) + 1)))
            self.assertTrue(isOpen)

    def test_killed_while_it_writes_in_place(self):
        self.add(1)
        self.killAgainAndAgain(12)
        self.assertNotIn("movies.sqlite.link", self.files())

    def test_killed_while_it_writes_beside_a_kept_lock(self):
        self.add(1, 2)
        _, rest = self.locked()
        self.add(3)
        self.killAgainAndAgain(12)
        self.assertEqual([movie.getObjId() for movie in rest], [2])

    def test_what_a_kill_left_half_written_is_rolled_back(self):
        """Pages of the next state are in the file, and the journal that undoes them beside it."""
        self.add(*range(1, 40))
        writer = sqlite3.connect(self.path, isolation_level=None)
        writer.execute("PRAGMA cache_size = 1")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE Objects SET comment = hex(randomblob(2000))")
        files = {path: Path(path).read_bytes() for path in (self.path, self.path + "-journal")}
        writer.execute("ROLLBACK")
        writer.close()
        for path, content in files.items():
            Path(path).write_bytes(content)
        self.assertEqual(len(self.published.keys()), 39)
        self.add(40, state=Set.STREAM_CLOSED)
        self.assertEqual(self.fresh(), (list(range(1, 41)), False))
        self.assertEqual(self.kept().getFirstItem().getObjComment(), "")


_HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
cursor = connection.execute("SELECT id FROM Objects ORDER BY id")
cursor.fetchone()
if sys.argv[2] != "lock":
    cursor.fetchall()
print(flush=True)
sys.stdin.read()
if sys.argv[2] != "lock":
    print(connection.execute("SELECT COUNT(*) FROM Objects").fetchone()[0])
    print(connection.execute("SELECT value FROM Properties WHERE key = '_streamState'")
          .fetchone()[0])
"""


def publish(path, numbers, state):
    """Add movies of these numbers."""
    movies = []
    for number in numbers:
        movies.append(Movie(location=f"movie_{number}.mrc"))
        movies[-1].setMicName(f"movie_{number}.mrc")
        movies[-1].setFramesRange([1, 4, 1])
    return SetFile(path, Movies.kind).publish(movies, state, _describe)


def addForEver(path):
    """Add movies as a run does, without its steps; to be killed."""
    number = len(SetFile(path, Movies.kind).keys())
    print("", flush=True)
    while True:
        number += 1
        publish(path, [number], Set.STREAM_OPEN)


def _letGo(movies, rest):
    rest.close()  # from Python 3.11 on, a query that is not read to its end outlives its connection
    movies.close()


def _describe(movies):
    movies.setSamplingRate(1.0)
    movies.setAcquisition(Acquisition(voltage=300))
    movies.setDim((128, 128, 4))


def _cannotLink(source, target):
    raise OSError("links are not supported here")
