"""The tree of an entry's files on the server; each folder is listed once, when needed."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import (
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Protocol,
    Sequence,
    Set,
    Tuple,
    Type,
)

from .image_kinds import image_kind, is_file_name, split_extension
from .sort_keys import in_pieces, sort_naturally

logger = logging.getLogger(__name__)

# The line separators are refused with the control characters: either would break a log's lines.
_HOSTILE = re.compile("[/\\\\\x00-\x1f\x7f-\x9f\u2028\u2029]")

_NO_NAMES = ("", ".", "..")


class ListingItem(Protocol):
    """One line of a folder's listing.

    size is the exact number of bytes, or None if the server does not report it; modified is any
    text that sorts by time, or ''. is_folder may be wrong if is_link is true.
    """

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> Optional[int]: ...

    @property
    def is_folder(self) -> bool: ...

    @property
    def is_link(self) -> bool: ...

    @property
    def modified(self) -> str: ...


#: Lists one folder, given its path below the entry ('' is the entry itself).
ListFolder = Callable[[str], Sequence[ListingItem]]


class _RemoteFile(NamedTuple):
    path: str
    size: Optional[int] = None
    modified: str = ""
    is_link: bool = False


class RemoteFile(_RemoteFile):
    """A file of an entry: path below the entry, joined with '/', and size in bytes if known.

    What is in its name is found once: a folder's files are told apart by many rules.
    """

    @cached_property
    def name(self) -> str:
        """The last part of the path."""
        return last_part(self.path)

    @cached_property
    def stem(self) -> str:
        """The name without its extension (.mrc, .mrc.bz2), in lower case."""
        return split_extension(self.name)[0].lower()

    @cached_property
    def kind(self) -> Optional[str]:
        """The kind of image by the name's extension (`image_kinds.KINDS`), or None."""
        return image_kind(self.name)

    @property
    def folder(self) -> str:
        """The path without its last part, '' at the entry's root."""
        return parent(self.path)


#: A call with arguments takes twice the time, and a folder may have some ten thousand files.
_remote_file = RemoteFile._make


@dataclass(frozen=True)
class Skipped:
    """A skipped file or folder, with the reason as a short clause.

    files: 0 for a folder; more than one for a group of files, whose path is then a glob.
    """

    path: str
    reason: str
    files: int = 1


class _Listing(NamedTuple):
    files: Tuple[RemoteFile, ...] = ()
    folders: Tuple[str, ...] = ()
    is_missing: bool = False


def join(folder: str, name: str) -> str:
    """Return the path of name in folder; '' is the entry's root."""
    return f"{folder}/{name}" if folder else name


def parent(path: str) -> str:
    """Return the folder of a path, '' at the entry's root."""
    return path.rpartition("/")[0]


def last_part(path: str) -> str:
    """Return the name at the end of a path."""
    return path.rpartition("/")[2]


def folders_above(path: str) -> Iterator[str]:
    """Yield the folders above a path, the nearest first and the entry's root ('') last."""
    while path:
        path = parent(path)
        yield path


def is_below(path: str, folder: str) -> bool:
    """Return True if a path is in a folder, at any depth; '' contains every other path."""
    return path.startswith(f"{folder}/") if folder else path != ""


def unsafe_name_reason(name: str) -> Optional[str]:
    """Return why a server's name for a file or folder is refused, or None."""
    if name in _NO_NAMES:
        return "name leaves the folder"
    found = _HOSTILE.search(name)
    if not found:
        return None
    return "name leaves the folder" if found.group() in "/\\" else "control character in the name"


