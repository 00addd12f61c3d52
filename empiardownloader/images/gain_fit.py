"""Compares a gain reference with the movies: a wrong one spoils them and raises no error."""

from enum import Enum
from pathlib import Path
from typing import Tuple

from .errors import Unreadable
from .header import MovieHeader
from .shape import image_shape


class GainFit(Enum):
    """The relation of a gain reference's dimensions to those of the movies."""

    EQUAL = "equal"
    TRANSPOSED = "transposed"
    OTHER = "other"
    UNREADABLE = "unreadable"


def compare_gain(gain_path: str, movie: MovieHeader) -> Tuple[GainFit, str]:
    """Compare a gain reference (MRC, TIFF, .gain, DM3 or DM4; not packed) with a movie.

    Returns the fit and a sentence for the user. Dimensions show a quarter turn of the camera unless
    it is square; other turns and flips only show in the entry's own words, if at all.
    """
    name = Path(gain_path).name
    try:
        width, height, frames = image_shape(gain_path)
    except Unreadable as error:
        return (
            GainFit.UNREADABLE,
            f"The gain reference {name} cannot be used ({error}): choose another one, or none.",
        )
    if frames > 1:
        return (
            GainFit.OTHER,
            f"The gain reference {name} has {frames} frames, as a movie has: choose another one.",
        )
    fit, remedy = _compared((width, height), (movie.width, movie.height))
    sizes = f"{width} x {height} pixels and the movies have {movie.width} x {movie.height}"
    return fit, f"The gain reference {name} has {sizes}: {remedy}."


def _compared(gain: Tuple[int, int], frame: Tuple[int, int]) -> Tuple[GainFit, str]:
    width, height = gain
    turned = height, width
    if gain == frame:
        return GainFit.EQUAL, "it fits"
    if turned == frame:
        return GainFit.TRANSPOSED, "turn it by 90 or 270 degrees where the movies are aligned"
    twice = 2 * frame[0], 2 * frame[1]
    if twice in (gain, turned):
        also = "" if twice == gain else " and turn it by 90 or 270 degrees"
        return GainFit.OTHER, f"it is a super-resolution one, bin it by two{also} before you use it"
    if frame in ((2 * width, 2 * height), (2 * height, 2 * width)):
        also = "" if frame[0] == 2 * width else " and turn it by 90 or 270 degrees"
        return GainFit.OTHER, f"the movies have super-resolution, enlarge it by two{also}"
    return GainFit.OTHER, "it does not fit, choose another one, or none"
