"""The size of a download, from listed sizes or from the entry's declared size."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Optional, Sequence

from ..archive.entry import Entry, ImageSet
from ..transfer import FileRequest
from ..units import format_size, size_of_text

# Bits of a pixel by words of EMPIAR's voxel types; the first that is found counts.
_BITS = (("4 bit", 4), ("byte", 8), ("8 bit", 8), ("16 bit", 16), ("32 bit", 32), ("float", 32))
_USUAL_BITS = 16
_USUAL_FRAMES = 1


@dataclass(frozen=True)
class SizeEstimate:
    """The size of the files to be downloaded, in bytes.

    ``is_exact``: the sum of listed sizes. ``is_bound``: they may be much smaller, as the entry's
    size includes images of other kinds.
    """

    bytes: float
    is_exact: bool = False
    is_bound: bool = False

    def __str__(self) -> str:
        how = "" if self.is_exact else "at most " if self.is_bound else "about "
        return how + format_size(self.bytes)


def size_of_files(
    files: Sequence[FileRequest], entry: Entry, image_set: ImageSet
) -> Optional[SizeEstimate]:
    """Return the size of listed files; those without a size count as much as the others do."""
    sizes = [file.size for file in files if file.size]
    if len(sizes) == len(files):
        return SizeEstimate(sum(sizes), is_exact=True)
    if sizes:
        return SizeEstimate(sum(sizes) / len(sizes) * len(files))
    return declared_size(entry, image_set, len(files))


def declared_size(
    entry: Entry, image_set: Optional[ImageSet], count: Optional[int], every: int = 1
) -> Optional[SizeEstimate]:
    """Return the size of ``count`` images, of all for None, by the entry's own declarations.

    every: only each such image of all. None where the entry declares no size, or not how many
    images it has.
    """
    whole = size_of_text(entry.dataset_size)
    images = image_set.num_images if image_set else None
    if whole is None or (images is None and (count is not None or every > 1)):
        return None
    part = 1.0
    if images:
        wanted = math.ceil(images / every) if count is None else count
        part = min(1.0, wanted / images)
    share = _share_of_set(entry, image_set) if image_set else None
    size = whole * part * (1.0 if share is None else share)
    return SizeEstimate(size, is_bound=share is None)


def _share_of_set(entry: Entry, image_set: ImageSet) -> Optional[float]:
    """Return an image set's share of the entry's bytes; None if pixels are not declared."""
    others = [other for other in entry.image_sets if other.number != image_set.number]
    if not others:
        return 1.0
    own, rest = _pixel_bytes(image_set), [_pixel_bytes(other) for other in others]
    if own is None or None in rest:
        return None
    return own / (own + sum(filter(None, rest)))


def _pixel_bytes(image_set: ImageSet) -> Optional[float]:
    """Return the size of an image set's pixels in bytes, None where it is not declared."""
    width, height = image_set.image_width, image_set.image_height
    if not (image_set.num_images and width and height):
        return None
    frames = image_set.frames_per_image or _USUAL_FRAMES
    kind = image_set.voxel_type.lower()
    bits = next((bits for word, bits in _BITS if word in kind), _USUAL_BITS)
    return image_set.num_images * frames * width * height * bits / 8
