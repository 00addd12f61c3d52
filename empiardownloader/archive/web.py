"""How an address of an archive is asked, and asked again.

All that requests can raise is mapped here: what may pass is asked again with growing waits
(:func:`~empiardownloader.net.retry.retrying`),
and whatever is left becomes ArchiveUnavailable.
"""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

import requests

from ..errors import Retryable
from ..net.http_errors import retry_after
from ..net.retry import retrying
from ..net.session import Session
from .errors import ArchiveUnavailable

_NOTHING_THERE = frozenset({404, 410})
_MAY_PASS = frozenset({429, 500, 502, 503, 504})
_LONGEST_WAIT = 30.0
# 'OSError: [Errno 111] Connection refused' and "ConnectionResetError(104, 'Connection reset…')".
_REASON = re.compile(r"\[Errno -?\d+\] (?P<a>\w[\w ]*)|Error\(\d+, '(?P<b>[^']+)'\)")


def growing_wait(attempt: int) -> float:
    """Return the seconds to wait after a failed attempt, counted from 1: 1, 2, 4 … 30."""
    return min(_LONGEST_WAIT, 2.0 ** min(attempt - 1, 10))


@dataclass(frozen=True)
class Patience:
    """How long one answer is waited for (connect and read, seconds), and how often it is asked."""

    timeout: Tuple[float, float] = (10, 30)
    attempts: int = 4
    wait_after: Callable[[int], float] = growing_wait
    sleep: Callable[[float], object] = time.sleep

    def wait(self, failures: int) -> float:
        """Seconds to wait after so many failures in a row."""
        return self.wait_after(failures)

    def exhausted(self, failures: int) -> bool:
        """Return True if so many failures in a row are enough."""
        return failures >= self.attempts


class _MayPass(Retryable):
    """A failure that the next attempt may not meet; its text is the address and what came."""

    def __init__(self, url: str, what_came: str, wait: float = 0.0) -> None:
        super().__init__(f"{url} {what_came}")
        self.what_came = what_came
        self.retry_after = min(wait, _LONGEST_WAIT)


@contextmanager
def opened(session: Optional[requests.Session]) -> Iterator[requests.Session]:
    """Lend the caller's own session, or one that is closed afterwards."""
    if session is not None:
        yield session
        return
    with Session() as own:
        yield own


def unavailable(url: str, what_came: str) -> ArchiveUnavailable:
    """Return the error that names an address and what came from it."""
    return ArchiveUnavailable(
        f"{url} {what_came}: try again later, or check the network and the configured address."
    )


def ask(
    url: str, session: requests.Session, patience: Patience, accept: str = "*/*"
) -> Optional[requests.Response]:
    """Return the answer of an address, None where it says that nothing is there.

    Server errors, 429, time-outs and broken connections are asked again; ArchiveUnavailable
    is raised after the last attempt, and at once for what cannot pass.
    """
    try:
        return retrying(
            lambda: _ask_once(url, session, patience.timeout, accept), patience, patience.sleep
        )
    except _MayPass as failure:
        raise unavailable(url, failure.what_came) from failure


def ask_json(url: str, session: requests.Session, patience: Patience) -> Optional[Dict[str, Any]]:
    """Return the JSON object at an address, None where it says that nothing is there.

    Raises ArchiveUnavailable like ask, and for HTML or any other thing than a JSON object.
    """
    # Django's framework, which the API is made with, answers a browser with a page.
    response = ask(url, session, patience, accept="application/json")
    if response is None:
        return None
    try:
        document = response.json()
    except (ValueError, RecursionError):
        raise unavailable(url, f"sent {_kind_of_text(response)} instead of JSON") from None
    if not isinstance(document, dict):
        raise unavailable(url, "sent JSON that is no object") from None
    return document


def _ask_once(
    url: str, session: requests.Session, timeout: Tuple[float, float], accept: str
) -> Optional[requests.Response]:
    with _mapped(url):
        response = session.get(url, timeout=timeout, headers={"Accept": accept})
    status = response.status_code
    if status in _NOTHING_THERE:
        return None
    if status == requests.codes.ok:
        _check_length(url, response)
        return response
    what_came = f"answered {status} {response.reason or ''}".strip()
    if status in _MAY_PASS:
        raise _MayPass(url, what_came, retry_after(response.headers.get("Retry-After", "")))
    raise unavailable(url, what_came)


def _check_length(url: str, response: requests.Response) -> None:
    """Raise for an answer that was cut short, which urllib3 before version 2 does not notice."""
    announced = response.headers.get("Content-Length", "")
    whole = "Transfer-Encoding" in response.headers or not announced.isdecimal()
    came = response.raw.tell()  # over the line: the text may have been packed
    if not whole and came < int(announced):
        raise _MayPass(url, f"sent {came} of {announced} bytes")


@contextmanager
def _mapped(url: str) -> Iterator[None]:
    try:
        yield
    except requests.Timeout as error:
        raise _MayPass(url, "did not answer in time") from error
    except (
        requests.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ) as error:
        raise _MayPass(url, f"could not be reached ({_reason(error)})") from error
    except requests.TooManyRedirects as error:
        raise unavailable(url, "redirects in a circle") from error
    # A missing file of certificates is a plain OSError, a strange host name a ValueError.
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise unavailable(url, f"cannot be asked ({reason})") from error


def _reason(error: Exception) -> str:
    match = _REASON.search(str(error))
    if match:
        return match.group("a") or match.group("b")
    kind = "certificate not accepted" if isinstance(error, requests.exceptions.SSLError) else ""
    return kind or "the connection broke"


def _kind_of_text(response: requests.Response) -> str:
    start = response.content[:2048].strip().lower()
    if not start:
        return "nothing"
    is_page = b"<html" in start or b"<!doctype html" in start
    return "HTML" if is_page else "something else"
