"""Destinations of complete files, and whether a file is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from ...disk.atomic import move_into_place, remove_leftovers
from ...disk.errors import map_disk_errors
from ...disk.paths import safe_join
from ...errors import FileError
from .origins import is_of_other_origin, keep_origin, origin_of, write_origin
from .request import FileRequest


def has_size(place: Path, size: Optional[int]) -> bool:
    """Return True if a file of exactly this size exists; False for an unknown size."""
    return place.is_file() and place.stat().st_size == size


class NameTaken(FileError):
    """The local name belongs to another file of the archive."""


class Destination:
    """The plain destination: each file under its local name in one folder.

    Other destinations (unpacking, links into a shared store) are subclasses.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def remove_leftovers(self) -> None:
        """Remove leftovers of a killed run."""
        if self.folder.is_dir():
            remove_leftovers(self.folder)

    def has(self, request: FileRequest) -> bool:
        """Return True if the file is at its destination; raises UnsafeName for a bad name.

        False also if that needs an unknown size: the downloader then asks the server and calls
        again. Raises NameTaken if the name belongs to another file of the archive.
        """
        place = safe_join(self.folder, request.name)
        with map_disk_errors(self.folder):
            if is_of_other_origin(place, request):
                raise NameTaken(self._taken_sentence(place, request))
            return has_size(place, request.size)

    def _taken_sentence(self, place: Path, request: FileRequest) -> str:
        entry, path = origin_of(place) or ("", "")
        of_entry = f" of EMPIAR-{entry}" if entry else ""
        return (
            f"{place} is {path}{of_entry}, another file: choose another folder for {request.path}"
        )

    def publish(self, part: Path, request: FileRequest) -> None:
        """Move a complete part to its destination, where others see it complete at once."""
        with map_disk_errors(self.folder):
            write_origin(part, request)
            place = safe_join(self.folder, request.name)
            move_into_place(part, place)
            if origin_of(place) is None:  # copied from another file system
                keep_origin(place, request)
