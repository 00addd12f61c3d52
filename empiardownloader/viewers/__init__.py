"""The viewer behind "Analyze results"; Scipion finds the classes of this package by itself."""

from .viewer import EmpiarDownloaderViewer

__all__ = ["EmpiarDownloaderViewer"]
