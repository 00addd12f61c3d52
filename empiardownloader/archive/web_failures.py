"""Failed requests for metadata: those to repeat, and the sentences of those that end."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import Iterator

import requests

from ..errors import Retryable
from ..net.proxies import (
    login_sentence,
    proxy_of,
    refusal_sentence,
    remedy_for,
    variable_of,
    without_login,
)
from .errors import ArchiveUnavailable

LONGEST_WAIT = 30.0  # seconds
# 'OSError: [Errno 111] Connection refused' and "ConnectionResetError(104, 'Connection reset…')".
_SYSTEM_REASON = re.compile(
    r"\[Errno -?\d+\] (?P<text>\w[\w ]*)|Error\(\d+, '(?P<quoted>[^']+)'\)"
)


class TransientFailure(Retryable):
    """A failure that the next attempt may not meet; ``retry_after`` is the server's wish."""

    def __init__(self, url: str, failure: str, wait: float = 0.0) -> None:
        super().__init__(f"{without_login(url)} {failure}")
        self.failure = failure
        self.retry_after = min(wait, LONGEST_WAIT)


def unavailable(url: str, failure: str) -> ArchiveUnavailable:
    """Return the error that names an address, its failure and what to check."""
    proxy = proxy_of(url)
    remedy = remedy_for(url) if proxy else "check the network and the configured address"
    return ArchiveUnavailable(f"{without_login(url)} {failure}: try again later, or {remedy}.")


def status_failure(url: str, response: requests.Response) -> str:
    """Return the failure of an answer without content, such as 'answered 503 Busy'."""
    answer = f"{response.status_code} {response.reason or ''}".strip()
    if response.status_code == requests.codes.proxy_authentication_required:
        return f"could not be reached ({login_sentence(answer, variable_of(url))})"
    return f"answered {answer}"


def content_failure(response: requests.Response) -> str:
    """Return the failure of an answer that should have been JSON."""
    start = response.content[:2048].strip().lower()
    kind = "something else" if start else "nothing"
    if b"<html" in start or b"<!doctype html" in start:
        kind = "HTML"
    return f"sent {kind} instead of JSON"


@contextmanager
def map_request_errors(url: str) -> Iterator[None]:
    """Map all exceptions of requests to TransientFailure or ArchiveUnavailable."""
    try:
        yield
    except requests.Timeout as error:
        raise TransientFailure(url, "did not answer in time") from error
    except (
        requests.ConnectionError,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.ContentDecodingError,
    ) as error:
        raise TransientFailure(url, f"could not be reached ({_reason(url, error)})") from error
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
