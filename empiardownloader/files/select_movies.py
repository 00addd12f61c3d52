"""Selects the movies of an image set, one after the other, with as few listings as possible.

Without a pattern of the user, these are selected:

* Folders depth first in natural order, the files of a folder before its folders. The order, the
  kind and the names of the first movies never depend on how many are asked for.
* Images of one kind: the declared one where it occurs, else the commonest (see kind_choice).
* Of one folder: no references, previews or text, no aligned sums beside other images, no single
  image beside its movie (see classify). Words for references in names count only if the image set
  has images without such words.
* No folders of other image sets: the deepest directory owns a file.
* No folder of packed copies or much smaller images of the same names as those above or beside it.
* Folders of aligned images, references or metadata, and those of micrographs or particles beside
  a folder of movies, only when there are no movies elsewhere (see folder_names).
"""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Callable, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from .classify import FolderContents, classify_folder
from .classify_micrographs import classify_micrographs
from .copied_folders import CopiedFolders
from .doubtful_folders import (
    holds_movies_like_siblings,
    holds_movies_named_like_references,
    holds_references,
)
from .folder_names import (
    REFERENCE_FOLDER,
    deferral_reason,
    is_doubtful_folder_name,
    micrograph_deferral_reason,
)
from .globs import Globs
from .image_kinds import declared_kinds
from .kind_choice import KindChoice, choose_kind
from .local_names import LocalNames
from .pattern_search import log_skipped, matching_files, not_matching
from .tree import RemoteFile, RemoteTree, Skipped, is_below
from .walk import Report, Walk, representative_folders

logger = logging.getLogger(__name__)

#: Folders that are listed to find images of the declared kind, where the first ones are not.
MAX_LOOKED_AHEAD = 4

#: Folders in which the depositor's pattern must have matched, or it is taken for a mistake.
MAX_PATTERN_TRIED = 8


#: Images of a pattern that is no example where image sets share a folder.
_MIN_SHARED = 3


@dataclass(frozen=True)
class SelectionRules:
    """The rules for one kind of image: how to classify files, and which folders come last."""

    noun: str
    classify: Callable[[Sequence[RemoteFile], bool], FolderContents]
    deferral_reason: Callable[[str, Sequence[str]], Optional[str]]


MOVIES = SelectionRules("movie", classify_folder, deferral_reason)
MICROGRAPHS = SelectionRules("micrograph", classify_micrographs, micrograph_deferral_reason)


@dataclass(frozen=True)
class SelectedFile:
    """A selected movie: its file in the entry, and its local name."""

    remote: RemoteFile
    name: str


def select_movies(
    tree: RemoteTree,
    top: str,
    *,
    data_format: str = "",
    pattern: str = "",
    depositor_pattern: str = "",
    image_count: Optional[int] = None,
    shares_folder: bool = False,
    others: Mapping[str, str] = MappingProxyType({}),
    rules: SelectionRules = MOVIES,
    limit: Optional[int] = None,
    known_names: Mapping[str, str] = MappingProxyType({}),
    on_skipped: Optional[Callable[[Skipped], None]] = None,
    on_note: Callable[[str], object] = logger.debug,
) -> Iterator[SelectedFile]:
    """Yield the movies in top and below it; list each folder only when the iterator reaches it.

    data_format: the image set's, a hint. pattern: the user's comma-separated globs, which
    replace the rules for what looks like a movie; only references, previews and text that a
    glob does not ask for outright stay out; one that begins with '**' is about the whole entry
    where nothing below top matches. depositor_pattern: the image set's, used where the
    user has none, below top, and only if it soon matches most of what looks like a movie, or as
    many as image_count, the number of images that the archive speaks of; shares_folder: another
    image set has the same folder, so that a pattern of several images is no example.
    others: folders of other image sets, and how each is called in the reason for leaving it out;
    a pattern that names such a folder brings it in. rules: which images are wanted, where the user
    names no pattern. limit: None for all.
    known_names: local names by path that stay as they are.
    on_skipped: called for each skipped file or folder, with the reason.
    on_note: called with a sentence if depositor_pattern is not used.
    """
    top = top.strip("/")
    report = on_skipped or log_skipped
    owned = {path: reason for path, reason in others.items() if is_below(path, top)}
    globs = Globs(pattern, top)
    hint: Optional[Globs] = None
    if not globs:
        given = Globs(depositor_pattern, top)
        least = _MIN_SHARED if shares_folder else None
        hint = _trusted_hint(tree, given, top, image_count, least, rules, on_note)

    def search(ignore_words: bool, on_skipped: Report) -> Iterator[RemoteFile]:
        if globs:
            return matching_files(tree, top, globs, owned, ignore_words, on_skipped)
        kinds = declared_kinds(data_format)
        return _Search(tree, top, kinds, hint, owned, rules, ignore_words, on_skipped).files()

    files = _first_found([partial(search, False), partial(search, True)], report)
    names = LocalNames(top, known_names)
    movies = (SelectedFile(file, names.name(file.path)) for file in files)
    return movies if limit is None else itertools.islice(movies, max(limit, 0))


