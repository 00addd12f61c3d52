"""Requests for metadata over HTTP, repeated after failures that may pass, and the others' texts."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

import requests

from ..errors import Retryable
from ..net.http_errors import retry_after
from ..net.proxies import (
    login_sentence,
    proxy_of,
    refusal_sentence,
    remedy_for,
    variable_of,
    without_login,
)
from ..net.retry import retrying
from .errors import ArchiveUnavailable

_NOT_FOUND = frozenset({404, 410})
_RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 30.0  # seconds
# 'OSError: [Errno 111] Connection refused' and "ConnectionResetError(104, 'Connection reset…')".
_SYSTEM_REASON = re.compile(
    r"\[Errno -?\d+\] (?P<text>\w[\w ]*)|Error\(\d+, '(?P<quoted>[^']+)'\)"
)


class _TransientFailure(Retryable):
    """A failure that the next attempt may not meet; ``retry_after`` is the server's wish."""

    def __init__(self, url: str, failure: str, wait: float = 0.0) -> None:
        super().__init__(f"{without_login(url)} {failure}")
        self.failure = failure
        self.retry_after = min(wait, _LONGEST_WAIT)


@dataclass(frozen=True)
class RetryOptions:
    """Time-outs (connect and read, seconds) and number of attempts of a request, and its waits."""

    timeout: Tuple[float, float] = (10, 30)
    attempts: int = 4
    sleep: Callable[[float], object] = time.sleep

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after this many failures in a row: 1, 2, 4 … 30."""
        return min(_LONGEST_WAIT, 2.0 ** min(failures - 1, 10))

    def exhausted(self, failures: int) -> bool:
        """Return True if this many failures in a row are enough."""
        return failures >= self.attempts


def get(
    url: str, session: requests.Session, options: RetryOptions, accept: str = "*/*"
) -> Optional[requests.Response]:
    """Return the answer of an address, None if it does not exist.

    Server errors, 429, time-outs and broken connections are retried; ArchiveUnavailable is raised
    after the last attempt, and at once for errors that cannot pass.
    """
    try:
        return retrying(
            lambda: _get_once(url, session, options.timeout, accept), options, options.sleep
        )
    except _TransientFailure as error:
        raise unavailable(url, error.failure) from error


def get_json(
    url: str, session: requests.Session, options: RetryOptions
) -> Optional[Dict[str, Any]]:
    """Return the JSON object at an address, None if it does not exist.

    Raises ArchiveUnavailable like `get`, and for any content other than a JSON object.
    """
    # Django's framework, which the API is made with, answers a browser with a page.
    response = get(url, session, options, accept="application/json")
    if response is None:
        return None
    try:
        document = response.json()
    except (ValueError, RecursionError):
        raise unavailable(url, _content_failure(response)) from None
    if not isinstance(document, dict):
        raise unavailable(url, "sent JSON that is no object") from None
    return document


def _get_once(
    url: str, session: requests.Session, timeout: Tuple[float, float], accept: str
) -> Optional[requests.Response]:
    with _map_request_errors(url):
        response = session.get(url, timeout=timeout, headers={"Accept": accept})
    status = response.status_code
    if status in _NOT_FOUND:
        return None
    if status == requests.codes.ok:
        _check_length(url, response)
        return response
    failure = _status_failure(url, response)
    if status in _RETRY_STATUSES:
        raise _TransientFailure(url, failure, retry_after(response.headers.get("Retry-After", "")))
    raise unavailable(url, failure)


def _check_length(url: str, response: requests.Response) -> None:
    """Raise for an answer that was cut short, which urllib3 before version 2 does not notice."""
    announced = response.headers.get("Content-Length", "")
    is_whole = "Transfer-Encoding" in response.headers or not announced.isdecimal()
    received = response.raw.tell()  # over the line: the text may have been packed
    if not is_whole and received < int(announced):
        raise _TransientFailure(url, f"sent {received} of {announced} bytes")


def unavailable(url: str, failure: str) -> ArchiveUnavailable:
    """Return the error that names an address, its failure and what to check."""
    proxy = proxy_of(url)
    remedy = remedy_for(url) if proxy else "check the network and the configured address"
    return ArchiveUnavailable(f"{without_login(url)} {failure}: try again later, or {remedy}.")


def _status_failure(url: str, response: requests.Response) -> str:
    """Return the failure of an answer without content, such as 'answered 503 Busy'."""
    answer = f"{response.status_code} {response.reason or ''}".strip()
    if response.status_code == requests.codes.proxy_authentication_required:
        return f"could not be reached ({login_sentence(answer, variable_of(url))})"
    return f"answered {answer}"


def _content_failure(response: requests.Response) -> str:
    """Return the failure of an answer that should have been JSON."""
    start = response.content[:2048].strip().lower()
    kind = "something else" if start else "nothing"
    if b"<html" in start or b"<!doctype html" in start:
        kind = "HTML"
    return f"sent {kind} instead of JSON"


@contextmanager
def _map_request_errors(url: str) -> Iterator[None]:
    """Map all exceptions of requests to _TransientFailure or ArchiveUnavailable."""
    try:
        yield
    except requests.Timeout as error:
        raise _TransientFailure(url, "did not answer in time") from error
    except (
        requests.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ) as error:
        raise _TransientFailure(url, f"could not be reached ({_reason(url, error)})") from error
    except requests.TooManyRedirects as error:
        raise unavailable(url, "redirects in a circle") from error
    # A missing file of certificates is a plain OSError, a strange host name a ValueError.
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise unavailable(url, f"cannot be asked ({reason})") from error


def _reason(url: str, error: Exception) -> str:
    found = _SYSTEM_REASON.search(str(error))
    reason = (found["text"] or found["quoted"]) if found else "the connection broke"
    if isinstance(error, requests.exceptions.ProxyError):
        return refusal_sentence(reason, str(error), variable_of(url))
    if found is None and isinstance(error, requests.exceptions.SSLError):
        return "certificate not accepted"
    return reason
