"""The answers to MLSD and LIST as items: the lines, MLSD's facts, and lines that are no items.

EMPIAR's server greets like vsftpd, which has no MLSD; mirrors and test servers have it.
"""

from __future__ import annotations

import logging
import re
from typing import Callable, List, Optional

from ...net.errors import ListingUnreadable
from ..base import ListingItem
from .list_lines import BEGINNING, believable_size, list_item

logger = logging.getLogger(__name__)

# 'total 12', 'insgesamt 12', '総計 12K' and the like: the first line of ls -l.
_TOTAL = re.compile(r"[^\W\d]+\s?:?\s*[\d.,]+\s?[KMGTP]?\s*")
_LINE_OF_ITEM = re.compile(rf"(?:{BEGINNING.pattern})|[\w.-]+=")
# 'ls: cannot access m1.mrc: Permission denied' stands for an item that is missing in the listing.
_FAILURE = re.compile(r"(?:/\S*/)?(?:ls|dir): ")
# A link's target is among the facts of Pure-FTPd and ProFTPD and may contain '; '.
_LINK_FACTS = re.compile(r"(?P<facts>.*;[\w.-]+=[^;]*); (?P<name>.*)", re.DOTALL)
_LINK_WITH_TARGET = re.compile(r"(?:.*;)?type=os\.unix=s(?:ym)?link:", re.IGNORECASE | re.DOTALL)

_LineReader = Callable[[str], Optional[ListingItem]]


def parse_mlsd(data: bytes) -> List[ListingItem]:
    """Items of an MLSD answer (RFC 3659), without the folder itself and its parent.

    Raises ListingUnreadable for a line that looks like an item and cannot be read.
    """
    return _parse(data, _mlsd_item)


def parse_list(data: bytes) -> List[ListingItem]:
    """Items of a LIST answer in any form that :mod:`.list_lines` knows.

    Raises ListingUnreadable for a line that looks like an item and cannot be read.
    """
    return _parse(data, list_item)


def _parse(data: bytes, read_line: _LineReader) -> List[ListingItem]:
    items = []
    for line in _lines(data):
        item = read_line(line)
        if item is None:
            _pass_over(line)
        elif item.name not in ("", ".", ".."):
            items.append(item)
    return items


def _lines(data: bytes) -> List[str]:
    """Split at CRLF, or at LF; bytes that are not UTF-8 survive the way back to the server."""
    text = data.decode("utf-8", "surrogateescape")
    if "\r\n" not in text:
        return [line for line in text.split("\n") if line.strip()]
    lines = []
    for line in text.split("\r\n"):
        parts = line.split("\n")
        # Both ends in one listing: a line feed that no item follows belongs to a name.
        lines += parts if all(map(_LINE_OF_ITEM.match, parts[1:])) else [line]
    return [line for line in lines if line.strip()]


def _pass_over(line: str) -> None:
    """Ignore a line that is no item; raise ListingUnreadable if it may be one."""
    if _TOTAL.fullmatch(line):
        return
    # Items have a size, a date or facts; greetings and remarks of servers rarely have any.
    if re.search(r"[\d=]", line) or _LINE_OF_ITEM.match(line) or _FAILURE.match(line):
        shown = line.encode("utf-8", "backslashreplace").decode("utf-8")[:200]
        raise ListingUnreadable(f"the server's listing has a line that cannot be read: '{shown}'")
    logger.warning("A line of the listing is no item and ignored: %r", line)


def _mlsd_item(line: str) -> Optional[ListingItem]:
    """Read the facts and the name of a line; None where it has no name."""
    found = _LINK_FACTS.fullmatch(line) if _LINK_WITH_TARGET.match(line) else None
    if found is not None:
        facts_text, name = found["facts"], found["name"]
    else:
        # Facts may contain blanks ('UNIX.groupname=domain users'), and names '; '.
        facts_text, end, name = line.partition("; ")
        if not end:
            facts_text, end, name = line.partition(" ")
        if not end:
            return None
    facts = dict(fact.lower().split("=", 1) for fact in facts_text.split(";") if "=" in fact)
    kind = facts.get("type", "")
    is_link = "link" in kind
    return ListingItem(
        name="" if kind in ("cdir", "pdir") else name,
        size=None if is_link or kind == "dir" else believable_size(facts.get("size", "")),
        is_folder=kind == "dir",
        is_link=is_link,
        modified=facts.get("modify", ""),
    )
