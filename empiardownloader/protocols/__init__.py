"""The Scipion protocol."""

from .protocol_movies import EmpiarDownloader

__all__ = ["EmpiarDownloader"]
