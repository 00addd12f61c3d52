"""Looks up an entry's metadata and chooses its image set."""

from dataclasses import dataclass
from typing import Any, Dict, Optional, Tuple

from ..archive.entry import Entry, ImageSet, parse_entry
from ..archive.entry_id import entry_number, path_in_entry
from ..archive.errors import ArchiveError, ArchiveUnavailable
from ..archive.fetch_entry import fetch_document
from ..archive.image_sets import MOVIES, Contents, check_released, choose_image_set
from ..errors import EmpiarError, TransferError
from ..files.image_kinds import image_kind
from ..files.resolve_directory import directory_parts
from ..files.tree import is_below
from ..net.errors import FileMissing
from ..settings import Addresses
from ..transfer import fetch_small_file, open_server


class NothingFound(EmpiarError):
    """No file of the image set could be a movie; the text lists what it contains."""


@dataclass(frozen=True)
class ResolvedEntry:
    """An entry, its chosen image set, and the archive's document on it.

    path: what the address that named the entry goes on with, below the entry.
    """

    entry: Entry
    image_set: ImageSet
    document: Dict[str, Any]
    path: str = ""

    @property
    def pattern(self) -> str:
        """The pattern of the files that the address names; '' for the whole image set."""
        directory = "/".join(directory_parts(self.image_set.directory))
        if not self.path or directory == self.path or is_below(directory, self.path):
            return ""
        is_file = image_kind(self.path.rsplit("/", 1)[-1]) is not None
        return self.path if is_file else f"{self.path}/**"


def find_document(
    entry_id: str, addresses: Addresses, **patience: Any
) -> Tuple[str, Dict[str, Any]]:
    """Return an entry's number and the archive's document on it. Raises ArchiveError.

    ``patience``: the options of fetch_document that say how long to wait and how often to ask.
    """
    number = entry_number(entry_id)
    document = fetch_document(
        number,
        addresses.api,
        files_url=addresses.https,
        fetch_entry_xml=lambda number: _entry_xml_by_ftp(number, addresses.ftp),
        **patience,
    )
    return number, document


def _entry_xml_by_ftp(number: str, url: str) -> Optional[bytes]:
    """Return an entry's XML by FTP, for networks without HTTPS; one attempt."""
    try:
        return fetch_small_file(open_server(f"{url}/{number}"), f"{number}.xml")
    except FileMissing:
        return None
    except (TransferError, ValueError) as error:
        raise ArchiveUnavailable(str(error)) from error


def quick_document(number: str, addresses: Addresses) -> Optional[Dict[str, Any]]:
    """Return the archive's document on an entry, or None after one attempt of three seconds."""
    try:
        return fetch_document(
            number, addresses.api, fallback_urls=(), timeout=(1.5, 1.5), attempts=1
        )
    except ArchiveError:
        return None


def look_up_entry(
    entry_id: str,
    image_set: str,
    addresses: Addresses,
    contents: Contents = MOVIES,
    **patience: Any,
) -> ResolvedEntry:
    """Return an entry with its chosen image set. Raises ArchiveError."""
    number, document = find_document(entry_id, addresses, **patience)
    return from_document(document, number, image_set, contents, path_in_entry(entry_id))


def from_document(
    document: Dict[str, Any],
    number: str,
    image_set: str,
    contents: Contents = MOVIES,
    path: str = "",
) -> ResolvedEntry:
    """Return an entry with its image set from a stored document."""
    entry = parse_entry(document, number)
    check_released(entry)
    choice = image_set.strip() or _set_of_path(entry, path)
    return ResolvedEntry(entry, choose_image_set(entry, choice, contents), document, path)


def _set_of_path(entry: Entry, path: str) -> str:
    """Return the number of the image set with the deepest directory around a path, or ''."""
    around = [
        (len(directory), image_set.number)
        for image_set in entry.image_sets
        for directory in ["/".join(directory_parts(image_set.directory))]
        if directory and path and (directory == path or is_below(path, directory))
    ]
    return str(max(around, key=lambda each: (each[0], -each[1]))[1]) if around else ""
