"""SerialEM's word on a gain reference's orientation, in titles, mdocs and depositors' texts."""

import re
from dataclasses import dataclass
from typing import Optional

_CODE = re.compile(r"\br/f\s*=?\s*([0-7])\b", re.IGNORECASE)


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


def find_rotation_flip(text: str) -> Optional[RotationFlip]:
    """Return the ``r/f n`` in a text, or None."""
    found = _CODE.search(text)
    return RotationFlip(int(found.group(1))) if found else None


def rotation_flip_of_title(title: str) -> Optional[RotationFlip]:
    """Return that of a title by SerialEM (an MRC label or TIFF's ImageDescription), or None.

    ``SerialEMCCD: Dose frac. image, scaled by 32.00 r/f 3``
    """
    return find_rotation_flip(title) if "serialem" in title.lower() else None
