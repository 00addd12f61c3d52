"""Values of a movie's acquisition in its own header, and in the small text file beside it."""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Optional, Sequence, Union, cast

from tifffile import TiffFile

from ..metadata.mdoc import Mdoc, MdocSection, parse_mdoc
from ..metadata.microscope_xml import parse_eer_xml, parse_epu_xml
from ..metadata.rotation_flip import RotationFlip, rotation_flip_of_title
from ..metadata.values import ANGSTROMS, UnreadableMetadata, decoded
from .dm import open_dm
from .mrc import read_mrc_header

_XML_OF_EER, _DESCRIPTION, _RESOLUTION, _RESOLUTION_UNIT = 65001, 270, 282, 296
_ANGSTROMS_PER_UNIT = {2: 2.54e8, 3: 1e8}  # TIFF's inch and centimetre
# Å per pixel that a movie of a specimen can have; others are a default (72 dpi) or of a printer.
_SMALLEST, _LARGEST = 0.05, 50.0
_LOWEST_VOLTAGE, _HIGHEST_VOLTAGE = 10.0, 3000.0  # kV


@dataclass(frozen=True)
class Told:
    """A value and its source, as words that follow "by" ("the movie's EER header")."""

    value: float
    origin: str


@dataclass(frozen=True)
class FileSays:
    """Values that one movie's files contain; None for a value that they lack.

    ``pixel_size`` is in Å, ``voltage`` in kV, ``dose_per_frame`` in e/Å², the latter only where it
    is calibrated. ``rotation_flip`` brings the camera's gain reference to the frames.
    """

    pixel_size: Optional[Told] = None
    voltage: Optional[Told] = None
    dose_per_frame: Optional[Told] = None
    rotation_flip: Optional[RotationFlip] = None
    rotation_flip_origin: str = ""

    def or_else(self, other: "FileSays") -> "FileSays":
        """Return the values of this one, filled up from another one."""
        names = [field.name for field in fields(self)]
        return FileSays(**{name: getattr(self, name) or getattr(other, name) for name in names})


def what_file_says(
    path: str,
    sidecar: Union[str, bytes] = b"",
    frames: Optional[int] = None,
    pixel_size: Optional[float] = None,
) -> FileSays:
    """Return the values of a movie's header, completed from the text of its mdoc or EPU XML.

    ``frames`` (of the movie) and ``pixel_size`` (Å), where they are known better than the file
    knows them, turn a dose for a pixel into one for a frame and Å². A header or a text that cannot
    be parsed says nothing.
    """
    return _header_says(path, frames, pixel_size).or_else(sidecar_says(sidecar, frames))


def _header_says(path: str, frames: Optional[int], pixel_size: Optional[float]) -> FileSays:
    suffix = Path(path).suffix.lower()
    try:
        if suffix == ".eer":
            return _eer_says(path, frames, pixel_size)
        if suffix in (".tif", ".tiff"):
            return _tiff_says(path)
        if suffix in (".mrc", ".mrcs"):
            return _mrc_says(path)
        return _dm_says(path) if suffix in (".dm3", ".dm4") else FileSays()
    except Exception:  # noqa: BLE001 (a broken header raises what its reader likes; it says nothing)
        return FileSays()


def _eer_says(path: str, frames: Optional[int], pixel_size: Optional[float]) -> FileSays:
    with TiffFile(path) as tiff:
        # tifffile's own eer_metadata is text in some of its versions and a dict in others.
        xml: Any = tiff.pages.first.tags.valueof(_XML_OF_EER)
    if xml is None:
        return FileSays()
    said = parse_eer_xml(xml if isinstance(xml, (str, bytes)) else bytes(xml))
    dose = said.dose_per_frame(pixel_size, frames)
    by = "the movie's EER header"
    return FileSays(
        pixel_size=_plausible(said.pixel_size, by),
        dose_per_frame=Told(dose, by) if dose else None,
    )


