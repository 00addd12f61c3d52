"""The set of movies as its readers see it: every state of it a whole new file.

A reader may keep a read lock on the set's SQLite file (RELION's motion correction does with its
default form), and SQLite then lets a writer wait for up to 1000 s. So nothing is ever written into
the file that readers open: a copy is extended, committed and closed, and then renamed over it. Old
readers keep the state they opened, new ones see the new state, and a kill leaves one or the other.
"""

import os
import shutil
from typing import Callable, Sequence, Set

from pwem.objects import Movie, SetOfMovies


class PublishedSet:
    """The ``movies.sqlite`` of a run; one thread at a time may publish."""

    def __init__(self, path: str) -> None:
        self._path = path

    def exists(self) -> bool:
        """Whether a state was ever published; it then holds at least one movie."""
        return os.path.exists(self._path)

    def names(self) -> Set[str]:
        """The names (``micName``) of the movies in it."""
        if not self.exists():
            return set()
        movies = SetOfMovies(filename=self._path)
        try:
            return set(movies.getUniqueValues("_micName"))
        finally:
            movies.close()

    def load(self) -> SetOfMovies:
        """The set with all its properties, its file closed."""
        movies = SetOfMovies(filename=self._path)
        movies.loadAllProperties()
        movies.close()
        return movies

    def publish(
        self, new: Sequence[Movie], state: int, describe: Callable[[SetOfMovies], None]
    ) -> SetOfMovies:
        """Add movies, with ascending ids, and set the stream's state.

        ``describe`` gives a set that is only now created its sampling rate, acquisition, gain,
        dimensions and frame range. Returns the set, its file closed.
        """
        # Never hidden behind the name of the live file: SQLite's journal is named after it.
        draft = self._path + ".next"
        for leftover in (draft, draft + "-journal"):
            if os.path.exists(leftover):
                os.unlink(leftover)
        existed = self.exists()
        if existed:
            shutil.copyfile(self._path, draft)
        movies = SetOfMovies(filename=draft)
        try:
            if existed:
                movies.loadAllProperties()
                movies.enableAppend()
            else:
                describe(movies)
            for movie in new:
                movies.append(movie)
            movies.setStreamState(state)
            movies.write()
        finally:
            movies.close()
        os.replace(draft, self._path)
        # Readers compare this time with that of their last look, which may lie before the rename.
        os.utime(self._path)
        movies._mapperPath.set(f"{self._path}, ")
        return movies