class RemoteTree:
    """A remote tree that lists every folder once at most.

    missing: the errors of list_folder for a folder that does not exist. Such a folder is empty and
    recorded in unsafe_items; so is every name that could lead out of its folder. All other errors
    of list_folder pass through, and the next call lists the folder again.

    Not thread-safe.
    """

    def __init__(
        self,
        list_folder: ListFolder,
        missing: Tuple[Type[BaseException], ...] = (FileNotFoundError,),
    ) -> None:
        self.unsafe_items: List[Skipped] = []
        self._list_folder = list_folder
        self._missing = missing
        self._known: Dict[str, _Listing] = {}
        self._links: Set[str] = set()

    def files(self, folder: str) -> Sequence[RemoteFile]:
        """Return the files directly in a folder, in natural order."""
        return self._listing(folder).files

    def folders(self, folder: str) -> Sequence[str]:
        """Return the paths of the folders directly in a folder, in natural order, including links.

        A link may turn out to be broken or to lead to a file: then it lists as an empty folder.
        """
        return self._listing(folder).folders

    def is_link(self, folder: str) -> bool:
        """Return True if the listing of its parent showed the folder as a link."""
        return folder in self._links

    def exists(self, folder: str) -> bool:
        """Return True if the folder exists, by the listings of the folders above it."""
        folder = folder.strip("/")
        if not folder:
            return not self._listing("").is_missing
        above = parent(folder)
        if not self.exists(above) or folder not in self.folders(above):
            return False
        return not (self.is_link(folder) and self._listing(folder).is_missing)

    def _listing(self, folder: str) -> _Listing:
        folder = folder.strip("/")
        if folder not in self._known:
            self._known[folder] = self._ask(folder)
        return self._known[folder]

    def _ask(self, folder: str) -> _Listing:
        try:
            items = self._list_folder(folder)
        except self._missing as error:
            logger.debug("%s: cannot be listed: %s", folder, error)
            return self._nothing_at(folder)
        if folder in self._links and _is_one_file(items, folder):
            return self._nothing_at(folder)
        return self._tell_apart(folder, items)

    def _nothing_at(self, folder: str) -> _Listing:
        self.unsafe_items.append(Skipped(folder, "cannot be opened as a folder", files=0))
        return _Listing(is_missing=True)

    def _tell_apart(self, folder: str, items: Sequence[ListingItem]) -> _Listing:
        files: List[RemoteFile] = []
        folders: List[str] = []
        above = join(folder, "")
        for item in self._trusted(folder, items):
            path, size, is_folder = above + item.name, item.size, item.is_folder
            if item.is_link:
                # LIST does not say what a link leads to, and its size is the length of the path
                # that it holds. Its name says it for most files; the rest are taken for folders,
                # and a listing that fails costs no more than itself.
                size, is_folder = None, not is_file_name(item.name)
                if is_folder:
                    self._links.add(path)
            if is_folder:
                folders.append(path)
            else:
                known = None if size is not None and size < 0 else size
                files.append(_remote_file((path, known, item.modified, item.is_link)))
        # Their paths differ in their last parts only.
        sort_naturally(files, attrgetter("path"))
        sort_naturally(folders, str)
        return _Listing(tuple(files), tuple(folders))

    def _trusted(self, folder: str, items: Sequence[ListingItem]) -> Iterable[ListingItem]:
        return items if _are_safe(items) else self._each_safe(folder, items)

    def _each_safe(self, folder: str, items: Sequence[ListingItem]) -> Iterator[ListingItem]:
        seen: Set[str] = set()
        for item in items:
            reason = unsafe_name_reason(item.name)
            if reason:
                self.unsafe_items.append(Skipped(join(folder, item.name), reason))
            elif item.name not in seen:
                seen.add(item.name)
                yield item


def _are_safe(items: Sequence[ListingItem]) -> bool:
    """Tell with one look at all names whether none is to be left out."""
    names = [item.name for item in items]
    known = set(names)
    if len(known) < len(names) or not known.isdisjoint(_NO_NAMES):
        return False
    return not any(map(_HOSTILE.search, map("".join, in_pieces(names))))


def _is_one_file(items: Sequence[ListingItem], folder: str) -> bool:
    # Asked to LIST a file, a server answers with the line of that file.
    return len(items) == 1 and last_part(items[0].name) == last_part(folder)
