"""Files that become visible complete and durable, or not at all, also after a power cut.

Content is brought to the disk before its name, and the name before anyone is told.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import logging
import os
import shutil
import time
from pathlib import Path
from typing import Any, BinaryIO, Callable, Iterator, Optional, Tuple, Type, TypeVar, Union

from .errors import FULL
from .locks import lock_file, open_locked
from .space import require_free_space

logger = logging.getLogger(__name__)

_HIDDEN = ".incoming"  # suffix of a file that grows beside its final place
_BLOCK = 1 << 20  # bytes
_ABANDONED = 24 * 3600.0  # seconds without a change, where no lock tells who is at work

_Path = Union[str, Path]
_Kind = TypeVar("_Kind")


def move_into_place(part: Path, final: Path) -> None:
    """Move a file so that under its final name it is whole, also after a power cut.

    A rename within one file system, else (SCIPION_SCRATCH) a copy under a hidden name and a
    rename. A kill leaves the part, the whole file, or both. Symbolic links are not followed:
    OSError with ELOOP.
    """
    _sync(part, os.O_NOFOLLOW)
    make_folder(final.parent)
    try:
        os.replace(part, final)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_into_place(part, final)
        part.unlink()
    else:
        sync_folder(final.parent)


def _copy_into_place(part: Path, final: Path) -> None:
    try:
        with open(part, "rb") as source, atomic_file(final) as target:
            shutil.copyfileobj(source, target, _BLOCK)
    except OSError as error:
        if error.errno in FULL:
            require_free_space(final.parent, part.stat().st_size)  # its message has both numbers
        raise


@contextlib.contextmanager
def atomic_file(final: Path) -> Iterator[BinaryIO]:
    """Open a file that gets its name, whole and durable, at the end of the block.

    It grows under a hidden name beside its place; where the block raises, nothing is left.
    """
    make_folder(final.parent)
    hidden, descriptor = _open_hidden(final.parent)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            yield file
        sync_file(descriptor)
        os.replace(hidden, final)
    except BaseException:
        with contextlib.suppress(OSError):  # what went wrong first is what to tell
            hidden.unlink()
        with contextlib.suppress(OSError):
            os.close(descriptor)
        raise
    os.close(descriptor)
    sync_folder(final.parent)


def atomic_link(place: Path, target: Path) -> None:
    """Put a symbolic link in a place, durably, whatever file or link is there."""
    make_folder(place.parent)
    hidden = _hidden_name(place.parent)
    hidden.symlink_to(target)
    try:
        os.replace(hidden, place)
    except OSError:
        hidden.unlink()
        raise
    sync_folder(place.parent)


def _hidden_name(folder: Path) -> Path:
    return folder / f".{os.urandom(8).hex()}{_HIDDEN}"


def _open_hidden(folder: Path) -> Tuple[Path, int]:
    while True:
        hidden = _hidden_name(folder)
        try:
            return hidden, open_locked(hidden)
        except BlockingIOError:  # remove_leftovers came before our lock
            continue


def remove_leftovers(folder: Path) -> None:
    """Remove the hidden files that a kill left in a folder, and none that is being written."""
    for leftover in folder.glob(f".*{_HIDDEN}"):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # renamed; another user's
            _remove_leftover(leftover)


def _remove_leftover(leftover: Path) -> None:
    if leftover.is_symlink():  # it has no lock
        _remove_abandoned(leftover)
        return
    descriptor = os.open(leftover, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if lock_file(descriptor):
            leftover.unlink()
        else:
            _remove_abandoned(leftover)
    except BlockingIOError:
        pass  # a live process writes it
    finally:
        os.close(descriptor)


def _remove_abandoned(leftover: Path) -> None:
    if time.time() - os.lstat(leftover).st_mtime > _ABANDONED:
        leftover.unlink()


def write_json(path: _Path, content: Any) -> None:
    """Replace a JSON file; after a power cut it is the old one or the new one."""
    with atomic_file(Path(path)) as file:
        file.write(json.dumps(content).encode())


def read_json(path: _Path, kind: Type[_Kind]) -> Optional[_Kind]:
    """The content of a JSON file; None, with a line in the log, where it is not of this kind.

    None without a word where there is no file.
    """
    try:
        content = json.loads(Path(path).read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        logger.warning("%s is empty or damaged (%s): it is made again", path, error)
        return None
    if not isinstance(content, kind):
        logger.warning("%s does not hold what it should: it is made again", path)
        return None
    return content


def make_folder(folder: Path) -> None:
    """Create a folder and those above it that are missing, durably."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def start_writeback(descriptor: int) -> None:
    """Let the system begin to write an open file to the disk, so that a later fsync waits less.

    Nothing is promised by it: errors come with the fsync. Only Linux has the call.
    """
    if _sync_file_range is not None:
        _sync_file_range(descriptor, 0, 0, _SYNC_FILE_RANGE_WRITE)  # 0 bytes: to the file's end


def _find_sync_file_range() -> Optional[Callable[..., int]]:
    function = getattr(ctypes.CDLL(None), "sync_file_range", None)
    if function is not None:
        function.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]
    return function


_SYNC_FILE_RANGE_WRITE = 2  # of linux/fs.h
_sync_file_range = _find_sync_file_range()


def sync_file(descriptor: int) -> None:
    """Bring an open file's content to the disk; OSError also for what only its closing tells."""
    os.fsync(descriptor)
    os.close(os.dup(descriptor))  # NFS and FUSE report at every close, our locks stay


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk."""
    try:
        _sync(folder, os.O_DIRECTORY)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EACCES):
            raise  # FUSE and CIFS may refuse it; a drop folder may not be read


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
