"""The movies that a file pattern matches, as plain values: no window and no network."""

from dataclasses import dataclass, field
from typing import Mapping, Sequence

from ..lookup.selection import Selection, skipped_line
from ..units import format_size
from .tables import Row, Table, sizeText

#: Movies that the wizard of the file pattern lists; all are counted.
MOST_MOVIES = 1000

COLUMNS = (("No.", 60), ("Path inside the entry", 720), ("Size", 100))


@dataclass(frozen=True)
class MatchingMovies:
    """What a pattern matches: the first movies, and the count and size of all.

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


def movieTable(found, matching, amount, free):
    """Return the movies that a run would find.

    amount: how many the form asks for, None for all. free: bytes that are free on the run's disk.
    """
    movies = matching.selection.movies
    heading = [
        f"{found.entry.accession}, image set {found.image_set.number}: "
        f"folder '{matching.folder}'",
        f"{_countText(matching)} {_downloadText(matching, amount)} "
        f"{_freeText(matching, amount, free)}",
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
    return Table(heading, COLUMNS, rows, first=None)


def emptyTable(sentence):
    """Return a table without rows; the sentence says what is there instead."""
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


def _downloadText(matching, amount):
    if amount is None or (matching.is_whole and amount >= matching.count):
        whole = matching.is_whole and matching.count == 1
        return f"This run downloads {'it' if whole else 'all of them'}."
    size = _sizeOf(matching, amount)
    which = "the first one" if amount == 1 else f"the first {amount:,}"
    return f"This run downloads {which} ({size})."


def _freeText(matching, amount, free):
    count = matching.count if amount is None else min(amount, matching.count)
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
