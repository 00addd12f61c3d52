"""The FTP server of the miniature archive: pyftpdlib, anonymous and read-only."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer

from empiardownloader.demo.server.faults import FaultCounter, RateLimiter, TransferFaults
from empiardownloader.demo.server.request_log import RequestLog
from empiardownloader.demo.server.settings import ServerSettings, SettingsFile, matches

PRIVATE_ADDRESS = "10.34.22.86"
PATH_COMMANDS = ("CWD", "LIST", "MDTM", "MLSD", "MLST", "NLST", "RETR", "SIZE", "XCWD")
_LISTING_COMMANDS = ("MLSD", "MLST")
_WITHOUT_MLSD = {k: v for k, v in FTPHandler.proto_cmds.items() if k not in _LISTING_COMMANDS}
_BLOCK = 1 << 20


class DataChannel(DTPHandler):
    """A data connection with the rate limit and the faults of the file that it sends."""

    ac_out_buffer_size = _BLOCK

    def __init__(self, sock: socket.socket, cmd_channel: ControlChannel) -> None:
        self._faults: Optional[TransferFaults] = None
        self._halted = False
        self._path = ""
        super().__init__(sock, cmd_channel)

    def push_with_producer(self, producer: Any) -> None:
        """Start to send a listing, or a file with its faults."""
        if self.file_obj is not None:
            session = self.cmd_channel
            self._path = session.fs.fs2ftp(self.file_obj.name)
            self._faults = TransferFaults(
                self._path, session.settings, session.server.fault_counter
            )
            session.rate_limiter.begin()
        super().push_with_producer(producer)

    def use_sendfile(self) -> bool:
        """Let the kernel send files without faults and rate limit."""
        return not self._faults and self._rate() <= 0 and super().use_sendfile()

    def initiate_send(self) -> None:
        """Send the next piece, or the end of the transfer, once the rate allows it."""
        if self._halted:
            return
        if self._faults is not None:
            fault = self._faults.next_fault(self.tot_bytes_sent)
            if fault is not None:
                self._halt(fault)
                return
            wait = self.cmd_channel.rate_limiter.wait()
            if wait > 0:
                self._sleep(wait)
                return
        super().initiate_send()

    def send(self, data: bytes) -> int:
        """Send as much of `data` as the rate and the next fault allow."""
        if self._faults is None:
            return super().send(data)
        rate = self._rate()
        rate_limiter = self.cmd_channel.rate_limiter
        size = self._faults.room(self.tot_bytes_sent, rate_limiter.piece(len(data), rate))
        sent = super().send(memoryview(data)[:size])
        rate_limiter.sent(sent, rate)
        return sent

    def _rate(self) -> float:
        return self.cmd_channel.settings.rate_of(self._path)

    def _sleep(self, seconds: float) -> None:
        self.del_channel()
        self._halted = True
        self.call_later(seconds, self._wake)

    def _wake(self) -> None:
        self._halted = False
        self.add_channel(events=self.ioloop.WRITE)

    def _halt(self, fault: str) -> None:
        """Send nothing more; a cut also closes the session, after the caller has returned."""
        self.del_channel()
        self._halted = True
        if fault == "cut":
            self.ioloop.call_later(0, self.cmd_channel.close)


class Files(AbstractedFS):
    """The served tree; a setting can falsify the sizes in its listings."""

    def format_list(self, basedir: str, listing: Any, ignore_err: bool = True) -> Iterator[bytes]:
        """Yield the lines of LIST."""
        self._size_off = self.cmd_channel.settings.list_size_off
        yield from super().format_list(basedir, listing, ignore_err)
        for name in self.cmd_channel.settings.listed_too:
            yield f"-rw-r--r--   1 ftp      ftp          1576 Oct 04  2019 {name}\r\n".encode()

    def format_mlsx(self, *args: Any, **kwargs: Any) -> Iterator[bytes]:
        """Yield the lines of MLSD."""
        self._size_off = self.cmd_channel.settings.list_size_off
        yield from super().format_mlsx(*args, **kwargs)
        for name in self.cmd_channel.settings.listed_too:
            yield f"type=file;size=1576;modify=20191004161354; {name}\r\n".encode()

    def stat(self, path: str) -> os.stat_result:
        """Return the state of a path for listings, links followed."""
        return self._falsified(super().stat(path))

    def lstat(self, path: str) -> os.stat_result:
        """Return the state of a path for listings, links not followed."""
        return self._falsified(super().lstat(path))

    def _falsified(self, status: os.stat_result) -> os.stat_result:
        off = getattr(self, "_size_off", 0)
        if not off or (status.st_mode & 0o170000) != 0o100000:
            return status
        values = list(status)
        values[6] = max(0, status.st_size + off)
        return os.stat_result(values)


class ControlChannel(FTPHandler):
    """One FTP session."""

    dtp_handler = DataChannel
    abstracted_fs = Files
    auth_failed_timeout = 0

    def __init__(self, conn: socket.socket, server: ArchiveFTPServer, ioloop: Any = None) -> None:
        self.server = server
        self.rate_limiter = RateLimiter()
        self.session = server.log.new_session("ftp")
        super().__init__(conn, server, ioloop=ioloop)

    @property
    def settings(self) -> ServerSettings:
        """The settings at this moment."""
        return self.server.settings_file.current()

    @property
    def authorizer(self) -> DummyAuthorizer:
        """The users and their permissions; pyftpdlib reads it."""
        return self.server.authorizer

    @property
    def proto_cmds(self) -> Dict[str, Any]:
        """The supported commands; pyftpdlib reads it, and builds the FEAT reply from it."""
        return FTPHandler.proto_cmds if self.settings.ftp_mlsd else _WITHOUT_MLSD

    @property
    def masquerade_address(self) -> Optional[str]:
        """The address in PASV replies; pyftpdlib reads it."""
        return PRIVATE_ADDRESS if self.settings.private_pasv else None

    def handle(self) -> None:
        """Greet, as vsftpd does with a banner of several lines."""
        self.server.log.add("ftp", self.session, "CONNECT", self.remote_ip)
        self._after_latency(self._greet)

    def _greet(self) -> None:
        lines = self.settings.ftp_banner.split("\n")
        for line in lines[:-1]:
            self.push(f"220-{line}\r\n")
        self.respond(f"220 {lines[-1]}")

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        """Log a command and answer it after the latency."""
        if cmd in ("LIST", "NLST") and arg.startswith("-"):
            arg = arg.partition(" ")[2]
            line = f"{cmd} {arg}".strip()
        path = self._ftp_path(cmd, arg)
        self.server.log.add("ftp", self.session, cmd, path, self._offset(cmd, arg))
        self._after_latency(self._answer, line, cmd, arg, path)

    def ftp_LIST(self, path: str) -> Any:  # noqa: N802
        """List a folder; a missing folder gives an empty listing, as vsftpd does."""
        if self.settings.ftp_mlsd or self.fs.lexists(path):
            return super().ftp_LIST(path)
        self.push_dtp_data(b"", cmd="LIST")
        return path

    def ftp_RETR(self, file: str) -> Any:  # noqa: N802
        """Send a file, from the offset that was asked for unless the settings say otherwise."""
        if self.settings.wrong_offsets:
            self._restart_position = 0
        return super().ftp_RETR(file)

    def _after_latency(self, answer: Callable[..., None], *args: Any) -> None:
        latency = self.settings.latency
        if latency > 0:
            self.call_later(latency, answer, *args)
        else:
            answer(*args)

    def _answer(self, line: str, cmd: str, arg: str, path: str) -> None:
        refusal = self._refusal(cmd, path)
        if refusal is not None:
            self.respond(refusal)
        else:
            super().pre_process_command(line, cmd, arg)

    def _refusal(self, cmd: str, path: str) -> Optional[str]:
        settings = self.settings
        if cmd in _LISTING_COMMANDS and not settings.ftp_mlsd:
            return "500 Unknown command."
        if cmd == "PASS" and settings.refuse_login:
            return "530 Login incorrect."
        if cmd == "PASS" and self.server.fault_counter.take("busy", settings):
            return "530 Sorry, too many connections for this user."
        if (cmd == "REST" and settings.refuse_rest) or cmd in settings.refused_commands:
            return f"502 {cmd} command not implemented."
        if cmd in PATH_COMMANDS and self.authenticated and matches(path, settings.missing):
            return "550 Failed to open file."
        return None

    def _ftp_path(self, cmd: str, arg: str) -> str:
        """Return the full path that a command names, else its argument; '' for PASS."""
        if cmd == "PASS":
            return ""
        if cmd not in PATH_COMMANDS or self.fs is None:
            return arg
        return self.fs.ftpnorm(arg)

    def _offset(self, cmd: str, arg: str) -> int:
        if cmd == "REST":
            return int(arg) if arg.isdigit() else 0
        return self._restart_position if cmd == "RETR" else 0


class ArchiveFTPServer(FTPServer):
    """Serves the folder `home` as `/`; refuses sessions above the limits of the settings."""

    max_cons = 0

    def __init__(
        self,
        address: Tuple[str, int],
        home: Path,
        settings_file: SettingsFile,
        log: RequestLog,
        fault_counter: FaultCounter,
    ) -> None:
        self.settings_file = settings_file
        self.log = log
        self.fault_counter = fault_counter
        self.authorizer = DummyAuthorizer()
        self.authorizer.add_anonymous(
            str(home), perm="elr", msg_login="Login successful.", msg_quit="Goodbye."
        )
        super().__init__(address, ControlChannel)

    def handle_accepted(self, sock: socket.socket, addr: Tuple[str, int]) -> Any:
        """Open a session, or reply 421 in vsftpd's words and close."""
        refusal = self._refusal(addr[0])
        if refusal is None:
            return super().handle_accepted(sock, addr)
        self.log.add("ftp", self.log.new_session("ftp"), "CONNECT", addr[0], reply=421)
        try:
            sock.sendall(refusal.encode() + b"\r\n")
        except OSError:
            pass
        finally:
            sock.close()
        return None

    def _refusal(self, address: str) -> Optional[str]:
        settings = self.settings_file.current()
        if settings.max_connections and len(self.ip_map) >= settings.max_connections:
            return "421 There are too many connected users, please try later."
        if settings.max_per_address and self.ip_map.count(address) >= settings.max_per_address:
            return "421 There are too many connections from your internet address."
        return None
