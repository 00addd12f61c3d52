"""The order in which names are offered: naturally, and by the dates that they carry."""

from __future__ import annotations

import re
from typing import Optional, Tuple

_DIGITS = re.compile(r"([0-9]+)")

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

#: 20160205, 2021-10-03_05.10.16, 20201106_111915.
_YEAR_FIRST = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12][0-9]|3[01])"
    r"(?:[-_T ]?([01][0-9]|2[0-3])[.:_-]?([0-5][0-9])(?:[.:_-]?([0-5][0-9]))?)?(?![0-9])"
)

#: SerialEM's Oct04_16.13.54, which has no year.
_MONTH_FIRST = re.compile(
    r"(?<![a-z])(" + "|".join(_MONTHS) + r")([0-3][0-9])"
    r"(?:_([0-2][0-9])\.([0-5][0-9])\.([0-5][0-9]))?(?![0-9])",
    re.IGNORECASE | re.ASCII,
)

NaturalKey = Tuple[str, str]


def natural_key(name: str) -> NaturalKey:
    """Return a sort key that puts a2 before a10 whatever the case, and no two names level.

    Runs of digits are compared by their number of digits rather than as integers: Python refuses
    to convert runs of several thousand, and a hostile name may have them. One text is the key,
    for it is compared and stored with less work than a tuple of pieces: the number of digits is
    a character before each run, and pieces end with a character that sorts before all others.
    """
    pieces = _DIGITS.split(name.casefold())
    for place in range(1, len(pieces), 2):
        run = pieces[place].lstrip("0")
        pieces[place] = chr(len(run)) + run
    return "\0".join(pieces), name


def age_key(name: str) -> Tuple[Tuple[int, ...], NaturalKey]:
    """Return a sort key that puts a name with a later date in it, or a higher number, last.

    A name without a date counts as older than any name with one. SerialEM writes dates without
    the year (EMPIAR-10200, CountRef_26_000_Oct04_16.13.54.mrc); they compare within their year.
    """
    return date_in(name) or (0,) * 6, natural_key(name)


def without_serialem_dates(name: str) -> str:
    """Return name without dates such as Oct04_16.13.54, whose numbers are no series'."""
    return _MONTH_FIRST.sub("", name)


def date_in(name: str) -> Optional[Tuple[int, ...]]:
    """Return year (0 if not told), month, day, hour, minute, second of the date in a name."""
    found = _YEAR_FIRST.search(name)
    if found:
        return tuple(int(number or 0) for number in found.groups())
    found = _MONTH_FIRST.search(name)
    if not found:
        return None
    month = _MONTHS.index(found.group(1).lower()) + 1
    return (0, month, *(int(number or 0) for number in found.groups()[1:]))
