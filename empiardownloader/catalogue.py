"""From an entry's id to the list of files to fetch: what the protocol and the command line share."""

import logging
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .archive import (
    Entry,
    ImageSet,
    check_released,
    choose_image_set,
    entry_number,
    fetch_document,
    parse_entry,
)
from .files import PassedOver, RemoteTree, resolve_directory, select_movies
from .settings import Addresses
from .transfer import FileMissing, FolderLister, Server, Wanted, open_server

logger = logging.getLogger(__name__)


class NothingFound(Exception):
    """The image set has no file that could be a movie; the text says what is there instead."""


@dataclass(frozen=True)
class Found:
    """An entry of the archive, the image set that was chosen, and the document they came from."""

    entry: Entry
    image_set: ImageSet
    document: Dict[str, Any]


@dataclass(frozen=True)
class Selection:
    """The movies to fetch, in order, and the files that were passed over on the way."""

    folder: str
    movies: Sequence[Wanted]
    passed_over: Sequence[PassedOver]


def look_up(entry_id: str, image_set: str, addresses: Addresses) -> Found:
    """Ask the archive for an entry and choose its image set; ArchiveError where that fails."""
    number = entry_number(entry_id)
    document = fetch_document(number, addresses.api, files_url=addresses.https)
    return restore(document, number, image_set)


def restore(document: Dict[str, Any], number: str, image_set: str) -> Found:
    """The same from a document that was kept."""
    entry = parse_entry(document, number)
    check_released(entry)
    return Found(entry, choose_image_set(entry, image_set), document)


def server_of(entry: Entry, addresses: Addresses) -> Server:
    """The file server, rooted in the entry's folder."""
    return open_server(f"{addresses.ftp}/{entry.number}")


def select(
    found: Found, server: Server, pattern: str = "", limit: Optional[int] = None
) -> Selection:
    """Choose the movies by their names; NothingFound where there are none."""
    image_set = found.image_set
    passed_over: List[PassedOver] = []
    with FolderLister(server) as list_folder:
        tree = RemoteTree(list_folder, missing=(FileMissing,))
        folder = resolve_directory(tree, image_set.directory)
        movies = [
            Wanted(movie.remote.path, movie.remote.size, movie.name)
            for movie in select_movies(
                tree,
                folder,
                data_format=image_set.data_format,
                pattern=pattern,
                depositor_pattern=image_set.micrographs_file_pattern,
                limit=limit,
                on_passed_over=passed_over.append,
            )
        ]
    passed_over += [refused for refused in tree.refused if refused not in passed_over]
    for refused in tree.refused:
        logger.warning("%r is left out: %s", refused.path, refused.reason)
    if not movies:
        raise NothingFound(_nothing(found, folder, pattern, passed_over))
    return Selection(folder, movies, passed_over)


def _nothing(found: Found, folder: str, pattern: str, passed_over: Sequence[PassedOver]) -> str:
    accession, image_set = found.entry.accession, found.image_set
    what = f"no file matches '{pattern}'" if pattern else "no file looks like a movie"
    others = ", ".join(
        f"{other.number} ({other.category})"
        for other in found.entry.image_sets
        if other.number != image_set.number
    )
    remedy = "give another file pattern" if pattern else "give a file pattern"
    if others:
        remedy += f" or another image set: {others}"
    return (
        f"{accession}, image set {image_set.number}, folder '{folder}': {what}; "
        f"found {_kinds(passed_over)}. To go on, {remedy}."
    )


def _kinds(passed_over: Sequence[PassedOver]) -> str:
    """'12 .txt and 3 .jpg files', the most frequent first."""
    if not passed_over:
        return "no files at all"
    counts: List[Tuple[str, int]] = Counter(
        PurePosixPath(item.path).suffix.lower() or "extensionless" for item in passed_over
    ).most_common(4)
    return f"{len(passed_over)} files: " + ", ".join(f"{n} {suffix}" for suffix, n in counts)
