"""Pictures of a movie, small enough for a screen: the sum of its frames, its power spectrum."""

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Dict, Tuple

import numpy
from tifffile import TiffFile

from ..images.header import MovieHeader
from ..images.shape import image_shape
from ..images.tiff_frames import TiffFrames
from ..images.unpack import packed_suffix

MOST_FRAMES = 20
_SIDE = 1024  # pixels
_TILE = 512  # pixels
_EDGES = 0.5  # per cent of the pixels that may be all black, and all white


class CannotShow(Exception):
    """No picture can be made of the file; the text says why, and what helps."""


@dataclass(frozen=True)
class MoviePicture:
    """Pixels for the screen, their range of grey, and what they show."""

    pixels: Any
    contrast: Tuple[float, float]
    caption: str


def sumOfFrames(path):
    """Return the picture of a movie's first frames; CannotShow if they cannot be read."""
    with _asCannotShow():
        header, frames = readFrames(path)
        binning = max(1, -(-max(header.width, header.height) // _SIDE))
        total = sum(binned(frame, binning) for frame in frames)
    count = min(header.frames, MOST_FRAMES)
    caption = (
        f"sum of the first {count} of {header.frames} frames, neither aligned nor gain-corrected, "
        f"{header.width} x {header.height} pixels"
    )
    if binning > 1:
        caption += f", binned by {binning}"
    return MoviePicture(total, contrastOf(total), caption)


def powerSpectrum(path, pixelSize=None):
    """Return the power spectrum of a movie's first frames; CannotShow if they cannot be read.

    pixelSize: in Å, for the resolution at the picture's edge.
    """
    with _asCannotShow():
        header, frames = readFrames(path)
        total = sum(numpy.asarray(frame, dtype="float32") for frame in frames)
        pixels = meanSpectrum(total)
    edge = f", {2 * pixelSize:.3g} Å at the edge" if pixelSize else ""
    count = min(header.frames, MOST_FRAMES)
    caption = f"power spectrum of the sum of the first {count} frames (logarithm){edge}"
    return MoviePicture(pixels, contrastOf(pixels), caption)


def meanSpectrum(image):
    """Return the logarithm of the mean power spectrum of an image's tiles, origin in the centre.

    The tiles are square, of at most 512 pixels; a Hann window keeps their edges out of it.
    """
    side = min(_TILE, *image.shape)
    window = numpy.hanning(side)[:, None] * numpy.hanning(side)[None, :]
    corners = [
        (y, x)
        for y in range(0, image.shape[0] - side + 1, side)
        for x in range(0, image.shape[1] - side + 1, side)
    ]
    power = numpy.zeros((side, side))
    for y, x in corners:
        tile = image[y : y + side, x : x + side]
        power += numpy.abs(numpy.fft.fft2((tile - tile.mean()) * window)) ** 2
    power /= len(corners)
    # The origin would be darker than all else, as each tile's mean was subtracted.
    power[0, 0] = numpy.median(power)
    return numpy.fft.fftshift(numpy.log10(power + power.max() * 1e-12 + 1e-30))


def readFrames(path):
    """Return the header of an image file, and an iterator over its first frames (y, x)."""
    if not Path(path).exists():
        raise CannotShow(f"The file is no longer there: {path}")
    if packed_suffix(path):
        raise CannotShow("The movie is packed: unpack it to look at it.")
    header = MovieHeader(*image_shape(path))
    read = _READERS.get(Path(path).suffix.lower())
    if read is None:
        raise CannotShow(f"A {Path(path).suffix} file can only be shown by Scipion's viewer.")
    return header, (read(path, number) for number in range(min(header.frames, MOST_FRAMES)))


def contrastOf(pixels):
    """Return the range of grey in which but a few pixels are all black or all white."""
    return tuple(float(value) for value in numpy.percentile(pixels, (_EDGES, 100 - _EDGES)))


@contextlib.contextmanager
def _asCannotShow():
    try:
        yield
    except CannotShow:
        raise
    except Exception as error:
        # Each library raises what it likes for what it cannot read.
        raise CannotShow(f"It cannot be read: {_remedy(error)}.") from error


def binned(frame, binning):
    """Return the means of squares of pixels; incomplete squares at the edges are cut off."""
    height, width = (side // binning * binning for side in frame.shape)
    blocks = frame[:height, :width].reshape(height // binning, binning, width // binning, binning)
    return blocks.mean(axis=(1, 3), dtype="float32")


def _mrcFrame(path, number):
    import mrcfile

    with mrcfile.mmap(path, mode="r", permissive=True) as file:
        return numpy.array(file.data if file.data.ndim == 2 else file.data[number])


def _tiffFrame(path, number):
    with TiffFile(path) as tiff:
        rows = tiff.pages.first.imagelength
        (frame,) = TiffFrames(tiff).first_rows(rows, number, number + 1)
        return frame


def _dmFrame(path, number):
    from ncempy.io.dm import fileDM

    with fileDM(path) as file:
        return numpy.asarray(file.getSlice(0, number)["data"])


_READERS: Dict[str, Callable[[str, int], Any]] = {
    ".mrc": _mrcFrame,
    ".mrcs": _mrcFrame,
    ".tif": _tiffFrame,
    ".tiff": _tiffFrame,
    ".eer": _tiffFrame,
    ".dm4": _dmFrame,
}


def _remedy(error):
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "imagecodecs" in text:
        return "its compression needs one more package, 'scipion3 pip install \"imagecodecs<2026\"'"
    return text
