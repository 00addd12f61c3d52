"""Choosing some of the movies on offer: by their names, or every k-th of the list."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Iterable, Iterator, List, Set, Tuple

from .select_movies import SelectedFile

_NAMED = 5  # names in a sentence


@dataclass(frozen=True)
class MovieChoice:
    """Names of the movies that are wanted, none for all; and 3 for every third of those."""

    names: Tuple[str, ...] = ()
    every: int = 1

    @classmethod
    def of(cls, text: str, every: int = 1) -> MovieChoice:
        """Read names that are separated by commas, or those in the lines of a local file.

        In a file, what follows a blank in a line, and lines that begin with #, do not count.
        Raises ValueError for a file that names nothing.
        """
        text = text.strip()
        if not os.path.isfile(text):
            return cls(tuple(filter(None, map(str.strip, text.split(",")))), every)
        with open(text, encoding="utf-8", errors="replace") as file:
            words = [line.split() for line in file]
        names = tuple(line[0] for line in words if line and not line[0].startswith("#"))
        if not names:
            raise ValueError(f"The file {text} contains no names of movies")
        return cls(names, every)

    def __bool__(self) -> bool:
        return bool(self.names) or self.every > 1

    def apply(self, movies: Iterable[SelectedFile]) -> Iterator[SelectedFile]:
        """Yield the movies that are wanted, in the order of the list."""
        named = self._named(movies) if self.names else iter(movies)
        return itertools.islice(named, 0, None, self.every)

    def _named(self, movies: Iterable[SelectedFile]) -> Iterator[SelectedFile]:
        wanted = {_key(name) for name in self.names}
        for movie in movies:
            found = wanted.intersection(_keys(movie))
            if found:
                yield movie
                wanted -= found
            if not wanted:
                return

    def not_found(self, movies: Iterable[SelectedFile]) -> List[str]:
        """Return the names that none of the chosen movies has."""
        there = set().union(*map(_keys, movies))
        return [name for name in self.names if _key(name) not in there]

    def note(self, movies: Iterable[SelectedFile]) -> str:
        """Return a sentence on the names that no movie has, '' where all were found."""
        missing = self.not_found(movies)
        if not missing:
            return ""
        more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
        listed = ", ".join(missing[:_NAMED])
        return f"Not in the image set: {len(missing)} of {len(self.names)} names: {listed}{more}"


def _key(name: str) -> str:
    return name.strip("/").casefold()


def _keys(movie: SelectedFile) -> Set[str]:
    """What a movie may be called: its path, and its name there or here, with or without suffix."""
    path = PurePosixPath(movie.remote.path)
    names = {path.name, movie.name}
    stems = {path.stem, PurePosixPath(movie.name).stem}
    return {_key(name) for name in (movie.remote.path, *names, *stems)}
