"""The mdoc files of an image set, by names and places, and which of them describe one series."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, Iterable, Iterator, List, Mapping, Sequence, Tuple

from .image_kinds import name_words, split_extension
from .sort_keys import natural_key
from .tilt_names import parse_tilt_name, ts_id
from .tree import RemoteFile, RemoteTree, Skipped, folders_above, is_below, last_part
from .walk import Walk

#: Folders beside the image set's, or beside one above it, that are looked into.
MAX_BESIDE = 12

_MDOC = re.compile(r"\.mdoc(?:\.(?:bz2|gz))?\Z", re.IGNORECASE)

#: Folders for mdocs, by the words of their names.
_METADATA = re.compile(r"\b(?:mdocs?|metadata|tilt ?series|serial ?em)\b")

#: What a program or a depositor appends to the name of a series' second mdoc.
_VERSION = re.compile(
    r"[-_](?P<word>override|orig|original|old|new|copy|backup|bak|final|fixed|edited)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MdocGroup:
    """mdocs that belong together by their names.

    key: the series' id in lower case. Several series may have one name, and one series several
    mdocs. of_movies: each is of one movie, as SerialEM writes them beside the frames.
    """

    key: str
    files: Tuple[RemoteFile, ...]
    of_movies: bool = False


def is_mdoc_name(name: str) -> bool:
    """Return True for an mdoc file, packed or not."""
    return _MDOC.search(name) is not None


def find_mdocs(
    tree: RemoteTree, top: str, others: Iterable[str] = ()
) -> Tuple[List[RemoteFile], List[RemoteFile]]:
    """Return the mdocs in and below the image set's folder, and those beside and above it.

    Beside: in the other folders of the folders above, where these are few or called after
    metadata (EMPIAR-10164's mdoc-files beside its frames). others: folders of other image sets.
    """
    top = top.strip("/")
    inside = [file for folder in _below(tree, top, ()) for file in _mdocs_in(tree, folder)]
    outside: List[RemoteFile] = []
    came_from = top
    for above in folders_above(top):
        outside += _mdocs_in(tree, above)
        beside = [path for path in tree.folders(above) if path != came_from]
        if len(beside) > MAX_BESIDE or not above:
            beside = [path for path in beside if _METADATA.search(name_words(last_part(path)))]
        owned = [path for path in others if is_below(path, above) and path not in beside]
        for path in beside:
            for folder in _below(tree, path, owned):
                outside += _mdocs_in(tree, folder)
        came_from = above
    return inside, outside


def group_mdocs(mdocs: Sequence[RemoteFile], frames: Sequence[RemoteFile]) -> List[MdocGroup]:
    """Group mdocs by series, in natural order; those of single movies come last.

    An mdoc of one movie is called as the movie is, or as one that is not there (with an angle).
    """
    names = {name.lower() for frame in frames for name in (frame.name, _stem(frame.name))}
    series: Dict[str, List[RemoteFile]] = {}
    movies: Dict[str, List[RemoteFile]] = {}
    for mdoc in mdocs:
        name = frame_name(mdoc.name)
        tilt = parse_tilt_name(name)
        if name.lower() in names or (tilt and tilt.is_certain):
            key = tilt.series if tilt else mdoc.folder
            movies.setdefault(ts_id(key).lower(), []).append(mdoc)
        else:
            series.setdefault(ts_id(series_name(mdoc.name)).lower(), []).append(mdoc)
    return [*_groups(series, False), *_groups(movies, True)]


def frame_name(mdoc_name: str) -> str:
    """Return the name of the movie that an mdoc beside it is called after."""
    return _MDOC.sub("", mdoc_name)


def series_name(mdoc_name: str) -> str:
    """Return the name of the series that an mdoc's name holds: TS_01_override.mdoc gives TS_01."""
    stem = frame_name(mdoc_name).split(".")[0]
    return _VERSION.sub("", stem) or stem


def version_word(mdoc_name: str) -> str:
    """Return the word that tells a series' mdocs apart, in lower case; '' for the plain one."""
    found = _VERSION.search(frame_name(mdoc_name).split(".")[0])
    return found["word"].lower() if found else ""


def _mdocs_in(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    return [file for file in tree.files(folder) if is_mdoc_name(file.name)]


def _below(tree: RemoteTree, top: str, owned: Sequence[str]) -> Iterator[str]:
    def choose(_folder: str, folders: Sequence[str]) -> List[str]:
        return [path for path in folders if path not in owned]

    return Walk(tree, choose, _ignore).folders(top)


def _ignore(_skipped: Skipped) -> None:
    """Say nothing: what this walk skips, the one for the frames reports."""


def _stem(name: str) -> str:
    return split_extension(name)[0]


def _groups(found: Mapping[str, List[RemoteFile]], of_movies: bool) -> List[MdocGroup]:
    keys = sorted(found, key=natural_key)
    return [MdocGroup(key, tuple(found[key]), of_movies) for key in keys]
