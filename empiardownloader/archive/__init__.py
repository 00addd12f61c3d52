"""Metadata of EMPIAR and EMDB: an entry, its image sets, the acquisition of its movies.

    >>> entry = fetch_entry(entry_number("EMPIAR-10200"))       # doctest: +SKIP
    >>> check_released(entry)                                   # doctest: +SKIP
    >>> movies = choose_image_set(entry)                        # doctest: +SKIP
    >>> acquisition = fetch_acquisition(entry.emdb_ids)         # doctest: +SKIP

Every failure is an ArchiveError whose message names a remedy.
"""

from .emdb import (
    ASSUMED,
    ASSUMED_ORIGIN,
    LIVE_EMDB_URL,
    Acquisition,
    SourcedValue,
    acquisition_from_map,
    fetch_acquisition,
)
from .entry import Citation, Entry, ImageSet, parse_entry
from .entry_id import entry_number, path_in_entry
from .entry_xml import document_from_xml
from .errors import (
    ArchiveError,
    ArchiveUnavailable,
    BadEntryId,
    EntryNotReleased,
    NoMovies,
    NoSuchImageSet,
    UnknownEntry,
)
from .fetch_entry import LIVE_API_URL, OLD_API_URL, fetch_document, fetch_entry
from .image_sets import (
    MICROGRAPHS,
    MOVIES,
    TILT_SERIES,
    Contents,
    check_released,
    choose_image_set,
    tilt_series_sets,
)

__all__ = [
    "ASSUMED",
    "ASSUMED_ORIGIN",
    "LIVE_API_URL",
    "LIVE_EMDB_URL",
    "MICROGRAPHS",
    "MOVIES",
    "OLD_API_URL",
    "TILT_SERIES",
    "Acquisition",
    "ArchiveError",
    "ArchiveUnavailable",
    "BadEntryId",
    "Citation",
    "Contents",
    "Entry",
    "EntryNotReleased",
    "ImageSet",
    "NoMovies",
    "NoSuchImageSet",
    "SourcedValue",
    "UnknownEntry",
    "acquisition_from_map",
    "check_released",
    "choose_image_set",
    "document_from_xml",
    "entry_number",
    "fetch_acquisition",
    "fetch_document",
    "fetch_entry",
    "parse_entry",
    "path_in_entry",
    "tilt_series_sets",
]
