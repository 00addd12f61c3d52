"""Parsers of text that microscopes and their programs write, without files and network.

mdoc (SerialEM and Tomo5), the XML in an EER file, the XML that EPU writes beside a movie, the
titles that SerialEM writes into MRC and TIFF files, and depositors' words on a gain's orientation.
"""

from .decoding import decoded
from .eer_xml import EerMetadata, parse_eer_xml
from .epu_xml import EpuMetadata, parse_epu_xml
from .errors import UnreadableMetadata
from .mdoc import Mdoc, MdocSection, parse_mdoc, windows_name
from .orientation_words import OrientationWords, find_orientation_words
from .serialem_title import RotationFlip, SerialEmTitle, parse_serialem_title

__all__ = [
    "EerMetadata",
    "EpuMetadata",
    "Mdoc",
    "MdocSection",
    "OrientationWords",
    "RotationFlip",
    "SerialEmTitle",
    "UnreadableMetadata",
    "decoded",
    "find_orientation_words",
    "parse_eer_xml",
    "parse_epu_xml",
    "parse_mdoc",
    "parse_serialem_title",
    "windows_name",
]
