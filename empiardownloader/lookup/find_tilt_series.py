"""Looking for the tilt series of an image set: mdocs are fetched as far as the questions need."""

from __future__ import annotations

import bz2
import gzip
import logging
from fnmatch import fnmatchcase
from typing import Callable, Dict, Iterator, List, Optional, Sequence, Set, Tuple, Union

from ..errors import TransferError
from ..files.find_mdocs import MdocGroup, find_mdocs, frame_name, group_mdocs, series_name
from ..files.sort_keys import natural_key
from ..files.tilt_names import named_series, unique_ts_ids
from ..files.tree import RemoteFile, is_below
from ..metadata import Mdoc, UnreadableMetadata, parse_mdoc
from ..transfer import Wanted
from .entry_files import EntryFiles
from .entry_lookup import NothingFound
from .exposures import SeriesMdoc, combined_mdocs, series_mdoc, spans_a_series
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

    def __init__(self, files: EntryFiles, pattern: str = "") -> None:
        """List the frames and the mdocs; NothingFound where there are no frames."""
        self._files = files
        selection = files.movies(pattern, counts_images=False)
        self.skipped = selection.skipped
        self.notes: List[str] = list(selection.notes)
        self._wanted: Dict[str, Wanted] = {movie.path: movie for movie in selection.movies}
        frames = [RemoteFile(movie.path, movie.size) for movie in selection.movies]
        self._index = FrameIndex(frames)
        inside, outside = find_mdocs(files.tree, files.folder, files.other_folders)
        self._groups = group_mdocs([*inside, *outside], frames)
        self._ids: Set[str] = set()
        self._parsed: Dict[str, Optional[Mdoc]] = {}

    def series(self, names: str = "") -> Iterator[TiltSeries]:
        """Give the series whose ids match comma-separated names or globs; empty: every one.

        NothingFound for a name that none has. One without any frames in the image set is given,
        too, unless another image set's folder holds its mdoc.
        """
        wishes = [wish.strip() for wish in names.split(",") if wish.strip()]
        met: Set[str] = set()
        known: List[str] = []
        for one, own_names in self._all(wishes):
            known.append(one.ts_id)
            fitting = [wish for wish in wishes if _fits(wish, [one.ts_id, *own_names])]
            met.update(fitting)
            if fitting or not wishes:
                yield one
            if wishes and len(met) == len(wishes) and not any(map(_is_glob, wishes)):
                return
        unmet = [wish for wish in wishes if wish not in met]
        if unmet or not known:
            raise NothingFound(self._nothing(unmet))

    def everything(self) -> List[TiltSeries]:
        """Return all series; where two mdocs name one frame, the later exposure has it."""
        groups = [group for group in self._groups if not group.of_movies]
        found = [one for one, _ in self._resolve(groups)]
        found += [one for one, _ in self._late([])]
        if not found:
            raise NothingFound(self._nothing([]))
        self._tell_the_rest()
        return found

    def _all(self, wishes: Sequence[str]) -> Iterator[Tuple[TiltSeries, List[str]]]:
        for group in self._groups:
            if not group.of_movies and _may_fit(group, wishes):
                yield from self._resolve([group])
        yield from self._late(wishes)
        if not wishes:
            self._tell_the_rest()

    def _late(self, wishes: Sequence[str]) -> Iterator[Tuple[TiltSeries, List[str]]]:
        """Give the series of movies' mdocs, and those known by names, of frames not yet taken."""
        waiting = [group for group in self._groups if not group.of_movies]
        if wishes and any(not _may_fit(group, wishes) for group in waiting):
            # What those mdocs name belongs to them, whatever it is called.
            for _ in self._resolve([one for one in waiting if not _may_fit(one, wishes)]):
                pass
        for group in self._groups:
            if group.of_movies and self._is_free(group):
                yield from self._resolve([group])
        taken = {group.key for group in self._groups} & {one.lower() for one in self._ids}
        for named in named_series(self._index.free):
            if named.ts_id.lower() not in taken:
                self._index.take(named.frames)
                self._ids.add(named.ts_id)
                yield from_names(named, self._wanted), []

    def _is_free(self, group: MdocGroup) -> bool:
        """Return False if the movies of these mdocs belong to a series with an mdoc of its own."""
        free = {name for frame in self._index.free for name in _names(frame)}
        named = {frame_name(mdoc.name).lower() for mdoc in group.files}
        return group.key not in {one.lower() for one in self._ids} and bool(named & free)

    def _resolve(self, groups: Sequence[MdocGroup]) -> Iterator[Tuple[TiltSeries, List[str]]]:
        """Give the series that the mdocs of groups describe, matched with the frames together."""
        chosen: List[Tuple[str, Series]] = []
        for group in groups:
            clusters = self._clusters(group)
            paths = [_id_path(cluster) for cluster in clusters]
            ids = unique_ts_ids(paths)
            for path, cluster in zip(paths, clusters):
                key = ids[path].lower() if len(clusters) > 1 else group.key
                chosen.append((ids[path], Series(key, cluster[0])))
        places = self._index.match([series for _, series in chosen])
        for at, (ts_id, series) in enumerate(chosen):
            files = {number: frame for (which, number), frame in places.items() if which == at}
            if not files and self._is_of_another_set(series.mdoc.file):
                self.notes.append(f"{series.mdoc.file.path} names no frame of this image set")
                continue
            wanted = {number: self._wanted[frame.path] for number, frame in files.items()}
            extra = self._index.take(self._index.of_series(series.key))
            self._ids.add(ts_id)
            pixel_size = self._files.found.image_set.pixel_size
            yield (
                from_mdoc(ts_id, series.mdoc, wanted, extra, pixel_size),
                [series_name(series.mdoc.file.name)],
            )

    def _clusters(self, group: MdocGroup) -> List[List[SeriesMdoc]]:
        """Return the series of a group, each with its mdocs, the one to believe first."""
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

    def _series_mdocs(self, group: MdocGroup) -> List[SeriesMdoc]:
        if group.of_movies:
            combined = self._combined(group)
            return [combined] if combined else []
        parsed = [(file, self._read(file)) for file in group.files]
        found = []
        for file, mdoc in parsed:
            series = series_mdoc(file, mdoc) if mdoc else None
            if series:
                found.append(series)
            elif mdoc:
                logger.info("%s: no tilt series (a montage, a map or a single image)", file.path)
        return found

    def _combined(self, group: MdocGroup) -> Optional[SeriesMdoc]:
        step = max(1, len(group.files) // _PROBES)
        probes = [self._read(file) for file in group.files[::step]]
        angles = [mdoc.movie.tilt_angle for mdoc in probes if mdoc and mdoc.movie]
        if len(group.files) > 2 * _PROBES and not spans_a_series(angles):
            return None
        mdocs = [(file, self._read(file)) for file in group.files]
        return combined_mdocs([(file, mdoc) for file, mdoc in mdocs if mdoc])

    def _read(self, file: RemoteFile) -> Optional[Mdoc]:
        if file.path not in self._parsed:
            self._parsed[file.path] = self._parse(file)
        return self._parsed[file.path]

    def _parse(self, file: RemoteFile) -> Optional[Mdoc]:
        try:
            return parse_mdoc(_unpacked(file.name, self._files.read(file.path)))
        except (UnreadableMetadata, OSError, EOFError, ValueError) as error:
            self.notes.append(f"{file.path} cannot be read: {error}")
        except TransferError as error:
            if not error.is_final:
                raise
            self.notes.append(f"{file.path} cannot be read: {error}")
        return None

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
        known = sorted(self._ids, key=natural_key)
        more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
        return (
            f"{accession}, image set {number}, has no tilt series called "
            f"{', '.join(map(repr, unmet))}. It has: {', '.join(known[:_SHOWN])}{more}."
        )
