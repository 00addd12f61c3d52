"""Gatan's DM3 and DM4 files."""

import os
from contextlib import contextmanager
from typing import Any, Iterator, Tuple

from .errors import Unreadable, truncated


@contextmanager
def open_dm(path: str) -> Iterator[Any]:
    """Open a file with ncempy's reader; raises Unreadable if the file ends within its tags."""
    # It loads matplotlib, for a format that few movies come in.
    from ncempy.io.dm import fileDM

    # Opened here: ncempy leaves a broken file open.
    with open(path, "rb") as file:
        try:
            image = fileDM(file)
        except IndexError as error:
            raise Unreadable("it ends before its tags do: cut short at the source") from error
        yield image


def dm_shape(path: str) -> Tuple[int, int, int]:
    """Return width, height and number of frames without reading the image.

    pwem's reader loads the whole image and gives numpy's order, (frames, y, x) or (y, x). A
    truncated file raises ncempy's error, or Unreadable.
    """
    with open_dm(path) as image:
        at = 0 if image.numObjects == 1 else 1  # else the first one is a thumbnail
        if image.zSize2[at] > 1:
            raise Unreadable("its data have four dimensions")
        end = int(image.dataOffset[at]) + int(image.dataSize[at])
        size = os.path.getsize(path)
        if end > size:
            raise truncated(end, size)
        return int(image.xSize[at]), int(image.ySize[at]), int(image.zSize[at])
