"""The local end: a part that grows, and the file that appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import shutil
from pathlib import Path
from typing import BinaryIO, Callable, Iterator

from .errors import FolderNotWritable, HeldElsewhere, NoSpace, UnsafeName
from .sizes import bytes_text
from .transport import Sink

_INCOMING = ".incoming"  # suffix of the hidden copy beside its final place


class PartFile(Sink):
    """What has come of one file, kept in the part folder and resumed at its length.

    The listed size is part of its name: a part of a file that has since been replaced by one of
    another size is not taken for its beginning. An open part has one writer, also among processes
    that share the folder; HeldElsewhere where another one has it.
    """

    def __init__(
        self, folder: Path, name: str, size: int, moved: Callable[[int], None] = lambda count: None
    ) -> None:
        self.path = folder / f"{name}.{size}.part"
        self.size = size
        self._moved = moved
        with local(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._file = _open_alone(self.path)
            self.length = os.fstat(self._file.fileno()).st_size

    def write(self, block: memoryview) -> None:
        """Append a block; NoSpace when the disk is full, with what came before intact."""
        with local(self.path.parent):
            written = 0
            while written < len(block):
                count = self._file.write(block[written:])
                written += count
                self.length += count
                self._moved(count)

    def restart(self) -> None:
        """Empty the part."""
        with local(self.path.parent):
            self._file.truncate(0)
        self._moved(-self.length)
        self.length = 0

    def discard(self) -> None:
        """Remove the part: it is not needed any more."""
        with local(self.path.parent):
            self.path.unlink()

    def close(self) -> None:
        """Let go of the file; the part stays."""
        self._file.close()


def _open_alone(path: Path) -> BinaryIO:
    """Open a part to append to it, with a lock that ends with the process."""
    while True:
        # Unbuffered: a block goes from the socket's buffer to the kernel, with no copy.
        file = open(path, "ab", buffering=0)  # noqa: SIM115 (closed with the part)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_still(path, file):
                return file
        except BlockingIOError:
            file.close()
            raise HeldElsewhere(f"{path.name}: another run is fetching it") from None
        file.close()


def _is_still(path: Path, file: BinaryIO) -> bool:
    # Between opening and locking, its last writer may have moved it to its place.
    try:
        return os.path.samestat(os.stat(path), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


def publish(part: Path, final: Path) -> None:
    """Move a file so that whoever sees it under its final name sees all of it.

    A rename where both lie on one file system; else (SCIPION_SCRATCH) a copy under a hidden name
    beside its place, then a rename. A kill leaves the part, the whole file, or both.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(part, final)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        incoming = final.with_name(f".{final.name}{_INCOMING}")
        try:
            shutil.copyfile(part, incoming)
        except OSError:
            incoming.unlink()
            raise
        os.replace(incoming, final)
        part.unlink()


def sweep(folder: Path) -> None:
    """Remove the hidden copies that a kill left behind."""
    for stray in folder.glob(f".*{_INCOMING}"):
        stray.unlink()


def check_space(folder: Path, needed: int) -> None:
    """Raise NoSpace unless the disk below ``folder`` has room for ``needed`` more bytes."""
    with local(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if needed > free:
        raise NoSpace(
            f"The movies need {bytes_text(needed)} and {folder} has {bytes_text(free)} free: "
            "make room, or ask for fewer movies, and continue"
        )


def inside(folder: Path, name: str) -> Path:
    """The path of a local name below ``folder``; UnsafeName for one that leads out of it."""
    clean = name and not name.startswith("/") and "\\" not in name
    steps = name.split("/")
    if not clean or any(step in ("", ".", "..") for step in steps) or not name.isprintable():
        raise UnsafeName(f"{name!r}: a name that could lead out of {folder} is refused")
    return folder.joinpath(*steps)


@contextlib.contextmanager
def local(folder: Path) -> Iterator[None]:
    """Turn errors of the local disk into sentences with a remedy."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            free = shutil.disk_usage(folder).free
            raise NoSpace(
                f"The disk of {folder} is full ({bytes_text(free)} free): make room and continue"
            ) from error
        raise FolderNotWritable(
            f"{folder} does not take files ({error.strerror}): check its permissions and disk"
        ) from error