def _first_found(
    searches: Iterable[Callable[[Report], Iterator[RemoteFile]]], report: Report
) -> Iterator[RemoteFile]:
    """Yield the files of the first search that finds any, and report what that one skipped.

    If none finds any, report what the first one skipped.
    """
    of_first: Optional[List[Skipped]] = None
    for search in searches:
        held: List[Skipped] = []
        found_any = False
        for file in search(held.append):
            found_any = True
            for skipped in held:
                report(skipped)
            held.clear()
            yield file
        of_first = held if found_any or of_first is None else of_first
        if found_any:
            break
    for skipped in of_first or ():
        report(skipped)


def _trusted_hint(
    tree: RemoteTree,
    globs: Globs,
    top: str,
    image_count: Optional[int],
    enough: Optional[int],
    rules: SelectionRules,
    on_note: Callable[[str], object],
) -> Optional[Globs]:
    """Return the depositor's pattern if it matches most movies, and not one example; else None.

    enough: a number of movies that is no example.
    """
    if not globs:
        return None
    folders = Walk(tree, globs.choose, log_skipped).folders(top)
    for folder in itertools.islice(folders, MAX_PATTERN_TRIED):
        matching = rules.classify(_files(tree, folder, globs), False).movies
        if matching:
            kinds = {file.kind for file in matching}
            movies = rules.classify(tree.files(folder), False).movies
            alike = [file for file in movies if file.kind in kinds]
            is_enough = enough is not None and len(matching) >= enough
            if is_enough or _may_be_all(len(matching), len(alike), image_count):
                return globs
            on_note(
                f"EMPIAR's file pattern '{globs.text}' matches {len(matching)} of {len(alike)} "
                f"images in {folder}: it seems to be an example and is not used"
            )
            return None
    return None


def _may_be_all(matching: int, there: int, image_count: Optional[int]) -> bool:
    if matching in (there, image_count):
        return True
    return 2 * matching >= there and (image_count is None or there > image_count)


def _files(tree: RemoteTree, folder: str, globs: Optional[Globs]) -> Sequence[RemoteFile]:
    files = tree.files(folder)
    return [file for file in files if globs.first_match(file.path)] if globs else files


