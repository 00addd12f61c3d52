"""The XML that Falcon cameras write into the TIFF tag 65001 of an EER file."""

from dataclasses import dataclass
from typing import Dict, Optional, Tuple, Union

from .decoding import decoded
from .errors import UnreadableMetadata
from .numbers import positive_float
from .xml_items import local_name, parse_xml

# Å in the unit that ``sensorPixelSize`` is given in; cameras write "m".
_ANGSTROMS = {"m": 1e10, "um": 1e4, "µm": 1e4, "nm": 10.0, "pm": 0.01, "Å": 1.0, "A": 1.0}


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
    camera: str = ""
    timestamp: str = ""

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
    """Parse ``<metadata><item name="…" unit="…">value</item>…</metadata>``.

    Raises UnreadableMetadata for other text.
    """
    if isinstance(text, bytes):
        text = decoded(text)
    items: Dict[str, Tuple[str, str]] = {}
    for element in parse_xml(text).iter():
        if local_name(element) == "item" and element.get("name"):
            value = (element.text or "").strip(), (element.get("unit") or "").strip()
            items[str(element.get("name"))] = value
    if not items:
        raise UnreadableMetadata("it has no items")

    def number(name: str) -> Optional[float]:
        return positive_float(items.get(name, ("", ""))[0])

    width, unit = items.get("sensorPixelSize.width", ("", ""))
    metres = positive_float(width)
    return EerMetadata(
        total_dose=number("totalDose"),
        mean_dose_rate=number("meanDoseRate"),
        exposure_time=number("exposureTime"),
        frames=int(number("numberOfFrames") or 0) or None,
        pixel_size=metres * _ANGSTROMS.get(unit or "m", 1e10) if metres else None,
        camera=items.get("commercialName", ("", ""))[0],
        timestamp=items.get("timestamp", ("", ""))[0],
    )
