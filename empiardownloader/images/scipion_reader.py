"""Dimensions by Scipion's own readers, which other protocols use on the movies."""

from pathlib import Path
from typing import Tuple

from .errors import Unreadable

# Where Xmipp's reader of .hdf5 looks. Without any of them it raises and leaves the file open twice.
_XMIPP_HDF5 = ("MDF/images", "TomoNormalized/TomoNormalized")


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
