"""The set of movies as its readers see it: whole states, whatever other readers do.

Readers are of two kinds, and no single way of writing serves both. Some keep one connection to the
set's SQLite file for their whole life (MotionCor's new streaming, Warp) and see what is committed
into that file, never what replaces it. Others keep a read lock by mistake (RELION's motion
correction does with its default form), and a commit then waits for up to 1000 s. So a new state is

1. committed in place, as SQLite does it, if that is possible within a few seconds;
2. else committed to a copy, which is renamed over the file. Readers of the old file keep their
   snapshot, new ones see the new state; and the old file, too, is brought up to date as soon as
   nobody keeps a lock on it, for those who have only that one open.

After a replacement a journal of the file's own name would be a trap: a reader that still has the
old file open would take it for that file's. From then on the set is written through a second link
of another name, after which SQLite names the journal.
"""

import os
import shutil
import sqlite3
import time
from typing import Callable, Collection, Dict, Optional, Sequence, Set

from pwem.objects import Movie, SetOfMovies

from .superseded_files import SupersededFiles

_TRIES_IN_PLACE = 2
_TRY_SECS = 2.0  # less than the 3 s after which pyworkflow's helpers give a set up as closed
_BETWEEN_TRIES_SECS = 0.2  # lets in the readers that wait meanwhile
#: How far the file's time is set ahead of the clock. Readers compare it with the time of their last
#: look by their own clock, and some file systems keep whole seconds only.
_AHEAD_NS = 2_000_000_000

_Change = Callable[[SetOfMovies], None]


