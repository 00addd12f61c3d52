"""Width, height and frames of any image file, by the reader for its extension."""

import os
from pathlib import Path
from typing import Callable, Dict, Tuple

from .dm import dm_shape
from .errors import Unreadable
from .mrc import mrc_shape
from .scipion_reader import scipion_shape
from .tiff import tiff_shape

_READERS: Dict[str, Callable[[str], Tuple[int, int, int]]] = {
    ".mrc": mrc_shape,
    ".mrcs": mrc_shape,
    ".tif": tiff_shape,
    ".tiff": tiff_shape,
    ".eer": tiff_shape,
    ".gain": tiff_shape,
    ".dm3": dm_shape,
    ".dm4": dm_shape,
}


def has_own_reader(path: str) -> bool:
    """Return True if a file is read without Scipion."""
    return Path(path).suffix.lower() in _READERS


def image_shape(path: str) -> Tuple[int, int, int]:
    """Return width and height in pixels, and frames; raises Unreadable for any failure.

    Extensions count in any case: EMPIAR has 27,060 files in .MRC, and pwem reads them too.
    """
    read = _READERS.get(Path(path).suffix.lower(), scipion_shape)
    try:
        if not os.path.getsize(path):
            raise Unreadable("it is empty")
        return read(path)
    except Unreadable:
        raise
    except Exception as error:
        # struct, tifffile, ncempy, h5py and Xmipp: each raises what it likes on a broken file.
        raise Unreadable(f"its header cannot be read ({_reason(error)})") from error


def _reason(error: Exception) -> str:
    text = (isinstance(error, OSError) and error.strerror) or str(error)
    lines = text.strip().splitlines()  # Xmipp's second line names its own source
    return lines[0].strip() if lines else type(error).__name__
