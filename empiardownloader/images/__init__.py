"""Contents of a downloaded file: header, compression, and whether a gain reference fits."""

from .errors import CannotUnpack, NotAMovie
from .gain_fit import GainFit, compare_gain
from .header import MovieHeader, read_header, read_micrograph_header
from .movie_check import HOPELESS, MovieCheck
from .unpack import packed_suffix, unpack, unpacked_name

__all__ = [
    "HOPELESS",
    "CannotUnpack",
    "GainFit",
    "MovieCheck",
    "MovieHeader",
    "NotAMovie",
    "compare_gain",
    "packed_suffix",
    "read_header",
    "read_micrograph_header",
    "unpack",
    "unpacked_name",
]
