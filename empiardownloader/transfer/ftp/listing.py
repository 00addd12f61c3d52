"""The two shapes of an FTP listing: MLSD facts, and the text of ``ls -l``.

EMPIAR's server greets like vsftpd, which has no MLSD; mirrors and test servers have it.
"""

from __future__ import annotations

import calendar
import logging
import re
import time
from typing import Callable, List, Optional

from ..base import Listed

logger = logging.getLogger(__name__)

_DATE = re.compile(r"213 (?P<date>\d{14})")  # UTC, and a fraction may follow
_LS_LINE = re.compile(
    r"(?P<kind>[-dlbcps])[-rwxsStT]{9}[.+@]?\s+\d+\s+\S+\s+\S+\s+(?P<size>\d+)\s+"
    r"(?:[A-Z][a-z]{2}\s+\d{1,2}\s+(?:\d{1,2}:\d{2}|\d{4})|\d{4}-\d{2}-\d{2}\s+\d{2}:\d{2})"
    r" (?P<name>.+)",
    re.DOTALL,
)


def decode_lines(data: bytes) -> List[str]:
    """The lines of a listing; bytes that are not UTF-8 survive the way back to the server."""
    return [line for line in data.decode("utf-8", "surrogateescape").split("\r\n") if line]


def parse_mlsd(data: bytes) -> List[Listed]:
    """Items of an MLSD answer (RFC 3659), without the folder itself and its parent."""
    return _parse(data, _mlsd_item)


def parse_list(data: bytes) -> List[Listed]:
    """Items of a LIST answer in the form of ``ls -l``, names with blanks included."""
    return _parse(data, _ls_item)


def parse_date(reply: str) -> Optional[float]:
    """The time in an answer to MDTM (RFC 3659), in seconds since 1970; None where there is none."""
    found = _DATE.match(reply)
    try:
        date = time.strptime(found["date"], "%Y%m%d%H%M%S") if found else None
    except ValueError:
        return None
    return calendar.timegm(date) if date else None


def _parse(data: bytes, parse_line: Callable[[str], Optional[Listed]]) -> List[Listed]:
    items = [parse_line(line) for line in decode_lines(data)]
    return [item for item in items if item is not None and item.name not in (".", "..")]


def _mlsd_item(line: str) -> Optional[Listed]:
    # Pure-FTPd and ProFTPD put a link's target among the facts, with its blanks.
    facts_text, end, name = line.partition("; ")
    if not end:
        facts_text, end, name = line.partition(" ")
    if not end:
        logger.warning("A line of the listing is passed over: %r", line)
        return None
    facts = dict(fact.lower().split("=", 1) for fact in facts_text.split(";") if "=" in fact)
    kind = facts.get("type", "")
    if kind in ("cdir", "pdir"):
        return None
    is_link = "link" in kind
    size = facts.get("size", "")
    return Listed(
        name=name,
        size=int(size) if size.isdigit() and not is_link else None,
        is_folder=kind == "dir",
        is_link=is_link,
        modified=facts.get("modify", ""),
    )


def _ls_item(line: str) -> Optional[Listed]:
    match = _LS_LINE.fullmatch(line)
    if match is None:
        if not line.startswith("total "):
            logger.warning("A line of the listing is passed over: %r", line)
        return None
    kind, size, name = match.groups()
    is_link = kind == "l"
    return Listed(
        name.split(" -> ")[0] if is_link else name,
        int(size) if kind == "-" else None,
        kind == "d",
        is_link,
        # Without a year for recent files, its date is good for eyes and not for sorting.
    )
