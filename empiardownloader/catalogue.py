"""From an entry's id to the files to fetch: what the protocol and the command line share."""

import logging
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from .archive import (
    ArchiveError,
    ArchiveUnavailable,
    Entry,
    ImageSet,
    check_released,
    choose_image_set,
    entry_number,
    fetch_document,
    parse_entry,
)
from .files import (
    Movie,
    PassedOver,
    RemoteFile,
    RemoteTree,
    find_gains,
    image_kind,
    local_name,
    resolve_directory,
    select_movies,
)
from .settings import Addresses
from .transfer import (
    FallbackServer,
    FileMissing,
    FolderLister,
    Listed,
    Server,
    TransferError,
    Wanted,
    open_server,
    read_file,
)

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

    movies: Sequence[Wanted]
    passed_over: Sequence[PassedOver]


def find_document(
    entry_id: str, addresses: Addresses, **patience: Any
) -> Tuple[str, Dict[str, Any]]:
    """An entry's number and the archive's document on it; ArchiveError where that fails.

    ``patience``: the options of fetch_document that say how long to wait and how often to ask.
    """
    number = entry_number(entry_id)
    document = fetch_document(
        number,
        addresses.api,
        files_url=addresses.https,
        fetch_header=lambda number: _header_by_ftp(number, addresses.ftp),
        **patience,
    )
    return number, document


def _header_by_ftp(number: str, url: str) -> Optional[bytes]:
    """The header of an entry, for networks in which only the FTP server is reached: one try."""
    try:
        return read_file(open_server(f"{url}/{number}"), f"{number}.xml")
    except FileMissing:
        return None
    except (TransferError, ValueError) as error:
        raise ArchiveUnavailable(str(error)) from error


def quick_document(number: str, addresses: Addresses) -> Optional[Dict[str, Any]]:
    """The archive's document on an entry if it comes at one try, in about three seconds."""
    try:
        return fetch_document(
            number, addresses.api, fallback_urls=(), timeout=(1.5, 1.5), attempts=1
        )
    except ArchiveError:
        return None


def look_up(entry_id: str, image_set: str, addresses: Addresses, **patience: Any) -> Found:
    """Ask the archive for an entry and choose its image set; ArchiveError where that fails."""
    number, document = find_document(entry_id, addresses, **patience)
    return restore(document, number, image_set)


def restore(document: Dict[str, Any], number: str, image_set: str) -> Found:
    """The same from a document that was kept."""
    entry = parse_entry(document, number)
    check_released(entry)
    return Found(entry, choose_image_set(entry, image_set), document)


#: FTP, and HTTPS where FTP cannot be reached; or one of them alone.
TRANSPORTS = ("auto", "ftp", "https")


def server_of(
    entry: Entry, addresses: Addresses, transport: str = "auto", **patience: Any
) -> Server:
    """The file server, rooted in the entry's folder; ``transport`` is one of TRANSPORTS.

    Use one object for a whole run: that FTP cannot be reached is found out once for each.
    ``patience``: the options of FallbackServer, for how long that may take.
    """
    ftp, https = f"{addresses.ftp}/{entry.number}", f"{addresses.https}/{entry.number}"
    if transport == "auto":
        return FallbackServer(open_server(ftp), open_server(https), **patience)
    return open_server(ftp if transport == "ftp" else https)


