"""A local folder served like a network server: ``open_server("file:///data/10200")``.

For an archive that is mounted on this machine, and for tests of the downloader without sockets.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Iterator, List, Optional
from urllib.parse import unquote, urlsplit

from ..disk.paths import safe_join
from ..net.errors import ConnectionCut, ConnectionFailed, FileMissing, SizeMismatch
from .base import Connection, ListingItem, Server, Sink

_BLOCK = 1 << 20


class FolderServer(Server):
    """The tree of files below a local folder."""

    def __init__(self, url: str) -> None:
        """Take a ``file://`` address. ValueError for one that names another machine."""
        address = urlsplit(url)
        if address.scheme != "file" or address.netloc not in ("", "localhost"):
            raise ValueError(f"'{url}' is no address of a local folder: it must begin with file:///")
        self._root = Path(unquote(address.path))

    def connect(self) -> FolderConnection:
        """Return a connection. ConnectionFailed if the folder does not exist."""
        if not self._root.is_dir():
            raise ConnectionFailed(f"{self._root} is not a folder: is it mounted?")
        return FolderConnection(self._root)

    def __str__(self) -> str:
        return str(self._root)


class FolderConnection(Connection):
    """One reader of a local folder."""

    splits_files = True

    def __init__(self, root: Path) -> None:
        self._root = root

    def list_folder(self, folder: str) -> List[ListingItem]:
        """Return the items of a folder; a link is not followed."""
        with map_folder_errors(folder), os.scandir(self._place(folder)) as items:
            return [self._listed(item) for item in items]

    def size_of(self, path: str) -> int:
        """Return the size of a file in bytes."""
        with map_folder_errors(path):
            return self._place(path).stat().st_size

    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        """Hand the bytes from ``start`` up to ``stop`` to the sink."""
        with map_folder_errors(path), open(self._place(path), "rb") as file:
            file.seek(start)
            while start < stop and not sink.is_full:
                block = file.read(min(_BLOCK, stop - start))
                if not block:
                    raise SizeMismatch(f"{path} has {start} bytes, not {stop}.")
                sink.write(memoryview(block))
                start += len(block)

    def is_open(self) -> bool:
        """Return True: a folder needs no connection."""
        return True

    def close(self) -> None:
        """Do nothing: no connection is kept."""

    def _place(self, path: str) -> Path:
        return safe_join(self._root, path) if path else self._root

    @staticmethod
    def _listed(item: os.DirEntry[str]) -> ListingItem:
        is_link = item.is_symlink()
        is_folder = item.is_dir(follow_symlinks=False)
        size = None if is_link or is_folder else item.stat().st_size
        return ListingItem(item.name, size, is_folder, is_link)


@contextlib.contextmanager
def map_folder_errors(path: str) -> Iterator[None]:
    """Raise errors of reading a folder as TransferError."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
        raise FileMissing(f"{path} is not in the folder.") from error
    except PermissionError as error:
        raise FileMissing(f"{path} cannot be read: {error.strerror}.") from error
    except OSError as error:
        # A network's file system may have lost its server for a moment.
        raise ConnectionCut(f"{path}: {error.strerror or error}") from error
