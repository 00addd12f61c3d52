"""HTTPS: files by ranges, folders by the pages that list them.

Known about ``https://ftp.ebi.ac.uk``: the tree of its FTP server, listed by Apache in a table with
rounded sizes; exact ``Content-Range``; about one request in thirty is accepted and never answered,
more than some sixteen connections of one address are refused, and at times an answer of 200 is
truncated.
"""

from __future__ import annotations

import logging
import re
import sys
from dataclasses import replace
from typing import Dict, List, NamedTuple, Optional, Tuple
from urllib.parse import quote, urlsplit

import requests

from ...disk.paths import UnsafeName
from ...errors import FileError, TransferError
from ...net.errors import ConnectionCut, SizeMismatch, SizeUnknown
from ...net.http_errors import Peer, check_status, map_http_errors
from ...net.proxies import without_login
from ...net.session import Session
from ..base import Connection, ListingItem, Server, Sink, Timeouts
from .body import BLOCK, body_blocks, content_length, whole_number
from .codings import DECODED, coding_of, decoded
from .index_page import IndexPage, parse_index

logger = logging.getLogger(__name__)

# 'bytes 0-9/10'; some servers write 'bytes=0-9/10', or blanks around the numbers.
_CONTENT_RANGE = re.compile(
    r"\s*bytes[ =:]\s*(?:(?P<first>\d+)\s*-\s*(?P<last>\d+)|\*)\s*/\s*(?P<total>\d+|\*)\s*",
    re.IGNORECASE | re.ASCII,
)
# Answers to a range of servers that know none, or of filters (403) that admit none.
_NO_RANGES = (204, 400, 403, 405, 501)
# Answers to HEAD that say nothing of HEAD itself.
_PASSING = (407, 429, 503)
_PAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|!--|html|head|\?xml)", re.IGNORECASE)


class OtherRange(SizeMismatch):
    """The server sends another part of the file than was asked for, or does not say which."""


class UnknownCoding(FileError):
    """The server packs the file on the way in a manner that is not known here."""


class _SentRange(NamedTuple):
    """Bytes of the file that a body holds, ``end`` excluded."""

    first: int
    end: int


class HttpServer(Server):
    """The tree below an ``https://host[:port]/path`` address, or an ``http://`` one.

    Proxies and certificates are those of the environment (``HTTPS_PROXY``, ``REQUESTS_CA_BUNDLE``).
    """

    def __init__(self, url: str, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008 (frozen)
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"'{url}' is no HTTP address: it must begin with https://host/")
        self.url = url.rstrip("/")
        self.peer = Peer.of(url)
        self.timeouts = timeouts
        self.etags: Dict[str, str] = {}  # by path; '' once the server named two for one file

    def connect(self) -> HttpConnection:
        """A connection that is made with its first request: an unreachable server fails there."""
        return HttpConnection(self)

    def __str__(self) -> str:
        return without_login(self.url)


