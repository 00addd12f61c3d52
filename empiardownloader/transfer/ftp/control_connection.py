"""The control connection of FTP: commands and replies in step, the next port asked for ahead."""

from __future__ import annotations

import contextlib
import ftplib
import logging
import socket
import time
from dataclasses import dataclass, field
from typing import Optional, Tuple

from ...net.addresses import create_connection
from ...net.errors import ConnectionFailed, ListingUnreadable
from ..base import Timeouts
from ..server_health import DataConnections
from .error_mapping import reply_text

logger = logging.getLogger(__name__)

# By these words a vsftpd is known, whatever its greeting.
_VSFTPD_IN_BINARY = "200 Switching to Binary mode."
_PREFETCHED_PORT_TTL = 20.0  # seconds; firewalls close a port that nobody comes to


@dataclass
class ServerFeatures:
    """Features of a server, shared by its sessions: finding them out costs a wait."""

    host: str
    timeouts: Timeouts
    supports_mlsd: bool = True
    supports_rest: bool = True
    passive_command: Optional[str] = None  # PASV or EPSV, if the usual one was refused
    pipelines_pasv: bool = True  # PASV of the next file is sent with RETR, to vsftpd only
    data_connections: DataConnections = field(default_factory=DataConnections)
    unreadable: Optional[ListingUnreadable] = None  # why its listings are of no use


class RestartRefused(ftplib.Error):
    """The server does not send files from the middle."""


