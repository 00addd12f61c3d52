"""The HTTP server of the miniature archive: both APIs, and the files in Apache's way."""

from __future__ import annotations

import gzip
import os
import re
import select
import socket
import time
from email.utils import formatdate, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import TCPServer
from typing import BinaryIO, Dict, Optional, Tuple
from urllib.parse import unquote, urlsplit

from empiardownloader.demo.server.autoindex import index_page
from empiardownloader.demo.server.faults import FaultCounter, RateLimiter, TransferFaults
from empiardownloader.demo.server.request_log import RequestLog
from empiardownloader.demo.server.settings import ServerSettings, SettingsFile, matches

_BLOCK = 1 << 18
_NOT_FOUND = b'{"detail":"Not found."}'
_API = re.compile(r"^/empiar/api/entry/(?:EMPIAR-)?([^/]+)/?$", re.IGNORECASE)
_MAPS = re.compile(r"^/emdb/api/entry/(?:EMD-)?(\d+)/?$", re.IGNORECASE)
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_FILES = "/empiar/world_availability"
_TYPES = {".xml": "text/xml", ".jpg": "image/jpeg", ".txt": "text/plain", ".tif": "image/tiff"}
_HTML_PAGE = b"<!DOCTYPE html>\n<html><body><h1>Service under maintenance</h1></body></html>\n"


class ArchiveHTTPServer(ThreadingHTTPServer):
    """Serves the archive below `root` with one thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self,
        address: Tuple[str, int],
        root: Path,
        settings_file: SettingsFile,
        log: RequestLog,
        fault_counter: FaultCounter,
    ) -> None:
        self.root = root
        self.settings_file = settings_file
        self.log = log
        self.fault_counter = fault_counter
        super().__init__(address, ArchiveRequestHandler)

    def server_bind(self) -> None:
        """Bind without the host name look-up of the base class."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore the error: clients that hang up are part of the tests."""


