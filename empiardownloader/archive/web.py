"""Requests for metadata over HTTP, repeated after failures that may pass."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

import requests

from ..net.http_errors import retry_after
from ..net.retry import retrying
from ..net.session import Session
from .web_failures import (
    LONGEST_WAIT,
    TransientFailure,
    content_failure,
    map_request_errors,
    status_failure,
    unavailable,
)

_NOT_FOUND = frozenset({404, 410})
_RETRY_STATUSES = frozenset({429, 500, 502, 503, 504})


def growing_wait(attempt: int) -> float:
    """Return the seconds to wait after a failed attempt, counted from 1: 1, 2, 4 … 30."""
    return min(LONGEST_WAIT, 2.0 ** min(attempt - 1, 10))


@dataclass(frozen=True)
class RetryOptions:
    """Time-outs (connect and read, seconds) and number of attempts of a request, and its waits."""

    timeout: Tuple[float, float] = (10, 30)
    attempts: int = 4
    wait_after: Callable[[int], float] = growing_wait
    sleep: Callable[[float], object] = time.sleep

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after this many failures in a row."""
        return self.wait_after(failures)

    def exhausted(self, failures: int) -> bool:
        """Return True if this many failures in a row are enough."""
        return failures >= self.attempts


@contextmanager
def borrowed_session(session: Optional[requests.Session]) -> Iterator[requests.Session]:
    """Lend the caller's own session, or one that is closed afterwards."""
    if session is not None:
        yield session
        return
    with Session() as own:
        yield own


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
    except TransientFailure as error:
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
        raise unavailable(url, content_failure(response)) from None
    if not isinstance(document, dict):
        raise unavailable(url, "sent JSON that is no object") from None
    return document


def _get_once(
    url: str, session: requests.Session, timeout: Tuple[float, float], accept: str
) -> Optional[requests.Response]:
    with map_request_errors(url):
        response = session.get(url, timeout=timeout, headers={"Accept": accept})
    status = response.status_code
    if status in _NOT_FOUND:
        return None
    if status == requests.codes.ok:
        _check_length(url, response)
        return response
    failure = status_failure(url, response)
    if status in _RETRY_STATUSES:
        raise TransientFailure(url, failure, retry_after(response.headers.get("Retry-After", "")))
    raise unavailable(url, failure)


def _check_length(url: str, response: requests.Response) -> None:
    """Raise for an answer that was cut short, which urllib3 before version 2 does not notice."""
    announced = response.headers.get("Content-Length", "")
    is_whole = "Transfer-Encoding" in response.headers or not announced.isdecimal()
    received = response.raw.tell()  # over the line: the text may have been packed
    if not is_whole and received < int(announced):
        raise TransientFailure(url, f"sent {received} of {announced} bytes")
