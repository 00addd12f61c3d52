"""FTP: one control connection with its data connections.

Known about ``ftp.ebi.ac.uk`` (vsftpd by its texts): anonymous, passive, no MLSD, REST works, 421
for too many connections, and once a PASV reply with a private address.
"""

from __future__ import annotations

import ftplib
import logging
import re
import socket
import struct
import sys
import time
from typing import Callable, Dict, List, Optional, Tuple, Type
from urllib.parse import unquote, urlsplit

from ...disk.paths import UnsafeName
from ...errors import FileError, Retryable
from ...net.errors import (
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    ListingUnreadable,
    SizeMismatch,
    SizeUnknown,
)
from ..base import Connection, ListingItem, Server, Sink, Timeouts
from .control_connection import FtpSession, RestartRefused, ServerFeatures
from .error_mapping import map_ftp_errors, reply_text
from .list_lines import UsualListing
from .listing import parse_mlsd, whole_listing

logger = logging.getLogger(__name__)

# '213 4096', '213 4096 bytes'; '213 4,096' and '213 -1' are no sizes.
_SIZE_REPLY = re.compile(r"213 +(?P<size>[0-9]{1,19})(?: .*)?")

#: Bytes of the reused buffer of a connection. The system fills it in one call, without the
#: interpreter, which all connections share: that costs a third of the CPU of ftplib's own loop. Of
#: 256 KiB to 8 MiB this was the best.
BLOCK = 4 << 20
_BLOCK_SECONDS = 0.25  # after which a slow line's bytes are taken, though the buffer is not full


