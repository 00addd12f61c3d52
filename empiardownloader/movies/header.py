"""Frames and dimensions of a movie file, read as Scipion's consumers will read them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

from pwem.objects import Movie
from tifffile import TiffFile

_TIFF = (".tif", ".tiff", ".eer")


class NotAMovie(Exception):
    """The file cannot be registered; the text says why, as a clause."""


@dataclass(frozen=True)
class MovieHeader:
    """Width and height in pixels, and the number of frames."""

    width: int
    height: int
    frames: int

    @property
    def dimensions(self) -> Tuple[int, int, int]:
        """As Scipion keeps them: (x, y, frames)."""
        return self.width, self.height, self.frames


def read_header(path: str) -> MovieHeader:
    """Read a movie's header; NotAMovie for a file that is none or has a single frame."""
    try:
        header = MovieHeader(*_dimensions(path))
    except Exception as error:  # noqa: BLE001 (see below)
        # pwem's readers raise whatever struct, tifffile, h5py or ncempy do on a broken file.
        raise NotAMovie(f"its header cannot be read ({error or type(error).__name__})") from error
    if min(header.dimensions) < 1:
        raise NotAMovie(f"its header says {header.dimensions} for its dimensions")
    if header.frames == 1:
        raise NotAMovie("it is a single image, not a movie")
    return header


def _dimensions(path: str) -> Tuple[int, int, int]:
    if Path(path).suffix.lower() in _TIFF:
        # What pwem's reader does, but for the file that it leaves open.
        with TiffFile(path) as tiff:
            page = tiff.pages[0]
            return page.imagewidth, page.imagelength, len(tiff.pages)
    dimensions = Movie(location=path).getDim()
    if dimensions is None:
        raise ValueError("no dimensions found")
    return dimensions
