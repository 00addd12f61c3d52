"""The sum of a movie's first frames, small enough for a screen."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import numpy

from ..images import NotAMovie, packed_suffix, read_header

_MOST_FRAMES = 20
_SIDE = 1024  # pixels
_EDGES = 0.5  # per cent of the pixels that may be all black, and all white


class CannotShow(Exception):
    """No picture can be made of the file; the text says why, and what helps."""


@dataclass(frozen=True)
class MoviePicture:
    """Pixels for the screen, their range of grey, and what is seen."""

    pixels: Any
    contrast: Tuple[float, float]
    caption: str


def sumOfFrames(path):
    """The picture of a movie; CannotShow where there is none to be had."""
    try:
        if packed_suffix(path):
            raise CannotShow("The movie is packed: unpack it to look at it.")
        header = read_header(path)
        frames = min(header.frames, _MOST_FRAMES)
        read = _READERS.get(Path(path).suffix.lower())
        if read is None:
            raise CannotShow(f"A {Path(path).suffix} file can only be seen in Scipion's viewer.")
        binning = max(1, -(-max(header.width, header.height) // _SIDE))
        total = 0.0
        for number in range(frames):
            total = total + _binned(read(path, number), binning)
    except CannotShow:
        raise
    except NotAMovie as error:
        raise CannotShow(f"It cannot be read: {error}.") from error
    except Exception as error:
        # Each library raises what it likes on what it does not know.
        raise CannotShow(f"It cannot be read: {_remedy(error)}.") from error
    contrast = tuple(float(value) for value in numpy.percentile(total, (_EDGES, 100 - _EDGES)))
    caption = (
        f"sum of the first {frames} of {header.frames} frames, neither aligned nor gain-corrected, "
        f"{header.width} x {header.height} pixels"
    )
    if binning > 1:
        caption += f", binned by {binning}"
    return MoviePicture(total, contrast, caption)


def _binned(frame, binning):
    height, width = (side // binning * binning for side in frame.shape)
    blocks = frame[:height, :width].reshape(height // binning, binning, width // binning, binning)
    return blocks.mean(axis=(1, 3), dtype="float32")


def _mrcFrame(path, number):
    import mrcfile

    with mrcfile.mmap(path, mode="r", permissive=True) as file:
        return numpy.array(file.data[number])


def _tiffFrame(path, number):
    import tifffile

    try:
        return tifffile.imread(path, key=number)
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
    # Pillow, which Scipion brings, knows most of what tifffile needs imagecodecs for.
    from PIL import Image

    with Image.open(path) as image:
        image.seek(number)
        return numpy.asarray(image)


def _eerFrame(path, number):
    import tifffile

    return tifffile.imread(path, key=number)


def _dmFrame(path, number):
    from ncempy.io.dm import fileDM

    with fileDM(path) as file:
        return numpy.asarray(file.getSlice(0, number)["data"])


_READERS: Dict[str, Callable[[str, int], Any]] = {
    ".mrc": _mrcFrame,
    ".mrcs": _mrcFrame,
    ".tif": _tiffFrame,
    ".tiff": _tiffFrame,
    ".eer": _eerFrame,
    ".dm4": _dmFrame,
}


def _remedy(error):
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "imagecodecs" in text:
        return "its compression needs one more package, 'scipion3 pip install imagecodecs'"
    return text
