"""Maps exceptions of requests, urllib3 and http.client, and HTTP statuses, to our errors."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Iterator, Sequence, Set, Type
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidSchema, InvalidURL, ProxyError, SSLError
from urllib3 import exceptions as urllib3

from ..errors import FatalError, Retryable, TransferError, no_descriptors
from .errors import (
    ConnectionCut,
    ConnectionFailed,
    FileMissing,
    NoResponse,
    SizeMismatch,
    Stalled,
    TooManyConnections,
)
from .proxies import login_sentence, proxy_of, refusal_sentence, remedy_for, variable_of

LONGEST_RETRY_AFTER = 60.0  # seconds; who asks for more is asked again sooner all the same

_WRAPPERS = (requests.RequestException, urllib3.HTTPError)
_BAD_CERTIFICATE = re.compile(
    r"certificate verify failed: (?P<reason>[^()]*[^() .])|(?P<name>hostname '.*' doesn't match)"
)
_NO_BUNDLE = "CA certificate bundle"


class ServerBusy(TooManyConnections):
    """The server is overloaded (HTTP 429, 503); ``retry_after`` is its waiting time in seconds."""

    def __init__(self, text: str, retry_after: float = 0.0) -> None:
        super().__init__(text, "the server asks to be left alone for now")
        self.retry_after = retry_after


@dataclass(frozen=True)
class Peer:
    """The other end of a connection, for sentences: a host, and the proxy on the way to it.

    ``variable`` is the environment's name of the proxy, ``remedy`` what a user can check;
    ``is_fresh``: this connection has not answered yet.
    """

    host: str
    proxy: str
    variable: str
    remedy: str
    is_fresh: bool = False

    @classmethod
    def of(cls, url: str) -> Peer:
        """Return the peer of a URL, with the proxy that the environment names for it."""
        host = urlsplit(url).netloc.rpartition("@")[2]
        return cls(host, proxy_of(url), variable_of(url), remedy_for(url))

    @property
    def sender(self) -> str:
        """The sender of an answer: the host, or its proxy."""
        return f"{self.host} (or the proxy {self.proxy})" if self.proxy else self.host


@contextlib.contextmanager
def map_http_errors(what: str, peer: Peer) -> Iterator[None]:
    """Map the exceptions of requests and of the libraries below it to ours.

    ``what`` is the subject of a sentence about a file.
    """
    try:
        yield
    except TransferError:
        raise
    # Broken headers and addresses of redirects are ValueErrors, UnicodeErrors among them.
    except (OSError, HTTPException, urllib3.HTTPError, ValueError) as error:
        raise _mapped(error, what, peer) from error


def check_status(what: str, response: requests.Response) -> None:
    """Raise the error for any status other than 200 and 206."""
    status, answer = response.status_code, f"{response.status_code} {response.reason or ''}".strip()
    if status in (200, 206):
        return
    if status in (429, 503):
        wait = retry_after(response.headers.get("Retry-After", ""))
        raise ServerBusy(f"{what}: the server asks to be left alone for now ({answer})", wait)
    if status == 407:
        raise ConnectionFailed(login_sentence(answer, variable_of(response.url)))
    if status == 416:
        raise SizeMismatch(f"{what}: the server's file ends before the part that is asked for")
    # 421: asked over the connection of another host (RFC 9110, 15.5.20); a new one may do.
    if 400 <= status < 500 and status not in (408, 421):
        raise FileMissing(f"{what}: the server refuses to send this file ({answer})")
    raise ConnectionCut(f"{what}: the server answers {answer}")


def retry_after(text: str) -> float:
    """Return the bounded seconds of a Retry-After header of either form, 0 for any other text."""
    try:
        if text.isdecimal():
            seconds = float(text)
        else:
            seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _mapped(error: Exception, what: str, peer: Peer) -> TransferError:
    causes = list(_causes(error, set()))

    def met(*kinds: Type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    host, reason = peer.host, _reason(causes)
    shortage = no_descriptors(causes)
    if shortage is not None:
        return shortage
    if met(SSLError) and "certificate" in str(error).lower():
        return _not_trusted(host, str(error))
    if met(InvalidSchema, InvalidURL) or _NO_BUNDLE in str(error):
        remedy = peer.remedy if peer.proxy else "check the address and the proxy"
        return FatalError(f"{host}: cannot be asked ({reason}); {remedy}")
    if met(ProxyError):
        sentence = refusal_sentence(reason, str(error), peer.variable)
        return ConnectionFailed(f"{host}: {sentence}")
    if met(requests.ConnectTimeout):
        text = f"{host}: does not answer; {peer.remedy}"
        return ConnectionFailed(text, "the server does not answer")
    if met(urllib3.NewConnectionError) or (peer.is_fresh and met(SSLError)):
        return ConnectionFailed(f"{host}: cannot connect ({reason}); {peer.remedy}", reason.lower())
    if met(requests.Timeout, urllib3.TimeoutError, socket.timeout):
        return _silent(what, peer)
    if met(requests.TooManyRedirects):
        return FileMissing(f"{what}: the server redirects in a circle")
    return _lost(what, peer, reason, peer.is_fresh and not met(ValueError))


def _lost(what: str, peer: Peer, reason: str, is_refusal: bool) -> Retryable:
    if is_refusal:
        # So it refuses connections: more than some sixteen of one address, seen at EBI.
        return TooManyConnections(f"{peer.host}: the server cut the connection off ({reason})")
    return ConnectionCut(f"{what}: the connection was lost ({reason})", "the connection was lost")


def _silent(what: str, peer: Peer) -> Stalled:
    if peer.is_fresh:
        return NoResponse(
            f"{peer.host}: accepts the connection and does not answer; {peer.remedy}, or try later",
            "the server does not answer",
        )
    return Stalled(f"{what}: the server sends no data", "the server sends no data")


def _not_trusted(host: str, text: str) -> FatalError:
    found = _BAD_CERTIFICATE.search(text)
    reason = found.group("reason") or found.group("name") if found else "not valid"
    return FatalError(
        f"{host}: its certificate is not accepted ({reason}): check this machine's clock; behind a "
        "proxy that opens encrypted connections, name its certificate in REQUESTS_CA_BUNDLE"
    )


def _causes(error: BaseException, seen: Set[int]) -> Iterator[BaseException]:
    """Yield the error and the errors it wraps; each library stores the cause elsewhere."""
    if id(error) in seen:
        return
    seen.add(id(error))
    yield error
    for inner in (error.__cause__, error.__context__, *error.args, getattr(error, "reason", None)):
        if isinstance(inner, BaseException):
            yield from _causes(inner, seen)


def _reason(causes: Sequence[BaseException]) -> str:
    """Return the system's message, without those of the libraries around it."""
    for cause in causes:
        if isinstance(cause, (OSError, HTTPException)) and not isinstance(cause, _WRAPPERS):
            text = (isinstance(cause, OSError) and cause.strerror) or str(cause)
            return " ".join(str(text).split()) or type(cause).__name__
    return " ".join(str(causes[0]).split())[:200]
