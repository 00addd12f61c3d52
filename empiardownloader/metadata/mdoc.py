"""mdoc files of SerialEM and Tomo5: one for a tilt series (ZValue) or for one movie (FrameSet).

Tolerant, as depositors edit these files: any order, lacking keys, ``=`` in values, latin-1,
sections without a number. What cannot be read as a number is None, never an error.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PureWindowsPath
from typing import Dict, List, Mapping, Optional, Tuple, Union

from .rotation_flip import RotationFlip
from .values import (
    UnreadableMetadata,
    decoded,
    finite_float,
    leading_floats,
    positive_float,
    whole_number,
)

_SECTION = re.compile(r"\[\s*(\w+)\s*=\s*(.*?)\s*\]\s*$")
_KEY = re.compile(r"(\w+)\s*=\s*(.*)$")
_AXIS = re.compile(r"tilt\s*axis\s*angle\s*=\s*([-+]?[0-9.]+)", re.IGNORECASE)
_BINNING = re.compile(r"\bbinning\s*=\s*([0-9.]+)", re.IGNORECASE)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
# "30-Nov-15  15:21:38" of SerialEM before 4.1, "2021-Oct-08  07:39:08" since.
_DATE = re.compile(r"(\d{1,4})-(\w{3})\w*-(\d{1,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?")

TILT, MOVIE, MONTAGE = "ZValue", "FrameSet", "MontSection"


@dataclass(frozen=True)
class MdocSection:
    """One section: its kind (``ZValue``, ``FrameSet`` or ``MontSection``), number and values."""

    kind: str
    number: Optional[int]
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def tilt_angle(self) -> Optional[float]:
        """Degrees."""
        return finite_float(self.values.get("TiltAngle"))

    @property
    def exposure_dose(self) -> Optional[float]:
        """e/Å² of the exposure; None where the dose is not calibrated (SerialEM writes 0)."""
        return positive_float(self.values.get("ExposureDose"))

    @property
    def frame_doses(self) -> Tuple[Tuple[float, int], ...]:
        """Runs of frames: e/Å² of one frame, and how many frames have it."""
        numbers = leading_floats(self.values.get("FrameDosesAndNumber"))
        pairs = zip(numbers[::2], numbers[1::2])
        return tuple((dose, int(count)) for dose, count in pairs if dose > 0 and count >= 1)

    @property
    def dose(self) -> Optional[float]:
        """e/Å² of the exposure by the first that is calibrated: its dose, or the sum of frames."""
        summed = sum(dose * count for dose, count in self.frame_doses)
        return self.exposure_dose or summed or None

    @property
    def frames(self) -> Optional[int]:
        """Number of frames of the movie."""
        count = whole_number(self.values.get("NumSubFrames"))
        return count or sum(count for _dose, count in self.frame_doses) or None

    @property
    def pixel_size(self) -> Optional[float]:
        """Å per pixel of the record image; divide by ``binning`` for that of the camera."""
        return positive_float(self.values.get("PixelSpacing"))

    @property
    def binning(self) -> Optional[float]:
        """Of the record image: 0.5 is super-resolution of a K2 or K3."""
        return positive_float(self.values.get("Binning"))

    @property
    def voltage(self) -> Optional[float]:
        """kV."""
        return positive_float(self.values.get("Voltage"))

    @property
    def rotation_flip(self) -> Optional[RotationFlip]:
        """The operation from the camera's gain reference to the orientation of the frames."""
        code = whole_number(self.values.get("RotationAndFlip"))
        return RotationFlip(code) if code is not None and 0 <= code <= 7 else None

    @property
    def frame_path(self) -> str:
        """``SubFramePath`` unchanged, mostly of a Windows machine; empty if missing."""
        return self.values.get("SubFramePath", "").strip()

    @property
    def frame_name(self) -> str:
        """The movie's file name."""
        return windows_name(self.frame_path)

    @property
    def date_time(self) -> Optional[datetime]:
        """The time of the exposure, by the microscope's clock."""
        return parse_date_time(self.values.get("DateTime", ""))