class HttpConnection(Connection):
    """One connection that is kept alive from file to file."""

    splits_files = True

    def __init__(self, server: HttpServer) -> None:
        self._server = server
        self._session = Session()
        # A compressed body has another length than the file, and no ranges of it.
        self._session.headers["Accept-Encoding"] = "identity"
        self._buffer = bytearray(BLOCK)
        self._answered = False
        self._is_open = True

    def list_folder(self, folder: str) -> List[ListingItem]:
        """One request for the folder's page; sizes are None, for a page rounds them."""
        what = folder or "the entry's folder"
        page = self._index_page(folder, what)
        if not page.is_index:
            raise TransferError(
                f"{what}: {self._server.peer.sender} shows a web page that is no list of files; "
                "check the address, or use FTP"
            )
        if not page.is_whole:
            raise ConnectionCut(f"{what}: the list of files was cut short")
        return list(page.items)

    def size_of(self, path: str) -> int:
        """Ask with HEAD, and where that is refused or does not tell, for the first byte."""
        with self._ask("HEAD", path) as response:
            if response.status_code in _PASSING:
                check_status(path, response)
            size = self._told_size(path, response) if response.status_code == 200 else None
        if not size:
            size = self._size_by_range(path)
        if size is None:
            raise SizeUnknown(f"{path}: the server does not tell its size")
        if not size:
            raise SizeMismatch(f"{path}: the server says that it is empty")
        return size

    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        """GET a range; where the server ignores that, all from the first byte."""
        size = stop if size is None else size
        asked = _range_header(start, stop, size)
        if asked and self._server.etags.get(path):
            # If the file was replaced meanwhile, the server sends all of it (RFC 9110, 13.1.5).
            asked["If-Range"] = self._server.etags[path]
        try:
            self._fetch(path, sink, start, stop, size, asked)
        except OtherRange as error:
            if not asked:
                raise
            logger.info("%s; asked for the whole file instead", error)
            self._fetch(path, sink, start, stop, size, {})

    def fetch_unsized(self, path: str, sink: Sink) -> int:
        """GET; the last chunk marks the end (RFC 9112, 7.1), or Content-Length that of a coding."""
        with self._ask("GET", path) as response:
            check_status(path, response)
            coding, length = coding_of(path, response), content_length(response)
            is_chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
            if response.status_code != 200 or not (is_chunked or length):
                raise SizeUnknown(f"{path}: the server tells neither its size nor where it ends")
            if coding and coding not in DECODED:
                raise UnknownCoding(f"{path}: the server packs it on the way ({coding}); use FTP")
            whole = _SentRange(0, sys.maxsize)
            received = self._receive(path, response, sink, 0, whole, coding)
        if length is not None and not coding and received != length:
            raise ConnectionCut(f"{path}: ended after {received} of {length} bytes")
        return received

    def _fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: int, asked: Dict[str, str]
    ) -> None:
        with self._ask("GET", path, asked) as response:
            if asked and response.status_code in _NO_RANGES:
                raise OtherRange(f"{path}: the server answers {response.status_code} to a range")
            check_status(path, response)
            coding = coding_of(path, response)
            sent = _sent_range(path, response, start, stop, size, coding)
            is_other = self._is_other_file(path, response, asked)
            self._keep_etag(path, response, is_other)
            if is_other:
                sink.changed()
            if (response.status_code == 200 and start) or sent.end > stop:
                sink.restart()
                start, stop = 0, size
            received = self._receive(path, response, sink, start, sent, coding)
        if received < stop and not (sink.is_full and received < sent.end):
            raise ConnectionCut(f"{path}: ended after {received} of {stop} bytes")

    def _receive(
        self,
        path: str,
        response: requests.Response,
        sink: Sink,
        start: int,
        sent: _SentRange,
        coding: str,
    ) -> int:
        """Hand the body from ``start`` on to the sink; return the file's position at its end."""
        position = sent.first
        with map_http_errors(path, self._server.peer):
            blocks = body_blocks(response, self._buffer)
            for block in decoded(blocks, coding, path) if coding else blocks:
                if position == 0:
                    self._check_beginning(path, response, block)
                position += len(block)
                if position > sent.end:
                    raise SizeMismatch(f"{path}: is longer than the {sent.end} bytes it should be")
                # Caches begin at the blocks that they keep, before what was asked (httrack 198).
                if position > start:
                    sink.write(block[-(position - start) :])
                if sink.is_full and position < sent.end:
                    break  # what is on its way is not waited for: the connection ends here
        return position

    def is_open(self) -> bool:
        """Return True until it is closed; a connection that the server ended is made again."""
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
            if not _is_page("", response):
                return IndexPage((), is_index=False, is_whole=True)
            with map_http_errors(what, self._server.peer):
                return parse_index(response.content, response.url)

    def _size_by_range(self, path: str) -> Optional[int]:
        with self._ask("GET", path, {"Range": "bytes=0-0"}) as response:
            if response.status_code != 416:  # an empty file is answered so, with its size
                check_status(path, response)
            if response.status_code != 200:
                return None if coding_of(path, response) else _content_range(response)[2]
            if _is_page(path, response):
                raise ConnectionCut(self._page_sentence(path))
            return self._told_size(path, response)

    def _told_size(self, path: str, response: requests.Response) -> Optional[int]:
        """The length of an answer, None where it is not that of the file."""
        if coding_of(path, response) or _is_page(path, response):
            return None
        return content_length(response)

    def _is_other_file(
        self, path: str, response: requests.Response, asked: Dict[str, str]
    ) -> bool:
        """Return True if the answer to If-Range is the whole of a file with another ETag."""
        etag = response.headers.get("ETag", "")
        return response.status_code == 200 and bool(etag) and etag != asked.get("If-Range", etag)

    def _keep_etag(self, path: str, response: requests.Response, is_other: bool) -> None:
        etag = response.headers.get("ETag", "")
        # The machines behind one address may have an ETag each (Apache's FileETag INode): then the
        # file would begin again at each try. From the second one on, the overlap alone decides.
        if is_other or self._server.etags.get(path) == "":
            self._server.etags[path] = ""
        elif re.fullmatch(r'"[\x21\x23-\x7e]+"', etag):  # weak ones do not serve for ranges
            self._server.etags[path] = etag
        else:
            self._server.etags.pop(path, None)

    def _check_beginning(self, path: str, response: requests.Response, block: memoryview) -> None:
        # A page of maintenance, or of a hotel's network, would become a movie of its length.
        # Some servers call all files of unknown kinds HTML: what counts is how they begin.
        if _is_page(path, response) and _PAGE.match(block):
            raise ConnectionCut(self._page_sentence(path))

    def _page_sentence(self, path: str) -> str:
        return f"{path}: {self._server.peer.sender} sends a web page in its place"

    def _ask(
        self,
        method: str,
        path: str,
        headers: Optional[Dict[str, str]] = None,
        patience: Optional[float] = None,
    ) -> requests.Response:
        """Send a request, and wait no longer than ``patience`` seconds for the answer's head."""
        timeouts, address = self._server.timeouts, self._address(path)
        peer = replace(self._server.peer, is_fresh=not self._answered)
        with map_http_errors(path or "the entry's folder", peer):
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

    def _address(self, path: str) -> str:
        if any(ord(character) < 32 for character in path):
            raise UnsafeName(f"{path!r}: a name with control characters is not asked for")
        if any(step in (".", "..") for step in path.split("/")):
            raise UnsafeName(f"{path!r}: a path that leads out of its folder is not asked for")
        return f"{self._server.url}/{quote(path.encode('utf-8', 'surrogateescape'))}"


