"""Where a file goes when it is whole, and whether it is there already."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from ...disk.atomic import move_into_place, remove_leftovers
from ...disk.errors import map_disk_errors
from ...disk.paths import safe_join


@dataclass(frozen=True)
class Wanted:
    """A file to fetch: its path below the entry, its size in bytes (None: ask), its local name.

    Entry and path are its identity: files of other entries have the same paths and sizes.
    """

    path: str
    size: Optional[int]
    name: str
    entry: str = ""


def has_size(place: Path, size: Optional[int]) -> bool:
    """Whether there is a file of exactly this size; no file has a size that is not known."""
    return place.is_file() and place.stat().st_size == size


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
        it, and then here again.
        """
        place = safe_join(self.folder, wanted.name)
        with map_disk_errors(self.folder):
            return has_size(place, wanted.size)

    def place(self, part: Path, wanted: Wanted) -> None:
        """Move a whole part to its place; whoever sees it there sees all of it."""
        with map_disk_errors(self.folder):
            move_into_place(part, safe_join(self.folder, wanted.name))