class FtpServer(Server):
    """The tree below an ``ftp://host[:port]/path`` address, as an anonymous user sees it."""

    def __init__(self, url: str, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008 (frozen)
        parts = urlsplit(url)
        if parts.scheme != "ftp" or not parts.hostname:
            raise ValueError(f"'{url}' is no FTP address: it must begin with ftp://host/")
        self.port = parts.port or ftplib.FTP_PORT
        self.root = "/" + unquote(parts.path).strip("/")
        self.features = ServerFeatures(parts.hostname, timeouts)

    def __str__(self) -> str:
        port = "" if self.port == ftplib.FTP_PORT else f":{self.port}"
        return f"ftp://{self.features.host}{port}{self.root}"

    def connect(self) -> FtpConnection:
        """Connect, log in as anonymous and switch to binary."""
        host = self.features.host
        session = FtpSession(self.features)
        try:
            with map_ftp_errors(f"{host}:{self.port}", connecting=True):
                session.connect_to(host, self.port)
                session.login()
                session.binary()
        except BaseException:
            session.close()
            raise
        return FtpConnection(self, session)

    def data_connection_error(self, times: int) -> Optional[ConnectionFailed]:
        """Return the error of unreadable listings, or of data connections that carried nothing.

        Firewalls of many institutes close data ports.
        """
        if self.features.unreadable is not None:
            return ConnectionFailed(f"{self.features.host}:{self.port}: {self.features.unreadable}")
        data = self.features.data_connections
        if data.failures < times:
            return None
        return ConnectionFailed(
            f"{self.features.host}:{self.port}: lets us in, and no data connection carries "
            f"anything ({data.reason})"
        )


def _is_denial(error: ftplib.Error) -> bool:
    """Return True if a reply denies a command, as vsftpd does with 550 and ProFTPD with 451."""
    return str(error)[:3] in ("450", "451") or (
        isinstance(error, ftplib.error_perm) and not str(error).startswith("530")
    )


class FtpConnection(Connection):
    """One logged-in FTP session."""

    def __init__(self, server: FtpServer, session: FtpSession) -> None:
        self._root = server.root
        self._features = server.features
        self._session = session
        self._buffer = bytearray(BLOCK)
        self._listed: Optional[Tuple[str, Dict[str, ListingItem]]] = None  # a folder's items
        self._received = 0  # bytes of the file that is being fetched

    def list_folder(self, folder: str) -> List[ListingItem]:
        """One MLSD, or where the server has none, one LIST."""
        try:
            return self._list_folder(folder, folder or "the entry's folder")
        except ListingUnreadable as error:
            self._features.unreadable = error
            raise

    def _list_folder(self, folder: str, what: str) -> List[ListingItem]:
        # LIST takes its argument for options or a pattern on some servers; CWD takes it as it is.
        with map_ftp_errors(what), self._features.data_connections.tried():
            self._session.cwd(self._absolute(folder))
            if self._features.supports_mlsd:
                try:
                    return parse_mlsd(self._retrieve_listing("MLSD", what))
                except ftplib.Error as error:
                    # CWD has shown that there is a folder: what is denied is the command.
                    if not _is_denial(error):
                        raise
                    logger.debug("%s has no MLSD (%s)", self._features.host, reply_text(error))
            usual = UsualListing()
            items = whole_listing(usual, self._retrieve_listing("LIST", what, usual.feed))
            self._features.supports_mlsd = False
            return items

    def size_of(self, path: str) -> int:
        """Ask with SIZE, and where that is denied or tells none, look it up in its folder's list.

        vsftpd, ProFTPD and pyftpdlib answer SIZE exactly in binary mode.
        """
        refusal = "the server does not tell its size"
        with map_ftp_errors(path):
            try:
                reply = self._session.sendcmd("SIZE " + self._absolute(path))
            except ftplib.Error as error:
                if not _is_denial(error):
                    raise
                refusal = f"the server does not tell its size ({reply_text(error)})"
            else:
                found = _SIZE_REPLY.fullmatch(reply_text(reply))
                size = int(found["size"]) if found else None
                if size:
                    return size
                if size == 0:  # no movie is empty, and none is fetched to see it
                    return self._size_in_list(path, refusal, SizeMismatch)
        return self._size_in_list(path, refusal, SizeUnknown)

    def _size_in_list(self, path: str, refusal: str, otherwise: Type[SizeMismatch]) -> int:
        folder, _, name = path.rpartition("/")
        if self._listed is None or self._listed[0] != folder:
            self._listed = folder, {item.name: item for item in self.list_folder(folder)}
        item = self._listed[1].get(name)
        if item is None:
            raise FileMissing(f"{path}: {refusal}, and its folder does not list it")
        if item.size is None and item.is_link:
            # vsftpd and Pure-FTPd list a broken link, and deny its size with 550.
            raise FileMissing(f"{path}: {refusal}, and it is a link")
        if item.size is None:
            raise otherwise(f"{path}: {refusal}")
        return item.size

    def fetch(
        self, path: str, sink: Sink, start: int, stop: int, size: Optional[int] = None
    ) -> None:
        """RETR from ``start``; where the server refuses REST, all over from the first byte."""
        self._received = start
        try:
            with map_ftp_errors(path), self._features.data_connections.tried():
                with self._open(path, sink, start) as data:
                    self._receive(path, data, sink, stop)
                self._session.voidresp()
        except SizeMismatch:
            self._read_late_reply()
            raise
        except Retryable:
            # Firewalls drop a control connection that is idle during a long file.
            if self._received != stop:
                raise
            self.close()
            logger.debug("%s: whole, though the server's last reply is missing", path)
        except FileError as error:
            if start:  # a server may keep it, for the next file to begin there
                self.close()
            if self._received > start:  # the file was there: this is the end of a connection
                self.close()
                raise ConnectionCut(str(error)) from error
            raise
        except BaseException:
            self.close()  # with a reply still to come, which is no other command's
            raise
        if self._received < stop:
            self._session.stop_pipelining()
            raise SizeMismatch(f"{path}: ended after {self._received} of {stop} bytes")

    def fetch_unsized(self, path: str, sink: Sink) -> int:
        """RETR from the first byte; the reply after the last one marks the end (RFC 959: 226)."""
        self._received = 0
        try:
            with map_ftp_errors(path), self._features.data_connections.tried():
                with self._open(path, sink, 0) as data:
                    self._receive(path, data, sink, sys.maxsize)
                self._session.voidresp()
        except BaseException as error:
            self.close()
            if isinstance(error, FileError) and self._received:
                raise ConnectionCut(str(error)) from error
            raise
        return self._received

    def is_open(self) -> bool:
        """Return True if the session can still be used."""
        return self._session.sock is not None

    def close(self) -> None:
        """Close without QUIT: a dead server would be waited for."""
        self._session.close()

    def _open(self, path: str, sink: Sink, start: int) -> socket.socket:
        command = "RETR " + self._absolute(path)
        if start and self._features.supports_rest:
            try:
                return self._session.transfercmd(command, rest=start)
            except RestartRefused as error:
                self._features.supports_rest = False
                logger.info("%s cannot resume (%s)", self._features.host, reply_text(error))
        if start:
            sink.restart()
            self._received = 0
        return self._session.transfercmd(command)

    def _receive(self, path: str, data: socket.socket, sink: Sink, stop: int) -> None:
        stall = self._features.timeouts.stall
        _wait_in_system(data, min(_BLOCK_SECONDS, stall))
        view = memoryview(self._buffer)
        last = time.monotonic()
        while True:
            try:
                count = data.recv_into(self._buffer, 0, socket.MSG_WAITALL)
            except BlockingIOError:  # not a byte meanwhile
                if time.monotonic() - last < stall:
                    continue
                raise socket.timeout("timed out") from None
            if not count:
                return
            self._features.data_connections.carried()
            sink.write(view[: min(count, stop - self._received)])
            self._received += count
            if self._received > stop:
                raise SizeMismatch(f"{path}: is longer than the {stop} bytes of the list")
            last = time.monotonic()

    def _read_late_reply(self) -> None:
        """A transfer was broken off: its reply must not be taken for that of the next command."""
        try:
            self._session.getmultiline()
        except (OSError, EOFError, ftplib.Error):
            self.close()

    def _retrieve_listing(
        self, command: str, what: str, heed: Callable[[bytes], None] = lambda block: None
    ) -> bytes:
        """Return all bytes of a listing, after each block of them was heeded."""
        blocks = []
        with self._session.transfercmd(command) as data:
            data.settimeout(self._features.timeouts.listing)
            while True:
                block = data.recv(1 << 16)
                if not block:
                    break
                blocks.append(block)
                heed(block)
        reply = reply_text(self._session.voidresp())
        self._features.data_connections.carried()
        if "truncated" in reply.lower():
            # Pure-FTPd does so with more than 10,000 items, unless it is told otherwise.
            raise ListingUnreadable(f"{what}: the server lists only a part ({reply}); use HTTPS")
        return b"".join(blocks)

    def _absolute(self, path: str) -> str:
        if any(ord(character) < 32 for character in path):
            raise UnsafeName(f"{path!r}: a name with control characters is not asked for")
        return f"{self._root}/{path}" if path else self._root


def _wait_in_system(data: socket.socket, seconds: float) -> None:
    """Let the system end a wait for bytes after so long; Python's time-outs cost a call each."""
    data.settimeout(None)
    whole, fraction = divmod(seconds, 1)
    timeval = struct.pack("ll", int(whole), max(1, int(fraction * 1e6)))
    data.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)
