"""The Scipion protocol."""

from .protocol_empiar_downloader import EmpiarDownloader

__all__ = ["EmpiarDownloader"]
