"""Where a run's files go: into its ``extra``, or into a shared store with links from ``extra``."""

import logging
import os
from pathlib import Path

from ..movies import CannotUnpack, packed_suffix, unpack
from ..transfer import Placement, Wanted, inside, local, publish

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
        if not self._is_unpacked(wanted):
            return super().is_here(wanted)
        # A packed movie's size says nothing of the unpacked one's; it is whole by how it came.
        place = inside(self._extra, wanted.name)
        return place.is_file() or self._packed(wanted).is_file()

    def place(self, part: Path, wanted: Wanted) -> None:
        if not self._is_unpacked(wanted):
            super().place(part, wanted)
        elif self._offer_unpacked(part, wanted):
            part.unlink()
        else:
            publish(part, self._packed(wanted))

    def _is_unpacked(self, wanted: Wanted) -> bool:
        return self._unpacks and bool(packed_suffix(wanted.path))

    def _packed(self, wanted: Wanted) -> Path:
        """Where a movie stays that cannot be unpacked: the registration says so."""
        return inside(self._extra, wanted.name + packed_suffix(wanted.path))

    def _offer_unpacked(self, source: Path, wanted: Wanted) -> bool:
        try:
            with local(self._extra):
                unpack(source, inside(self._extra, wanted.name))
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
        inside(self._extra, wanted.name)
        stored = inside(self.folder, wanted.path)
        if not stored.is_file() or wanted.size not in (None, stored.stat().st_size):
            return False
        self._offer(stored, wanted)
        return True

    def place(self, part: Path, wanted: Wanted) -> None:
        stored = inside(self.folder, wanted.path)
        publish(part, stored)
        self._offer(stored, wanted)

    def _offer(self, stored: Path, wanted: Wanted) -> None:
        place = inside(self._extra, wanted.name)
        if self._is_unpacked(wanted):
            if place.is_file() or self._offer_unpacked(stored, wanted):
                return
            place = self._packed(wanted)
        if not (place.is_symlink() and os.path.realpath(place) == os.path.realpath(stored)):
            self._link(stored.resolve(), place)

    def _link(self, stored: Path, place: Path) -> None:
        place.parent.mkdir(parents=True, exist_ok=True)
        incoming = place.with_name(f".{place.name}.incoming")
        if incoming.is_symlink():
            incoming.unlink()
        incoming.symlink_to(stored)
        os.replace(incoming, place)


def check_store(folder: str) -> str:
    """What is wrong with a shared folder, as a sentence; '' when it can be used."""
    path = Path(folder)
    nearest = next(parent for parent in (path, *path.absolute().parents) if parent.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return ""
    return f"The download folder {folder} cannot be written to: choose another, or leave it empty."


