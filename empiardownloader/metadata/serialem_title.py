"""Titles that SerialEM writes: MRC labels, and the ImageDescription of a TIFF file."""

import re
from dataclasses import dataclass
from typing import Optional

_SCALED = re.compile(r"scaled by\s+([0-9.]+)", re.IGNORECASE)
_ROTATION_FLIP = re.compile(r"\br/f\s*=?\s*([0-7])\b", re.IGNORECASE)


@dataclass(frozen=True)
class RotationFlip:
    """SerialEM's ``r/f n``: the operation from the camera's reference to the frames.

    0 to 3 are quarter turns counter-clockwise; 4 more is a flip about the Y axis before them.
    SerialEM looks at an image with its first row at the bottom.
    """

    code: int

    @property
    def rotation(self) -> int:
        """Degrees, counter-clockwise, with the first row at the bottom."""
        return 90 * (self.code % 4)

    @property
    def flip(self) -> bool:
        """True if the reference is flipped about the Y axis before it is turned."""
        return self.code >= 4


@dataclass(frozen=True)
class SerialEmTitle:
    """``SerialEMCCD: Dose frac. image, scaled by 32.00 r/f 3``; None for missing values."""

    scaling: Optional[float] = None
    rotation_flip: Optional[RotationFlip] = None


def parse_serialem_title(text: str) -> Optional[SerialEmTitle]:
    """Return the values of a SerialEM title; None for any other title, or one without values."""
    if "serialem" not in text.lower():
        return None
    scaled, turned = _SCALED.search(text), _ROTATION_FLIP.search(text)
    if not scaled and not turned:
        return None
    return SerialEmTitle(
        _positive(scaled.group(1)) if scaled else None,
        RotationFlip(int(turned.group(1))) if turned else None,
    )


def _positive(text: str) -> Optional[float]:
    try:
        return float(text) or None
    except ValueError:  # "1.2.3"
        return None
