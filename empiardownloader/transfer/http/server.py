"""HTTPS: files by ranges, folders by the pages that list them.

What is known of ``https://ftp.ebi.ac.uk``: the tree of its FTP server, listed by Apache in a table
with rounded sizes; exact ``Content-Range``; about one request in thirty is accepted and never
answered, more than some sixteen connections of one address are refused, and at times an answer of
200 is cut short.
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple
from urllib.parse import quote, urlsplit

import requests

from ...disk.paths import UnsafeName
from ...errors import TransferError
from ...net.errors import ConnectionCut, SizeMismatch
from ...net.http_errors import check_status, translated
from ...version import __version__
from ..base import Listed, Server, Sink, Timeouts, Transport
from .body import BLOCK, announced_length, body_blocks, modified_at
from .index_page import IndexPage, parse_index

USER_AGENT = (
    f"scipion-em-empiardownloader/{__version__} "
    "(+https://github.com/scipion-em/scipion-em-empiardownloader)"
)
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<total>\d+|\*)")
_HEAD_REFUSED = (405, 501)


class HttpServer(Server):
    """The tree below an ``https://host[:port]/path`` address, or an ``http://`` one.

    Proxies and certificates are those of the environment (``HTTPS_PROXY``, ``REQUESTS_CA_BUNDLE``).
    """

    def __init__(self, url: str, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008 (frozen)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{url}' is no HTTP address: it must begin with https://host/")
        self.url = url.rstrip("/")
        self.host = parts.netloc.rpartition("@")[2]
        self.timeouts = timeouts

    def connect(self) -> HttpTransport:
        """A connection that is made with its first request: an unreachable server fails there."""
        return HttpTransport(self)

    def __str__(self) -> str:
        return self.url


class HttpTransport(Transport):
    """One connection that is kept alive from file to file."""

    splits_files = True

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._session = requests.Session()
        # A compressed body has another length than the file, and no ranges of it.
        self._session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "identity"})
        self._buffer = bytearray(BLOCK)
        self._answered = False
        self._is_open = True

    def list_folder(self, folder: str) -> List[Listed]:
        """One request for the folder's page; sizes are None, for a page rounds them."""
        what = folder or "the entry's folder"
        page = self._index_page(folder, what)
        if not page.is_index:
            raise TransferError(
                f"{what}: {self._server.host} shows a web page that is no list of files; check the "
                "address, or use FTP"
            )
        if not page.is_whole:
            raise ConnectionCut(f"{what}: the list of files was cut short")
        return list(page.items)

    def size_of(self, path: str) -> int:
        """Ask with HEAD, and where that does not tell, for the first byte."""
        size = None
        with self._ask("HEAD", path) as response:
            if response.status_code not in _HEAD_REFUSED:
                self._check_file(path, response)
                size = announced_length(response)
        if size is None:
            size = self._size_by_range(path)
        if size is None:
            raise SizeMismatch(f"{path}: the server does not tell its size")
        return size

    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        """GET a range; where the server ignores that, all from the first byte."""
        size = stop if size is None else size
        with self._ask("GET", path, _range_header(start, stop, size)) as response:
            self._check_file(path, response)
            received, end = _sent_range(path, response, start, stop, size)
            if received < start or end > stop:
                sink.restart()
                stop = size
            modified = modified_at(response)
            if modified is not None:
                sink.dated(modified)
            with translated(path, self._server.host):
                for block in body_blocks(response, self._buffer):
                    received += len(block)
                    if received > end:
                        raise SizeMismatch(f"{path}: is longer than the {end} bytes it should be")
                    sink.write(block)
                    if sink.is_full and received < end:
                        return  # what is on its way is not waited for: the connection ends here
        if received < stop:
            raise ConnectionCut(f"{path}: ended after {received} of {stop} bytes")

    def is_open(self) -> bool:
        """Whether it was not closed: a connection that the server ended is made again."""
        return self._is_open

    def close(self) -> None:
        """End the connection and leave nothing behind."""
        self._is_open = False
        self._session.close()

    def _index_page(self, folder: str, what: str) -> IndexPage:
        path = f"{folder}/" if folder else ""
        headers, patience = {"Accept-Encoding": "gzip"}, self._server.timeouts.listing
        with self._ask("GET", path, headers, patience) as response:
            check_status(what, response)
            if not _is_page(response):
                return IndexPage((), is_index=False, is_whole=True)
            with translated(what, self._server.host):
                return parse_index(response.content, response.url)

    def _size_by_range(self, path: str) -> Optional[int]:
        with self._ask("GET", path, {"Range": "bytes=0-0"}) as response:
            if response.status_code != 416:  # an empty file is answered so, with its size
                self._check_file(path, response)
            if response.status_code == 200:
                return announced_length(response)
            return _content_range(response)[2]

    def _ask(
        self,
        method: str,
        path: str,
        headers: Optional[Dict[str, str]] = None,
        patience: Optional[float] = None,
    ) -> requests.Response:
        """Send a request, and wait no longer than ``patience`` seconds for the answer's head."""
        timeouts, address = self._server.timeouts, self._address(path)
        with translated(path or "the entry's folder", self._server.host, not self._answered):
            response = self._session.request(
                method,
                address,
                headers=headers,
                timeout=(timeouts.connect, patience or timeouts.stall),
                allow_redirects=True,
                # What is not streamed frees the connection at once: HEAD has nothing to stream.
                stream=method != "HEAD",
            )
        self._answered = True
        return response

    def _check_file(self, path: str, response: requests.Response) -> None:
        check_status(path, response)
        # A page of maintenance, or of a hotel's network, would become a movie of its length.
        if _is_page(response) and not path.lower().endswith((".html", ".htm")):
            raise ConnectionCut(f"{path}: {self._server.host} sends a web page in its place")

    def _address(self, path: str) -> str:
        if any(ord(character) < 32 for character in path):
            raise UnsafeName(f"{path!r}: a name with control characters is not asked for")
        if any(step in (".", "..") for step in path.split("/")):
            raise UnsafeName(f"{path!r}: a path that leads out of its folder is not asked for")
        return f"{self._server.url}/{quote(path.encode('utf-8', 'surrogateescape'))}"


def _is_page(response: requests.Response) -> bool:
    kind = response.headers.get("Content-Type", "").lower()
    return kind.startswith(("text/html", "application/xhtml"))


def _range_header(start: int, stop: int, size: int) -> Dict[str, str]:
    if stop < size:
        return {"Range": f"bytes={start}-{stop - 1}"}
    return {"Range": f"bytes={start}-"} if start else {}


def _sent_range(
    path: str, response: requests.Response, start: int, stop: int, size: int
) -> Tuple[int, int]:
    """Which bytes of the file the body holds: all, or those that were asked for.

    SizeMismatch for a file that is not the listed one, and for any other part of it. The end of
    what was asked for may be missing: some servers send no more than so much at once.
    """
    if response.status_code == 200:
        first, end, total = 0, size, announced_length(response)
    else:
        found, end, total = _content_range(response)
        if found != start or not start < end <= stop:
            raise SizeMismatch(f"{path}: the server sends another part of it than was asked for")
        first = start
    if total is not None and total != size:
        raise SizeMismatch(f"{path}: has {total} bytes, not the {size} of the list")
    return first, end


def _content_range(response: requests.Response) -> Tuple[Optional[int], int, Optional[int]]:
    """First byte, end and the file's size in a Content-Range header; None, or 0, for no such."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None:
        return None, 0, None
    first, last, total = found["first"], found["last"], found["total"]
    return (
        int(first) if first else None,
        int(last) + 1 if last else 0,
        int(total) if total != "*" else None,
    )
