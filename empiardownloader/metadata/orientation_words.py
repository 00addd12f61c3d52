"""Depositors' words on a gain reference's orientation: quoted, and parsed if regular.

Real ones: "270° rotation … (r/f 3)" (EMPIAR-10305), "90 degree rotation and flip upside down"
(10352), "Flip upside down (1) in RELION" (10444), "without rotation and flipping" (11057).
"""

import re
from dataclasses import dataclass
from typing import Optional, Tuple

from .rotation_flip import RotationFlip, find_rotation_flip

_SENTENCE = re.compile(r"[^.;\n]*(?:\.(?=\S)[^.;\n]*)*[.;]?")
_ABOUT = re.compile(r"\brotat|\bflip|\bmirror|\bturned\b|\bupside|\br/f\b", re.IGNORECASE)
_GAIN = re.compile(
    r"\bgain|\breference|count\w*ref|superref|\br/f\b|\.dm[34]\b|relion|motioncor", re.IGNORECASE
)
_NUMBER = r"(90|180|270)"
_DEGREES = re.compile(rf"{_NUMBER}\s*(?:°|º|deg\w*|-?\s*degrees?)", re.IGNORECASE)
_TURNED = re.compile(rf"rotat\w*\s*(?:by|=|:)?\s*{_NUMBER}\b", re.IGNORECASE)
_OPTION = re.compile(r"-?\brotgain\s*=?\s*([0-3])\b", re.IGNORECASE)
_FLIP_OPTION = re.compile(r"-?\bflipgain\s*=?\s*([0-2])\b", re.IGNORECASE)
_COUNTER = re.compile(
    r"(?:counter|anti)[\s-]*clockwise|\bccw\b|\bleft\b(?!\s*(?:to|-))", re.IGNORECASE
)
_CLOCKWISE = re.compile(r"\bclockwise|\bcw\b|\bright\b", re.IGNORECASE)
_EITHER_WAY = re.compile(r"(?:counter|anti)[\s-]*clockwise|left[\s-]*(?:to[\s-]*)?right", re.I)
_UPSIDE = re.compile(r"upside[\s-]*down|flip\w*\s+(?:vertical\w*|(?:in|along|about)?\s*y\b)", re.I)
_SIDEWAYS = re.compile(r"left[\s-]*(?:to[\s-]*)?right|flip\w*\s+horizontal\w*|mirror", re.I)
_NO_ROTATION = re.compile(r"(?:without|no|not)\b[^.;]{0,20}?\brotat", re.IGNORECASE)
_NO_FLIP = re.compile(r"(?:without|no|not)\b[^.;]{0,30}?\bflip", re.IGNORECASE)

UPSIDE_DOWN, LEFT_RIGHT, NO_FLIP = "upside down", "left to right", "none"


@dataclass(frozen=True)
class OrientationWords:
    """One sentence about a gain's orientation; None for an aspect that it leaves open.

    ``rotation`` is in degrees, ``clockwise`` True or False if a direction is given, ``flip``
    "upside down", "left to right" or "none", ``rotation_flip`` SerialEM's number.
    """

    quote: str
    rotation: Optional[int] = None
    clockwise: Optional[bool] = None
    flip: Optional[str] = None
    rotation_flip: Optional[RotationFlip] = None


def find_orientation_words(details: Optional[str]) -> Tuple[OrientationWords, ...]:
    """Return every sentence about the orientation of a gain, in the text's order.

    A sentence about rotation or flip counts if the text mentions a gain or a program's option for
    it.
    """
    text = details or ""
    if not _GAIN.search(text):
        return ()
    sentences = (" ".join(match.group().split()) for match in _SENTENCE.finditer(text))
    return tuple(_understood(quote) for quote in sentences if _ABOUT.search(quote))


def _understood(quote: str) -> OrientationWords:
    return OrientationWords(
        quote, _rotation(quote), _clockwise(quote), _flip(quote), find_rotation_flip(quote)
    )


def _rotation(quote: str) -> Optional[int]:
    option = _OPTION.search(quote)
    if option:
        return 90 * int(option.group(1))
    angles = {int(found) for pattern in (_DEGREES, _TURNED) for found in pattern.findall(quote)}
    if len(angles) == 1:
        return angles.pop()
    return 0 if not angles and _NO_ROTATION.search(quote) else None


def _clockwise(quote: str) -> Optional[bool]:
    counter = bool(_COUNTER.search(quote))
    clockwise = bool(_CLOCKWISE.search(_EITHER_WAY.sub("", quote)))
    return None if counter == clockwise else clockwise


def _flip(quote: str) -> Optional[str]:
    option = _FLIP_OPTION.search(quote)
    if option:
        return (NO_FLIP, UPSIDE_DOWN, LEFT_RIGHT)[int(option.group(1))]
    upside, sideways = bool(_UPSIDE.search(quote)), bool(_SIDEWAYS.search(quote))
    if upside != sideways:
        return UPSIDE_DOWN if upside else LEFT_RIGHT
    return NO_FLIP if not upside and _NO_FLIP.search(quote) else None
