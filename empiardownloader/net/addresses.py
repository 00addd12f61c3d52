"""TCP connections to a host name, its addresses side by side ("happy eyeballs", RFC 8305)."""

from __future__ import annotations

import errno
import os
import selectors
import socket
from itertools import zip_longest
from time import monotonic
from typing import Any, List, Optional, Sequence, Tuple

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
    waiting = _alternating(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    deadline = monotonic() + timeout
    failure: OSError = OSError(f"{host} has no address")
    with selectors.DefaultSelector() as attempts:
        try:
            while waiting or attempts.get_map():
                if waiting:
                    failure = _begin(attempts, waiting.pop(0)) or failure
                left = deadline - monotonic()
                if left <= 0:
                    raise socket.timeout("timed out")
                if _is_unwanted():
                    raise ConnectionAbortedError(errno.ECONNABORTED, "not wanted any more")
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


def _is_unwanted() -> bool:
    collected_by = open_sockets.current()
    return collected_by is not None and collected_by.is_shut_down()


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
