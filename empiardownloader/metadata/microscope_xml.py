"""The XML that Falcon cameras write into EER files, and that EPU writes beside a movie."""

from dataclasses import dataclass
from typing import Dict, Optional, Tuple, Union
from xml.etree import ElementTree

from .values import ANGSTROMS, UnreadableMetadata, decoded, positive_float


@dataclass(frozen=True)
class EerMetadata:
    """A camera's values of one movie in its EER file; None if missing.

    ``total_dose`` is in electrons per pixel of the sensor, ``mean_dose_rate`` in electrons per
    pixel and second, ``exposure_time`` in seconds, ``pixel_size`` in Å (nominal).
    """

    total_dose: Optional[float] = None
    mean_dose_rate: Optional[float] = None
    exposure_time: Optional[float] = None
    frames: Optional[int] = None
    pixel_size: Optional[float] = None

    @property
    def dose_per_pixel(self) -> Optional[float]:
        """Electrons per pixel of the whole exposure, by the total or by rate and time."""
        if self.total_dose is None and self.mean_dose_rate and self.exposure_time:
            return self.mean_dose_rate * self.exposure_time
        return self.total_dose

    def dose_per_frame(
        self, pixel_size: Optional[float] = None, frames: Optional[int] = None
    ) -> Optional[float]:
        """Return e/Å² for a frame, with a better pixel size (Å) or number of frames if there is."""
        size, count = pixel_size or self.pixel_size, frames or self.frames
        if not (size and count and self.dose_per_pixel):
            return None
        return self.dose_per_pixel / size**2 / count


def parse_eer_xml(text: Union[str, bytes]) -> EerMetadata:
    """Parse ``<metadata><item name="…" unit="…">value</item>…</metadata>``, of TIFF's tag 65001.

    Raises UnreadableMetadata for other text.
    """
    items: Dict[str, Tuple[str, str]] = {}
    for element in _parsed(text).iter():
        if _local_name(element) == "item" and element.get("name"):
            value = (element.text or "").strip(), (element.get("unit") or "").strip()
            items[str(element.get("name"))] = value
    if not items:
        raise UnreadableMetadata("it has no items")

    def number(name: str) -> Optional[float]:
        return positive_float(items.get(name, ("", ""))[0])

    width, unit = items.get("sensorPixelSize.width", ("", ""))
    metres = positive_float(width)
    # Cameras write "m".
    return EerMetadata(
        total_dose=number("totalDose"),
        mean_dose_rate=number("meanDoseRate"),
        exposure_time=number("exposureTime"),
        frames=int(number("numberOfFrames") or 0) or None,
        pixel_size=metres * ANGSTROMS.get(unit or "m", 1e10) if metres else None,
    )


@dataclass(frozen=True)
class EpuMetadata:
    """EPU's values of one exposure, None if missing: Å per pixel (nominal), and kV."""

    pixel_size: Optional[float] = None
    voltage: Optional[float] = None


def parse_epu_xml(text: Union[str, bytes]) -> EpuMetadata:
    """Parse a ``MicroscopeImage``; UnreadableMetadata for other XML and other text."""
    root = _parsed(text)
    if _local_name(root) != "MicroscopeImage":
        raise UnreadableMetadata(f"it is a {_local_name(root)}, not a MicroscopeImage of EPU")
    metres = positive_float(_text_at(root, "pixelSize", "x", "numericValue"))
    volts = positive_float(_text_at(root, "AccelerationVoltage"))
    return EpuMetadata(
        pixel_size=metres * 1e10 if metres else None,
        voltage=volts / 1000 if volts else None,
    )


def _parsed(text: Union[str, bytes]) -> ElementTree.Element:
    """Parse a document; UnreadableMetadata for anything else, and for one with entities.

    Microscopes declare no entities: they are a way to fill a reader's memory.
    """
    document = decoded(text).strip("\0\r\n\t \ufeff")
    if "<!DOCTYPE" in document or "<!ENTITY" in document:
        raise UnreadableMetadata("it declares entities")
    if document.startswith("<?xml"):
        # The text is decoded already: what the declaration says of its encoding no longer holds.
        document = document.partition("?>")[2]
    try:
        return ElementTree.fromstring(document)
    except (ElementTree.ParseError, ValueError) as error:
        raise UnreadableMetadata(f"it is not XML ({error})") from error


def _local_name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _text_at(root: ElementTree.Element, *steps: str) -> Optional[str]:
    """Return the text of the first element at the end of a path that begins at any depth."""
    path = "/".join(["./", *("{*}" + step for step in steps)])  # in any namespace
    texts = (element.text for element in root.iterfind(path))
    return next((text.strip() for text in texts if text), None)
