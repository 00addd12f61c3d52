"""What can go wrong between the name of an entry and its image set.

Every message is one sentence that ends in what the user can do about it; no cause needs a
traceback to be understood. The tree is split by what the caller can do::

    ArchiveError            (an EmpiarError)
    ├── BadEntryId          the text names no entry: correct it
    ├── UnknownEntry        the archive has no such entry: look its number up
    ├── EntryNotReleased    the entry is there, its files are not: wait, or take another
    ├── ArchiveUnavailable  no usable answer came: try again, or check the address
    ├── NoSuchImageSet      the choice fits no image set, or several: choose one of those named
    └── NoMovies            nothing was chosen and no image set holds movies: choose one
"""

from __future__ import annotations

from ..errors import EmpiarError


class ArchiveError(EmpiarError):
    """Anything the archive's side of a run can fail with."""


class BadEntryId(ArchiveError):
    """The text is neither an entry's number, nor its accession, DOI or web address."""


class UnknownEntry(ArchiveError):
    """The archive answers, and has no such entry."""


class EntryNotReleased(ArchiveError):
    """The entry's status is not REL, so none of its files is public."""


class ArchiveUnavailable(ArchiveError):
    """No address gave a usable answer: down, too slow, or something that is no entry."""


class NoSuchImageSet(ArchiveError):
    """The user's choice fits none of the entry's image sets, or more than one."""


class NoMovies(ArchiveError):
    """The user chose no image set, and none of the entry's holds movies."""
