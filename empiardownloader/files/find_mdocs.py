"""The mdoc files of an image set, by names and places, and which of them describe one series."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Dict, Iterable, Iterator, List, Sequence, Tuple

from .image_kinds import name_words, split_extension
from .sort_keys import natural_key
from .tilt_names import parse_tilt_name, spans_a_series, ts_id
from .tree import RemoteFile, RemoteTree, folders_above, is_below, last_part
from .walk import Walk

#: Folders beside the image set's, or beside one above it, that are looked into.
MAX_BESIDE = 12

_MDOC = re.compile(r"\.mdoc(?:\.(?:bz2|gz))?\Z", re.IGNORECASE)

#: Folders for mdocs, by the words of their names.
_METADATA = re.compile(r"\b(?:mdocs?|metadata|tilt ?series|serial ?em)\b")

#: The last number of a movie's name, by which the movies of one series differ.
_NUMBER = re.compile(r"[-_][0-9]+\Z")

#: What a program or a depositor appends to the name of a series' second mdoc.
_VERSION = re.compile(
    r"[-_](?P<word>override|orig|original|old|new|copy|backup|bak|final|fixed|edited)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class MdocGroup:
    """mdocs that belong together by their names.

    name: the series'; key: its id in lower case. Several series may have one name, and one series
    several mdocs. of_movies: each is of one movie, as SerialEM writes them beside the frames.
    """

    name: str
    files: Tuple[RemoteFile, ...]
    of_movies: bool = False

    @property
    def key(self) -> str:
        """The series' id in lower case."""
        return ts_id(self.name).lower()


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

    An mdoc of one movie is one of several that differ by the angles in their names, or one of many
    that are called as the movies are; few that are so called are those of stacks.
    """
    names = {name.lower() for frame in frames for name in (frame.name, _stem(frame.name))}
    called_so = {mdoc.path for mdoc in mdocs if frame_name(mdoc.name).lower() in names}
    are_many = 2 * len(called_so) >= len(frames)
    series: Dict[str, MdocGroup] = {}
    movies: Dict[str, MdocGroup] = {}
    for mdoc in mdocs:
        name = frame_name(mdoc.name)
        tilt = parse_tilt_name(name)
        if (tilt and tilt.is_certain) or (mdoc.path in called_so and are_many):
            _add(movies, tilt.series if tilt else _NUMBER.sub("", _stem(name)), mdoc, True)
        else:
            _add(series, series_name(mdoc.name), mdoc, False)
    for key, group in list(movies.items()):
        # The number in brackets may be a run's: b[1].mrc.mdoc, b[2].mrc.mdoc.
        if not (called_so.intersection(mdoc.path for mdoc in group.files) or _has_angles(group)):
            for mdoc in movies.pop(key).files:
                _add(series, series_name(mdoc.name), mdoc, False)
    return [*_sorted(series), *_sorted(movies)]


def series_mdocs(files: Sequence[RemoteFile]) -> List[RemoteFile]:
    """Return the mdocs among files that are not called after any of the others, as a movie's is."""
    mdocs = [file for file in files if is_mdoc_name(file.name)]
    others = [file.name.lower() for file in files if not is_mdoc_name(file.name)]
    names = {*others, *map(_stem, others)}
    return [mdoc for mdoc in mdocs if frame_name(mdoc.name).lower() not in names]


def frame_name(mdoc_name: str) -> str:
    """Return the name of the movie that an mdoc beside it is called after."""
    return _MDOC.sub("", mdoc_name)


def series_name(mdoc_name: str) -> str:
    """Return the name of the series that an mdoc's name holds: TS_01_override.mdoc gives TS_01."""
    stem = frame_name(mdoc_name).split(".")[0]
    return _VERSION.sub("", stem) or stem


def version_word(mdoc_name: str) -> str:
    """Return the word that distinguishes a series' mdocs, in lower case; '' for the plain one."""
    found = _VERSION.search(frame_name(mdoc_name).split(".")[0])
    return found["word"].lower() if found else ""


def _mdocs_in(tree: RemoteTree, folder: str) -> List[RemoteFile]:
    return [file for file in tree.files(folder) if is_mdoc_name(file.name)]


def _below(tree: RemoteTree, top: str, owned: Sequence[str]) -> Iterator[str]:
    def choose(_folder: str, folders: Sequence[str]) -> List[str]:
        return [path for path in folders if path not in owned]

    # The walk for the frames reports what is skipped.
    return Walk(tree, choose, lambda skipped: None).folders(top)


def _stem(name: str) -> str:
    return split_extension(name)[0]


def _has_angles(group: MdocGroup) -> bool:
    """Return True if the angles in the names of mdocs are those of a series."""
    tilts = [parse_tilt_name(frame_name(mdoc.name)) for mdoc in group.files]
    return spans_a_series([tilt.angle for tilt in tilts if tilt])


def _add(groups: Dict[str, MdocGroup], name: str, mdoc: RemoteFile, of_movies: bool) -> None:
    key = ts_id(name).lower()
    group = groups.get(key, MdocGroup(name, (), of_movies))
    groups[key] = replace(group, files=(*group.files, mdoc))


def _sorted(groups: Dict[str, MdocGroup]) -> List[MdocGroup]:
    return sorted(groups.values(), key=lambda group: natural_key(group.key))
