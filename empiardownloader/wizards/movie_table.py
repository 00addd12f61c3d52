"""The movies that a file pattern matches, as plain values: no window and no network."""

from dataclasses import dataclass, field
from typing import Mapping, Sequence

from ..files.choice import MovieChoice
from ..files.select_movies import SelectedFile
from ..files.tree import RemoteFile
from ..lookup.selection import Selection, skipped_line
from ..units import format_size
from .tables import Row, Table, sizeText

#: Movies that the wizard of the file pattern lists; all are counted.
MOST_MOVIES = 1000

COLUMNS = (("No.", 60), ("Path inside the entry", 720), ("Size", 100))


@dataclass(frozen=True)
class MatchingMovies:
    """The movies that match a pattern: the first ones, and the count and size of all.

    folder: the image set's. sizes: bytes of the movies whose size is known. is_whole: whether all
    were counted. previews: images that show a movie, by the movie's path. noun: what they are.
    """

    folder: str
    selection: Selection
    count: int
    sizes: Sequence[int]
    is_whole: bool = True
    previews: Mapping[str, str] = field(default_factory=dict)
    noun: str = "movie"

    @property
    def bytes_each(self):
        """The mean size of a movie, None where no size is known."""
        return sum(self.sizes) / len(self.sizes) if self.sizes else None


def movieTable(found, matching, amount, free, choice=MovieChoice()):  # noqa: B008 (frozen)
    """Return the movies that match; those that the form names are selected.

    amount: how many the form asks for, None for all. free: bytes that are free on the run's disk.
    choice: the form's names of movies, and its k of every k-th.
    """
    movies = matching.selection.movies
    heading = [
        f"{found.entry.accession}, image set {found.image_set.number}: "
        f"folder '{matching.folder}'",
        f"{_countText(matching)} {_downloadText(matching, amount, choice)} "
        f"{_freeText(matching, amount, free, choice)}",
        *matching.selection.notes,
        *filter(None, [skipped_line(matching.selection, matching.noun)]),
    ]
    rows = [
        Row(
            (str(number), movie.path, sizeText(movie)),
            movie.path,
            preview=matching.previews.get(movie.path, ""),
        )
        for number, movie in enumerate(movies, 1)
    ]
    return Table(heading, COLUMNS, rows, first=None, selected=_namedRows(movies, choice))


def _namedRows(movies, choice):
    if not choice.names:
        return []
    files = [SelectedFile(RemoteFile(movie.path), movie.name) for movie in movies]
    named = {file.remote.path for file in MovieChoice(choice.names).apply(files)}
    return [row for row, movie in enumerate(movies) if movie.path in named]


def emptyTable(sentence):
    """Return a table without rows, with a sentence on the files that were found."""
    return Table([sentence], COLUMNS, [], first=None)


def _countText(matching):
    shown = len(matching.selection.movies)
    count = f"{matching.count:,} {matching.noun}{'' if matching.count == 1 else 's'}"
    total = _sizeOf(matching, matching.count)
    if not matching.is_whole:
        return f"Showing {shown:,} of more than {count} ({total} counted so far)."
    if shown < matching.count:
        return f"Showing {shown:,} of {count} ({total} in total)."
    return f"{count}, {total} in total."


def _downloadText(matching, amount, choice):
    if choice:
        count = _chosenCount(matching, amount, choice)
        size = f"about {format_size(matching.bytes_each * count)}" if matching.bytes_each else "?"
        which = "that the form names" if choice.names else f"of them, one in {choice.every}"
        return f"This run downloads {count:,} {which} ({size})."
    if amount is None or (matching.is_whole and amount >= matching.count):
        whole = matching.is_whole and matching.count == 1
        return f"This run downloads {'it' if whole else 'all of them'}."
    size = _sizeOf(matching, amount)
    which = "the first one" if amount == 1 else f"the first {amount:,}"
    return f"This run downloads {which} ({size})."


def _chosenCount(matching, amount, choice):
    """Return how many movies the run downloads, as far as all are counted."""
    there = len(choice.names) if choice.names else matching.count
    count = -(-there // choice.every)
    return count if amount is None else min(amount, count)


def _freeText(matching, amount, free, choice):
    count = _chosenCount(matching, amount, choice)
    needed = matching.bytes_each * count if matching.bytes_each else 0
    text = f"Free on the disk: {format_size(free)}"
    return f"{text}." if needed <= free else f"{text}, which is not enough."


def _sizeOf(matching, count):
    """Return the size of the first movies as text; 'about' where it is partly estimated."""
    first = [movie.size for movie in matching.selection.movies[:count]]
    if len(first) == count and None not in first:
        return format_size(sum(first))
    if count == matching.count == len(matching.sizes):
        return format_size(sum(matching.sizes))
    if matching.bytes_each is None:
        return "unknown size"
    return f"about {format_size(matching.bytes_each * count)}"
