"""Errors between the name of an entry and its image set.

Every message is one sentence that ends with the user's remedy, and needs no traceback. The tree is
split by the caller's possible reaction::

    ArchiveError            (an EmpiarError)
    ├── BadEntryId          the text names no entry: correct it
    ├── UnknownEntry        the archive has no such entry: look its number up
    ├── EntryNotReleased    the entry exists, its files are not public: wait, or choose another
    ├── ArchiveUnavailable  no address gave a usable answer: try again, or check the address
    ├── NoSuchImageSet      the choice fits no image set, or several: choose one of those listed
    └── NoMovies            no choice was made and no image set holds movies: choose one
"""

from __future__ import annotations

from ..errors import EmpiarError


class ArchiveError(EmpiarError):
    """Base of all errors of the archives' metadata."""


class BadEntryId(ArchiveError):
    """The text is neither an entry's number, nor its accession, DOI or web address."""


class UnknownEntry(ArchiveError):
    """The archive answers, but has no such entry."""


class EntryNotReleased(ArchiveError):
    """The entry's status is not REL, so none of its files is public."""


class ArchiveUnavailable(ArchiveError):
    """No address gave a usable answer: down, too slow, or not an entry."""


class NoSuchImageSet(ArchiveError):
    """The user's choice fits none of the entry's image sets, or more than one."""


class NoMovies(ArchiveError):
    """The user chose no image set, and none of the entry's holds movies."""
