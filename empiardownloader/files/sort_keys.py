"""Sort keys of names: natural order, and order of the dates in names."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Callable, Iterable, Iterator, List, Optional, Sequence, Set, Tuple, TypeVar

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

#: More shapes of names than these take longer to compare than they save.
_FEW_SHAPES = 100

_PIECE = 1000  # names

_ANY_DIGIT = str.maketrans("123456789", "000000000")

NaturalKey = Tuple[str, str]
_Item = TypeVar("_Item")


def natural_key(name: str) -> NaturalKey:
    """Return a sort key that puts a2 before a10 in any case, and never calls two names equal.

    Runs of digits are compared by their length first rather than as integers: Python refuses to
    convert runs of several thousand digits, and a hostile name may have them. The key is one text,
    which is faster to compare and smaller than a tuple: each run is preceded by a character for its
    length, and pieces end with a character that sorts before all others.
    """
    pieces = _DIGITS.split(name.casefold())
    for place in range(1, len(pieces), 2):
        run = pieces[place].lstrip("0")
        pieces[place] = chr(len(run)) + run
    return "\0".join(pieces), name


def sort_naturally(items: List[_Item], name_of: Callable[[_Item], str]) -> None:
    """Sort items by the `natural_key` of their names.

    A folder of thousands of movies mostly has names whose numbers are of equal lengths. Such names
    have the order of their characters, and are sorted in a fifth of the time.
    """
    shapes = _shapes(list(map(name_of, items)))
    if shapes is None or not _have_equal_numbers({shape.lower() for shape in shapes}):
        items.sort(key=lambda item: natural_key(name_of(item)))
        return
    items.sort(key=name_of)
    if any(shape != shape.lower() for shape in shapes):
        items.sort(key=lambda item: name_of(item).lower())


def _shapes(names: Sequence[str]) -> Optional[Set[str]]:
    """Return the names with 0 for each digit; None for many, or for characters beyond ASCII."""
    shapes: Set[str] = set()
    for lines in map("\n".join, in_pieces(names)):
        shapes.update(lines.translate(_ANY_DIGIT).split("\n"))
        if len(shapes) > _FEW_SHAPES or not lines.isascii():
            return None
    return shapes


def _have_equal_numbers(shapes: Iterable[str]) -> bool:
    """Return True if no number is compared with a longer one, or with a letter or sign."""
    # Of shapes in order, two neighbours differ at the first place at which any two of them do.
    in_order = sorted(shapes)
    return all(map(_differ_beside_numbers, in_order, in_order[1:]))


def in_pieces(names: Sequence[str]) -> Iterator[Sequence[str]]:
    """Yield many names in pieces, which are looked through in memory that is there already."""
    return (names[start : start + _PIECE] for start in range(0, len(names), _PIECE))


def _differ_beside_numbers(shape: str, other: str) -> bool:
    pairs = zip_longest(shape, other)
    return "0" not in next(pair for pair in pairs if pair[0] != pair[1])


def age_key(name: str) -> Tuple[Tuple[int, ...], NaturalKey]:
    """Return a sort key that puts names with later dates, or higher numbers, last.

    A name without a date counts as older than any name with one. SerialEM writes dates without the
    year (EMPIAR-10200, CountRef_26_000_Oct04_16.13.54.mrc); they compare within their year.
    """
    return date_in(name) or (0,) * 6, natural_key(name)


def without_serialem_dates(name: str) -> str:
    """Return a name without dates such as Oct04_16.13.54, whose numbers are not a series number."""
    return _MONTH_FIRST.sub("", name)


def date_in(name: str) -> Optional[Tuple[int, ...]]:
    """Return year (0 if missing), month, day, hour, minute, second of the date in a name."""
    found = _YEAR_FIRST.search(name)
    if found:
        return tuple(int(number or 0) for number in found.groups())
    found = _MONTH_FIRST.search(name)
    if not found:
        return None
    month = _MONTHS.index(found.group(1).lower()) + 1
    return (0, month, *(int(number or 0) for number in found.groups()[1:]))
