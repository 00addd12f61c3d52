"""The wizards' questions to the archive, asked in the thread of a Task, with short time-outs."""

import time
from dataclasses import replace

from ..archive.emdb import fetch_acquisition
from ..archive.entry import parse_entry
from ..archive.image_sets import check_released, choose_image_set
from ..lookup.entry_files import EntryFiles
from ..lookup.entry_lookup import NothingFound, ResolvedEntry, find_document
from ..lookup.entry_tilt_series import list_tilt_series
from ..lookup.file_server import TRANSPORTS, open_entry_server
from ..lookup.selection import count_note
from ..net.retry import RetryPolicy
from ..run.file_values import sidecar_disagreements
from ..settings import addresses
from ..transfer import fetch_small_file
from .movie_table import MOST_MOVIES, MatchingMovies
from .series_table import MOST_SERIES

_ATTEMPTS = 2
_TIMEOUT = (5, 15)  # seconds, to connect and to read
_COUNT_SECS = 15
_SIZES_SECS = 5  # for sizes that the listing lacks: a question for each movie
_SIZES_AT_ONCE = 50


def askEntry(task, entryId):
    """Return the entry and its document; ArchiveError if EMPIAR does not give it."""
    task.say(f"Asking EMPIAR for entry {entryId} …")
    number, document = find_document(entryId, addresses(), **_patience(task))
    entry = parse_entry(document, number)
    check_released(entry)
    choose_image_set(entry, "1")  # an entry that lists none says so
    return entry, document


def askAcquisition(task, entry):
    """Return the acquisition of the entry's map in EMDB; without an answer, assumed values."""
    task.say(f"Asking EMDB for the microscope of {entry.accession} …")
    return fetch_acquisition(entry.emdb_ids, addresses().emdb, **_patience(task))


def askFound(task, options, kind):
    """Return the entry and the image set that the form names, else the first of the kind."""
    entry, document = askEntry(task, options.entry_id)
    return ResolvedEntry(entry, choose_image_set(entry, options.image_set, kind.contents), document)


def entryFiles(task, found, transport, kind):
    """Return the files of the image set; transport: the index of the form's choice."""
    return EntryFiles(
        found,
        _server(task, found, transport),
        on_folder=lambda folder: task.say(f"Listing {found.entry.accession}/{folder} …"),
        rules=kind.rules,
        policy=RetryPolicy(attempts=_ATTEMPTS),
        sleep=task.sleep,
    )


def _server(task, found, transport):
    task.say("Connecting to the archive's files …")
    patience = {"initial": RetryPolicy(attempts=1), "sleep": task.sleep}
    return open_entry_server(found.entry, addresses(), TRANSPORTS[transport], **patience)


def askGains(task, options, kind):
    """Return the image set and its gain references, the closest first; NothingFound for none."""
    found = askFound(task, options, kind)
    with entryFiles(task, found, options.transport, kind) as files:
        gains = files.gains(options.pattern)
    if not gains:
        raise NothingFound(
            f"No gain reference was found near the movies of {found.entry.accession}, image set "
            f"{found.image_set.number}: enter the path of another file of the entry, or choose "
            "'none' if the movies are gain-corrected."
        )
    return found, gains


def askMovies(task, found, options, pattern, kind):
    """Return the MatchingMovies; sizes and count as far as a few seconds allow."""
    with entryFiles(task, found, options.transport, kind) as files:
        selection = files.movies(pattern, MOST_MOVIES)
        more, isWhole = ([], True) if selection.is_whole else _counted(task, files)
        shown = _sized(task, files, selection.movies)
        count = len(shown) + len(more)
        notes = [*selection.notes, *_disagreements(task, found, files.sidecars(shown[:1]))]
        if more and not pattern:
            notes += filter(None, [count_note(found.image_set, count, isWhole)])
        return MatchingMovies(
            files.folder,
            replace(selection, movies=shown, notes=notes),
            count,
            [movie.size for movie in (*shown, *more) if movie.size is not None],
            isWhole,
            files.previews(shown),
            kind.noun,
        )


def _disagreements(task, found, texts):
    """Return lines on values that the text beside the first movie gives otherwise."""
    if not texts:
        return []
    acquisition = askAcquisition(task, found.entry)
    return sidecar_disagreements(texts, found.entry.accession, found.image_set, acquisition)


def askPreview(task, found, transport, path):
    """Return the content of a preview image of the entry."""
    task.say(f"Downloading {path} …")
    return fetch_small_file(_server(task, found, transport), path)


def askSeries(task, options):
    """Return the TiltSeriesList of the form's image set, of many series the first."""
    task.say(f"Reading the mdoc files of the tilt series of entry {options.entry_id} …")
    return list_tilt_series(
        options.entry_id,
        addresses(),
        image_set=options.image_set,
        limit=MOST_SERIES,
        pattern=options.pattern,
        transport=TRANSPORTS[options.transport],
        **_patience(task),
    )


def _counted(task, files):
    """Return the movies that follow those shown, and whether these are all."""
    until = time.monotonic() + _COUNT_SECS
    more = []
    while time.monotonic() < until:
        new = files.more(MOST_MOVIES)
        more += new
        if len(new) < MOST_MOVIES:
            return more, True
        task.say(f"Counting the movies: {MOST_MOVIES + len(more):,} …")
    return more, False


def _sized(task, files, movies):
    """Return the movies with their sizes, as far as a few seconds allow."""
    until = time.monotonic() + _SIZES_SECS
    sized = []
    while len(sized) < len(movies) and time.monotonic() < until:
        some = movies[len(sized) : len(sized) + _SIZES_AT_ONCE]
        if any(movie.size is None for movie in some):
            first = len(sized) + 1
            task.say(f"Asking for the sizes of movies {first} to {first + len(some) - 1} …")
        sized += files.sized(some)
    return [*sized, *movies[len(sized) :]]


def _patience(task):
    return {"attempts": _ATTEMPTS, "timeout": _TIMEOUT, "sleep": task.sleep}
