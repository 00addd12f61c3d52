"""Fetching an entry's document: from the API, from its old address, from the file server."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

import requests

from ..net.session import Session
from .entry import find_entry
from .entry_id import entry_number
from .entry_xml import document_from_xml
from .errors import ArchiveError, ArchiveUnavailable, UnknownEntry
from .json_values import as_line
from .web import RetryOptions, get, get_json, unavailable

logger = logging.getLogger(__name__)

LIVE_API_URL = "https://www.ebi.ac.uk/empiar/api/entry"
OLD_API_URL = "https://www.ebi.ac.uk/pdbe/emdb/empiar/api/entry"

Document = Dict[str, Any]

#: Returns an entry's XML file from the file server by its number, or None; raises
#: ArchiveUnavailable.
FetchEntryXml = Callable[[str], Optional[bytes]]

_Read = Callable[[str, str, requests.Session, RetryOptions], Optional[Document]]


@dataclass(frozen=True)
class _Source:
    """An address that may describe an entry, and the function that reads its answer."""

    url: str
    read: _Read
    is_entry_xml: bool = False


def fetch_document(
    number: str,
    api_url: str = LIVE_API_URL,
    *,
    fallback_urls: Optional[Sequence[str]] = None,
    files_url: str = "",
    fetch_entry_xml: Optional[FetchEntryXml] = None,
    timeout: Tuple[float, float] = (10, 30),
    attempts: int = 4,
    sleep: Callable[[float], object] = time.sleep,
) -> Document:
    """Return the document that describes an entry, in the shape of the API's answer.

    The sources in this order: ``<api_url>/<number>/``, the same below each fall-back, and
    ``<files_url>/<number>/<number>.xml`` if files_url is an HTTP address; then, unless that file is
    known to be missing, fetch_entry_xml, another way to it. Without fallback_urls the API's old
    address is the fall-back of the live one, and a mirror has none.

    Raises UnknownEntry if the first address has no such entry and no other has it,
    ArchiveUnavailable if the first gave no usable answer and no other did, and BadEntryId for a bad
    number. timeout is (connect, read) in seconds.
    """
    number = entry_number(number)
    if fallback_urls is None:
        fallback_urls = (OLD_API_URL,) if api_url.rstrip("/") == LIVE_API_URL else ()
    sources = _sources(number, [api_url, *fallback_urls], files_url, fetch_entry_xml)
    with Session() as web:
        return _first_answer(number, sources, web, RetryOptions(timeout, attempts, sleep))


def _sources(
    number: str, api_urls: Sequence[str], files_url: str, fetch_entry_xml: Optional[FetchEntryXml]
) -> List[_Source]:
    sources = [_Source(f"{url.rstrip('/')}/{number}/", _read_api) for url in api_urls]
    if files_url.lower().startswith(("http://", "https://")):
        url = f"{files_url.rstrip('/')}/{number}/{number}.xml"
        sources.append(_Source(url, _read_entry_xml, is_entry_xml=True))
    if fetch_entry_xml is not None:
        read = _entry_xml_by(fetch_entry_xml)
        sources.append(_Source("the file server", read, is_entry_xml=True))
    return sources


def _first_answer(
    number: str, sources: Sequence[_Source], web: requests.Session, options: RetryOptions
) -> Document:
    """Return the first document received; if there is none, raise the first source's error.

    A connection error of an old address must not hide that the API itself has no such entry.
    """
    refusal: Optional[ArchiveError] = None
    for source in sources:
        outcome = _outcome(number, source, web, options)
        if not isinstance(outcome, ArchiveError):
            return outcome
        logger.info("EMPIAR-%s: %s", number, outcome)
        refusal = refusal or outcome
        if source.is_entry_xml and isinstance(outcome, UnknownEntry):
            break  # another way leads to the same files
        # The other sources are a second chance, not worth minutes, least of all after a clear 404.
        later = 1 if isinstance(refusal, UnknownEntry) else 2
        options = replace(options, attempts=min(options.attempts, later))
    assert refusal is not None
    raise refusal


def _outcome(
    number: str, source: _Source, web: requests.Session, options: RetryOptions
) -> Document | ArchiveError:
    try:
        document = source.read(source.url, number, web, options)
    except ArchiveUnavailable as error:
        return error
    if document is not None:
        return document
    return UnknownEntry(
        f"EMPIAR has no released entry EMPIAR-{number}: check the number at "
        f"https://www.ebi.ac.uk/empiar/ (asked: {source.url})."
    )


def _read_api(
    url: str, number: str, web: requests.Session, options: RetryOptions
) -> Optional[Document]:
    document = get_json(url, web, options)
    if document is None or find_entry(document, number):
        return document
    detail = as_line(document.get("detail"))
    if detail and "not found" not in detail.lower():
        raise unavailable(url, f"sent no entry but the message {detail[:200]!r}")
    return None


def _read_entry_xml(
    url: str, number: str, web: requests.Session, options: RetryOptions
) -> Optional[Document]:
    response = get(url, web, options)
    return None if response is None else document_from_xml(response.content, number)


def _entry_xml_by(fetch_entry_xml: FetchEntryXml) -> _Read:
    def read(_: str, number: str, *__: object) -> Optional[Document]:
        content = fetch_entry_xml(number)
        return None if content is None else document_from_xml(content, number)

    return read
