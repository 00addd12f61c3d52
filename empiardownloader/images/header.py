"""Number of frames and dimensions of a movie file, as Scipion's other protocols read them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

from .errors import NotAMovie, Unreadable
from .mrc import read_mrc_header
from .shape import image_shape, scipion_shape


@dataclass(frozen=True)
class MovieHeader:
    """Width and height in pixels, and the number of frames."""

    width: int
    height: int
    frames: int

    @property
    def dimensions(self) -> Tuple[int, int, int]:
        """The dimensions in Scipion's order: (x, y, frames)."""
        return self.width, self.height, self.frames


def read_header(path: str) -> MovieHeader:
    """Return a movie's header.

    Raises NotAMovie for a file that is not a movie, that is shorter than its header says, that
    Scipion cannot read, or that has a single frame. MRC, TIFF, EER and DM4 are measured against
    their headers; a longer file is accepted.
    """
    header = _read(path)
    if header.frames == 1:
        raise NotAMovie("it is a single image, not a movie")
    return header


def read_micrograph_header(path: str) -> MovieHeader:
    """Return a micrograph's header; raises NotAMovie as :func:`read_header`, and for a stack."""
    header = _read(path)
    if header.frames != 1:
        raise NotAMovie(f"it is a stack of {header.frames} images, not a micrograph")
    return header


def _read(path: str) -> MovieHeader:
    try:
        header = MovieHeader(*image_shape(path))
        if min(header.dimensions) < 1:
            raise Unreadable(f"its header says {header.dimensions} for its dimensions")
        if Path(path).suffix.lower() in (".mrc", ".mrcs"):
            _check_scipion_agrees(path, header)
    except (Unreadable, OSError) as error:
        raise NotAMovie(str(error)) from error
    return header


def _check_scipion_agrees(path: str, header: MovieHeader) -> None:
    """Raise NotAMovie unless Scipion's MRC reader finds the same dimensions.

    That reader knows one byte order, and takes the dimensions of a file marked as a volume from the
    grid (MX, MY, MZ), which may be anything.
    """
    try:
        agrees = scipion_shape(path) == header.dimensions
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 (a division by a grid of no size, or another plugin's reader)
        agrees = False
    if not agrees:
        big_endian = read_mrc_header(path).big_endian
        fault = "is big-endian" if big_endian else "has a wrong grid size (MX, MY, MZ)"
        raise Unreadable(
            f"its header {fault}, which Scipion misreads: rewrite it with IMOD's newstack"
        )
