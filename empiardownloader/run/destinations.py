"""Destinations of a run's files: its ``extra`` folder, or a shared folder linked from ``extra``."""

import logging
import os
from dataclasses import replace
from pathlib import Path
from typing import List, Optional, Sequence

from ..disk.atomic import atomic_file, atomic_link, move_into_place
from ..disk.errors import map_disk_errors
from ..disk.paths import nearest_existing, safe_join
from ..images.errors import CannotUnpack
from ..images.unpack import packed_suffix, unpack
from ..transfer import Destination, FileRequest, has_size
from ..transfer.download.origins import is_of_other_origin, keep_origin

logger = logging.getLogger(__name__)


class RunFolder(Destination):
    """A run's ``extra``; packed movies are unpacked on their way into it, if so asked."""

    def __init__(self, extra: str, unpacks: bool) -> None:
        super().__init__(Path(extra))
        self._extra = Path(extra)
        self._unpacks = unpacks

    def remove_leftovers(self) -> None:
        """Do nothing: steps run side by side, so another step's files are not leftovers."""

    def has(self, request: FileRequest) -> bool:
        place = safe_join(self._extra, request.name)
        if is_of_other_origin(place, request):
            return False  # such as a second gain reference of the same file name
        with map_disk_errors(self._extra):
            if self._is_unpacked(request):
                # A packed movie's size says nothing of the unpacked one's: whole by how it came.
                return place.is_file() or self._packed(request).is_file()
            # Whole by how it came, moved here when its size was right; another size that is known
            # means another file of the same name.
            return place.is_file() if request.size is None else has_size(place, request.size)

    def sized(self, requests: Sequence[FileRequest]) -> List[FileRequest]:
        """Return the requests with the sizes of complete local files where none was listed."""
        return [self._sized(item) for item in requests]

    def _sized(self, request: FileRequest) -> FileRequest:
        kept = self._stored_path(request)
        if request.size is not None or kept is None or not kept.is_file():
            return request
        return replace(request, size=kept.stat().st_size)

    def _stored_path(self, request: FileRequest) -> Optional[Path]:
        """Return the path of the unchanged file; None if it is unpacked on arrival."""
        return None if self._is_unpacked(request) else safe_join(self._extra, request.name)

    def publish(self, part: Path, request: FileRequest) -> None:
        if not self._is_unpacked(request):
            super().publish(part, request)
        elif self._unpack_into_run(part, request):
            keep_origin(safe_join(self._extra, request.name), request)
            with map_disk_errors(part.parent):
                part.unlink()
        else:
            with map_disk_errors(self._extra):
                move_into_place(part, self._packed(request))

    def _is_unpacked(self, request: FileRequest) -> bool:
        return self._unpacks and bool(packed_suffix(request.path))

    def _packed(self, request: FileRequest) -> Path:
        """Return the path of a movie that could not be unpacked; its registration reports that."""
        return safe_join(self._extra, request.name + packed_suffix(request.path))

    def _unpack_into_run(self, source: Path, request: FileRequest) -> bool:
        try:
            place = safe_join(self._extra, request.name)
            with map_disk_errors(self._extra), atomic_file(place) as target:
                unpack(source, target)
            return True
        except CannotUnpack as error:
            logger.warning("%s: %s", request.name, error)
            return False


class SharedFolder(RunFolder):
    """A folder that several runs share, in the entry's own tree; ``extra`` holds links into it.

    Files that are there with the right size are taken as they are, whoever brought them.
    """

    def __init__(self, extra: str, unpacks: bool, store: Path) -> None:
        super().__init__(extra, unpacks)
        self.folder = store

    def has(self, request: FileRequest) -> bool:
        safe_join(self._extra, request.name)
        stored = self._stored_path(request)
        # Nobody knows how it came there: without its size, it is not taken for whole.
        with map_disk_errors(self.folder):
            if not has_size(stored, request.size):
                return False
        self._link_into_run(stored, request)
        return True

    def publish(self, part: Path, request: FileRequest) -> None:
        stored = self._stored_path(request)
        with map_disk_errors(self.folder):
            move_into_place(part, stored)
        self._link_into_run(stored, request)

    def _stored_path(self, request: FileRequest) -> Path:
        return safe_join(self.folder, request.path)

    def _link_into_run(self, stored: Path, request: FileRequest) -> None:
        place = safe_join(self._extra, request.name)
        with map_disk_errors(self._extra):
            if self._is_unpacked(request):
                if place.is_file() or self._unpack_into_run(stored, request):
                    return
                place = self._packed(request)
            if not (place.is_symlink() and os.path.realpath(place) == os.path.realpath(stored)):
                atomic_link(place, stored.resolve())


def entry_folder(store: str, number: str) -> Path:
    """Return the entry's folder below a download folder.

    ``EMPIAR-<number>``; the archive's own name, ``<number>``, where there is only that: data that
    came by Globus or Aspera have it.
    """
    ours, archives = Path(store, f"EMPIAR-{number}"), Path(store, number)
    return archives if archives.is_dir() and not ours.exists() else ours


def download_folder_error(store: str, number: str) -> str:
    """Return a sentence if the download folder cannot be used, else ''.

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
