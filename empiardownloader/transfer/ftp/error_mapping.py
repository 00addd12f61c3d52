"""Maps exceptions of ftplib and its sockets to our errors."""

from __future__ import annotations

import contextlib
import ftplib
import re
import socket
from typing import Iterator

from ...errors import TransferError, no_descriptors
from ...net.errors import (
    AnonymousLoginRefused,
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    Stalled,
    TooManyConnections,
)

# '530 Too many users', 'maximum number of clients', 'User limit reached', 'no slots', 'busy'
_TOO_MANY = re.compile(
    r"many|maximum|limit|connections|slots?\b|busy|overload|try (?:again )?later|\bfull\b",
    re.IGNORECASE,
)


@contextlib.contextmanager
def map_ftp_errors(what: str, connecting: bool = False) -> Iterator[None]:
    """Map exceptions of ftplib and its sockets to ours; ``what`` is the subject of the sentence."""
    try:
        yield
    except TransferError:
        raise
    except ftplib.error_temp as error:
        raise _transient_reply(what, reply_text(error)) from error
    except ftplib.error_perm as error:
        raise _permanent_reply(what, reply_text(error), connecting) from error
    except socket.timeout as error:
        raise _timed_out(what, connecting) from error
    # ValueErrors are of numbers that cannot be read and of host names that cannot be.
    except (OSError, EOFError, ftplib.Error, ValueError, OverflowError) as error:
        raise _connection_lost(what, error, connecting) from error


def reply_text(reply: object) -> str:
    """A reply on one line, in the letters that it was written in."""
    text = str(reply).encode("latin-1", "replace").decode("utf-8", "replace")
    return " ".join(text.split())


def _transient_reply(what: str, reply: str) -> TransferError:
    if reply.startswith(("421", "425")):
        return TooManyConnections(f"{what}: the server has no room for a connection ({reply})")
    return ConnectionCut(f"{what}: {reply}")


def _permanent_reply(what: str, reply: str, connecting: bool) -> TransferError:
    # ProFTPD counts at login and answers 530, vsftpd at the connection with 421.
    if (connecting or reply.startswith("530")) and _TOO_MANY.search(reply):
        return TooManyConnections(f"{what}: the server has no room for a connection ({reply})")
    if connecting:
        sentence = f"{what}: no anonymous login here ({reply}); check the FTP address"
        return AnonymousLoginRefused(sentence)
    if reply.startswith("530"):
        return ConnectionCut(f"{what}: {reply}")
    return FileMissing(f"{what}: the server refuses to send this file ({reply})")


def _timed_out(what: str, connecting: bool) -> TransferError:
    if connecting:
        text = f"{what}: does not answer; check the address and the network"
        return ConnectionFailed(text, "the server does not answer")
    return Stalled(f"{what}: the server sends no data", "the server sends no data")


def _connection_lost(what: str, error: Exception, connecting: bool) -> TransferError:
    shortage = no_descriptors([error])
    if shortage is not None:
        return shortage
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    if connecting:
        if isinstance(error, (ConnectionResetError, EOFError)):
            # Logins that come close together are cut off, seen at EBI.
            return TooManyConnections(f"{what}: the server cut the login off ({reason})")
        text = f"{what}: cannot connect ({reason}); check the address and the network"
        return ConnectionFailed(text, reason.lower())
    if isinstance(error, ConnectionRefusedError):
        return TooManyConnections(f"{what}: the server refuses a data connection ({reason})")
    return ConnectionCut(f"{what}: the connection was lost ({reason})", "the connection was lost")