class _Search:
    """Searches top and the folders below it for movies; with globs, only for matching ones."""

    def __init__(
        self,
        tree: RemoteTree,
        top: str,
        declared: Sequence[str],
        globs: Optional[Globs],
        owned: Mapping[str, str],
        rules: SelectionRules,
        ignore_words: bool,
        report: Report,
    ) -> None:
        self._tree = tree
        self._top = top
        self._declared = declared
        self._globs = globs
        self._owned = owned
        self._rules = rules
        self._ignore_words = ignore_words
        self._copies = CopiedFolders(tree, self._is_own)
        self._report = report
        self._deferred: List[Skipped] = []
        self._kind_choice: Optional[KindChoice] = None

    def files(self) -> Iterator[RemoteFile]:
        """Yield the movies; search deferred folders only if all others contain none."""
        walk = Walk(self._tree, self._choose, self._report)
        tops = [self._top]
        while tops:
            self._deferred = []
            found_any = False
            for folder in itertools.chain.from_iterable(map(walk.folders, tops)):
                for file in self._movies_in(folder):
                    found_any = True
                    yield file
            tops = [] if found_any else [folder.path for folder in self._deferred]
        for skipped in self._deferred:
            self._report(skipped)

    def _choose(self, folder: str, folders: Sequence[str]) -> List[str]:
        chosen: List[str] = []
        for path, reason in self._with_reasons(folder, folders):
            if reason is None:
                chosen.append(path)
            elif path in self._owned:
                self._report(Skipped(path, reason, files=0))
            else:
                self._deferred.append(Skipped(path, reason, files=0))
        return chosen

    def _promising(self, folder: str, folders: Sequence[str]) -> List[str]:
        return [path for path, reason in self._with_reasons(folder, folders) if reason is None]

    def _with_reasons(
        self, folder: str, folders: Sequence[str]
    ) -> Iterator[Tuple[str, Optional[str]]]:
        for path in self._globs.choose(folder, folders) if self._globs else folders:
            if path in self._owned:
                yield path, self._owned[path]
            elif self._globs:
                yield path, None
            else:
                yield path, self._deferral_reason(path, folders)

    def _deferral_reason(self, folder: str, siblings: Sequence[str]) -> Optional[str]:
        reason = self._rules.deferral_reason(folder, siblings)
        if reason == REFERENCE_FOLDER and not holds_references(self._tree, folder):
            return None
        is_doubtful = reason is not None and is_doubtful_folder_name(folder)
        if is_doubtful and holds_movies_like_siblings(self._tree, folder):
            return None
        return reason

    def _movies_in(self, folder: str) -> Iterator[RemoteFile]:
        contents = self._contents(folder)
        for skipped in itertools.chain(contents.skipped, self._unlike_hint(folder)):
            self._report(skipped)
        if not contents.movies:
            return
        if self._kind_choice is None:
            self._kind_choice = self._decide(folder, contents)
        for file in contents.movies:
            reason = _reason_against(file, contents, self._kind_choice)
            if reason is None:
                yield file
            else:
                self._report(Skipped(file.path, reason))

    def _unlike_hint(self, folder: str) -> Iterator[Skipped]:
        globs = self._globs
        if globs is None:
            return iter(())
        others = [file for file in self._tree.files(folder) if not globs.first_match(file.path)]
        return not_matching(others, "does not match the entry's pattern")

    def _contents(self, folder: str) -> FolderContents:
        files = _files(self._tree, folder, self._globs)
        contents = self._rules.classify(files, self._ignore_words)
        reason = self._copy_reason(folder, contents)
        if reason:
            copies = not_matching(contents.movies, reason)
            return FolderContents((), False, (*contents.skipped, *copies))
        if contents.movies or not holds_movies_named_like_references(self._tree, folder):
            return contents
        return self._rules.classify(files, True)

    def _copy_reason(self, folder: str, contents: FolderContents) -> str:
        if self._rules is not MOVIES or self._globs or folder == self._top:
            return ""
        return self._copies.reason(folder, contents.movies)

    def _is_own(self, folder: str) -> bool:
        is_there = folder == self._top or is_below(folder, self._top)
        return is_there and folder not in self._owned

    def _decide(self, first: str, contents: FolderContents) -> KindChoice:
        ahead = representative_folders(self._tree, self._top, first, self._promising)
        others = map(self._contents, itertools.islice(ahead, MAX_LOOKED_AHEAD))
        choice = choose_kind(contents, self._declared, others)
        logger.debug("%s: the movies are of kind %s", self._top, choice.kind)
        return choice


def _reason_against(
    file: RemoteFile, contents: FolderContents, choice: KindChoice
) -> Optional[str]:
    if contents.only_aligned and not choice.include_aligned:
        return "aligned image"
    return None if file.kind == choice.kind else "another kind of image"
