"""The eight orientations of a gain reference relative to a camera's frames."""

from dataclasses import dataclass
from typing import Any, Optional, Tuple

import numpy as np

from ..metadata.orientation_words import LEFT_RIGHT, NO_FLIP, OrientationWords
from ..metadata.rotation_flip import RotationFlip


@dataclass(frozen=True, order=True)
class Orientation:
    """A flip about the Y axis (left to right), then quarter turns counter-clockwise.

    ``rotation`` is in degrees, as numpy's rot90 turns the array of an MRC file:
    with its first row on top.
    """

    rotation: int = 0
    flip: bool = False

    def apply(self, image: Any) -> Any:
        """Return the image (y, x) in this orientation, as a view."""
        return np.rot90(image[:, ::-1] if self.flip else image, self.rotation // 90)

    def __str__(self) -> str:
        """The operations on the image, as a clause ("turned by 90° counter-clockwise")."""
        turned = f"turned by {self.rotation}°" if self.rotation else ""
        if self.rotation in (90, 270):
            turned += " counter-clockwise"
        flipped = "flipped left to right" if self.flip else ""
        return ", then ".join(filter(None, (flipped, turned))) or "as it is"


AS_DEPOSITED = Orientation()
ALL: Tuple[Orientation, ...] = tuple(
    Orientation(rotation, flip) for flip in (False, True) for rotation in (0, 90, 180, 270)
)


def from_rotation_flip(told: RotationFlip) -> Orientation:
    """Return the orientation of SerialEM's ``r/f n``, which has the first row at the bottom."""
    return Orientation(-told.rotation % 360, told.flip)


def from_words(told: OrientationWords) -> Optional[Orientation]:
    """Return the orientation in depositors' words, or None if they leave a part of it open.

    The words describe a program's options, which turn first and flip then. Without a direction,
    turns are those of ``--gain_rot`` and ``-RotGain``: clockwise with the first row on top, which
    RELION's help says, and counter-clockwise with it below, which MotionCor's says.
    """
    if told.rotation_flip is not None:
        return from_rotation_flip(told.rotation_flip)
    if told.rotation is None and told.flip in (None, NO_FLIP):
        return None
    turned = told.rotation or 0
    turned = turned if told.clockwise is False else -turned
    if told.flip in (None, NO_FLIP):
        return Orientation(turned % 360)
    return Orientation((-turned if told.flip == LEFT_RIGHT else 180 - turned) % 360, True)
