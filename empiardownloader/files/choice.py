"""Chooses some of the movies of an image set: by name, or every k-th of the list."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Dict, Iterable, Iterator, List, Sequence, Set, Tuple, Union

from .select_movies import SelectedFile

_NAMED = 5  # names in a sentence


@dataclass(frozen=True)
class MovieChoice:
    """The names of the chosen movies (none: all), and the step of the choice (3: every third)."""

    names: Tuple[str, ...] = ()
    every: int = 1

    @classmethod
    def of(cls, names: Union[str, Sequence[str]], every: int = 1) -> MovieChoice:
        """Take names as they are, or read them from a text.

        A text holds names separated by commas, or is the path of a file with one in each line.
        What follows a blank in a line, and lines that begin with #, do not count there. Raises
        ValueError for a file that names nothing.
        """
        if not isinstance(names, str):
            return cls(tuple(names), every)
        text = names.strip()
        if not os.path.isfile(text):
            return cls(tuple(filter(None, map(str.strip, text.split(",")))), every)
        with open(text, encoding="utf-8", errors="replace") as file:
            words = [line.split() for line in file]
        found = tuple(line[0] for line in words if line and not line[0].startswith("#"))
        if not found:
            raise ValueError(f"The file {text} contains no names of movies")
        return cls(found, every)

    def __bool__(self) -> bool:
        return bool(self.names) or self.every > 1

    def apply(self, movies: Iterable[SelectedFile]) -> Iterator[SelectedFile]:
        """Yield the chosen movies, in the order of the list."""
        named = self._named(movies) if self.names else iter(movies)
        return itertools.islice(named, 0, None, self.every)

    def _named(self, movies: Iterable[SelectedFile]) -> Iterator[SelectedFile]:
        wanted = {_key(name) for name in self.names}
        for movie in movies:
            if wanted.intersection(_keys(movie)):
                yield movie
                # A file's own name may be that of a file in a later folder, too.
                wanted -= _unique_keys(movie)
            if not wanted:
                return

    def not_found(self, movies: Iterable[SelectedFile]) -> List[str]:
        """Return the names that none of the chosen movies has."""
        there = set().union(*map(_keys, movies))
        return [name for name in self.names if _key(name) not in there]

    def note(self, movies: Iterable[SelectedFile]) -> str:
        """Return a sentence on names of no movie and names of several, or ''."""
        movies = list(movies)
        missing, shared = self.not_found(movies), self._shared(movies)
        notes = []
        if missing:
            count = f"{len(missing)} of {len(self.names)} names"
            notes.append(f"Not in the image set: {count}: {_first_of(missing)}")
        if shared:
            count = "1 name stands" if len(shared) == 1 else f"{len(shared)} names stand"
            paths = _first_of([path for same in shared for path in same])
            notes.append(f"{count} for several movies, all of which are chosen: {paths}")
        return ". ".join(notes)

    def _shared(self, movies: Iterable[SelectedFile]) -> List[List[str]]:
        """Return the paths of the movies of each name that several have."""
        paths: Dict[str, List[str]] = {}
        for movie in movies:
            for key in _keys(movie):
                paths.setdefault(key, []).append(movie.remote.path)
        of_names = (paths.get(_key(name), []) for name in self.names)
        return [same for same in of_names if len(same) > 1]


def _key(name: str) -> str:
    return name.strip("/").casefold()


def _keys(movie: SelectedFile) -> Set[str]:
    """Return a movie's path, and its name there and here, each name with and without suffix."""
    return {_key(movie.remote.path), *_own_keys(movie), *_local_keys(movie)}


def _unique_keys(movie: SelectedFile) -> Set[str]:
    """Return the names that no other movie of the image set has."""
    return {_key(movie.remote.path), *(_local_keys(movie) - _own_keys(movie))}


def _own_keys(movie: SelectedFile) -> Set[str]:
    path = PurePosixPath(movie.remote.path)
    return {_key(path.name), _key(path.stem)}


def _local_keys(movie: SelectedFile) -> Set[str]:
    return {_key(movie.name), _key(PurePosixPath(movie.name).stem)}


def _first_of(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more
