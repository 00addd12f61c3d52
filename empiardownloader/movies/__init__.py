"""What a downloaded file is, as its header says."""

from .header import MovieHeader, NotAMovie, read_header

__all__ = ["MovieHeader", "NotAMovie", "read_header"]
