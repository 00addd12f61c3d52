"""Transfer of many files from one server behind a small interface; each file is published complete.

Knows nothing of Scipion, so that it can be used from a notebook::

    server = open_server("ftp://ftp.ebi.ac.uk/empiar/world_availability/10200")
    outcome = Downloader(server, Destination(Path("movies")), Path("parts")).run(
        [FileRequest("data/Movies/a.tif", 290_000_000, "a.tif")])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from ..errors import FatalError, FileError, Retryable, TransferError
    from ..net.errors import FileMissing
    from ..net.retry import RetryPolicy
    from ..units import format_duration, format_size
    from .base import Connection, ListingItem, Server, Timeouts
    from .directory_lister import DirectoryLister
    from .download.destination import Destination, has_size
    from .download.downloader import Downloader
    from .download.request import FileRequest
    from .download.result import DownloadResult, Failure
    from .fallback import FallbackServer
    from .folder import FolderServer
    from .ftp.server import FtpServer
    from .http.server import HttpServer
    from .progress import Progress, ProgressSnapshot, silence_text
    from .small_file import fetch_small_file

# Each name is imported on first use: a listing over FTP needs neither requests nor the downloader,
# which take longer to import than the listing of a folder takes.
_HOMES = {
    "..errors": "FatalError FileError Retryable TransferError",
    "..net.errors": "FileMissing",
    "..net.retry": "RetryPolicy",
    "..units": "format_duration format_size",
    ".base": "Connection ListingItem Server Timeouts",
    ".directory_lister": "DirectoryLister",
    ".download.destination": "Destination has_size",
    ".download.downloader": "Downloader",
    ".download.request": "FileRequest",
    ".download.result": "DownloadResult Failure",
    ".fallback": "FallbackServer",
    ".folder": "FolderServer",
    ".ftp.server": "FtpServer",
    ".http.server": "HttpServer",
    ".progress": "Progress ProgressSnapshot silence_text",
    ".small_file": "fetch_small_file",
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names.split()}


def open_server(url: str) -> Server:
    """The server of an address; ValueError for a scheme that no transport speaks."""
    scheme = urlsplit(url).scheme
    if scheme == "ftp":
        from .ftp.server import FtpServer

        return FtpServer(url)
    if scheme in ("http", "https"):
        from .http.server import HttpServer

        return HttpServer(url)
    if scheme == "file":
        from .folder import FolderServer

        return FolderServer(url)
    raise ValueError(f"'{url}' is no address of files: it must begin with ftp:// or https://")


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOME_OF[name], __name__), name)
    return found


__all__ = [
    "Connection",
    "Destination",
    "DirectoryLister",
    "DownloadResult",
    "Downloader",
    "Failure",
    "FallbackServer",
    "FatalError",
    "FileError",
    "FileMissing",
    "FileRequest",
    "FolderServer",
    "FtpServer",
    "HttpServer",
    "ListingItem",
    "Progress",
    "ProgressSnapshot",
    "RetryPolicy",
    "Retryable",
    "Server",
    "Timeouts",
    "TransferError",
    "fetch_small_file",
    "format_duration",
    "format_size",
    "has_size",
    "open_server",
    "silence_text",
]