class EntryFiles:
    """The files of an entry's image set, listed only as far as the questions need.

    A context manager: the connection that lists the folders ends with it.
    """

    def __init__(
        self,
        found: Found,
        server: Server,
        folder: Optional[str] = None,
        on_folder: Callable[[str], object] = lambda folder: None,
        **patience: Any,
    ) -> None:
        """``on_folder`` hears of each folder that is listed; ``patience`` is FolderLister's."""
        self._found = found
        self._lister = FolderLister(server, **patience)
        self._on_folder = on_folder
        self._server = server
        self._tree = RemoteTree(self._list, missing=(FileMissing,))
        self._folder = folder

    def __enter__(self) -> "EntryFiles":
        return self

    def __exit__(self, *exception: object) -> None:
        self._lister.__exit__()

    @property
    def folder(self) -> str:
        """Where the image set really lies, below the entry; NothingFound without the entry's."""
        if self._folder is None:
            self._check_there()
            self._folder = resolve_directory(self._tree, self._found.image_set.directory)
        return self._folder

    def movies(
        self,
        pattern: str = "",
        limit: Optional[int] = None,
        known_names: Mapping[str, str] = MappingProxyType({}),
    ) -> Selection:
        """Choose the movies by their names; NothingFound where there are none.

        ``known_names``: local names by path, which stay as they are.
        """
        passed_over: List[PassedOver] = []
        movies = [
            Wanted(movie.remote.path, movie.remote.size, movie.name)
            for movie in self._select(pattern, limit, passed_over, known_names)
        ]
        passed_over += [item for item in self._tree.refused if item not in passed_over]
        for refused in self._tree.refused:
            logger.warning("%r is left out: %s", refused.path, refused.reason)
        if not movies:
            self._check_there()
            raise NothingFound(self._nothing(pattern, passed_over))
        return Selection(movies, passed_over)

    def sized(self, movies: Sequence[Wanted]) -> List[Wanted]:
        """The same with exact sizes, which HTTPS listings lack: a question for each movie."""
        size_of = self._lister.size_of
        return [
            replace(movie, size=size_of(movie.path)) if movie.size is None else movie
            for movie in movies
        ]

    def gains(self, pattern: str = "") -> List[Wanted]:
        """The gain references near the first movie, nearest first; none where there is no movie."""
        for movie in self._select(pattern, 1, []):
            near = movie.remote
            found = find_gains(self._tree, near.folder, image_kind(near.name) or "")
            return [wanted_gain(gain.path, gain.size) for gain in found]
        return []

    def _check_there(self) -> None:
        if self._tree.exists(""):
            return
        accession = self._found.entry.accession
        raise NothingFound(
            f"{accession}: the file server has no folder for this entry at {self._server}. See "
            f"https://www.ebi.ac.uk/empiar/{accession}/ whether its files are there yet, and "
            "check EMPIAR_FTP_URL and EMPIAR_HTTPS_URL if you have set them."
        )

    def _list(self, folder: str) -> List[Listed]:
        self._on_folder(folder)
        return self._lister(folder)

    def _select(
        self,
        pattern: str,
        limit: Optional[int],
        passed_over: List[PassedOver],
        known_names: Mapping[str, str] = MappingProxyType({}),
    ) -> List[Movie]:
        image_set = self._found.image_set
        return list(
            select_movies(
                self._tree,
                self.folder,
                data_format=image_set.data_format,
                pattern=pattern,
                depositor_pattern=image_set.micrographs_file_pattern,
                limit=limit,
                known_names=known_names,
                on_passed_over=passed_over.append,
            )
        )

    def _nothing(self, pattern: str, passed_over: Sequence[PassedOver]) -> str:
        entry, image_set = self._found.entry, self._found.image_set
        what = f"no file matches '{pattern}'" if pattern else "no file looks like a movie"
        others = ", ".join(
            f"{other.number} ({other.category})"
            for other in entry.image_sets
            if other.number != image_set.number
        )
        remedy = "give another file pattern" if pattern else "give a file pattern"
        if others:
            remedy += f" or another image set: {others}"
        return (
            f"{entry.accession}, image set {image_set.number}, folder '{self.folder}': {what}; "
            f"found {_kinds(self._seen_in_folder(passed_over))}. To go on, {remedy}."
        )

    def _seen_in_folder(self, passed_over: Sequence[PassedOver]) -> Sequence[PassedOver]:
        """What was passed over in the image set's folder, or lies there unseen by a pattern."""
        start = f"{self.folder}/" if self.folder else ""
        seen = [item for item in passed_over if item.files and item.path.startswith(start)]
        return seen or [PassedOver(file.path, "") for file in self._tree.files(self.folder)]


def wanted_gain(path: str, size: Optional[int] = None) -> Wanted:
    """A gain reference of the entry, by its path, as a file to fetch."""
    return Wanted(path, size, local_name(path, RemoteFile(path).folder))


def _kinds(passed_over: Sequence[PassedOver]) -> str:
    """'15 files: 12 .txt, 3 .jpg', the most frequent first."""
    counts: Counter[str] = Counter()
    for item in passed_over:
        counts[PurePosixPath(item.path).suffix.lower() or "extensionless"] += item.files
    total = sum(counts.values())
    if not total:
        return "no files at all"
    listed = ", ".join(f"{n} {suffix}" for suffix, n in counts.most_common(4) if n)
    return f"{total} {'file' if total == 1 else 'files'}: {listed}"
