"""The XML that EPU writes beside a movie or image."""

from dataclasses import dataclass
from typing import Optional, Tuple, Union
from xml.etree import ElementTree

from .decoding import decoded
from .errors import UnreadableMetadata
from .numbers import finite_float, positive_float
from .xml_items import local_name, parse_xml, text_at


@dataclass(frozen=True)
class EpuMetadata:
    """EPU's values of one exposure; None if missing.

    ``pixel_size`` is in Å (nominal), ``voltage`` in kV, ``exposure_time`` in seconds,
    ``beam_shift`` in the microscope's own units.
    """

    pixel_size: Optional[float] = None
    voltage: Optional[float] = None
    magnification: Optional[float] = None
    exposure_time: Optional[float] = None
    beam_shift: Optional[Tuple[float, float]] = None


def parse_epu_xml(text: Union[str, bytes]) -> EpuMetadata:
    """Parse a ``MicroscopeImage``; UnreadableMetadata for other XML and other text."""
    root = parse_xml(decoded(text) if isinstance(text, bytes) else text)
    if local_name(root) != "MicroscopeImage":
        raise UnreadableMetadata(f"it is a {local_name(root)}, not a MicroscopeImage of EPU")
    metres = positive_float(text_at(root, "pixelSize/x/numericValue"))
    volts = positive_float(text_at(root, "AccelerationVoltage"))
    return EpuMetadata(
        pixel_size=metres * 1e10 if metres else None,
        voltage=volts / 1000 if volts else None,
        magnification=positive_float(text_at(root, "NominalMagnification")),
        exposure_time=positive_float(text_at(root, "camera/ExposureTime")),
        beam_shift=_pair(root, "BeamShift"),
    )


def _pair(root: ElementTree.Element, name: str) -> Optional[Tuple[float, float]]:
    x, y = finite_float(text_at(root, f"{name}/_x")), finite_float(text_at(root, f"{name}/_y"))
    return None if x is None or y is None else (x, y)
