"""Metadata of EMPIAR and EMDB: an entry, its image sets, the acquisition of its movies.

    >>> document = fetch_document("10200")                      # doctest: +SKIP
    >>> entry = parse_entry(document, "10200")                  # doctest: +SKIP
    >>> check_released(entry)                                   # doctest: +SKIP
    >>> movies = choose_image_set(entry)                        # doctest: +SKIP
    >>> acquisition = fetch_acquisition(entry.emdb_ids)         # doctest: +SKIP

Every failure is an ArchiveError whose message names a remedy.
"""

from .errors import ArchiveError

__all__ = ["ArchiveError"]
