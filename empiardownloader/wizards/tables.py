"""What the wizards show, as plain values: no window and no network."""

from dataclasses import dataclass
from typing import Sequence, Tuple

from ..archive import ArchiveError, choose_image_set
from ..lookup.selection import skipped_line
from ..run.gain_choice import turningLines
from ..run.options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL, GAIN_NONE
from ..run.summary import descriptionLines
from ..units import bytes_text

#: Movies that the wizard of the file pattern shows.
MOST_MOVIES = 100

_MOVIE_COLUMNS = (("No.", 45), ("Path below the entry", 720), ("Size", 100))


@dataclass(frozen=True)
class Row:
    """A line of a table, what choosing it means for the form, and what is to be said of it."""

    cells: Tuple[str, ...]
    value: str
    remarks: Tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Lines above a table, its columns with their widths in pixels, its rows, the first choice."""

    heading: Sequence[str]
    columns: Sequence[Tuple[str, int]]
    rows: Sequence[Row]
    first: int = 0


def imageSetTable(entry, choice, describe, gain):
    """The image sets of an entry.

    ``describe`` gives the MovieDescription of one of them, ``gain`` says what the form makes of
    the gain reference.
    """
    size = f"{entry.dataset_size} in all" if entry.dataset_size else ""
    released = f"released {entry.release_date}" if entry.release_date else ""
    facts = ", ".join(filter(None, (size, released)))
    return Table(
        heading=[f"{entry.accession}: {entry.title or 'no title'}", *filter(None, [facts])],
        columns=(
            ("No.", 45), ("Name", 260), ("Category", 200), ("Format", 70), ("Movies", 70),
            ("Å/px", 60), ("Directory", 200),
        ),
        rows=[_imageSetRow(imageSet, describe(imageSet), gain) for imageSet in entry.image_sets],
        first=_firstChoice(entry, choice),
    )  # fmt: skip


def _imageSetRow(imageSet, description, gain):
    cells = (
        str(imageSet.number),
        imageSet.name,
        imageSet.category,
        imageSet.data_format,
        _text(imageSet.num_images),
        _text(imageSet.pixel_size),
        imageSet.directory,
    )
    remarks = [] if imageSet.holds_movies else ["This image set is not said to hold movies."]
    remarks += descriptionLines(description, imageSet.frames_per_image)
    remarks += [f"Gain reference: {gain}", *turningLines(imageSet.details)]
    return Row(cells, str(imageSet.number), tuple(remarks))


def gainWords(source, path):
    """What the form makes of the gain reference, before the entry's files are looked at."""
    return {
        GAIN_FROM_ENTRY: "the nearest to the movies, looked for when the run starts",
        GAIN_BY_PATH: f"{path or 'a file'} of the entry (given)",
        GAIN_LOCAL: f"{path or 'a local file'} (given)",
        GAIN_NONE: "none (given)",
    }[source]


def _firstChoice(entry, choice):
    for wanted in (choice, ""):
        try:
            return entry.image_sets.index(choose_image_set(entry, wanted))
        except ArchiveError:
            continue
    return 0


def movieTable(found, folder, selection, amount):
    """The movies a run would find, one more than shown where there are more.

    ``amount`` is what the form asks for, None for all.
    """
    shown = selection.movies[:MOST_MOVIES]
    more = len(selection.movies) > len(shown)
    count = f"The first {len(shown)} movies" if more else f"All {len(shown)} movies that there are"
    heading = [
        f"{found.entry.accession}, image set {found.image_set.number}: folder '{folder}'",
        f"{count}: {_total(shown)}. {_fetchedText(shown, more, amount)}",
        *selection.notes,
        *filter(None, [skipped_line(selection)]),
    ]
    rows = [
        Row((str(number), movie.path, _sizeText(movie)), movie.path)
        for number, movie in enumerate(shown, 1)
    ]
    return Table(heading, _MOVIE_COLUMNS, rows)


def emptyTable(sentence):
    """The same where nothing matches; the sentence says what is there instead."""
    return Table([sentence], _MOVIE_COLUMNS, [])


def _fetchedText(shown, more, amount):
    if amount is None:
        return "The run fetches all that match."
    if more and amount > len(shown):
        return f"The run fetches the first {amount}."
    fetched = shown[:amount]
    return f"The run fetches the first {len(fetched)}: {_total(fetched)}."


def gainTable(found, gains):
    """The gain references of an entry, nearest to the movies first."""
    return Table(
        heading=[
            f"{found.entry.accession}, image set {found.image_set.number}: "
            "gain references, the nearest to the movies first",
            *turningLines(found.image_set.details),
        ],
        columns=(("Path below the entry", 720), ("Size", 100)),
        rows=[Row((gain.path, _sizeText(gain)), gain.path) for gain in gains],
    )


def _total(movies):
    unknown = any(movie.size is None for movie in movies)
    return ("at least " if unknown else "") + bytes_text(sum(movie.size or 0 for movie in movies))


def _sizeText(wanted):
    return "?" if wanted.size is None else bytes_text(wanted.size)


def _text(value):
    return "" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
