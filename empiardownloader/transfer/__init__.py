"""Transfer of many files from one server behind a small interface; each file is published complete.

Knows nothing of Scipion, so that it can be used from a notebook::

    server = open_server("ftp://ftp.ebi.ac.uk/empiar/world_availability/10200")
    outcome = Downloader(server, Destination(Path("movies")), Path("parts")).run(
        [FileRequest("data/Movies/a.tif", 290_000_000, "a.tif")])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Type
from urllib.parse import urlsplit

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
from .progress import Progress, ProgressSnapshot, silence_text
from .small_file import fetch_small_file

if TYPE_CHECKING:
    from .http.server import HttpServer


def open_server(url: str) -> Server:
    """The server of an address; ValueError for a scheme that no transport speaks."""
    scheme = urlsplit(url).scheme
    if scheme == "ftp":
        return FtpServer(url)
    if scheme in ("http", "https"):
        return _http_server()(url)
    if scheme == "file":
        return FolderServer(url)
    raise ValueError(f"'{url}' is no address of files: it must begin with ftp:// or https://")


def __getattr__(name: str) -> Any:
    if name == "HttpServer":
        return _http_server()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _http_server() -> Type[HttpServer]:
    # Only when HTTP is spoken: requests takes longer to import than all the rest.
    from .http.server import HttpServer

    return HttpServer


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
