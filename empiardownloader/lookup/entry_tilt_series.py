"""From an entry's id to its tilt series: for the protocol, its wizard and the command line."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterator, List, Mapping, Optional, Sequence

from ..archive.entry import parse_entry
from ..archive.image_sets import check_released, tilt_series_sets
from ..errors import EmpiarError
from ..files.tree import Skipped
from ..settings import Addresses
from ..transfer import FileRequest, Server
from .entry_files import EntryFiles, folder_status, size_status
from .entry_lookup import NothingFound, ResolvedEntry, find_document
from .file_server import open_entry_server
from .find_tilt_series import TiltSeriesFinder
from .tilt_series import TiltSeries


@dataclass(frozen=True)
class TiltSeriesList:
    """Tilt series of an entry's image set, with the folder that it is in.

    gains: the gain references of the first series, the closest first. own_gains: the closest gain
    of each series, by tsId. is_whole: these are all that were asked for.
    """

    found: ResolvedEntry
    folder: str
    series: Sequence[TiltSeries]
    server: Server
    notes: Sequence[str] = ()
    skipped: Sequence[Skipped] = ()
    gains: Sequence[FileRequest] = ()
    own_gains: Mapping[str, FileRequest] = field(default_factory=dict)
    is_whole: bool = True

    @property
    def files(self) -> List[FileRequest]:
        """The frames of all series, in order of acquisition within each."""
        return [file for one in self.series for file in one.files]


def list_tilt_series(
    entry_id: str,
    addresses: Addresses,
    *,
    image_set: str = "",
    names: str = "",
    limit: Optional[int] = None,
    pattern: str = "",
    transport: str = "auto",
    exact_sizes: bool = False,
    on_status: Callable[[str], object] = lambda text: None,
    **retry: Any,
) -> TiltSeriesList:
    """Return tilt series of an entry, from the first of its image sets that holds any.

    names: comma-separated ids or globs. limit: the first N that have frames; None for all, also
    those without. on_status: called now and then with what is being done. NothingFound where there
    is none.
    """
    number, document = find_document(entry_id, addresses, **retry)
    entry = parse_entry(document, number)
    check_released(entry)
    server = open_entry_server(entry, addresses, transport)
    refusals: List[EmpiarError] = []
    empty: Optional[TiltSeriesList] = None
    for candidate in tilt_series_sets(entry, image_set):
        found = ResolvedEntry(entry, candidate, document)
        with EntryFiles(found, server, on_folder=folder_status(on_status)) as files:
            try:
                listed = _listed(files, server, names, limit, pattern)
            except NothingFound as error:
                refusals.append(error)
                continue
            if any(one.tilts for one in listed.series):
                on_size = size_status(on_status, "tilt")
                return _with_exact_sizes(listed, files, on_size) if exact_sizes else listed
            empty = empty or listed
    if empty:
        return empty
    raise refusals[0]


def _listed(
    files: EntryFiles, server: Server, names: str, limit: Optional[int], pattern: str
) -> TiltSeriesList:
    finder = TiltSeriesFinder(files, pattern)
    if limit is None and not names:
        series: List[TiltSeries] = finder.everything()
        is_whole = True
    else:
        series = list(first_with_frames(finder, names, limit))
        is_whole = limit is None or len(series) < limit
    gains = {one.ts_id: files.gains_near(one.files[0]) for one in series if one.files}
    return TiltSeriesList(
        files.found,
        files.folder,
        series,
        server,
        tuple(finder.notes),
        finder.skipped,
        next(iter(gains.values()), []),
        {ts_id: near[0] for ts_id, near in gains.items() if near},
        is_whole,
    )


def first_with_frames(
    finder: TiltSeriesFinder, names: str, limit: Optional[int]
) -> Iterator[TiltSeries]:
    """Give the first series that match; where their number is limited, those with frames only."""
    series = finder.series(names)
    if limit is None:
        return series
    return itertools.islice((one for one in series if one.tilts), limit)


def _with_exact_sizes(
    listed: TiltSeriesList, files: EntryFiles, on_size: Callable[[int, int], object]
) -> TiltSeriesList:
    sized = {file.path: file for file in files.sized(listed.files, on_size)}

    def exact(one: TiltSeries) -> TiltSeries:
        exposures = [
            replace(tilt, file=sized[tilt.file.path]) if tilt.file else tilt
            for tilt in one.exposures
        ]
        return replace(one, exposures=tuple(exposures))

    return replace(listed, series=[exact(one) for one in listed.series])
