"""Where a run's files go: into its ``extra``, or into a shared store with links from ``extra``."""

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import List, Optional, Sequence

from ..disk.atomic import atomic_file, atomic_link, move_into_place
from ..disk.errors import map_disk_errors
from ..disk.paths import nearest_existing, safe_join
from ..images import CannotUnpack, packed_suffix, unpack
from ..transfer import Placement, Wanted, has_size
from ..transfer.download.origins import is_of_other_origin, keep_origin

logger = logging.getLogger(__name__)


class RunFolder(Placement):
    """A run's ``extra``; packed movies are unpacked on their way into it, if so asked."""

    def __init__(self, extra: str, unpacks: bool) -> None:
        super().__init__(Path(extra))
        self._extra = Path(extra)
        self._unpacks = unpacks

    def prepare(self) -> None:
        """Nothing: steps run side by side, and what one of them writes is no leftover."""

    def is_here(self, wanted: Wanted) -> bool:
        place = safe_join(self._extra, wanted.name)
        if is_of_other_origin(place, wanted):
            return False  # such as a second gain reference of the same file name
        if not self._is_unpacked(wanted):
            # Whole by how it came, moved here when its size was right; another size that is known
            # means another file of the same name.
            with map_disk_errors(self._extra):
                return place.is_file() if wanted.size is None else has_size(place, wanted.size)
        # A packed movie's size says nothing of the unpacked one's; it is whole by how it came.
        with map_disk_errors(self._extra):
            return place.is_file() or self._packed(wanted).is_file()

    def sized(self, wanted: Sequence[Wanted]) -> List[Wanted]:
        """The same files, which came whole, with the sizes that no list told."""
        return [self._sized(item) for item in wanted]

    def _sized(self, wanted: Wanted) -> Wanted:
        kept = self._kept(wanted)
        if wanted.size is not None or kept is None or not kept.is_file():
            return wanted
        return replace(wanted, size=kept.stat().st_size)

    def _kept(self, wanted: Wanted) -> Optional[Path]:
        """Where a file is as it came, byte for byte; None for one that was unpacked."""
        return None if self._is_unpacked(wanted) else safe_join(self._extra, wanted.name)

    def place(self, part: Path, wanted: Wanted) -> None:
        if not self._is_unpacked(wanted):
            super().place(part, wanted)
        elif self._offer_unpacked(part, wanted):
            keep_origin(safe_join(self._extra, wanted.name), wanted)
            with map_disk_errors(part.parent):
                part.unlink()
        else:
            with map_disk_errors(self._extra):
                move_into_place(part, self._packed(wanted))

    def _is_unpacked(self, wanted: Wanted) -> bool:
        return self._unpacks and bool(packed_suffix(wanted.path))

    def _packed(self, wanted: Wanted) -> Path:
        """Where a movie stays that cannot be unpacked: the registration says so."""
        return safe_join(self._extra, wanted.name + packed_suffix(wanted.path))

    def _offer_unpacked(self, source: Path, wanted: Wanted) -> bool:
        try:
            place = safe_join(self._extra, wanted.name)
            with map_disk_errors(self._extra), atomic_file(place) as target:
                unpack(source, target)
            return True
        except CannotUnpack as error:
            logger.warning("%s: %s", wanted.name, error)
            return False


class SharedStore(RunFolder):
    """A folder that several runs share, in the entry's own tree; ``extra`` holds links into it.

    Files that are there with the right size are taken as they are, whoever brought them.
    """

    def __init__(self, extra: str, unpacks: bool, store: Path) -> None:
        super().__init__(extra, unpacks)
        self.folder = store

    def is_here(self, wanted: Wanted) -> bool:
        safe_join(self._extra, wanted.name)
        stored = self._kept(wanted)
        # Nobody knows how it came there: without its size, it is not taken for whole.
        with map_disk_errors(self.folder):
            if not has_size(stored, wanted.size):
                return False
        self._offer(stored, wanted)
        return True

    def place(self, part: Path, wanted: Wanted) -> None:
        stored = self._kept(wanted)
        with map_disk_errors(self.folder):
            move_into_place(part, stored)
        self._offer(stored, wanted)

    def _kept(self, wanted: Wanted) -> Path:
        return safe_join(self.folder, wanted.path)

    def _offer(self, stored: Path, wanted: Wanted) -> None:
        place = safe_join(self._extra, wanted.name)
        with map_disk_errors(self._extra):
            if self._is_unpacked(wanted):
                if place.is_file() or self._offer_unpacked(stored, wanted):
                    return
                place = self._packed(wanted)
            if not (place.is_symlink() and os.path.realpath(place) == os.path.realpath(stored)):
                atomic_link(place, stored.resolve())


def store_of(form) -> str:
    """The form's download folder, '' for none; ``~`` is the user's home."""
    return os.path.expanduser(form.downloadFolder.get("").strip())


def entry_folder(store: str, number: str) -> Path:
    """Where a download folder keeps an entry.

    ``EMPIAR-<number>``; the archive's own name, ``<number>``, where there is only that: data that
    came by Globus or Aspera have it.
    """
    ours, archives = Path(store, f"EMPIAR-{number}"), Path(store, number)
    return archives if archives.is_dir() and not ours.exists() else ours


def check_store(store: str, number: str) -> str:
    """What is wrong with a download folder, as a sentence; '' when it can be used.

    One that cannot be written to can, as long as it has files of the entry: perhaps all of them.
    """
    place = entry_folder(store, number) if number else Path(store)
    above = nearest_existing(place)
    if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        return ""
    if _has_files(place):
        return ""
    return f"The download folder {store} cannot be written to: choose another, or leave it empty."


def _has_files(folder: Path) -> bool:
    try:
        with os.scandir(folder) as items:
            return any(items)
    except OSError:
        return False
