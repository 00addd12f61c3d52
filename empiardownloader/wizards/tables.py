"""The tables of the wizards, as plain values: no window and no network."""

from dataclasses import dataclass
from typing import Optional, Sequence, Tuple

from ..archive.errors import ArchiveError
from ..archive.image_sets import choose_image_set
from ..images.orientation import from_words
from ..metadata.orientation_words import find_orientation_words
from ..run.gain_choice import turningLines
from ..run.options import AS_DEPOSITED, GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL, GAIN_NONE
from ..run.summary import descriptionLines
from ..units import format_size

_TO_COME = "Its orientation is found from the first three movies when the run downloads them."
_AS_IT_IS = "It is used as deposited (your choice); the summary reports what the movies show."


@dataclass(frozen=True)
class Row:
    """A row of a table: its cells, the form's value for it, and remarks shown below the table.

    preview: the path of an image that shows it, '' for none.
    """

    cells: Tuple[str, ...]
    value: str
    remarks: Tuple[str, ...] = ()
    preview: str = ""


@dataclass(frozen=True)
class Table:
    """A table with the lines above it; columns have a width in pixels.

    first: the row that is selected at first, None for none. selected: several such rows.
    """

    heading: Sequence[str]
    columns: Sequence[Tuple[str, int]]
    rows: Sequence[Row]
    first: Optional[int] = 0
    selected: Sequence[int] = ()


def imageSetTable(
    entry, choice, describe, gain, isWanted, notes=(), disagree=lambda imageSet: (),
    sizeOf=lambda imageSet: (),
):  # fmt: skip
    """Return the image sets of an entry; unless the form names one, a wanted one is selected.

    choice: the form's image set. describe: gives an image set's AcquisitionValues. gain: what the
    run does about the gain reference. isWanted: whether an image set is of the protocol's kind.
    notes: further lines for the heading. disagree: gives lines on values that the movies of an
    image set give otherwise. sizeOf: gives lines on its size.
    """
    size = f"{entry.dataset_size} in total" if entry.dataset_size else ""
    released = f"released {entry.release_date}" if entry.release_date else ""
    facts = ", ".join(filter(None, (size, released)))
    first, note = _firstChoice(entry, choice, isWanted)
    title = f"{entry.accession}: {entry.title or 'no title'}"
    return Table(
        heading=[title, *filter(None, [facts, note]), *notes],
        columns=(
            ("No.", 40), ("Name", 230), ("Category", 200), ("Images", 65), ("Frames", 60),
            ("Pixels", 95), ("Å/px", 55), ("Format", 65), ("Directory", 190),
        ),
        rows=[
            _imageSetRow(
                imageSet, describe(imageSet), gain, isWanted(imageSet), disagree(imageSet),
                sizeOf(imageSet),
            )
            for imageSet in entry.image_sets
        ],
        first=first,
    )  # fmt: skip


def _imageSetRow(imageSet, description, gain, isWanted, disagreements, size):
    sides = (imageSet.image_width, imageSet.image_height)
    cells = (
        str(imageSet.number),
        imageSet.name,
        imageSet.category,
        _text(imageSet.num_images),
        _text(imageSet.frames_per_image),
        " x ".join(map(_text, sides)) if any(sides) else "?",
        _text(imageSet.pixel_size),
        imageSet.data_format,
        imageSet.directory,
    )
    remarks = [*size] if isWanted else [contentSentence(imageSet), *size]
    remarks += [*descriptionLines(description, imageSet.frames_per_image), *disagreements]
    remarks += [f"Gain reference: {gain}", *turningLines(imageSet.details)]
    return Row(cells, str(imageSet.number), tuple(remarks))


def contentSentence(imageSet):
    """Return a sentence on what an image set contains, for one that is not of the wanted kind."""
    if not imageSet.category:
        return "EMPIAR does not say what this image set contains."
    return f"According to EMPIAR this image set contains: {imageSet.category}."


def gainText(source, path):
    """Return what the run does about the gain reference, before the entry's files are listed."""
    return {
        GAIN_FROM_ENTRY: "found automatically when the run starts (closest to the movies)",
        GAIN_BY_PATH: f"{path or 'a file'} of the entry (your choice)",
        GAIN_LOCAL: f"{path or 'a local file'} (your choice)",
        GAIN_NONE: "not used (your choice)",
    }[source]


def _firstChoice(entry, choice, isWanted):
    """Return the index of the image set to select, or None, and a sentence where one is due."""
    note = ""
    try:
        chosen = choose_image_set(entry, choice) if choice else None
    except ArchiveError:
        chosen, note = None, f"The form's image set '{choice}' is not in this entry: select one."
    if chosen is not None:
        return entry.image_sets.index(chosen), ""
    wanted = next(filter(isWanted, entry.image_sets), None)
    if wanted is not None:
        # What the user has entered is not replaced by a mere Return.
        return None if note else entry.image_sets.index(wanted), note
    none = "According to EMPIAR no image set of this entry is of the kind that this protocol needs."
    return None, f"{note} {none}".strip()


def gainTable(found, gains, orientation):
    """Return the gain references of an entry, those closest to the movies first.

    orientation: gives the sentences on the orientation of the gain of a path.
    """
    return Table(
        heading=[
            f"{found.entry.accession}, image set {found.image_set.number}: "
            "gain references, the closest to the movies first",
            *turningLines(found.image_set.details),
        ],
        columns=(("Path inside the entry", 720), ("Size", 100)),
        rows=[
            Row((gain.path, sizeText(gain)), gain.path, orientation(gain.path)) for gain in gains
        ],
    )


def gainOrientation(state, found, options):
    """Return a function that gives the sentences on a gain's orientation, by the gain's path.

    state: that of the run, which knows what its movies have shown.
    """
    shown = _shownByMovies(state, found)
    told = [words for words in map(_told, find_orientation_words(found.image_set.details)) if words]
    otherwise = [_AS_IT_IS if options.gain_orientation == AS_DEPOSITED else _TO_COME]

    def sentences(path):
        return tuple(told + shown.get(path, otherwise))

    return sentences


def _told(words):
    orientation = from_words(words)
    if orientation is None:
        return ""
    return f"As the depositors say, it has to be {orientation}."


def _shownByMovies(state, found):
    """Return what this run's movies have shown of its gain, by the path of the gain."""
    kept, gain, prepared = state.entry(), state.gain(), state.preparedGain()
    if not (kept and gain and prepared) or kept["number"] != found.entry.number:
        return {}
    return {str(gain[0]): [f"In this run: {note}" for note in prepared.get("notes", [])]}


def sizeText(wanted):
    """Return the size of a file, '?' where it is not known."""
    return "?" if wanted.size is None else format_size(wanted.size)


def _text(value):
    if value is None:
        return "?"
    return f"{value:g}" if isinstance(value, float) else str(value)
