"""The answers to MLSD and LIST as items: the lines, MLSD's facts, and lines that are no items.

EMPIAR's server greets like vsftpd, which has no MLSD; mirrors and test servers have it.
"""

from __future__ import annotations

import logging
import re
from itertools import chain
from typing import Callable, List, Optional, Tuple

from ...net.errors import ListingUnreadable
from ..base import ListingItem
from .list_lines import BEGINNING, NO_NAMES, UsualListing, believable_size, list_item

logger = logging.getLogger(__name__)

# 'total 12', 'insgesamt 12', '総計 12K' and the like: the first line of ls -l.
_TOTAL = re.compile(r"[^\W\d]+\s?:?\s*[\d.,]+\s?[KMGTP]?\s*")
_LINE_OF_ITEM = rf"(?:{BEGINNING})|[\w.-]+="
# 'ls: cannot access m1.mrc: Permission denied' stands for an item that is missing in the listing.
_FAILURE = re.compile(r"(?:/\S*/)?(?:ls|dir): ")
# A link's target is among the facts of Pure-FTPd and ProFTPD and may contain '; '.
_LINK_FACTS = re.compile(r"(?P<facts>.*;[\w.-]+=[^;]*); (?P<name>.*)", re.DOTALL)
_LINK_WITH_TARGET = re.compile(r"(?:.*;)?type=os\.unix=s(?:ym)?link:", re.IGNORECASE | re.DOTALL)

# Facts are followed by one blank and the name; some servers have a blank after each fact.
_END_OF_FACTS = re.compile(r";[ \t]")
_MORE_FACTS = re.compile(
    r"(?:(?:type|size|sizd|modify|create|unique|perm|lang|media-type|charset|unix\.[\w-]+)"
    r"=[^;]*; ?)+",
    re.IGNORECASE,
)
# 'data/Movies:' before the items of a folder, of servers that list sub-folders too.
_FOLDER_TITLE = re.compile(r"[^:]*[\w./]:\s*")

_LineReader = Callable[[str], Optional[ListingItem]]


def parse_mlsd(data: bytes) -> List[ListingItem]:
    """Items of an MLSD answer (RFC 3659), without the folder itself and its parent.

    Raises ListingUnreadable for a line that looks like an item and cannot be read.
    """
    return _parse(_text(data), _mlsd_item)


def parse_list(data: bytes) -> List[ListingItem]:
    """Items of a LIST answer in any form that :mod:`.list_lines` knows.

    Raises ListingUnreadable for a line that looks like an item and cannot be read.
    """
    usual = UsualListing()
    usual.feed(data)
    return whole_listing(usual, data)


def whole_listing(usual: UsualListing, data: bytes) -> List[ListingItem]:
    """Items of a LIST answer that was read in the usual form first."""
    if usual.items is None or usual.rest:
        return _parse(_text(data), list_item)
    return usual.items


def _text(data: bytes) -> str:
    """Decode so that bytes that are not UTF-8 survive the way back to the server."""
    return data.decode("utf-8", "surrogateescape").lstrip("\ufeff")


def _parse(text: str, read_line: _LineReader) -> List[ListingItem]:
    items: List[ListingItem] = []
    for line in _lines(text):
        item = read_line(line)
        if item is None and _FOLDER_TITLE.fullmatch(line) and not _FAILURE.match(line):
            if items:
                break  # what follows is in a sub-folder, which is listed when it is needed
        elif item is None:
            _pass_over(line)
        elif item.name not in NO_NAMES:
            items.append(item)
    return items


def _lines(text: str) -> List[str]:
    """Split at CRLF, LF, or CR."""
    if "\r\r" in text:
        text = re.sub(r"\r+\n", "\r\n", text)
    if "\r\n" not in text:
        lines = text.split("\n" if "\n" in text else "\r")
    else:
        lines = text.split("\r\n")
        if text.count("\n") >= len(lines):
            lines = list(chain.from_iterable(map(_split_at_items, lines)))
    return [line for line in lines if line.strip()]


def _split_at_items(line: str) -> List[str]:
    """Split what ends with CRLF at its line feeds: one that no item follows belongs to a name."""
    parts = line.split("\n")
    return parts if all(map(_looks_like_item, parts[1:])) else [line]


def _looks_like_item(line: str) -> bool:
    return re.match(_LINE_OF_ITEM, line) is not None


def _pass_over(line: str) -> None:
    """Ignore a line that is no item; raise ListingUnreadable if it may be one."""
    if _TOTAL.fullmatch(line):
        return
    # Items have a size, a date or facts; greetings and remarks of servers rarely have any.
    if re.search(r"[\d=]", line) or _looks_like_item(line) or _FAILURE.match(line):
        shown = line.encode("utf-8", "backslashreplace").decode("utf-8")[:200]
        raise ListingUnreadable(f"the server's listing has a line that cannot be read: '{shown}'")
    logger.warning("A line of the listing is no item and ignored: %r", line)


def _mlsd_item(line: str) -> Optional[ListingItem]:
    """Read the facts and the name of a line; None where it has no name."""
    facts_text, name = _facts_and_name(line)
    if not name or (facts_text.strip(" ;") and "=" not in facts_text):
        return list_item(line)  # some servers answer MLSD in the form of LIST
    pairs = [fact.lower().split("=", 1) for fact in facts_text.split(";") if "=" in fact]
    facts = {key.strip(): value.strip() for key, value in pairs}
    kind = facts.get("type", "")
    is_link, is_folder = "link" in kind, kind == "dir" or kind.endswith("=dir")
    has_size = not (is_link or is_folder) and len({v for k, v in pairs if k.strip() == "size"}) == 1
    return ListingItem(
        name="" if kind in ("cdir", "pdir") else name.rstrip("/") if is_folder else name,
        size=believable_size(facts["size"]) if has_size else None,
        is_folder=is_folder,
        is_link=is_link,
        modified=facts.get("modify", ""),
    )


def _facts_and_name(line: str) -> Tuple[str, str]:
    found = _LINK_FACTS.fullmatch(line) if _LINK_WITH_TARGET.match(line) else None
    if found is not None:
        return found["facts"], found["name"]
    # Facts may contain blanks ('UNIX.groupname=domain users'), and names '; '.
    facts, *rest = _END_OF_FACTS.split(line, maxsplit=1)
    name = "".join(rest)
    if not rest:
        facts, _, name = line.partition(" ")
        return facts, name
    more = _MORE_FACTS.match(name)
    if more is not None:
        return f"{facts};{more.group()}", name[more.end() :]
    return facts, name
