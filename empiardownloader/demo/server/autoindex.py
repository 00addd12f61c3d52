"""Folder listings in the layout of Apache's fancy index, as a table."""

from __future__ import annotations

import html
import os
import stat
import time
from typing import Iterator, List, Tuple
from urllib.parse import quote

_NAME_WIDTH = 23
_COLUMNS = (("N", "D", "Name"), ("M", "A", "Last modified"), ("S", "A", "Size"))


def index_page(path: str, folder: str, size_off: int = 0) -> bytes:
    """Return the page for `folder`, whose URL path is `path`.

    Names are percent-encoded in links and truncated in text; sizes are rounded, as `137M`; times
    are to the minute; `size_off` bytes are added to each size before rounding.
    """
    title = html.escape("Index of " + path.rstrip("/"))
    parent = quote(os.path.dirname(path.rstrip("/")).rstrip("/") + "/")
    lines = [
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">',
        f"<html>\n <head>\n  <title>{title}</title>\n </head>\n <body>\n<h1>{title}</h1>",
        "  <table>",
        _head(),
        '   <tr><th colspan="5"><hr></th></tr>',
        _row("back", "PARENTDIR", f'<a href="{parent}">Parent Directory</a>', "&nbsp;", "  - "),
        *(_file_row(name, status, size_off) for name, status in _items(folder)),
        '   <tr><th colspan="5"><hr></th></tr>',
        "</table>\n</body></html>\n",
    ]
    return "\n".join(lines).encode("utf-8", "surrogateescape")


def rounded_size(size: int) -> str:
    """Return a size as Apache rounds it: `973 ` bytes at most, then `1.5K`, `137M`, `2.6G`."""
    if size < 973:
        return f"{size:3d} "
    value = float(size)
    for unit in "KMGTPE":
        value /= 1024.0
        if value < 9.95:
            return f"{value:.1f}{unit}"
        if value < 972.5:
            break
    return f"{value:3.0f}{unit}"


def _items(folder: str) -> Iterator[Tuple[str, os.stat_result]]:
    """Yield names and states, links followed; hidden files and broken links are left out."""
    for name in sorted(os.listdir(folder)):
        if not name.startswith("."):
            try:
                yield name, os.stat(os.path.join(folder, name))
            except OSError:
                continue


def _head() -> str:
    cells: List[str] = ['<th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th>']
    cells += [f'<th><a href="?C={key};O={order}">{text}</a></th>' for key, order, text in _COLUMNS]
    cells.append('<th><a href="?C=D;O=A">Description</a></th>')
    return f"   <tr>{''.join(cells)}</tr>"


def _row(icon: str, alt: str, link: str, modified: str, size: str) -> str:
    return (
        f'<tr><td valign="top"><img src="/icons/{icon}.gif" alt="[{alt}]"></td><td>{link}</td>'
        f'<td align="right">{modified}</td><td align="right">{size}</td><td>&nbsp;</td></tr>'
    )


def _file_row(name: str, status: os.stat_result, size_off: int) -> str:
    modified = time.strftime("%Y-%m-%d %H:%M  ", time.gmtime(status.st_mtime))
    folder = stat.S_ISDIR(status.st_mode)
    shown = name + "/" if folder else name
    if len(shown) > _NAME_WIDTH:
        shown = shown[: _NAME_WIDTH - 3] + "..>"
    reference = quote(os.fsencode(name), safe="!$&'()*+,;=:@-._~") + ("/" if folder else "")
    if ":" in reference:
        reference = "./" + reference
    link = f'<a href="{html.escape(reference)}">{html.escape(shown)}</a>'
    if folder:
        return _row("folder", "DIR", link, modified, "  - ")
    return _row("unknown", "   ", link, modified, rounded_size(max(0, status.st_size + size_off)))
