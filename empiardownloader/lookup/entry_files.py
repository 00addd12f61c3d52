"""Lists the files of an image set and chooses those to download, for protocols and commands."""

import itertools
import logging
import re
import typing
from collections import Counter
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Union

from ..errors import TransferError
from ..files.choice import MovieChoice
from ..files.companions import MAX_SIDECAR, find_previews, find_sidecar
from ..files.find_gains import find_gains, gains_in
from ..files.local_names import local_name
from ..files.match_gains import best_first, with_own_gains
from ..files.resolve_directory import resolve_directory
from ..files.select_movies import MOVIES, SelectedFile, SelectionRules, select_movies
from ..files.tree import RemoteFile, RemoteTree, Skipped, folders_above
from ..net.errors import FileMissing
from ..transfer import DirectoryLister, FileRequest, ListingItem, Server
from ..transfer.file_sizes import ask_sizes
from ..transfer.many_files import ask_each
from .entry_lookup import NothingFound, ResolvedEntry
from .image_set_folders import OtherImageSets, depositor_pattern, other_image_sets
from .selection import Selection, count_note, directory_note, own_gains_note, tilt_note

logger = logging.getLogger(__name__)

_ARCHIVE = re.compile(r".*\.(zip|7z|rar|tgz|tbz2?|txz|tar(\.\w+)?)", re.IGNORECASE | re.DOTALL)