class PublishedSet:
    """The ``movies.sqlite`` of a run; one thread at a time may publish."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._draft = path + ".next"
        self._link = path + ".link"
        self.superseded = SupersededFiles(path)

    def exists(self) -> bool:
        """Whether a state was ever published; it then holds at least one movie."""
        return os.path.exists(self._path)

    def isOpen(self) -> bool:
        """Whether there is a set, and its readers wait for more."""
        return self.exists() and self.load().isStreamOpen()

    def names(self) -> Set[str]:
        """The names (``micName``) of the movies in it."""
        if not self.exists():
            return set()
        self._recover()
        movies = SetOfMovies(filename=self._path)
        try:
            return set(movies.getUniqueValues("_micName"))
        finally:
            movies.close()

    def frames(self) -> Dict[str, int]:
        """The number of frames of each movie, by its name (``micName``)."""
        self._recover()
        movies = SetOfMovies(filename=self._path)
        try:
            found = movies.getUniqueValues(["_micName", "_framesRange"])
        finally:
            movies.close()
        return {
            name: int(str(frames).split(",")[1])
            for name, frames in zip(found["_micName"], found["_framesRange"])
        }

    def load(self) -> SetOfMovies:
        """The set with all its properties, its file closed."""
        self._recover()
        movies = SetOfMovies(filename=self._path)
        movies.loadAllProperties()
        movies.close()
        return movies

    def publish(
        self, new: Sequence[Movie], state: int, describe: _Change
    ) -> SetOfMovies:
        """Add movies, with ascending ids, and set the stream's state.

        ``describe`` gives a set that is only now created its sampling rate, acquisition, gain,
        dimensions and frame range. Returns the set, its file closed.
        """

        def change(movies: SetOfMovies) -> None:
            for movie in new:
                movies.append(movie)
            movies.setStreamState(state)

        if self.exists():
            movies = self._writeInPlace(change) or self._replace(change)
        else:
            self._clearDraft()
            movies = self._write(self._draft, change, describe)
            self._moveDraft()
        self._tellTime()
        self.superseded.update(closed=state == SetOfMovies.STREAM_CLOSED)
        return movies

    def amend(
        self, describe: _Change, without: Collection[str] = (), new: Sequence[Movie] = ()
    ) -> SetOfMovies:
        """Let the set that is there, and each movie in it, have what ``describe`` gives the set.

        Movies of the names ``without`` are taken out of it, and the ``new`` ones added, at once: a
        set without movies cannot be read.
        Readers that keep an older file open have the movies in it as they were.
        """

        def change(movies: SetOfMovies) -> None:
            describe(movies)
            for number in movies.getIdSet():
                movie = movies[number]
                if movie.getMicName() in without:
                    movies._mapper.db.executeCommand("DELETE FROM Objects WHERE id = ?", (number,))
                    movies._size.set(movies._size.get() - 1)
                    continue
                movie.setSamplingRate(movies.getSamplingRate())
                movie.setAcquisition(movies.getAcquisition().clone())  # the item is reused
                movies.update(movie)
            for movie in new:
                movies.append(movie)

        movies = self._replace(change)
        self._tellTime()
        return movies

    # -- two ways to a new state ------------------------------------------------------------------

    def _writeInPlace(self, change: _Change) -> Optional[SetOfMovies]:
        """Commit into the file that readers have open; None where a reader does not let us."""
        if not self._writable():
            return None
        for attempt in range(_TRIES_IN_PLACE):
            if attempt:
                time.sleep(_BETWEEN_TRIES_SECS)
            try:
                self._recover()
                return self._write(self._own(), change, patience=_TRY_SECS)
            except sqlite3.OperationalError:
                continue
        return None

    def _replace(self, change: _Change) -> SetOfMovies:
        """Commit to a copy and rename it over the file, which needs nobody's leave."""
        self._clearDraft()
        shutil.copyfile(self._path, self._draft)
        if os.path.exists(self._own() + "-journal"):  # of a kill: SQLite rolls the copy back
            shutil.copyfile(self._own() + "-journal", self._draft + "-journal")
        movies = self._write(self._draft, change)
        self.superseded.keep()
        self._linkDraft()
        _remove(self._path + "-journal")
        self._moveDraft()
        return movies

    def _write(
        self,
        path: str,
        change: _Change,
        describe: Optional[_Change] = None,
        patience: Optional[float] = None,
    ) -> SetOfMovies:
        movies = SetOfMovies(filename=path)
        try:
            if patience is not None:
                # pyworkflow's own is 1000 s.
                movies._mapper.db.executeCommand(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
            if describe is None:
                movies.loadAllProperties()
                movies.enableAppend()
            else:
                describe(movies)
            change(movies)
            # Written with the other properties, and what a reader opens after it has read them.
            movies._mapperPath.set(f"{self._path}, ")
            movies.write()
        finally:
            movies.close()
        return movies

    # -- the files --------------------------------------------------------------------------------

    def _own(self) -> str:
        """The name by which the file is written, which names the journal."""
        return self._link if os.path.exists(self._link) else self._path

    def _writable(self) -> bool:
        return os.path.samefile(self._own(), self._path)

    def _recover(self) -> None:
        """Let SQLite roll back what a kill left half done; OperationalError if it cannot now."""
        if not (self._writable() and os.path.exists(self._own() + "-journal")):
            return
        connection = sqlite3.connect(self._own(), timeout=_TRY_SECS)
        try:
            connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        finally:
            connection.close()

    def _clearDraft(self) -> None:
        # Never hidden behind the name of the live file: SQLite's journal is named after it.
        _remove(self._draft)
        _remove(self._draft + "-journal")

    def _linkDraft(self) -> None:
        _remove(self._link)
        _remove(self._link + "-journal")
        try:
            os.link(self._draft, self._link)
        except OSError:  # no links on this file system: every state is a copy from now on
            with open(self._link, "wb"):
                pass

    def _moveDraft(self) -> None:
        os.replace(self._draft, self._path)
        folder = os.open(os.path.dirname(self._path) or ".", os.O_RDONLY)
        try:
            os.fsync(folder)  # SQLite has done so for the content
        finally:
            os.close(folder)

    def _tellTime(self) -> None:
        """Let every reader that goes by the file's time look again."""
        stamp = max(time.time_ns() + _AHEAD_NS, os.stat(self._path).st_mtime_ns + 1)
        os.utime(self._path, ns=(stamp, stamp))


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.unlink(path)
