"""Looking for the tilt series of an image set: mdocs are fetched as far as the questions need."""

from __future__ import annotations

import bz2
import gzip
import logging
from dataclasses import replace
from datetime import datetime
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Dict, Iterator, List, Mapping, Optional, Sequence, Set, Tuple

from ..errors import FileError
from ..files.find_mdocs import (
    MdocGroup,
    find_mdocs,
    frame_name,
    group_mdocs,
    series_name,
    version_word,
)
from ..files.sort_keys import natural_key
from ..files.tilt_names import named_series, spans_a_series, ts_id, unique_ts_ids
from ..files.tree import RemoteFile, is_below
from ..metadata.mdoc import Mdoc, parse_mdoc
from ..metadata.values import UnreadableMetadata
from ..transfer import FileRequest
from .entry_files import EntryFiles
from .entry_lookup import NothingFound
from .exposures import SeriesMdoc, combined_mdocs, series_mdoc
from .match_frames import FrameIndex, Series
from .tilt_series import TiltSeries, from_mdoc, from_names

logger = logging.getLogger(__name__)

#: mdocs of single movies that are read to see whether their angles are a series'.
_PROBES = 6

_SHOWN = 6


class TiltSeriesFinder:
    """The tilt series of an entry's image set, in natural order, those without an mdoc last.

    notes: sentences for the user, complete when all series were asked for.
    """

    def __init__(
        self,
        files: EntryFiles,
        pattern: str = "",
        known_names: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """List the frames and the mdocs; NothingFound where there are no frames.

        ``known_names``: local names of frames by path, which stay as they are.
        """
        self._files = files
        selection = files.movies(pattern, None, known_names, counts_images=False)
        self.skipped = selection.skipped
        self.notes: List[str] = list(selection.notes)
        self._wanted: Dict[str, FileRequest] = {movie.path: movie for movie in selection.movies}
        frames = [RemoteFile(movie.path, movie.size) for movie in selection.movies]
        self._index = FrameIndex(frames)
        inside, outside = find_mdocs(files.tree, files.folder, files.other_folders)
        self._groups = group_mdocs([*inside, *outside], frames)
        self._ids: Set[str] = set()
        self._parsed: Dict[str, Optional[Mdoc]] = {}
        self._fetched: Dict[str, bytes] = {}
        self._used: List[SeriesMdoc] = []

    def series(self, names: str = "") -> Iterator[TiltSeries]:
        """Give the series whose ids match comma-separated names or globs; empty: every one.

        NothingFound for a name that none has. One without any frames in the image set is given,
        too, unless another image set's folder holds its mdoc.
        """
        wishes = [wish.strip() for wish in names.split(",") if wish.strip()]
        met: Set[str] = set()
        found_any = False
        for stage in (self._with_mdocs(wishes), self._late(wishes)):
            for one, own_names in stage:
                found_any = True
                fitting = [wish for wish in wishes if _fits(wish, [one.ts_id, *own_names])]
                met.update(fitting)
                if fitting or not wishes:
                    yield one
            if wishes and len(met) == len(set(wishes)) and not any(map(_is_glob, wishes)):
                return
        unmet = [wish for wish in wishes if wish not in met]
        if unmet or not found_any:
            raise NothingFound(self._nothing(unmet))

    def everything(self) -> List[TiltSeries]:
        """Return all series; where two mdocs name one frame, the later exposure has it."""
        groups = [group for group in self._groups if not group.of_movies]
        self._fetch(groups)
        found = [one for one, _ in self._resolve(groups)]
        found += [one for one, _ in self._late([])]
        if not found:
            raise NothingFound(self._nothing([]))
        return found

    def _with_mdocs(self, wishes: Sequence[str]) -> Iterator[Tuple[TiltSeries, List[str]]]:
        groups = [one for one in self._groups if not one.of_movies and _may_fit(one, wishes)]
        if wishes:
            self._fetch(groups)
        for group in groups:
            yield from self._resolve([group])

    def _late(self, wishes: Sequence[str]) -> Iterator[Tuple[TiltSeries, List[str]]]:
        """Give the series of movies' mdocs, and those known by names, of frames not yet taken."""
        waiting = [group for group in self._groups if not group.of_movies]
        if wishes and any(not _may_fit(group, wishes) for group in waiting):
            # What those mdocs name belongs to them, whatever it is called.
            others = [one for one in waiting if not _may_fit(one, wishes)]
            self._fetch(others)
            for _ in self._resolve(others):
                pass
        for group in self._groups:
            if group.of_movies and self._is_free(group):
                yield from self._resolve([group])
        for named in named_series(self._index.free):
            self._index.take(named.frames)
            one = from_names(named, self._wanted)
            yield replace(one, ts_id=self._unique(one.ts_id)), []
        if not wishes:
            self._tell_the_rest()

    def _unique(self, wish: str) -> str:
        """Return an id that no series has yet, in whatever case: SQLite's tables have none."""
        used = {one.lower() for one in self._ids}
        unique, number = wish, 2
        while unique.lower() in used:
            unique, number = f"{wish}_{number}", number + 1
        self._ids.add(unique)
        return unique

    def _is_free(self, group: MdocGroup) -> bool:
        """Return False if the movies of these mdocs belong to a series with an mdoc of its own."""
        free = {name for frame in self._index.free for name in (frame.name.lower(), frame.stem)}
        named = {frame_name(mdoc.name).lower() for mdoc in group.files}
        return group.key not in {one.lower() for one in self._ids} and bool(named & free)

    def _resolve(self, groups: Sequence[MdocGroup]) -> Iterator[Tuple[TiltSeries, List[str]]]:
        """Give the series that the mdocs of groups describe, matched with the frames together."""
        chosen: List[Tuple[str, Series]] = []
        for group in groups:
            clusters = [one for one in self._clusters(group) if self._is_new(one[0])]
            paths = [_id_path(group, cluster) for cluster in clusters]
            ids = unique_ts_ids(paths)
            for path, cluster in zip(paths, clusters):
                chosen.append((ids[path], Series(group.key, cluster[0])))
        places = self._index.match([series for _, series in chosen])
        for at, (wish, series) in enumerate(chosen):
            files = {number: frame for (which, number), frame in places.items() if which == at}
            if not files and self._is_of_another_set(series.mdoc.file):
                self.notes.append(f"{series.mdoc.file.path} names no frame of this image set")
                continue
            wanted = {number: self._wanted[frame.path] for number, frame in files.items()}
            extra = self._index.take(self._index.of_series(series.key))
            one_id = self._unique(wish)
            pixel_size = self._files.found.image_set.pixel_size
            yield (
                from_mdoc(one_id, series.mdoc, wanted, extra, pixel_size),
                [series_name(series.mdoc.file.name)],
            )

    def _clusters(self, group: MdocGroup) -> List[List[SeriesMdoc]]:
        """Return the series of a group, each with its mdocs, the most reliable first."""
        clusters: List[List[SeriesMdoc]] = []
        for mdoc in sorted(self._series_mdocs(group), key=lambda mdoc: natural_key(mdoc.file.path)):
            for cluster in clusters:
                if _describe_one_series(cluster[0], mdoc):
                    cluster.append(mdoc)
                    break
            else:
                clusters.append([mdoc])
        for cluster in clusters:
            cluster.sort(key=_rank, reverse=True)
            for unused in cluster[1:]:
                self.notes.append(f"{cluster[0].file.path} is used, not {unused.file.path}")
        return clusters

    def _is_new(self, mdoc: SeriesMdoc) -> bool:
        """Return False if another mdoc has the same exposures, as one of an aligned stack does."""
        for used in self._used:
            if _is_repeated(mdoc, used):
                self.notes.append(f"{used.file.path} is used, not {mdoc.file.path}")
                return False
        self._used.append(mdoc)
        return True

    def _series_mdocs(self, group: MdocGroup) -> List[SeriesMdoc]:
        if group.of_movies and not self._may_be_series(group):
            return []
        self._fetch([group])
        parsed = [(file, self._read(file)) for file in group.files]
        mdocs = [(file, mdoc) for file, mdoc in parsed if mdoc]
        found = [combined_mdocs([(file, mdoc) for file, mdoc in mdocs if mdoc.movie_section])]
        for file, mdoc in mdocs:
            if not mdoc.movie_section:
                found.append(series_mdoc(file, mdoc))
                if not found[-1]:
                    logger.info("%s is no tilt series: montage, map or single image", file.path)
        return [series for series in found if series]

    def _may_be_series(self, group: MdocGroup) -> bool:
        """Return False if some movies of many, read from everywhere among them, have one angle."""
        step = len(group.files) // _PROBES
        if step < 2:
            return True
        probes = [mdoc for mdoc in map(self._read, group.files[::step]) if mdoc]
        told = [mdoc.movie_section.tilt_angle for mdoc in probes if mdoc.movie_section]
        angles = [angle for angle in told if angle is not None]
        return spans_a_series(angles) or any(mdoc.tilts for mdoc in probes)

    def _fetch(self, groups: Sequence[MdocGroup]) -> None:
        """Fetch the mdocs of groups several at once, as a distant server answers slowly."""
        paths = [file.path for group in groups for file in group.files]
        new = [path for path in paths if path not in self._parsed and path not in self._fetched]
        if len(new) > 1:
            self._fetched.update(self._files.read_each(new))

    def _read(self, file: RemoteFile) -> Optional[Mdoc]:
        if file.path not in self._parsed:
            mdoc: Optional[Mdoc] = None
            try:
                content = self._fetched.pop(file.path, None)
                if content is None:
                    content = self._files.read(file.path)
                mdoc = parse_mdoc(_unpacked(file.name, content))
            except (UnreadableMetadata, FileError, OSError, EOFError) as error:
                self.notes.append(f"{file.path} cannot be read: {error}")
            self._parsed[file.path] = mdoc
        return self._parsed[file.path]

    def _is_of_another_set(self, mdoc: RemoteFile) -> bool:
        return any(is_below(mdoc.path, folder) for folder in self._files.other_folders)

    def _tell_the_rest(self) -> None:
        rest = self._index.free
        if rest:
            files = "file belongs" if len(rest) == 1 else "files belong"
            self.notes.append(f"{len(rest)} {files} to no tilt series (e.g. {rest[0].path})")

    def _nothing(self, unmet: Sequence[str]) -> str:
        accession = self._files.found.entry.accession
        number = self._files.found.image_set.number
        if not self._ids:
            return (
                f"{accession}, image set {number}: no tilt series found, neither by mdoc files nor "
                "by the names of the frames."
            )
        named = {ts_id(group.name) for group in self._groups}
        known = sorted(named | self._ids, key=natural_key)
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        return (
            f"{accession}, image set {number}, has no tilt series called "
            f"{', '.join(map(repr, unmet))}. It has: {', '.join(known[:_SHOWN])}{more}."
        )


def _unpacked(name: str, content: bytes) -> bytes:
    if name.lower().endswith(".gz"):
        return gzip.decompress(content)
    return bz2.decompress(content) if name.lower().endswith(".bz2") else content


def _describe_one_series(one: SeriesMdoc, other: SeriesMdoc) -> bool:
    """Return True for an mdoc and its override, or two that name the same frames.

    In other folders the frames must be of the same time, too: names such as 0.tif are in many.
    """
    is_near = one.file.folder == other.file.folder
    if is_near and one.is_override != other.is_override:
        return True
    if not (one.frame_names and other.frame_names):
        return one.last_time == other.last_time and len(one.exposures) == len(other.exposures)
    common = one.frame_names & other.frame_names if is_near else one.shots & other.shots
    return 2 * len(common) >= min(len(one.frame_names), len(other.frame_names))


def _is_repeated(mdoc: SeriesMdoc, other: SeriesMdoc) -> bool:
    """Return True if another mdoc, of whatever name, has all exposures of this one."""
    if not mdoc.shots:
        return bool(mdoc.times) and mdoc.times <= other.times
    return mdoc.shots <= other.shots and (bool(mdoc.times) or mdoc.file.folder == other.file.folder)


def _rank(mdoc: SeriesMdoc) -> Tuple[bool, datetime, int, bool]:
    is_plain = version_word(mdoc.file.name) == ""
    return mdoc.is_override, mdoc.last_time, len(mdoc.exposures), is_plain


def _id_path(group: MdocGroup, cluster: Sequence[SeriesMdoc]) -> str:
    """Return the path whose name gives a series its id: the plain mdoc's, if there is one."""
    best = cluster[0].file
    plain = [mdoc.file for mdoc in cluster if not version_word(mdoc.file.name)]
    if cluster[0].is_combined or (not plain and cluster[0].is_override):
        return f"{best.folder}/{group.name}"
    return plain[0].path if plain else best.path


def _is_glob(wish: str) -> bool:
    return bool(set("*?[") & set(wish))


def _fits(wish: str, names: Sequence[str]) -> bool:
    """Return True if a name or glob means a series, by its id or the name of its mdoc."""
    folded = [name.lower() for name in names]
    if wish.lower() in folded or any(fnmatchcase(name, wish.lower()) for name in folded):
        return True
    return not _is_glob(wish) and ts_id(wish).lower() == folded[0]


def _may_fit(group: MdocGroup, wishes: Sequence[str]) -> bool:
    """Return True if a series of the group may be meant; ids may have a folder in front."""
    folders = {part for file in group.files for part in file.folder.split("/") if part}
    ids = [group.key, *(f"{ts_id(folder)}_{group.key}" for folder in folders)]
    own = [series_name(file.name) for file in group.files]
    own += [ts_id(file.name) for file in group.files]
    return not wishes or any(_fits(wish, [name, *own]) for wish in wishes for name in ids)
