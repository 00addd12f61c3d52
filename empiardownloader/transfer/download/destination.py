"""Where a file goes when it is whole, and whether it is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Optional

from ...disk.atomic import move_into_place, remove_leftovers
from ...disk.errors import map_disk_errors
from ...disk.paths import safe_join
from ...errors import FileError
from .origins import is_of_other_origin, keep_origin, origin_of
from .request import Wanted


def has_size(place: Path, size: Optional[int]) -> bool:
    """Whether there is a file of exactly this size; no file has a size that is not known."""
    return place.is_file() and place.stat().st_size == size


class NameTaken(FileError):
    """The local name belongs to another file of the archive."""


class Placement:
    """The plain one: each file under its local name in one folder.

    What is to become of files otherwise (unpacking, links into a shared store) is a subclass.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def prepare(self) -> None:
        """Remove what a kill has left half done."""
        if self.folder.is_dir():
            remove_leftovers(self.folder)

    def is_here(self, wanted: Wanted) -> bool:
        """Whether the file is in its place; UnsafeName for a name that leads out of the folder.

        False also where that cannot be told without the size: the downloader asks the server for
        it, and then here again. NameTaken where the file is another one of the archive.
        """
        place = safe_join(self.folder, wanted.name)
        with map_disk_errors(self.folder):
            if is_of_other_origin(place, wanted):
                raise NameTaken(self._taken_sentence(place, wanted))
            return has_size(place, wanted.size)

    def _taken_sentence(self, place: Path, wanted: Wanted) -> str:
        entry, path = origin_of(place) or ("", "")
        of_entry = f" of EMPIAR-{entry}" if entry else ""
        return f"{place} is {path}{of_entry}, another file: choose another folder for {wanted.path}"

    def place(self, part: Path, wanted: Wanted) -> None:
        """Move a whole part to its place; whoever sees it there sees all of it."""
        with map_disk_errors(self.folder):
            keep_origin(part, wanted)
            place = safe_join(self.folder, wanted.name)
            move_into_place(part, place)
            if origin_of(place) is None:  # copied from another file system
                keep_origin(place, wanted)
