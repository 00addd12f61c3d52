"""FTP: one control connection with its data connections.

What is known of ``ftp.ebi.ac.uk`` (vsftpd by its texts): anonymous, passive, no MLSD, REST works,
421 when there are too many connections, and once a PASV answer with a private address.
"""

from __future__ import annotations

import contextlib
import ftplib
import logging
import socket
from typing import Iterator, List, Optional, Tuple
from urllib.parse import unquote, urlsplit

from .errors import (
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    LoginRefused,
    Retryable,
    SizeMismatch,
    Stalled,
    TooManyConnections,
    TransferError,
    UnsafeName,
)
from .ftp_listing import parse_list, parse_mlsd
from .transport import Listed, Server, Sink, Timeouts, Transport

logger = logging.getLogger(__name__)

BLOCK = 1 << 20  # bytes; one reused buffer costs a quarter of the CPU of ftplib's own loop


class FtpServer(Server):
    """The tree below an ``ftp://host[:port]/path`` address, as an anonymous user sees it."""

    def __init__(self, url: str, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008 (frozen)
        parts = urlsplit(url)
        if parts.scheme != "ftp" or not parts.hostname:
            raise ValueError(f"'{url}' is no FTP address: it must begin with ftp://host/")
        self.host = parts.hostname
        self.port = parts.port or ftplib.FTP_PORT
        self.root = "/" + unquote(parts.path).strip("/")
        self.timeouts = timeouts
        # Learnt by one connection, used by all: asked for once, not once per folder and thread.
        self.has_mlsd = True
        self.has_restart = True
        self.passive: Optional[str] = None  # PASV or EPSV, where the usual one was refused

    def connect(self) -> FtpTransport:
        """Connect, log in as anonymous and switch to binary."""
        session = _Session(self)
        try:
            with translated(f"{self.host}:{self.port}", connecting=True):
                session.connect(self.host, self.port, timeout=self.timeouts.connect)
                session.login()
                session.voidcmd("TYPE I")
        except BaseException:
            session.close()
            raise
        return FtpTransport(self, session)


class FtpTransport(Transport):
    """One logged-in FTP session."""

    def __init__(self, server: FtpServer, session: _Session) -> None:
        self._server = server
        self._session = session
        self._buffer = bytearray(BLOCK)
        self._received = 0  # bytes of the file that is being fetched

    def list_folder(self, folder: str) -> List[Listed]:
        """One MLSD, or where the server has none, one LIST."""
        what = folder or "the entry's folder"
        # LIST takes its argument for options or a pattern on some servers; CWD takes it as it is.
        with translated(what):
            self._session.cwd(self._absolute(folder))
            if self._server.has_mlsd:
                try:
                    return parse_mlsd(self._retrieve_listing("MLSD", what))
                except ftplib.error_perm as error:
                    if error.args[0][:3] not in ("500", "502"):
                        raise
                    self._server.has_mlsd = False
                    logger.debug("%s has no MLSD, LIST is used instead", self._server.host)
            return parse_list(self._retrieve_listing("LIST", what))

    def size_of(self, path: str) -> int:
        """Ask with SIZE, which vsftpd, ProFTPD and pyftpdlib answer exactly in binary mode."""
        with translated(path):
            size = self._session.size(self._absolute(path))
        if size is None:
            raise SizeMismatch(f"{path}: the server does not tell its size")
        return size

    def fetch(self, path: str, sink: Sink, start: int, stop: int) -> None:
        """RETR from ``start``; where the server refuses REST, all over from the first byte."""
        self._received = start
        try:
            with translated(path):
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
        if self._received < stop:
            raise SizeMismatch(f"{path}: ended after {self._received} of {stop} bytes")

    def is_open(self) -> bool:
        """Whether the session can still be used."""
        return self._session.sock is not None

    def close(self) -> None:
        """Close without QUIT: a dead server would be waited for."""
        self._session.close()

    def _open(self, path: str, sink: Sink, start: int) -> socket.socket:
        command = "RETR " + self._absolute(path)
        if start and self._server.has_restart:
            try:
                return self._session.transfercmd(command, rest=start)
            except ftplib.error_perm as error:
                if not error.args[0].startswith("50"):
                    raise
                self._server.has_restart = False
                logger.info("%s cannot resume: its files begin again", self._server.host)
        if start:
            sink.restart()
            self._received = 0
        return self._session.transfercmd(command)

    def _receive(self, path: str, data: socket.socket, sink: Sink, stop: int) -> None:
        data.settimeout(self._server.timeouts.stall)
        view = memoryview(self._buffer)
        while True:
            count = data.recv_into(self._buffer)
            if not count:
                return
            if self._received + count > stop:
                raise SizeMismatch(f"{path}: is longer than the {stop} bytes of the list")
            sink.write(view[:count])
            self._received += count

    def _read_late_reply(self) -> None:
        """A transfer was broken off: its reply must not be taken for that of the next command."""
        try:
            self._session.getmultiline()
        except (OSError, EOFError, ftplib.Error):
            self.close()

    def _retrieve_listing(self, command: str, what: str) -> bytes:
        blocks = []
        with self._session.transfercmd(command) as data:
            data.settimeout(self._server.timeouts.listing)
            while True:
                block = data.recv(1 << 16)
                if not block:
                    break
                blocks.append(block)
        reply = _words(self._session.voidresp())
        if "truncated" in reply.lower():
            # Pure-FTPd does so with more than 10,000 items, unless it is told otherwise.
            raise TransferError(f"{what}: the server lists only a part of it ({reply}); use HTTPS")
        return b"".join(blocks)

    def _absolute(self, path: str) -> str:
        if any(ord(character) < 32 for character in path):
            raise UnsafeName(f"{path!r}: a name with control characters is not asked for")
        return f"{self._server.root}/{path}" if path else self._server.root


class _Session(ftplib.FTP):
    """ftplib's client with names of any encoding and data connections to the host we know."""

    def __init__(self, server: FtpServer) -> None:
        super().__init__()
        # Replies in any encoding can be read so; what is sent is encoded in putline.
        self.encoding = "latin-1"
        self._server = server

    def putline(self, line: str) -> None:
        if "\r" in line or "\n" in line:
            raise ValueError("a command with a line break")
        self._control.sendall(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def makepasv(self) -> Tuple[str, int]:
        # Behind address translation a server may name its private address.
        return self._control.getpeername()[0], self._passive_port()

    def getresp(self) -> str:
        self._control.settimeout(self._server.timeouts.stall)
        try:
            return super().getresp()
        except ftplib.error_perm as error:
            # vsftpd's last words, when a process of the session died: no word about the file.
            if "OOPS" in str(error):
                raise ConnectionAbortedError(_words(error)) from error
            raise

    def _passive_port(self) -> int:
        """Ask for a data connection in the usual way, and where that is refused, in the other."""
        usual = "PASV" if self.af == socket.AF_INET else "EPSV"
        command = self._server.passive or usual
        try:
            return self._port_by(command)
        except (ftplib.error_perm, ftplib.error_proto) as refusal:
            other = "EPSV" if command == "PASV" else "PASV"
            try:
                port = self._port_by(other)
            except ftplib.Error as error:
                raise ConnectionFailed(
                    f"{self._server.host}: gives no passive connection ({_words(refusal)}; "
                    f"{_words(error)}); check the network, or use HTTPS"
                ) from error
            logger.debug("%s has no %s, %s is used", self._server.host, command, other)
            self._server.passive = other
            return port

    def _port_by(self, command: str) -> int:
        reply = self.sendcmd(command)
        if command == "PASV":
            return ftplib.parse227(reply)[1]
        return ftplib.parse229(reply, self._control.getpeername())[1]

    @property
    def _control(self) -> socket.socket:
        if self.sock is None:
            raise EOFError("not connected")
        return self.sock


@contextlib.contextmanager
def translated(what: str, connecting: bool = False) -> Iterator[None]:
    """Turn the exceptions of ftplib and its sockets into ours; ``what`` begins the sentence."""
    try:
        yield
    except TransferError:
        raise
    except ftplib.error_temp as error:
        raise _temporary(what, _words(error)) from error
    except ftplib.error_perm as error:
        raise _permanent(what, _words(error), connecting) from error
    except socket.timeout as error:
        raise _silent(what, connecting) from error
    except (OSError, EOFError, ftplib.Error) as error:
        raise _lost(what, error, connecting) from error


def _words(reply: object) -> str:
    """A reply on one line, in the letters that it was written in."""
    text = str(reply).encode("latin-1", "replace").decode("utf-8", "replace")
    return " ".join(text.split())


def _temporary(what: str, reply: str) -> TransferError:
    if reply.startswith(("421", "425")):
        return TooManyConnections(f"{what}: the server has no room for a connection ({reply})")
    return ConnectionCut(f"{what}: {reply}")


def _permanent(what: str, reply: str, connecting: bool) -> TransferError:
    # ProFTPD counts at login and answers 530, vsftpd at the connection with 421.
    if reply.startswith("530") and ("many" in reply or "maximum" in reply.lower()):
        return TooManyConnections(f"{what}: the server has no room for a connection ({reply})")
    if connecting:
        return LoginRefused(f"{what}: no anonymous login here ({reply}); check the FTP address")
    if reply.startswith("530"):
        return ConnectionCut(f"{what}: {reply}")
    return FileMissing(f"{what}: the server does not give it ({reply})")


def _silent(what: str, connecting: bool) -> TransferError:
    if connecting:
        return ConnectionFailed(f"{what}: does not answer; check the address and the network")
    return Stalled(f"{what}: the server sends nothing any more")


def _lost(what: str, error: Exception, connecting: bool) -> TransferError:
    reason = str(error) or type(error).__name__
    if connecting:
        if isinstance(error, (ConnectionResetError, EOFError)):
            # Logins that come close together are cut off, seen at EBI.
            return TooManyConnections(f"{what}: the server cut the login off ({reason})")
        return ConnectionFailed(f"{what}: no connection ({reason}); check address and network")
    if isinstance(error, ConnectionRefusedError):
        return TooManyConnections(f"{what}: the server refuses a data connection ({reason})")
    return ConnectionCut(f"{what}: the connection was lost ({reason})")
