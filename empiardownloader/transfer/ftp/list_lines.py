"""One line of LIST in the forms of real servers: ``ls -l``, DOS (IIS), EPLF, NetWare.

RFC 959 leaves the form open. Owner and group may be missing or of several words, dates are of any
language, and names may begin with blanks. The lines that these rules come from were collected from
the bug reports of FTP clients (fireftp 139 and 160, rclone 6538, ftpretty 16) and from
https://cr.yp.to/ftp/list.html.
"""

from __future__ import annotations

import re
from typing import List, Match, Optional

from ..base import ListingItem

_MODE = r"(?P<kind>[-dlbcpsDn?])(?:[-rwxsStTlL?]{9}[.+@*]?|\s*\[[-A-Z]{6,10}\])"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:[AaPp][Mm])?"
_SECONDS = r"\d{1,2}:\d{2}:\d{2}"
_DAY = r"(?:0?\d|[12]\d|3[01])(?:\.|日|일)?"
# 'Nov', 'févr.', '11月', 'thg 11', 'Mär' of a server in Latin-1: whatever is no number.
_MONTH = (
    r"(?:de\s+)?(?:[Tt]h(?:g|áng)?\.?\s?(?:1[0-2]|0?[1-9])"
    r"|[^\s\d:]{2,15}|(?:1[0-2]|0?[1-9])[^\s\d:./-]{1,4})"
)
# Any: dates of microscopes with a wrong clock, of 1601 (Windows' zero), of Thai calendars.
_YEAR = r"\d{4}年?"
_NUMERIC = r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2}))"
_ZONE = r"(?:\s?[-+]\d{2}:?\d{2}|Z)"
_WEEKDAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_DATE = (
    # A year follows a time with seconds only: '17:25 2021 a.mrc' has a name that begins with 2021.
    rf"(?:(?:{_WEEKDAY}\s+)?(?:{_MONTH}\s+{_DAY}|{_DAY}\s+{_MONTH})\s+"
    rf"(?:{_SECONDS}\s+{_YEAR}(?=\s)|{_TIME}|(?:de\s+)?{_YEAR})"
    rf"|\d{{4}}(?:年|\.)\s?{_MONTH}\s?{_DAY}(?:\s+{_TIME})?"
    rf"|{_NUMERIC}[\sT]\s*{_TIME}{_ZONE}?"
    rf"|\d{{2}}-\d{{2}} {_TIME}"
    rf"|{_NUMERIC}(?: (?= ))?)"  # GNU's time style 'iso' pads a date without a time
)
_GROUPED = r"\d{1,3}(?:[,.'\u00a0\u2009\u202f]\d{3}){1,6}"
_SIZE = rf"(?P<size>\d{{1,19}}|{_GROUPED}|\d+(?:[.,]\d+)?[KMGTPkmgtp]i?B?)"
_END = rf"\s+{_SIZE}\s+{_DATE}[ \t](?P<name>.+)"
_DIGITS = re.compile("[0-9]{1,19}")
_item = ListingItem._make  # in four fifths of the time of a call with arguments
#: The folder itself and its parent.
NO_NAMES = ("", ".", "..")
# ASCII: a no-break space groups digits, and separates no columns.
_FLAGS = re.DOTALL | re.ASCII
_NUMBERS = r"[ \t]*(?:\d+[ \t]+){0,2}"  # of the inode and of blocks (ls -is)
# Files and folders as vsftpd, ProFTPD and Pure-FTPd list them: kind, size and name.
_USUAL_LINE = re.compile(
    r"^([-d])[-rwxsStT]{9} +\d+ +\S+ +\S+ +(\d{1,19}) "
    r"[A-Z][a-z]{2} [ 123]?\d  ?(?:\d{4}|\d{2}:\d{2}) ([^\r\n]+)\r?\n",
    re.MULTILINE | re.ASCII,
)
# The other forms are compiled when a server needs them: 10 ms that most downloads save.
_UNIX = rf"{_NUMBERS}{_MODE}\s*\d+\s+\S+\s+\S+{_END}"
# Tried only where the usual form does not fit: a group '10' before a size '2020' is no date then.
_UNIX_ODD_OWNERS = rf"{_NUMBERS}{_MODE}(?:\s*\d+(?=\s))?(?:\s(?P<owners>.*?))??{_END}"
_UNIX_UNKNOWN = rf"{_MODE}(?:\s+\?){{5}} (?P<name>.+)"
# '05:25 PM', '下午 05:25', '05:25 م'
_DOS_TIME = rf"(?:[^\s\d<]{{1,4}}\s)?{_TIME}(?:\s?[^\s\d<]{{1,4}})?"
_DOS = (
    rf"\s*{_NUMERIC}\s+{_DOS_TIME}\s+"
    rf"(?:<(?P<kind>DIR|SYM[A-Z]*|JUNC[A-Z]*)>\s+|(?P<size>\d{{1,19}}|{_GROUPED}) )(?P<name>.+)"
)
_EPLF = r"\+(?P<facts>[^\t]*)\t(?P<name>.+)"

