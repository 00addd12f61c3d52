"""Width, height and frames of any image file, by the reader for its extension or by Scipion's."""

import os
from pathlib import Path
from typing import Callable, Dict, Tuple

from .dm import dm_shape
from .errors import Unreadable
from .mrc import mrc_shape
from .tiff import tiff_shape

# Where Xmipp's reader of .hdf5 looks. Without any of them it raises and leaves the file open twice.
_XMIPP_HDF5 = ("MDF/images", "TomoNormalized/TomoNormalized")

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


def scipion_shape(path: str) -> Tuple[int, int, int]:
    """Return width, height and frames as ``Movie.getDim`` does; raises the readers' errors.

    Raises Unreadable with a remedy if another plugin is needed.
    """
    # pwem takes a second to load and needs SCIPION_HOME: unpacking needs neither.
    from pwem.emlib.image import ImageHandler

    suffix = Path(path).suffix.lower()
    if suffix == ".hdf5":
        _check_hdf5(path)
    try:
        width, height, depth, count = ImageHandler.getDimensions(path)
    except ImportError as error:
        raise Unreadable(
            f"Scipion reads {suffix} only with the plugin scipion-em-eman2: install it"
        ) from error
    if width is None:
        raise Unreadable("Scipion does not find it: is there a colon in its path?")
    return int(width), int(height), int(max(depth, count))


def _check_hdf5(path: str) -> None:
    import h5py

    with h5py.File(path, "r") as file:
        if not any(known in file for known in _XMIPP_HDF5):
            raise Unreadable("it is HDF5, but not laid out as EMAN's, which is what Scipion reads")


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
