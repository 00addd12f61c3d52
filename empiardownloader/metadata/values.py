"""Text and numbers that programs of microscopes and their users wrote."""

import math
import re
from typing import Optional, Tuple, Union

#: Å in each unit of length.
ANGSTROMS = {"m": 1e10, "um": 1e4, "µm": 1e4, "nm": 10.0, "pm": 0.01, "Å": 1.0, "A": 1.0}
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
# A decimal comma; "1,000" may be a thousand, and is no number here.
_COMMA = re.compile(r"[-+]?(?:0,\d+|\d+,(?!\d{3}$)\d+)$")


class UnreadableMetadata(Exception):
    """The text is not of the kind that was expected; the error's own text is a clause about it."""


def decoded(content: Union[str, bytes]) -> str:
    """Return the text of UTF-8, UTF-16 or Latin-1, of which every byte is a character."""
    if isinstance(content, str):
        return content
    if content[:2] in _UTF_16_MARKS:
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def finite_float(text: Optional[str]) -> Optional[float]:
    """Return the finite number in a text, or None; some users write a decimal comma."""
    number = (text or "").strip()
    try:
        value = float(number.replace(",", ".") if _COMMA.match(number) else number)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def positive_float(text: Optional[str]) -> Optional[float]:
    """Return a number above zero, or None: programs write zero for an unknown value."""
    value = finite_float(text)
    return value if value is not None and value > 0 else None


def leading_floats(text: Optional[str]) -> Tuple[float, ...]:
    """Return the numbers at the start of a text, separated by blanks, up to the first word."""
    values = []
    for word in (text or "").split():
        value = finite_float(word)
        if value is None:
            break
        values.append(value)
    return tuple(values)


def whole_number(text: Optional[str]) -> Optional[int]:
    """Return a whole number, also where it is written as ``3.0``."""
    value = finite_float(text)
    return int(value) if value is not None and value == int(value) else None
