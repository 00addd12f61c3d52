"""The HTTP session of this package: its User-Agent, connections and parsing of answers."""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import Any, Optional, Tuple
from urllib.parse import quote

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.ssl_ import create_urllib3_context

from ..version import __version__
from . import open_sockets
from .addresses import create_connection

USER_AGENT = (
    f"scipion-em-empiardownloader/{__version__} "
    "(+https://github.com/scipion-em/scipion-em-empiardownloader)"
)
_CONNECT_TIME = 10.0  # seconds, where a caller gives none
_URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


class Session(requests.Session):
    """A session of requests with our User-Agent, tolerant of more servers' answers."""

    def __init__(self) -> None:
        super().__init__()
        self.headers["User-Agent"] = USER_AGENT
        for scheme in ("http://", "https://"):
            self.mount(scheme, _Adapter())

    def get_redirect_target(self, resp: requests.Response) -> Optional[str]:
        """Return a redirect's target; bytes that are not UTF-8 stay unchanged (requests 4926)."""
        if not resp.is_redirect:
            return None
        return quote(resp.headers["Location"].encode("latin-1"), safe=_URL_CHARACTERS)


class _Adapter(HTTPAdapter):
    """Makes the connections of this module, also to proxies."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        # The types of requests for Python 3.8 do not know these two.
        super().init_poolmanager(*args, **options)  # type: ignore[no-untyped-call,unused-ignore]
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(  # type: ignore[no-untyped-call,unused-ignore]
            proxy, **options
        )
        if not proxy.lower().startswith("socks"):  # which has connections of its own
            manager.pool_classes_by_scheme = _POOLS
        return manager


class _Response(http.client.HTTPResponse):
    """Skips all informational answers; http.client skips '100 Continue' only (RFC 8297: 103)."""

    def _read_status(self) -> Tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class _Connecting:
    """Makes urllib3's connections with the addresses of a name side by side."""

    def _new_conn(self: Any) -> socket.socket:
        seconds = self.timeout if isinstance(self.timeout, (int, float)) else _CONNECT_TIME
        try:
            made = create_connection((self._dns_host, self.port), seconds)
        except socket.timeout as error:
            raise ConnectTimeoutError(self, f"{self.host} timed out") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection: {error}") from error
        for option in self.socket_options or ():
            made.setsockopt(*option)
        return made


class _Connection(_Connecting, HTTPConnection):
    response_class = _Response


class _TlsSocket(ssl.SSLSocket):
    """A socket that another thread can shut down also during the handshake."""

    def do_handshake(self, block: bool = False) -> None:
        # TLS takes the descriptor from the socket that was noted when it was connected.
        open_sockets.note(self)
        super().do_handshake(block)


class _SecureConnection(_Connecting, HTTPSConnection):
    response_class = _Response

    def connect(self) -> None:
        if self.ssl_context is None:
            self.ssl_context = create_urllib3_context()
            if not self.ca_certs:  # urllib3 does it for the contexts that it makes itself
                self.ssl_context.load_default_certs()
        self.ssl_context.sslsocket_class = _TlsSocket
        super().connect()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


_POOLS = {"http": _Pool, "https": _SecurePool}
