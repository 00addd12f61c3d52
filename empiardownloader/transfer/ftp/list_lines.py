"""One line of LIST in the forms of real servers: ``ls -l``, DOS (IIS), EPLF, NetWare.

RFC 959 leaves the form open. Owner and group may be missing or of several words, dates are of any
language, and names may begin with blanks. The lines that these rules come from were collected from
the bug reports of FTP clients (fireftp 139 and 160, rclone 6538, ftpretty 16) and from
https://cr.yp.to/ftp/list.html.
"""

from __future__ import annotations

import re
from typing import Optional

from ..base import ListingItem

_MODE = r"(?P<kind>[-dlbcpsDn?])(?:[-rwxsStTlL?]{9}[.+@*]?|\s*\[[-A-Z]{6,10}\])"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:[AaPp][Mm])?"
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:\.|日|일)?"
# 'Nov', 'févr.', '11月', 'Mär' of a server in Latin-1: whatever is no number.
_MONTH = r"(?:de\s+)?(?:[^\s\d:]{2,15}|(?:1[0-2]|0?[1-9])[^\s\d:./-]{1,4})"
_YEAR = r"(?:19|20)\d{2}年?"
_NUMERIC = r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))"
_DATE = (
    rf"(?:(?:{_MONTH}\s+{_DAY}|{_DAY}\s+{_MONTH})\s+(?:{_TIME}(?:\s+{_YEAR}(?=\s))?|{_YEAR})"
    rf"|{_NUMERIC}[\sT]\s*{_TIME}(?:\s[-+]\d{{4}})?"
    rf"|\d{{2}}-\d{{2}} {_TIME}"
    rf"|{_NUMERIC}(?: (?= ))?)"  # GNU's time style 'iso' pads a date without a time
)
_SIZE = r"(?P<size>\d{1,19}|\d{1,3}(?:[,.']\d{3}){1,6}|\d+(?:[.,]\d+)?[KMGTPkmgtp]i?B?)"
_END = rf"\s+{_SIZE}\s+{_DATE}[ \t](?P<name>.+)"
_UNIX = re.compile(rf"{_MODE}\s*\d+\s+\S+\s+\S+{_END}", re.DOTALL)
# Tried only where the usual form does not fit: a group '10' before a size '2020' is no date then.
_UNIX_ODD_OWNERS = re.compile(rf"{_MODE}(?:\s*\d+(?=\s))?(?:\s.*?)??{_END}", re.DOTALL)
_UNIX_UNKNOWN = re.compile(rf"{_MODE}(?:\s+\?){{5}} (?P<name>.+)", re.DOTALL)
_DOS = re.compile(
    rf"{_NUMERIC}\s+{_TIME}(?:\s[AaPp][Mm])?\s+"
    r"(?:<(?P<kind>[A-Z]+)>\s+|(?P<size>\d{1,19}|\d{1,3}(?:[,.']\d{3}){1,6}) )(?P<name>.+)",
    re.DOTALL,
)
_EPLF = re.compile(r"\+(?P<facts>[^\t]*)\t(?P<name>.+)", re.DOTALL)

#: How a line that stands for an item begins.
BEGINNING = re.compile(rf"{_MODE.replace('?P<kind>', '')}|{_NUMERIC}\s+{_TIME}|\+[^\t]*\t")


def list_item(line: str) -> Optional[ListingItem]:
    """Read a line of LIST; None where its form is unknown."""
    return _unix_item(line) or _dos_item(line) or _eplf_item(line)


def believable_size(text: str) -> Optional[int]:
    """Return a size in bytes, None where it is rounded, below 1 or no number.

    Some servers show 0 or a negative number for files above 2 or 4 GB (FluentFTP 1045, dartFTP 49).
    """
    digits = re.sub(r"[,.']", "", text)
    if not re.fullmatch(r"[0-9]{1,19}", digits):
        return None
    return int(digits) or None


def _unix_item(line: str) -> Optional[ListingItem]:
    found = _UNIX.fullmatch(line) or _UNIX_ODD_OWNERS.fullmatch(line)
    size = found["size"] if found is not None else ""
    found = found or _UNIX_UNKNOWN.fullmatch(line)
    if found is None:
        return None
    kind, name = found["kind"], found["name"]
    is_link = kind == "l"
    # Dates without a year for recent files do not sort: 'modified' stays empty.
    return ListingItem(
        name.split(" -> ")[0] if is_link else name,
        believable_size(size) if kind == "-" else None,
        kind == "d",
        is_link,
    )


def _dos_item(line: str) -> Optional[ListingItem]:
    found = _DOS.fullmatch(line)
    if found is None:
        return None
    kind, name = found["kind"] or "", found["name"]
    # '<SYMLINK>  name [target]', '<SYMLINKD>', '<JUNCTION>'
    is_link = kind.startswith(("SYM", "JUNC"))
    if is_link and name.endswith("]"):
        name = name.rpartition(" [")[0] or name
    return ListingItem(name, believable_size(found["size"] or ""), kind == "DIR", is_link)


def _eplf_item(line: str) -> Optional[ListingItem]:
    found = _EPLF.fullmatch(line)
    if found is None:
        return None
    facts = found["facts"].split(",")
    sizes = [fact[1:] for fact in facts if fact.startswith("s")]
    return ListingItem(found["name"], believable_size(sizes[0] if sizes else ""), "/" in facts)