def _tiff_says(path: str) -> FileSays:
    with TiffFile(path) as tiff:
        tags = tiff.pages.first.tags
        unit = tags.valueof(_RESOLUTION_UNIT, 2)
        dots, per = cast(Any, tags.valueof(_RESOLUTION, (0, 1)))
        title = str(tags.valueof(_DESCRIPTION, ""))
    angstroms = _ANGSTROMS_PER_UNIT.get(int(unit))
    size = angstroms * per / dots if angstroms and dots and per else None
    return replace(_title_says([title]), pixel_size=_plausible(size, "the movie's TIFF header"))


def _mrc_says(path: str) -> FileSays:
    header = read_mrc_header(path)
    # Programs that know no pixel size write 0 or 1.
    known = header.pixel_size if header.pixel_size not in (None, 1.0) else None
    return replace(_title_says(header.labels), pixel_size=_plausible(known, "the MRC header"))


def _title_says(titles: Sequence[str]) -> FileSays:
    told = next(filter(None, map(rotation_flip_of_title, titles)), None)
    return FileSays(rotation_flip=told, rotation_flip_origin="the movie's title" if told else "")


def _dm_says(path: str) -> FileSays:
    with open_dm(path) as image:
        at = 0 if image.numObjects == 1 else 1
        first = sum(image.dataShape[:at])
        unit, scale = str(image.scaleUnit[first]).strip(), float(image.scale[first])
    return FileSays(
        pixel_size=_plausible(scale * ANGSTROMS.get(unit, 0.0), "the movie's DM header")
    )


def sidecar_says(text: Union[str, bytes], frames: Optional[int] = None) -> FileSays:
    """Return the values in the text of an mdoc or of an EPU XML for the movie beside it."""
    try:
        document = decoded(text).strip("\0\r\n\t \ufeff")
        if not document:
            return FileSays()
        return _epu_says(document) if document[0] == "<" else _mdoc_says(document, frames)
    except UnreadableMetadata:
        return FileSays()


def _epu_says(text: str) -> FileSays:
    said, by = parse_epu_xml(text), "EPU's XML"
    return FileSays(
        pixel_size=_plausible(said.pixel_size, by),
        voltage=_plausible_voltage(said.voltage, by),
    )


def _mdoc_says(text: str, frames: Optional[int]) -> FileSays:
    mdoc, by = parse_mdoc(text), "the movie's mdoc"
    # Some programs write one tilt of a series where SerialEM writes a set of frames.
    movie = mdoc.movie_section or (mdoc.tilts[0] if len(mdoc.tilts) == 1 else None)
    voltage = _plausible_voltage(mdoc.voltage, by)
    if movie is None:
        return FileSays(voltage=voltage)
    dose = _mdoc_dose(movie, frames)
    return FileSays(
        pixel_size=_plausible(_mdoc_pixel_size(mdoc, movie), by),
        voltage=voltage,
        dose_per_frame=Told(dose, by) if dose else None,
        rotation_flip=movie.rotation_flip,
        rotation_flip_origin=by if movie.rotation_flip else "",
    )


def _mdoc_pixel_size(mdoc: Mdoc, movie: MdocSection) -> Optional[float]:
    """Undo the record image's binning. 0.5 is super-resolution, which the frames have, too."""
    size = movie.pixel_size or mdoc.pixel_size
    return size / max(movie.binning or 1.0, 1.0) if size else None


def _mdoc_dose(movie: MdocSection, frames: Optional[int]) -> Optional[float]:
    if len(movie.frame_doses) == 1:
        return movie.frame_doses[0][0]
    count = movie.frames or frames
    return movie.dose / count if movie.dose and count else None


def _plausible(size: Optional[float], origin: str) -> Optional[Told]:
    return Told(size, origin) if size is not None and _SMALLEST <= size <= _LARGEST else None


def _plausible_voltage(voltage: Optional[float], origin: str) -> Optional[Told]:
    """Return kV, also for a value in volts or, where volts are due, in kV."""
    values = [voltage * factor for factor in (1.0, 1e-3, 1e3)] if voltage else []
    possible = [value for value in values if _LOWEST_VOLTAGE <= value <= _HIGHEST_VOLTAGE]
    return Told(possible[0], origin) if possible else None
