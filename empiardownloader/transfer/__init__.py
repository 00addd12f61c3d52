"""How bytes get here: one server behind a small interface, many files at once, each one whole.

Knows nothing of Scipion, so that it can be used from a notebook::

    server = open_server("ftp://ftp.ebi.ac.uk/empiar/world_availability/10200")
    outcome = Downloader(server, Placement(Path("movies")), Path("parts")).run(
        [Wanted("data/Movies/a.tif", 290_000_000, "a.tif")])
"""

from urllib.parse import urlsplit

from .downloader import Downloader, Failure, Outcome
from .errors import FatalError, FileError, FileMissing, Retryable, TransferError
from .fallback import FallbackServer
from .ftp import FtpServer
from .http import HttpServer
from .lister import FolderLister
from .parts import inside, local, publish
from .placement import Placement, Wanted
from .progress import Progress, Snapshot
from .retry import RetryPolicy
from .sizes import bytes_text
from .transport import Listed, Server, Timeouts, Transport


def open_server(url: str) -> Server:
    """The server of an address; ValueError for a scheme that no transport speaks."""
    scheme = urlsplit(url).scheme
    if scheme == "ftp":
        return FtpServer(url)
    if scheme in ("http", "https"):
        return HttpServer(url)
    raise ValueError(f"'{url}' is no address of files: it must begin with ftp:// or https://")


__all__ = [
    "Downloader",
    "Failure",
    "FallbackServer",
    "FatalError",
    "FileError",
    "FileMissing",
    "FolderLister",
    "FtpServer",
    "HttpServer",
    "Listed",
    "Outcome",
    "Placement",
    "Progress",
    "RetryPolicy",
    "Retryable",
    "Server",
    "Snapshot",
    "Timeouts",
    "TransferError",
    "Transport",
    "Wanted",
    "bytes_text",
    "inside",
    "local",
    "open_server",
    "publish",
]
