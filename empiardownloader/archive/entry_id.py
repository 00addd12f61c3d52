"""Spellings of an entry's name."""

from __future__ import annotations

import re

from .errors import BadEntryId

# Whole texts only: '10.6019/EMPIAR-10200' begins with a number that is not the entry's.
_NUMBER = r"(?P<number>[1-9][0-9]{0,8})"
_ACCESSION = rf"EMPIAR-{_NUMBER}"
_DOI = rf"(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)?10\.6019/{_ACCESSION}/?"
_PAGE = (
    r"(?:https?://)?(?:www\.)?ebi\.ac\.uk/(?:pdbe/emdb/)?empiar/(?:api/)?(?:entry/)?"
    rf"(?:EMPIAR-)?{_NUMBER}/?(?:[?#].*)?"
)
_SPELLINGS = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII) for pattern in (_NUMBER, _ACCESSION, _DOI, _PAGE)
)


def entry_number(text: str) -> str:
    """Return the number of the entry that a text names, as digits: '10200'.

    Understood are the number, the accession ``EMPIAR-10200``, the DOI ``10.6019/EMPIAR-10200``
    (bare, after ``doi:`` or as an address) and the entry's web address, in any case and with
    blanks around. Anything else raises BadEntryId.
    """
    name = str(text).strip()
    for spelling in _SPELLINGS:
        match = spelling.fullmatch(name)
        if match:
            return match.group("number")
    raise BadEntryId(
        f"{_quoted(name)} names no EMPIAR entry: give a number such as 10200, or EMPIAR-10200, "
        "10.6019/EMPIAR-10200 or the address of the entry's page."
    )


def _quoted(name: str, longest: int = 60) -> str:
    return repr(name if len(name) <= longest else name[:longest] + "…")