class ArchiveRequestHandler(BaseHTTPRequestHandler):
    """One HTTP connection."""

    protocol_version = "HTTP/1.1"
    server_version = "Apache"
    sys_version = ""
    disable_nagle_algorithm = True
    server: ArchiveHTTPServer

    def setup(self) -> None:
        """Prepare one connection."""
        self.rate_limiter = RateLimiter()
        self.session = self.server.log.new_session("http")
        super().setup()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing on stderr: the request log has the requests."""

    def do_HEAD(self) -> None:  # noqa: N802
        """Answer as GET, without the body."""
        self.do_GET()

    def do_GET(self) -> None:  # noqa: N802
        """Answer a request for an entry, a map, a file or a listing."""
        self.settings: ServerSettings = self.server.settings_file.current()
        path = unquote(urlsplit(self.path).path, errors="surrogateescape")
        offset = _RANGE.match(self.headers.get("Range", ""))
        rest = int(offset.group(1) or 0) if offset else 0
        self.server.log.add("http", self.session, self.command, path, rest)
        time.sleep(self.settings.latency)
        if self.command in self.settings.refused_commands:
            self._send(405, b"", "text/html", {"Allow": "GET"})
            return
        entry, volume = _API.match(path), _MAPS.match(path)
        if entry:
            self._send_entry(entry.group(1))
        elif volume:
            self._send_document(self.server.root / "emdb" / f"EMD-{volume.group(1)}.json")
        elif path.startswith(_FILES + "/"):
            self._send_path(path)
        else:
            self._send(404, _NOT_FOUND, "application/json")

    # ------ the two APIs

    def _send_entry(self, number: str) -> None:
        settings = self.settings
        spoilt = number in settings.api_html or number in settings.api_status
        if spoilt and self.server.fault_counter.take("api", settings):
            if number in settings.api_html:
                self._send(200, _HTML_PAGE, "text/html; charset=utf-8")
            else:
                status = settings.api_status[number]
                detail = HTTPStatus(status).phrase
                self._send(status, b'{"detail":"%s"}' % detail.encode(), "application/json")
            return
        self._send_document(self.server.root / "api" / f"{number}.json")

    def _send_document(self, path: Path) -> None:
        if path.is_file():
            self._send(200, path.read_bytes(), "application/json")
        else:
            self._send(404, _NOT_FOUND, "application/json")

    # ------ the files

    def _send_path(self, path: str) -> None:
        home = os.path.realpath(self.server.root / "ftp")
        place = os.path.realpath(home + path)
        inside = place.startswith(home + os.sep)
        if not inside or matches(path, self.settings.missing) or not os.path.exists(place):
            self._send(404, b"<html><body><h1>Not Found</h1></body></html>\n", "text/html")
        elif not os.path.isdir(place):
            if self.server.fault_counter.take("unavailable", self.settings):
                self._send(503, _HTML_PAGE, "text/html")
            else:
                self._send_file(path, place)
        elif path.endswith("/"):
            page = index_page(path, place, self.settings.list_size_off)
            self._send(200, page, "text/html;charset=UTF-8")
        else:
            location = urlsplit(self.path).path + "/"
            self._send(301, b"", "text/html", {"Location": location})

    def _send_file(self, path: str, place: str) -> None:
        with open(place, "rb") as file:
            status = os.fstat(file.fileno())
            tag = f'"{status.st_size:x}-{status.st_mtime_ns // 1000:x}"'
            headers = {
                "Last-Modified": formatdate(status.st_mtime, usegmt=True),
                "ETag": tag,
                "Accept-Ranges": "bytes",
            }
            kind = _TYPES.get(os.path.splitext(place)[1].lower(), "application/octet-stream")
            if self.settings.gzip_files:
                self._send(200, gzip.compress(file.read()), kind, {"Content-Encoding": "gzip"})
                return
            if not self._range_holds(tag, status.st_mtime):
                self._begin(200, status.st_size, kind, headers)
                self._send_bytes(path, file, 0, status.st_size)
                return
            span = _span(self.headers.get("Range", ""), status.st_size)
            if span is None:
                self._send(416, b"", kind, {"Content-Range": f"bytes */{status.st_size}"})
                return
            first, count = span
            headers["Content-Range"] = f"bytes {first}-{first + count - 1}/{status.st_size}"
            self._begin(206, count, kind, headers)
            self._send_bytes(path, file, 0 if self.settings.wrong_offsets else first, count)

    def _range_holds(self, tag: str, modified: float) -> bool:
        if self.settings.refuse_rest or not _RANGE.match(self.headers.get("Range", "")):
            return False
        condition = self.headers.get("If-Range")
        if condition is None or condition == tag:
            return True
        try:
            return parsedate_to_datetime(condition).timestamp() == int(modified)
        except (TypeError, ValueError):
            return False

    def _send_bytes(self, path: str, file: BinaryIO, first: int, count: int) -> None:
        if self.command == "HEAD":
            return
        faults = TransferFaults(path, self.settings, self.server.fault_counter)
        self.rate_limiter.begin()
        sent = 0
        while True:
            fault = faults.next_fault(sent)
            if fault is not None:
                self._break_off(fault)
                return
            if sent >= count:
                return
            sent += self._send_piece(path, file, first + sent, faults.room(sent, count - sent))

    def _send_piece(self, path: str, file: BinaryIO, offset: int, wanted: int) -> int:
        rate = self.server.settings_file.current().rate_of(path)
        size = self.rate_limiter.piece(min(wanted, _BLOCK), rate)
        sent = os.sendfile(self.connection.fileno(), file.fileno(), offset, size)
        if sent == 0:
            raise ConnectionError(f"the file ends at {offset}")
        self.rate_limiter.sent(sent, rate)
        time.sleep(self.rate_limiter.wait())
        return sent

    def _break_off(self, fault: str) -> None:
        """Close the connection; after a stall, only when the client has closed it."""
        self.close_connection = True
        if fault == "stall":
            select.select([self.connection], [], [])
        self.connection.shutdown(socket.SHUT_RDWR)

    # ------ answers

    def _begin(self, status: int, length: int, kind: str, headers: Dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def _send(
        self, status: int, body: bytes, kind: str, headers: Optional[Dict[str, str]] = None
    ) -> None:
        self._begin(status, len(body), kind, headers or {})
        if self.command != "HEAD":
            self.wfile.write(body)


def _span(header: str, size: int) -> Optional[Tuple[int, int]]:
    """Return (first byte, count) of a Range header, or None if it cannot be satisfied."""
    match = _RANGE.match(header)
    if match is None:
        return None
    start, end = match.groups()
    if start:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    elif end:
        first, last = max(0, size - int(end)), size - 1
    else:
        return None
    return (first, last - first + 1) if first <= last else None