#: How a line that stands for an item begins, as a regular expression.
BEGINNING = rf"{_NUMBERS}{_MODE.replace('?P<kind>', '')}|{_NUMERIC}\s+{_TIME}|\+[^\t]*\t"


class UsualListing:
    """A listing whose lines are all of the usual form, read while the server still sends it.

    ``items``: those of all whole lines, or None after a line of another form: then each line is to
    be read by itself, which takes six times as long.
    """

    def __init__(self) -> None:
        self.items: Optional[List[ListingItem]] = []
        self.rest = b""  # of a line that has not ended

    def feed(self, block: bytes) -> None:
        """Read a block of the listing."""
        if self.items is None:
            return
        lines, end, self.rest = (self.rest + block).rpartition(b"\n")
        text = (lines + end).decode("utf-8", "surrogateescape")
        found = _USUAL_LINE.findall(text)
        if len(found) != text.count("\n"):
            self.items = None
            return
        self.items += [
            _item((name, int(size) or None, False, False, ""))
            if kind == "-"
            else _item((name, None, True, False, ""))
            for kind, size, name in found
            if name not in NO_NAMES
        ]


def list_item(line: str) -> Optional[ListingItem]:
    """Read a line of LIST; None where its form is unknown."""
    return _unix_item(line) or _dos_item(line) or _eplf_item(line)


def believable_size(text: str) -> Optional[int]:
    """Return a size in bytes, None where it is rounded, below 1 or no number.

    Some servers show 0 or a negative number for files above 2 or 4 GB (FluentFTP 1045, dartFTP 49).
    """
    if not _DIGITS.fullmatch(text):
        text = re.sub(r"[,.'\u00a0\u2009\u202f]", "", text)
        if not _DIGITS.fullmatch(text):
            return None
    return int(text) or None


def _unix_item(line: str) -> Optional[ListingItem]:
    found = re.fullmatch(_UNIX, line, _FLAGS)
    size = found["size"] if found is not None else ""
    if found is None:
        found = re.fullmatch(_UNIX_ODD_OWNERS, line, _FLAGS)
        size = _size_after_owners(found) if found is not None else ""
    found = found or re.fullmatch(_UNIX_UNKNOWN, line, _FLAGS)
    if found is None:
        return None
    kind, name = found["kind"], found["name"]
    if "[" in line[: found.start("name")]:
        name = re.sub(r"\A {3}", "", name)  # four blanks stand before NetWare's names
    is_link = kind == "l"
    # Dates without a year for recent files do not sort: 'modified' stays empty.
    return ListingItem(
        re.split(r" ->(?: |\Z)", name)[0] if is_link else name,
        believable_size(size) if kind == "-" else None,
        kind == "d",
        is_link,
    )


def _size_after_owners(found: Match[str]) -> str:
    """Return the size, '' if it may be the last group of a number such as '1 123 456'."""
    before = found["owners"] or ""
    is_group = re.fullmatch(r"\d{3}", found["size"]) and re.search(r"(?:^|\s)\d{1,3}\Z", before)
    return "" if is_group else found["size"]


def _dos_item(line: str) -> Optional[ListingItem]:
    found = re.fullmatch(_DOS, line, _FLAGS)
    if found is None:
        return None
    kind, name = found["kind"] or "", found["name"]
    # '<SYMLINK>  name [target]', '<SYMLINKD>', '<JUNCTION>'
    is_link = kind.startswith(("SYM", "JUNC"))
    if is_link and name.endswith("]"):
        name = name.rpartition(" [")[0] or name
    return ListingItem(name, believable_size(found["size"] or ""), kind == "DIR", is_link)


def _eplf_item(line: str) -> Optional[ListingItem]:
    found = re.fullmatch(_EPLF, line, re.DOTALL)
    if found is None:
        return None
    facts = found["facts"].split(",")
    sizes = [fact[1:] for fact in facts if fact.startswith("s")]
    return ListingItem(found["name"], believable_size(sizes[0] if sizes else ""), "/" in facts)