def _is_page(path: str, response: requests.Response) -> bool:
    """Return True if the answer is declared as a web page, and the file asked for is none."""
    kind = response.headers.get("Content-Type", "").lower()
    is_page = kind.startswith(("text/html", "application/xhtml"))
    return is_page and not path.lower().endswith((".html", ".htm"))


def _range_header(start: int, stop: int, size: int) -> Dict[str, str]:
    if stop < size:
        return {"Range": f"bytes={start}-{stop - 1}"}
    return {"Range": f"bytes={start}-"} if start else {}


def _sent_range(
    path: str, response: requests.Response, start: int, stop: int, size: int, coding: str
) -> _SentRange:
    """Return the byte range in the body: the whole file, or the requested range.

    The range may begin earlier, and end earlier: some servers limit its length. Raises OtherRange
    for any other range, SizeMismatch for a file other than the listed one and UnknownCoding for a
    body that cannot be decoded.
    """
    if coding:
        if coding not in DECODED:
            raise UnknownCoding(f"{path}: the server packs it on the way ({coding}); use FTP")
        if response.status_code != 200 and not _is_all_of_coded(response):
            raise OtherRange(f"{path}: the server sends a part of what it packed ({coding})")
        return _SentRange(0, size)
    if response.status_code == 200:
        sent, total = _SentRange(0, size), content_length(response)
    else:
        first, end, total = _content_range(response)
        if first is None or first > start or not start < end <= stop:
            raise OtherRange(f"{path}: the server sends another part of it than was asked for")
        sent = _SentRange(first, end)
    if total is not None and total != size:
        raise SizeMismatch(f"{path}: has {total} bytes, not the {size} of the list")
    return sent


def _is_all_of_coded(response: requests.Response) -> bool:
    first, end, total = _content_range(response)
    return first == 0 and end == total


def _content_range(response: requests.Response) -> Tuple[Optional[int], int, Optional[int]]:
    """First byte, end and the file's size in a Content-Range header; None, or 0, for no such."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
    if found is None:
        return None, 0, None
    last = whole_number(found["last"] or "")
    return (
        whole_number(found["first"] or ""),
        last + 1 if last is not None else 0,
        whole_number(found["total"]),
    )