class FtpSession(ftplib.FTP):
    """ftplib's client with names of any encoding and data connections to the known host.

    vsftpd reads no command while it sends a file. So PASV for the next file is sent in one packet
    with RETR, and its reply follows the last one of this file: one round trip less for each file.
    That reply is read before anything else is sent. (pyftpdlib would abort the transfer, ProFTPD
    would answer in the middle of it.) The first error stops this for all sessions of the server.
    """

    def __init__(self, manners: ServerFeatures) -> None:
        super().__init__()
        # Replies in any encoding can be read so; what is sent is encoded in putline.
        self.encoding = "latin-1"
        self._features = manners
        self._is_vsftpd = False
        self._pending_pasv = ""  # the command, while its reply is still to come
        self._prefetched_port: Optional[Tuple[int, float]] = None  # and until when it is used

    def connect_to(self, host: str, port: int) -> None:
        """Connect and read the greeting; ftplib's own ``connect`` tries addresses one by one."""
        self.host, self.port = host, port
        self.sock = create_connection((host, port), self._features.timeouts.connect)
        self.af = self.sock.family
        self._address = self.sock.getpeername()[0]
        self.sock.settimeout(self._features.timeouts.stall)
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        while self.welcome.startswith("1"):  # '120 Service ready in 1 minute'
            self.welcome = self.getresp()

    def binary(self) -> None:
        """Switch to binary, in which sizes are exact."""
        self._is_vsftpd = self.voidcmd("TYPE I") == _VSFTPD_IN_BINARY

    def putline(self, line: str) -> None:
        """Send a command after reading all replies to earlier ones."""
        if "\r" in line or "\n" in line:
            raise ValueError("a command with a line break")
        self._read_pending_pasv()
        if line.startswith("RETR ") and self._is_vsftpd and self._features.pipelines_pasv:
            self._pending_pasv = self._passive_command()
            self._send(line, self._pending_pasv)
        else:
            self._send(line)

    def _send(self, *lines: str) -> None:
        text = "".join(f"{line}\r\n" for line in lines)
        self._control.sendall(text.encode("utf-8", "surrogateescape"))

    def getresp(self) -> str:
        """Read a reply, of one line or several; raises ftplib's errors for 4xx and 5xx."""
        try:
            reply = super().getresp()
        except ftplib.error_temp:
            if self._pending_pasv:
                self.stop_pipelining()
            raise
        except ftplib.error_perm as error:
            # vsftpd's last words, when a process of the session died: no word about the file.
            if "OOPS" in str(error):
                raise ConnectionAbortedError(reply_text(error)) from error
            raise
        if self._pending_pasv and reply.startswith(("227", "229")):
            self.stop_pipelining()
            raise ftplib.error_proto(f"out of step: {reply_text(reply)}")
        return reply

    def ntransfercmd(self, cmd: str, rest: object = None) -> Tuple[socket.socket, Optional[int]]:
        """Start a transfer; return its data connection, and no size."""
        connections = self._features.data_connections
        before = connections.failures
        data = self._data_connection()
        try:
            if rest is not None:
                self._restart_at(rest)
            reply = self.sendcmd(cmd)
            if not reply.startswith("1"):
                raise ftplib.error_reply(reply)
        except ftplib.error_temp as error:
            if str(error).startswith("425"):  # ours stands, and the server does not see it
                connections.failed(error, before)
            data.close()
            raise
        except BaseException:
            data.close()
            raise
        return data, None

    def _restart_at(self, offset: object) -> None:
        """Send REST; raises RestartRefused for every way of saying no (vsftpd 550, ProFTPD 451)."""
        try:
            reply = self.sendcmd(f"REST {offset}")
        except (ftplib.error_temp, ftplib.error_perm) as error:
            if str(error).startswith("421"):
                raise
            raise RestartRefused(str(error)) from error
        if not reply.startswith("3"):
            raise RestartRefused(reply)

    def stop_pipelining(self) -> None:
        """Ask for each port when it is needed, from now on."""
        logger.debug("%s: a port was asked for ahead and not given", self._features.host)
        self._features.pipelines_pasv = False

    def close(self) -> None:
        """Close without a word."""
        if self._pending_pasv and self.sock is not None:
            # What lies unread would end the connection with a reset.
            with contextlib.suppress(OSError):
                self.sock.setblocking(False)
                self.sock.recv(1 << 12)
        self._pending_pasv, self._prefetched_port = "", None
        super().close()

    # -- passive connections ----------------------------------------------------------------------

    def _data_connection(self) -> socket.socket:
        self._read_pending_pasv()
        promised, self._prefetched_port = self._prefetched_port, None
        if promised is not None and time.monotonic() < promised[1]:
            try:
                return self._connect(promised[0])
            except OSError:
                self.stop_pipelining()
        return self._connect(self._passive_port())

    def _connect(self, port: int) -> socket.socket:
        # Behind address translation a server may name its private address.
        return create_connection((self._address, port), self._features.timeouts.connect)

    def _read_pending_pasv(self) -> None:
        command, self._pending_pasv = self._pending_pasv, ""
        if not command:
            return
        try:
            port = self._port_in(command, self.getresp())
        except (ftplib.error_temp, ftplib.error_perm, ftplib.error_proto):
            self.stop_pipelining()
        else:
            self._prefetched_port = port, time.monotonic() + _PREFETCHED_PORT_TTL

    def _passive_command(self) -> str:
        return self._features.passive_command or ("PASV" if self.af == socket.AF_INET else "EPSV")

    def _passive_port(self) -> int:
        """Ask for a data connection in the usual way, and where that is refused, in the other."""
        command = self._passive_command()
        try:
            return self._port_in(command, self.sendcmd(command))
        except (ftplib.error_perm, ftplib.error_proto) as refusal:
            other = "EPSV" if command == "PASV" else "PASV"
            try:
                port = self._port_in(other, self.sendcmd(other))
            except ftplib.Error as error:
                raise ConnectionFailed(
                    f"{self._features.host}: gives no passive connection ({reply_text(refusal)}; "
                    f"{reply_text(error)}); check the network, or use HTTPS"
                ) from error
            logger.debug("%s has no %s, %s is used", self._features.host, command, other)
            self._features.passive_command = other
            return port

    def _port_in(self, command: str, reply: str) -> int:
        """The port in a reply; raises error_proto where there is none that can be."""
        # 464XLAT gateways answer PASV in the form of EPSV (cpython 127478).
        parse_as_epsv = reply.startswith("229") or command == "EPSV"
        try:
            if parse_as_epsv:
                port = ftplib.parse229(reply, self._control.getpeername())[1]
            else:
                port = ftplib.parse227(reply)[1]
        except (ValueError, ftplib.error_reply) as error:
            raise ftplib.error_proto(reply) from error
        if not 0 < port < 1 << 16:
            raise ftplib.error_proto(reply)
        return port

    @property
    def _control(self) -> socket.socket:
        if self.sock is None:
            raise EOFError("not connected")
        return self.sock
