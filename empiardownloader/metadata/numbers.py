"""Numbers in text that programs and users wrote."""

import math
from typing import Optional, Tuple


def finite_float(text: Optional[str]) -> Optional[float]:
    """Return the finite number in a text, or None."""
    try:
        value = float((text or "").strip())
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