class EntryFiles:
    """The files of an entry's image set; each folder is listed when it is first needed.

    A context manager: the connection that lists the folders ends with it.
    """

    def __init__(
        self,
        found: ResolvedEntry,
        server: Server,
        folder: Optional[str] = None,
        on_folder: Callable[[str], object] = lambda folder: None,
        rules: SelectionRules = MOVIES,
        **patience: Any,
    ) -> None:
        """``on_folder`` is called with each folder listed; ``patience``: DirectoryLister's."""
        self.found = found
        self._lister = DirectoryLister(server, **patience)
        self._patience = patience
        self._on_folder = on_folder
        self._rules = rules
        self._server = server
        #: The entry's folders and files, as far as they are listed.
        self.tree = RemoteTree(self._list, missing=(FileMissing,))
        self._folder = folder
        self._remaining: Iterator[SelectedFile] = iter(())

    def __enter__(self) -> "EntryFiles":
        return self

    def __exit__(self, *exception: object) -> None:
        self._lister.__exit__()

    def read(self, path: str) -> bytes:
        """Return the content of a small file of the entry. Raises TransferError."""
        return self._lister.read(path)

    def read_each(self, paths: Sequence[str]) -> Dict[str, bytes]:
        """Return the content of small files by path, several fetched at once.

        A file that the server refuses is left out.
        """
        return ask_each(self._server, paths, DirectoryLister.read, **self._patience)

    @property
    def folder(self) -> str:
        """The folder of the image set in the entry. Raises NothingFound if the entry has none."""
        if self._folder is None:
            self._check_there()
            directory = self.found.image_set.directory
            self._folder = resolve_directory(self.tree, directory, self.other_folders)
        return self._folder

    def movies(
        self,
        pattern: str = "",
        limit: Optional[int] = None,
        known_names: Mapping[str, str] = MappingProxyType({}),
        counts_images: bool = True,
        choice: MovieChoice = MovieChoice(),  # noqa: B008 (frozen)
    ) -> Selection:
        """Choose the movies by their names. Raises NothingFound if there are none.

        ``known_names``: local names by path, which stay as they are. ``counts_images``: compare
        their number with the one that EMPIAR tells, which may be one of tilt series. ``choice``:
        which of the movies on offer are wanted.
        """
        skipped: List[Skipped] = []
        notes: List[str] = []
        pattern = pattern or self.found.pattern
        offered = self._select(pattern, skipped, notes.append, known_names)
        listed: List[SelectedFile] = []
        self._remaining = _noting(choice.apply(offered), listed)
        movies = self.more(limit)
        is_whole = limit is None or len(movies) < limit
        skipped += [item for item in self.tree.unsafe_items if item not in skipped]
        for unsafe in self.tree.unsafe_items:
            logger.warning("%r is left out: %s", unsafe.path, unsafe.reason)
        image_set = self.found.image_set
        notes.insert(0, directory_note(image_set, self.folder))
        if counts_images and not pattern and not choice:
            notes.append(count_note(image_set, len(movies), is_whole))
        if counts_images and self._rules is MOVIES and movies:
            notes.append(self._tilt_note(movies[0]))
        if choice.names and is_whole:
            notes.append(choice.note(listed))
        if not movies:
            self._check_there()
            named = choice.note([])
            raise NothingFound(named or self._nothing(pattern, skipped))
        return Selection(movies, skipped, tuple(filter(None, notes)), is_whole)

    def _tilt_note(self, movie: FileRequest) -> str:
        """Return a sentence if movies look like the frames of tilt series, else ''."""
        folders = dict.fromkeys((RemoteFile(movie.path).folder, self.folder))
        beside = [file for folder in folders for file in self.tree.files(folder)]
        return tilt_note(self.found.image_set, beside)

    def more(self, count: Optional[int]) -> List[FileRequest]:
        """Return the next movies of the list after those of movies(); fewer at its end.

        They replace files that turned out to be no movies. count: None for all that are left.
        """
        return [
            FileRequest(movie.remote.path, movie.remote.size, movie.name, self.found.entry.number)
            for movie in itertools.islice(self._remaining, count)
        ]

    def gain(self, path: str, size: Optional[int] = None) -> FileRequest:
        """Return a gain reference of the entry, by its path, as a file to download."""
        name = local_name(path, RemoteFile(path).folder)
        return FileRequest(path, size, name, self.found.entry.number)

    def sized(
        self,
        movies: Sequence[FileRequest],
        on_size: Callable[[int, int], object] = lambda done, total: None,
    ) -> List[FileRequest]:
        """Return the movies with their exact sizes, which HTTPS listings lack.

        Each is a question to the server, several at once. ``on_size``: called with the number of
        answers and of questions, from several threads.
        """
        unknown = [movie.path for movie in movies if movie.size is None]
        answers = itertools.count(1)
        sizes = ask_sizes(
            self._server,
            unknown,
            on_size=lambda: on_size(next(answers), len(unknown)),
            **self._patience,
        )
        return [
            replace(movie, size=sizes.get(movie.path)) if movie.size is None else movie
            for movie in movies
        ]

    def sidecars(self, movies: Sequence[FileRequest]) -> Dict[str, bytes]:
        """Return the mdoc or EPU XML beside each movie, by the movie's path.

        Only where the listing shows one; one that does not come at one try is left out.
        """
        texts: Dict[str, bytes] = {}
        for movie in movies:
            file = RemoteFile(movie.path)
            sidecar = find_sidecar(file, self.tree.files(file.folder))
            if sidecar is None:
                continue
            try:
                texts[movie.path] = self._lister.read(sidecar.path, MAX_SIDECAR)
            except TransferError as error:
                logger.warning("%s could not be downloaded: %s", sidecar.path, error)
        return texts

    def gains(self, pattern: str = "") -> List[FileRequest]:
        """Return the gain references near the first movie, nearest first."""
        for movie in self._select(pattern or self.found.pattern, [], logger.debug):
            return self.gains_near(movie.remote)
        return []

    def gains_near(self, movie: Union[FileRequest, RemoteFile]) -> List[FileRequest]:
        """Return the gain references near a movie, the closest first."""
        near = RemoteFile(movie.path)
        found = find_gains(self.tree, near.folder, near.kind or "")
        return [self.gain(gain.path, gain.size) for gain in best_first(found, near)]

    def previews(self, movies: Sequence[FileRequest]) -> Dict[str, str]:
        """Return the paths of preview images beside movies, by the movies' paths."""
        files = [RemoteFile(movie.path) for movie in movies]
        folders = dict.fromkeys(file.folder for file in files)
        beside = [file for folder in folders for file in self.tree.files(folder)]
        return {path: preview.path for path, preview in find_previews(files, beside).items()}

    def gain_note(self, movies: Sequence[FileRequest], gains: Sequence[FileRequest]) -> str:
        """Return a sentence if movies have a nearer or better named gain of their own, else ''.

        gains: as gains() gave them; the first one is used.
        """
        if not gains:
            return ""
        files = [RemoteFile(movie.path) for movie in movies]
        kind = (files and files[0].kind) or ""
        known = {gain.path: RemoteFile(gain.path) for gain in gains}
        above = (above for file in files for above in folders_above(file.path))
        for folder in dict.fromkeys(above):
            known.update((gain.path, gain) for gain in gains_in(self.tree, folder, kind))
        own = with_own_gains(files, known[gains[0].path], list(known.values()))
        return own_gains_note([movie.path for movie in movies], own)

    def _check_there(self) -> None:
        if self.tree.exists(""):
            return
        accession = self.found.entry.accession
        raise NothingFound(
            f"{accession}: the file server has no folder for this entry at {self._server}. See "
            f"https://www.ebi.ac.uk/empiar/{accession}/ whether its files are there yet, and "
            "check EMPIAR_FTP_URL and EMPIAR_HTTPS_URL if you have set them."
        )

    def _list(self, folder: str) -> List[ListingItem]:
        self._on_folder(folder)
        return self._lister(folder)

    def _select(
        self,
        pattern: str,
        skipped: List[Skipped],
        on_note: Callable[[str], object],
        known_names: Mapping[str, str] = MappingProxyType({}),
    ) -> Iterator[SelectedFile]:
        image_set = self.found.image_set
        return select_movies(
            self.tree,
            self.folder,
            data_format=image_set.data_format,
            pattern=pattern,
            depositor_pattern=depositor_pattern(self.tree, image_set),
            image_count=image_set.num_images,
            others=self.other_folders,
            shares_folder=self._other_sets.share_folder,
            rules=self._rules,
            known_names=known_names,
            on_skipped=skipped.append,
            on_note=on_note,
        )

    @property
    def other_folders(self) -> Mapping[str, str]:
        """The folders of other image sets, each with a description for the user."""
        return self._other_sets.folders

    @cached_property
    def _other_sets(self) -> OtherImageSets:
        return other_image_sets(self.tree, self.found.entry, self.found.image_set)

    def _nothing(self, pattern: str, skipped: Sequence[Skipped]) -> str:
        entry, image_set = self.found.entry, self.found.image_set
        looks = f"no file looks like a {self._rules.noun}"
        what = f"no file matches '{pattern}'" if pattern else looks
        others = ", ".join(
            f"{other.number} ({other.category})"
            for other in entry.image_sets
            if other.number != image_set.number
        )
        seen = self._seen_in_folder(skipped)
        if seen and all(_ARCHIVE.fullmatch(item.path) for item in seen):
            remedy = "Archives such as zip and tar cannot be read: choose another entry"
        else:
            remedy = "Enter another file pattern" if pattern else "Enter a file pattern"
        if others:
            remedy += f" or another image set: {others}"
        elsewhere = directory_note(image_set, self.folder)
        remedy += f". {elsewhere}" if elsewhere else ""
        return (
            f"{entry.accession}, image set {image_set.number}, folder '{self.folder}': {what}; "
            f"found {_kinds(seen)}. {remedy}."
        )

    def _seen_in_folder(self, skipped: Sequence[Skipped]) -> Sequence[Skipped]:
        """Return the skipped files in the image set's folder, or else all files directly in it."""
        start = f"{self.folder}/" if self.folder else ""
        seen = [item for item in skipped if item.files and item.path.startswith(start)]
        return seen or [Skipped(file.path, "") for file in self.tree.files(self.folder)]


