"""Converting JSON values of any type.

In the archive's documents a number may be 3838, '3838', '300 kV', {'valueOf_': '300'}, '', null or
'variable', and a list may be a list, one bare item or null. None of these functions raises.
"""

from __future__ import annotations

import html
import math
import re
from contextlib import suppress
from typing import Any, List, Mapping, Optional

# A number, and at most one word after it: '2.7', '300 kV', '50.4 e/Å^2', but not '1-40'.
_NUMBER = re.compile(
    r"\s*(?P<number>[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)"
    r"\s*(?:[^\W\d_]\S*\s*)?"
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LARGEST = 10**18


def as_text(value: object) -> str:
    """Return a text without surrounding blanks or control characters; '' for any other type."""
    value = _unwrap(value)
    if isinstance(value, str):
        # A lone surrogate is legal in JSON and fatal in every file and terminal.
        return _CONTROLS.sub("", value.encode("utf-8", "replace").decode("utf-8")).strip()
    number = as_float(value)
    if number is None or abs(number) > _LARGEST:
        return ""
    return str(int(number)) if number.is_integer() else str(number)


def as_line(value: object) -> str:
    """Return a text as one line, with HTML entities resolved.

    The organisation of EMPIAR-10934 reads 'Molecular &amp; Cell Biology' in its header.
    """
    text = as_text(value)
    with suppress(ValueError):  # an entity of thousands of digits
        text = html.unescape(text)
    return " ".join(_CONTROLS.sub("", text).split())


def as_float(value: object) -> Optional[float]:
    """Return a finite number, or None."""
    value = _unwrap(value)
    if isinstance(value, str):
        match = _NUMBER.fullmatch(value)
        value = match.group("number") if match else None
    if value is None or isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (OverflowError, ValueError):
        return None
    return number if math.isfinite(number) else None


def as_int(value: object) -> Optional[int]:
    """Return a whole number, or None."""
    number = as_float(value)
    return int(number) if number is not None and number.is_integer() else None


def positive_float(value: object) -> Optional[float]:
    """Return a number above zero, or None: depositors leave zero in fields they do not fill in."""
    number = as_float(value)
    return number if number is not None and number > 0 else None


def positive_int(value: object) -> Optional[int]:
    """Return a whole number above zero, or None."""
    number = as_int(value)
    return number if number is not None and number > 0 else None


def as_list(value: object) -> List[object]:
    """Return the items of a list; a bare item is a list of one, None an empty list."""
    if isinstance(value, (list, tuple)):
        return list(value)
    return [] if value is None else [value]


def as_mapping(value: object) -> Mapping[Any, Any]:
    """Return a mapping unchanged, and anything else as an empty one."""
    return value if isinstance(value, Mapping) else {}


def as_mappings(value: object) -> List[Mapping[Any, Any]]:
    """Return the mappings among the items of a list, or a bare mapping as a list of one."""
    return [item for item in as_list(value) if isinstance(item, Mapping)]


def _unwrap(value: object) -> object:
    """Return the value in a list of one item, or in a mapping with units."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if isinstance(value, Mapping):
        value = value.get("valueOf_")
    return value
