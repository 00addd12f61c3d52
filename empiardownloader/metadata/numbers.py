"""Numbers in text of unknown care."""

import math
from typing import Optional, Tuple


def finite_float(text: Optional[str]) -> Optional[float]:
    """Return the number that a text holds, None where it holds none or no finite one."""
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def positive_float(text: Optional[str]) -> Optional[float]:
    """Return a number above zero. Zero is what programs write for a value they do not know."""
    value = finite_float(text)
    return value if value is not None and value > 0 else None


def leading_floats(text: Optional[str]) -> Tuple[float, ...]:
    """Return the numbers separated by blanks at the beginning of a text, up to the first word."""
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
