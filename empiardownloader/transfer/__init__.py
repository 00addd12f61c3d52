"""How bytes get here: one server behind a small interface, many files at once, each one whole.

Knows nothing of Scipion, so that it can be used from a notebook::

    server = open_server("ftp://ftp.ebi.ac.uk/empiar/world_availability/10200")
    outcome = Downloader(server, Path("movies"), Path("parts")).run(
        [Wanted("data/Movies/a.tif", 290_000_000, "a.tif")])
"""

from .downloader import Downloader, Failure, Outcome
from .errors import FatalError, FileError, FileMissing, Retryable, TransferError
from .fetch import Wanted
from .ftp import FtpServer
from .lister import FolderLister
from .progress import Progress, Snapshot
from .retry import RetryPolicy
from .sizes import bytes_text
from .transport import Listed, Server, Timeouts, Transport


def open_server(url: str) -> Server:
    """The server of an address; ValueError for a scheme that no transport speaks."""
    return FtpServer(url)


__all__ = [
    "Downloader",
    "Failure",
    "FatalError",
    "FileError",
    "FileMissing",
    "FolderLister",
    "FtpServer",
    "Listed",
    "Outcome",
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
    "open_server",
]
