"""Pages that list a folder: Apache's table, its older fancy and plain lists, nginx's.

Only the links count: Apache truncates the shown names, and all servers round the sizes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Dict, List, Optional, Sequence, Tuple
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from ..base import ListingItem

_HEADINGS = ("index of", "directory listing")
_SORT_LINK = re.compile(r"\?C=[NMSD][;&]O=[AD]")
_LISTS = ("table", "pre", "ul")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
_OLD_DATE = re.compile(
    rf"(?P<day>\d{{2}})-(?P<month>{'|'.join(_MONTHS)})-(?P<year>\d{{4}}) (?P<time>\d{{2}}:\d{{2}})"
)


@dataclass(frozen=True)
class IndexPage:
    """A parsed page: its items, whether it lists a folder at all, and whether it is complete."""

    items: Sequence[ListingItem]
    is_index: bool
    is_whole: bool


def parse_index(page: bytes, url: str) -> IndexPage:
    """Parse the page of ``url``; only items directly below that address are listed.

    Names that are not UTF-8 survive the way back to the server. Sizes are None: what the page
    shows is rounded.
    """
    parser = _IndexParser(url)
    parser.feed(page.decode("utf-8", "surrogateescape"))
    parser.close()
    parser.end_item()
    return IndexPage(list(parser.items.values()), parser.is_index, parser.open_lists <= 0)


class _IndexParser(HTMLParser):
    """Collects the items of a page from the calls of its base class."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.items: Dict[str, ListingItem] = {}
        self.is_index = False
        self.open_lists = 0
        self._url = url
        self._folder = _steps(urlsplit(url).path.rpartition("/")[0])
        self._inside = ""  # the tag whose text is being read
        self._link: Optional[str] = None  # the last link, until the next one
        self._remarks: List[str] = []  # the text between the two

    def handle_starttag(self, tag: str, attrs: List[Tuple[str, Optional[str]]]) -> None:
        """Start an item with each link."""
        self.open_lists += tag in _LISTS
        if tag in ("a", "title", "h1"):
            self._inside = tag
        if tag == "a":
            self.end_item()
            self._link = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        """Leave a tag, and count a list that ends."""
        self.open_lists -= tag in _LISTS
        if tag == self._inside:
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Look for the page's heading, and keep the text after a link."""
        if self._inside in ("title", "h1"):
            self.is_index = self.is_index or data.strip().lower().startswith(_HEADINGS)
        elif not self._inside:
            self._remarks.append(data)

    def end_item(self) -> None:
        """Take the last link for an item, if it is one, with the date that stood behind it."""
        link, remarks = self._link, "".join(self._remarks)
        self._link = None
        self._remarks.clear()
        if link is None:
            return
        self.is_index = self.is_index or _SORT_LINK.fullmatch(link) is not None
        name = self._child(link)
        if name is None:
            return
        item = ListingItem(name, is_folder=link.endswith("/"), modified=_date(remarks))
        # Where icons are links too, the first of two links has no date behind it.
        if item.name not in self.items or item.modified:
            self.items[item.name] = item

    def _child(self, link: str) -> Optional[str]:
        """Return the name of an item directly in the folder; None for a link to anything else."""
        if "?" in link or "#" in link:
            return None
        steps = _steps(link)
        if ":" in link or link.startswith(("/", ".")):
            above = len(self._folder)
            steps = _steps(self._path_in_site(link))
            if steps[:above] != self._folder:
                return None
            del steps[:above]
        if len(steps) != 1 or steps[0] in (".", "..") or "/" in steps[0]:
            return None
        return steps[0]

    def _path_in_site(self, link: str) -> str:
        here, there = urlsplit(self._url), urlsplit(urljoin(self._url, link))
        same = there.scheme in ("http", "https") and there.hostname == here.hostname
        return there.path if same else ""


def _steps(path: str) -> List[str]:
    """The names along a path, each decoded for itself: an encoded slash parts nothing."""
    encoded = path.encode("utf-8", "surrogateescape")
    return [
        unquote_to_bytes(step).decode("utf-8", "surrogateescape")
        for step in encoded.split(b"/")
        if step
    ]


def _date(text: str) -> str:
    """'2024-11-22 20:42' of either form of date, '' where there is none."""
    found = _DATE.search(text)
    if found is not None:
        return found.group()
    found = _OLD_DATE.search(text)
    if found is None:
        return ""
    month = _MONTHS.index(found["month"]) + 1
    return f"{found['year']}-{month:02d}-{found['day']} {found['time']}"
