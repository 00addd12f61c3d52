"""What the wizards ask the archive, in the thread of a Task, with less patience than a run."""

import time
from dataclasses import replace

from ..archive import check_released, choose_image_set, fetch_acquisition, parse_entry
from ..lookup.entry_files import EntryFiles
from ..lookup.entry_lookup import Found, NothingFound, find_document
from ..lookup.file_server import TRANSPORTS, server_of
from ..net.retry import RetryPolicy
from ..settings import addresses

_ATTEMPTS = 2
_TIMEOUT = (5, 15)  # seconds, to connect and to read
_SIZES_SECS = 5  # for sizes that the listing does not tell: a question for each movie


def askEntry(task, entryId):
    """The entry, and its document; ArchiveError where it cannot be had."""
    task.say(f"Asking EMPIAR for entry {entryId} …")
    number, document = find_document(entryId, addresses(), **_patience(task))
    entry = parse_entry(document, number)
    check_released(entry)
    choose_image_set(entry, "1")  # an entry that lists none says so
    return entry, document


def askAcquisition(task, entry):
    """What EMDB says of the entry's map; never fails for want of an answer."""
    task.say(f"Asking EMDB for the microscope of {entry.accession} …")
    return fetch_acquisition(entry.emdb_ids, addresses().emdb, **_patience(task))


def askFound(task, entryId, imageSet):
    """The entry and the image set that the form names."""
    entry, document = askEntry(task, entryId)
    return Found(entry, choose_image_set(entry, imageSet), document)


def entryFiles(task, found, transport):
    """The files of the image set; ``transport`` as the form counts them."""
    task.say("Connecting to the archive's files …")
    tries = RetryPolicy(attempts=_ATTEMPTS)
    once = RetryPolicy(attempts=1)
    patience = {"at_first": once, "pause": task.pause}
    server = server_of(found.entry, addresses(), TRANSPORTS[transport], **patience)
    return EntryFiles(
        found,
        server,
        on_folder=lambda folder: task.say(f"Listing {found.entry.accession}/{folder} …"),
        policy=tries,
        pause=task.pause,
    )


def askGains(task, entryId, imageSet, transport, pattern):
    """The image set and its gain references, the nearest first; NothingFound where none is."""
    found = askFound(task, entryId, imageSet)
    with entryFiles(task, found, transport) as files:
        gains = files.gains(pattern)
    if not gains:
        raise NothingFound(
            f"No gain reference was found near the movies of {found.entry.accession}, image set "
            f"{found.image_set.number}: give the path of another file of the entry, or choose "
            "'none' if the movies are gain-corrected."
        )
    return found, gains


def askMovies(task, found, transport, pattern, limit):
    """The folder and the movies that match; sizes as far as they can be had in a few seconds."""
    with entryFiles(task, found, transport) as files:
        selection = files.movies(pattern, limit)
        return files.folder, replace(selection, movies=_sized(task, files, selection.movies))


def _sized(task, files, movies):
    until = time.monotonic() + _SIZES_SECS
    sized = []
    for number, movie in enumerate(movies, 1):
        if time.monotonic() > until:
            break
        task.say(f"Asking for the size of movie {number} of {len(movies)} …")
        sized += files.sized([movie])
    return [*sized, *movies[len(sized) :]]


def _patience(task):
    return {"attempts": _ATTEMPTS, "timeout": _TIMEOUT, "sleep": task.pause}