@dataclass(frozen=True)
class Mdoc:
    """One mdoc file: the values at its top, its titles, its sections in the file's order."""

    values: Mapping[str, str] = field(default_factory=dict)
    titles: Tuple[str, ...] = ()
    sections: Tuple[MdocSection, ...] = ()

    @property
    def tilts(self) -> Tuple[MdocSection, ...]:
        """The exposures of a tilt series; of a movie's mdoc, none.

        A movie that was taken as one continuous tilt series has ``ZValue`` sections for parts of
        its frames, without a file of their own.
        """
        return () if self.movie_section else self._of_kind(TILT)

    @property
    def movie_section(self) -> Optional[MdocSection]:
        """The section of a movie's own mdoc."""
        return next(iter(self._of_kind(MOVIE)), None)

    @property
    def is_montage(self) -> bool:
        """True for a montage or a map, whose ``ZValue`` sections are its pieces."""
        return bool(self._of_kind(MONTAGE)) or self.values.get("Montage", "0").strip() == "1"

    @property
    def pixel_size(self) -> Optional[float]:
        """Å per pixel of the record image."""
        return positive_float(self.values.get("PixelSpacing")) or self._first_of("pixel_size")

    @property
    def binning(self) -> Optional[float]:
        """Of the record image, by its sections or by a title."""
        return self._first_of("binning") or positive_float(self._in_titles(_BINNING))

    @property
    def voltage(self) -> Optional[float]:
        """kV, at the top or in a section."""
        return positive_float(self.values.get("Voltage")) or self._first_of("voltage")

    @property
    def tilt_axis(self) -> Optional[float]:
        """Degrees, by the title ``Tilt axis angle = …``."""
        return finite_float(self._in_titles(_AXIS))

    def _of_kind(self, kind: str) -> Tuple[MdocSection, ...]:
        return tuple(section for section in self.sections if section.kind == kind)

    def _first_of(self, name: str) -> Optional[float]:
        values = (getattr(section, name) for section in self.sections)
        return next((value for value in values if value is not None), None)

    def _in_titles(self, pattern: "re.Pattern[str]") -> Optional[str]:
        matches = (pattern.search(title) for title in self.titles)
        return next((match.group(1) for match in matches if match), None)


def parse_mdoc(text: Union[str, bytes]) -> Mdoc:
    """Parse an mdoc; UnreadableMetadata where no line is one of an mdoc."""
    values: Dict[str, str] = {}
    titles: List[str] = []
    sections: List[MdocSection] = []
    current = values
    for line in map(str.strip, decoded(text).replace("\0", "").splitlines()):
        section, key = _SECTION.match(line), _KEY.match(line)
        if section and section.group(1) == "T":
            titles.append(section.group(2))
        elif section:
            current = {}
            kind, number = section.groups()
            sections.append(MdocSection(kind, whole_number(number), current))
        elif key and key.group(1) == "T" and not sections:  # a movie's mdoc has bare titles
            titles.append(key.group(2))
        elif key:
            current.setdefault(*key.groups())
    if not (sections or titles or values):
        raise UnreadableMetadata("it is no mdoc file")
    return Mdoc(values, tuple(titles), tuple(sections))


def windows_name(path: str) -> str:
    r"""Return a path's last part, whether it is written with ``\`` or ``/``."""
    return PureWindowsPath(path.strip()).name


def parse_date_time(text: str) -> Optional[datetime]:
    """Parse both forms of SerialEM's dates; months are English in any locale."""
    match = _DATE.search(text)
    if not match:
        return None
    first, name, last, hour, minute, second = match.groups()
    year, day = (first, last) if len(first) == 4 else (last, first)
    try:
        month = _MONTHS.index(name.lower()) + 1
        years = int(year) + (2000 if len(year) <= 2 else 0)
        return datetime(years, month, int(day), int(hour), int(minute), int(second or 0))
    except ValueError:
        return None
