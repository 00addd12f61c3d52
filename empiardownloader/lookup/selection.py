"""The movies of a run, and the notes for the user about other files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Dict, Mapping, Optional, Sequence

from ..archive.entry import ImageSet
from ..archive.image_sets import MICROGRAPHS, TILT_SERIES
from ..files.find_mdocs import series_mdocs
from ..files.match_gains import pattern_of
from ..files.resolve_directory import directory_parts
from ..files.tilt_names import named_series
from ..files.tree import RemoteFile, Skipped, is_below
from ..transfer import FileRequest

#: Reasons that are named in one line; the rest are summed up.
_REASONS_SHOWN = 3

#: Names in a folder that are looked at for tilt angles; more would take long in large folders.
_NAMES_READ = 500


@dataclass(frozen=True)
class Selection:
    """The movies to download, in order, and the skipped files and folders.

    notes: sentences for the user on differences from EMPIAR's description.
    is_whole: the image set has no other movies.
    """

    movies: Sequence[FileRequest]
    skipped: Sequence[Skipped]
    notes: Sequence[str] = ()
    is_whole: bool = False


def skipped_line(selection: Selection, noun: str = "movie") -> str:
    """Return one line on the skipped files, by reason, with count and example; '' for none."""
    counts: Counter[str] = Counter()
    examples: Dict[str, str] = {}
    for item in selection.skipped:
        counts[item.reason] += max(1, item.files)
        examples.setdefault(item.reason, item.path)
    if not counts:
        return ""
    shown = counts.most_common(_REASONS_SHOWN)
    texts = [f"{count} {reason} (e.g. {examples[reason]})" for reason, count in shown]
    rest = sum(counts.values()) - sum(count for _, count in shown)
    texts += [f"{rest} others"] if rest else []
    return f"Not {noun}s, skipped: {'; '.join(texts)}"


def directory_note(image_set: ImageSet, folder: str) -> str:
    """Return a sentence if folder is not the directory that EMPIAR names, else ''."""
    named = image_set.directory.strip("/")
    parts = "/".join(directory_parts(named))
    if not named or named == folder or is_below(folder, named) or parts == folder:
        return ""
    if parts and is_below(folder, parts):
        return ""
    used = f"'{folder}'" if folder else "the entry's own folder"
    return f"EMPIAR names the folder '{named}', which is not there: {used} is used"


def kind_note(image_set: ImageSet) -> str:
    """Return a sentence if EMPIAR does not call the images movies, else ''."""
    if image_set.holds_movies:
        return ""
    kind = image_set.category or "images of an unknown kind"
    note = f"According to EMPIAR, image set {image_set.number} contains {kind}, not movies"
    for other in (TILT_SERIES, MICROGRAPHS):
        if other.is_in(image_set):
            return f"{note}: the protocol '{other.protocol}' is for them"
    return note


def tilt_note(image_set: ImageSet, beside: Sequence[RemoteFile]) -> str:
    """Return a sentence if movies are the frames of tilt series by the files beside them, else ''.

    Depositors often declare such frames as movies.
    """
    if not image_set.holds_movies:
        return ""
    if named_series([file for file in beside if file.kind][:_NAMES_READ]):
        found = "the names hold tilt angles"
    else:
        mdocs = series_mdocs(beside)
        if not mdocs:
            return ""
        found = f"there are mdoc files of series (e.g. {mdocs[0].path})"
    return f"These may be tilt series, {found}: the protocol 'empiar tilt series' is for them"


def count_note(image_set: ImageSet, selected: int, is_whole: bool) -> str:
    """Return a sentence if the number of movies differs from EMPIAR's, else ''."""
    declared: Optional[int] = image_set.num_images
    if not is_whole or declared is None or declared == selected:
        return ""
    return f"EMPIAR speaks of {declared} images in this image set, found: {selected}"


def own_gains_note(movies: Sequence[str], own: Mapping[str, str]) -> str:
    """Return a sentence on the movies that have a gain of their own; '' for none.

    movies: the paths of all; own: the paths of gains, by those of the movies that they fit.
    """
    if not own:
        return ""
    gains = list(dict.fromkeys(own.values()))
    more = f" and {len(gains) - 1} more" if len(gains) > 1 else ""
    have = "movie has" if len(own) == 1 else "movies have"
    note = f"{len(own)} of {len(movies)} {have} a gain reference of their own: {gains[0]}{more}"
    fitting = [path for path in movies if path not in own]
    pattern = pattern_of(fitting, list(own)) if fitting else ""
    return f"{note}. Those that the gain in use fits: file pattern '{pattern}'" if pattern else note