def folder_status(on_status: Callable[[str], object]) -> Callable[[str], object]:
    """Return an ``on_folder`` of :class:`EntryFiles` that reports in words."""
    return lambda folder: on_status(f"Listing {folder or 'the entry'}")


def size_status(
    on_status: Callable[[str], object], noun: str = "movie"
) -> Callable[[int, int], object]:
    """Return an ``on_size`` of :meth:`EntryFiles.sized` that reports in words."""
    return lambda done, total: on_status(f"Asking for sizes: {done:,} of {total:,} {noun}s")


def _noting(movies: Iterator[SelectedFile], listed: List[SelectedFile]) -> Iterator[SelectedFile]:
    for movie in movies:
        listed.append(movie)
        yield movie


def _kinds(skipped: Sequence[Skipped]) -> str:
    """Return the number of files by extension ('15 files: 12 .txt, 3 .jpg')."""
    counts: typing.Counter[str] = Counter()
    for item in skipped:
        counts[PurePosixPath(item.path).suffix.lower() or "extensionless"] += item.files
    total = sum(counts.values())
    if not total:
        return "no files at all"
    listed = ", ".join(f"{n} {suffix}" for suffix, n in counts.most_common(4) if n)
    return f"{total} {'file' if total == 1 else 'files'}: {listed}"
