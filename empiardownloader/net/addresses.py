"""TCP connections to a host name, its addresses side by side ("happy eyeballs", RFC 8305)."""

from __future__ import annotations

import _thread
import errno
import ipaddress
import os
import selectors
import socket
import threading
from itertools import zip_longest
from time import monotonic
from typing import Any, List, Optional, Sequence, Tuple, Union

from . import open_sockets

#: Seconds before the next address is tried beside those that have not answered (RFC 8305, 5).
STAGGER = 0.25

_UNDER_WAY = (0, errno.EINPROGRESS, errno.EWOULDBLOCK)


def create_connection(address: Tuple[str, int], timeout: float) -> socket.socket:
    """Connect to the first address of a host that answers, within ``timeout`` seconds.

    The first of two addresses is often dead (IPv6 without a route): it costs 0.25 s, and not the
    whole time-out. Raises OSError like :func:`socket.create_connection`, and ConnectionAbortedError
    once the thread's :mod:`open_sockets` were shut down.
    """
    host, port = address
    waiting = _alternating(_resolve(host, port))
    deadline = monotonic() + timeout
    failure: OSError = OSError(f"{host} has no address")
    # Of the selectors the one without an object of the kernel's: most connections are FTP's for
    # data, one for each file.
    with selectors.PollSelector() as attempts:
        try:
            while waiting or attempts.get_map():
                if waiting:
                    failure = _begin(attempts, waiting.pop(0)) or failure
                left = deadline - monotonic()
                if left <= 0:
                    raise socket.timeout("timed out")
                _check_wanted()
                connected, refused = _next_answer(attempts, min(left, STAGGER))
                if connected is not None:
                    connected.settimeout(timeout)
                    open_sockets.note(connected)
                    return connected
                failure = refused or failure
            raise failure
        finally:
            for key in list(attempts.get_map().values()):
                key.fileobj.close()  # type: ignore[union-attr]  # all are sockets


def _check_wanted() -> None:
    collected_by = open_sockets.current()
    if collected_by is not None and collected_by.is_shut_down():
        raise ConnectionAbortedError(errno.ECONNABORTED, "the connection is not needed any more")


def _resolve(host: str, port: int) -> List[Any]:
    """Return the addresses of a host, or raise as soon as they are not needed any more.

    The system's resolver waits for dead name servers for up to half a minute, and Ctrl+C does not
    interrupt it. So it works in another thread, which is left to itself after an interruption.
    """
    if _is_address(host):  # as of FTP's data connections: nobody is asked
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    answer: List[Union[List[Any], Exception]] = []  # one, once there is any
    is_answered = threading.Event()

    def ask() -> None:
        try:
            answer.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, ValueError, OverflowError) as error:  # names, ports that cannot be
            answer.append(error)
        finally:
            is_answered.set()

    # Not a threading.Thread: Scipion joins all of those at the end of a run.
    _thread.start_new_thread(ask, ())
    while not is_answered.wait(STAGGER):
        _check_wanted()
    found = answer[0] if answer else OSError(f"{host} has no address")
    if isinstance(found, Exception):
        raise found
    return found


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _alternating(found: Sequence[Any]) -> List[Any]:
    """Return the addresses with IPv6 and IPv4 in turn, the system's first one first."""
    first = [info for info in found if info[0] == found[0][0]]
    others = [info for info in found if info[0] != found[0][0]]
    return [info for pair in zip_longest(first, others) for info in pair if info is not None]


def _begin(attempts: selectors.BaseSelector, info: Any) -> Optional[OSError]:
    """Start to connect; return the error of an address that fails at once."""
    family, kind, protocol, _, place = info
    try:
        attempt = socket.socket(family, kind, protocol)
    except OSError as error:  # IPv6 may be switched off, though the name has such an address
        return error
    attempt.setblocking(False)
    code = attempt.connect_ex(place)
    if code not in _UNDER_WAY:
        attempt.close()
        return OSError(code, os.strerror(code))
    attempts.register(attempt, selectors.EVENT_WRITE)
    return None


def _next_answer(
    attempts: selectors.BaseSelector, seconds: float
) -> Tuple[Optional[socket.socket], Optional[OSError]]:
    """Wait for an address to answer; return the connection, or the error of the last refusal."""
    failure = None
    for key, _ in attempts.select(seconds) if attempts.get_map() else ():
        attempt = key.fileobj
        assert isinstance(attempt, socket.socket)
        attempts.unregister(attempt)
        code = attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if not code:
            return attempt, None
        attempt.close()
        failure = OSError(code, os.strerror(code))
    return None, failure
