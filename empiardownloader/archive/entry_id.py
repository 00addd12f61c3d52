"""Spellings of an entry's name."""

from __future__ import annotations

import re
from typing import Match
from urllib.parse import unquote

from .errors import BadEntryId

# Whole texts only: '10.6019/EMPIAR-10200' begins with a number that is not the entry's.
_NUMBER = r"(?P<number>[1-9][0-9]{0,8})"
_ACCESSION = rf"EMPIAR[-_ ]?{_NUMBER}"
_DOI = rf"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?10\.6019/{_ACCESSION}/?"
_PAGE = (
    r"(?:https?://)?(?:www\.)?ebi\.ac\.uk/(?:pdbe/emdb/)?empiar/(?:api/)?(?:entry/)?"
    rf"(?:EMPIAR-)?{_NUMBER}/?(?:[?#].*)?"
)
# The archive's file servers, by FTP, HTTPS and rsync (also ``server::module/path``), and Globus.
_FILES = (
    r"(?:(?:ftp|https?|rsync|globus)://(?:[^/@]*@)?|(?=ftp\.ebi))[^/:]+(?::[0-9]*|::)?/*"
    rf"(?:[^/]+/+)*?world_availability/+{_NUMBER}(?:/+(?P<path>.*))?"
)
_SPELLINGS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (_NUMBER, _ACCESSION, _DOI, _PAGE, _FILES)
)
_LONGEST_SHOWN = 60  # characters of a text that names no entry


def entry_number(text: str) -> str:
    """Return the number of the entry that a text names, as digits: '10200'.

    Understood are the number, the accession ``EMPIAR-10200``, the DOI ``10.6019/EMPIAR-10200``
    (bare, after ``doi:`` or as an address), the entry's web address and those of its files by FTP,
    HTTPS and rsync, in any case and with blanks around. Anything else raises BadEntryId.
    """
    return _match(text).group("number")


def path_in_entry(text: str) -> str:
    """Return the path below the entry that an address of its files goes on with, else ''.

    Raises BadEntryId as entry_number does.
    """
    path = unquote(_match(text).groupdict().get("path") or "")
    return "/".join(filter(None, path.split("/")))


def _match(text: str) -> Match[str]:
    name = str(text).strip()
    for spelling in _SPELLINGS:
        match = spelling.fullmatch(name)
        if match:
            return match
    shown = name if len(name) <= _LONGEST_SHOWN else name[:_LONGEST_SHOWN] + "…"
    raise BadEntryId(
        f"{shown!r} is not an EMPIAR entry number: enter a number such as 10200, or "
        "EMPIAR-10200, 10.6019/EMPIAR-10200 or an address of the entry or of its files."
    )
