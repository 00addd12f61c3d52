"""Pages that list a folder, in the words of the servers that make them."""

import os

import pytest

from empiardownloader.demo.server.autoindex import index_page
from empiardownloader.transfer import ListingItem
from empiardownloader.transfer.http.index_page import parse_index

URL = "https://ftp.ebi.ac.uk/empiar/world_availability/1/data/"

# Shapes of Apache 2.4 and nginx 1.22, as they list a folder of these very names.
TABLE = """<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">
<html>
 <head>
  <title>Index of /empiar/world_availability/1/data</title>
 </head>
 <body>
<h1>Index of /empiar/world_availability/1/data</h1>
  <table>
   <tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th>\
<a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th><th>\
<a href="?C=S;O=A">Size</a></th>\
<th><a href="?C=D;O=A">Description</a></th></tr>
   <tr><th colspan="5"><hr></th></tr>
<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td>\
<a href="/empiar/world_availability/1/">Parent Directory</a>       </td><td>&nbsp;</td>\
<td align="right">  - </td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td><td>\
<a href="a%20b%20%5b1%5d%20&amp;%20c.mrc">a b [1] &amp; c.mrc</a>        </td>\
<td align="right">2019-03-07 09:05  </td><td align="right">137M</td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="/icons/unknown.gif" alt="[   ]"></td><td>\
<a href="./c:d.mrc">c:d.mrc</a></td>\
<td align="right">2019-03-07 09:06  </td><td align="right">2.6M</td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="/icons/folder.gif" alt="[DIR]"></td><td>\
<a href="sub%20dir/">sub dir/</a></td>\
<td align="right">2019-03-07 09:07  </td><td align="right">  - </td><td>&nbsp;</td></tr>
   <tr><th colspan="5"><hr></th></tr>
</table>
<address>Apache/2.4.71 (Debian) Server at <a href="mailto:it@ebi.ac.uk">ftp.ebi.ac.uk</a> Port 443\
</address>
</body></html>
"""
FANCY = """<html>
 <head>
  <title>Index of /empiar</title>
 </head>
 <body>
<h1>Index of /empiar</h1>
<pre>      <a href="?C=N;O=D">Name</a>                    <a href="?C=M;O=A">Last modified</a>\
      <a href="?C=S;O=A">Size</a>  <a href="?C=D;O=A">Description</a><hr>\
<img src="/icons/back.gif" alt="[PARENTDIR]"> <a href="/empiar/">Parent Directory</a>         -
<img src="/icons/unknown.gif" alt="[   ]"> <a href="a%20b%20%5b1%5d%20&amp;%20c.mrc">a b ..&gt;</a>\
 2019-03-07 09:05  137M
<img src="/icons/unknown.gif" alt="[   ]"> <a href="./c:d.mrc">c:d.mrc</a>   2019-03-07 09:06  2.6M
<img src="/icons/folder.gif" alt="[DIR]"> <a href="sub%20dir/">sub dir/</a>  2019-03-07 09:07    -
<hr></pre>
</body></html>
"""
ICONS_ARE_LINKS = """<html><head><title>Index of /</title></head><body><h1>Index of /</h1>
<table><tr><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td valign="top"><a href="/"><img src="/icons/b.gif" alt="[PARENTDIR]" /></a></td>\
<td><a href="/">Parent Directory</a></td><td>&nbsp;</td></tr>
<tr><td><a href="a%20b%20%5b1%5d%20&amp;%20c.mrc"><img src="/icons/u.gif" alt="[   ]" /></a></td>\
<td><a href="a%20b%20%5b1%5d%20&amp;%20c.mrc">a b</a></td><td>2019-03-07 09:05  </td></tr>
<tr><td><a href="./c:d.mrc"><img src="/icons/u.gif" alt="[   ]" /></a></td>\
<td><a href="./c:d.mrc">c:d.mrc</a></td><td>2019-03-07 09:06  </td></tr>
<tr><td><a href="sub%20dir/"><img src="/icons/f.gif" alt="[DIR]" /></a></td>\
<td><a href="sub%20dir/">sub dir/</a></td><td>2019-03-07 09:07  </td></tr>
</table></body></html>
"""
PLAIN = """<html><head><title>Index of /</title></head><body><h1>Index of /</h1>
<ul><li><a href="/empiar/"> Parent Directory</a></li>
<li><a href="a%20b%20%5b1%5d%20&amp;%20c.mrc"> a b [1] &amp; c.mrc</a></li>
<li><a href="./c:d.mrc"> c:d.mrc</a></li>
<li><a href="sub%20dir/"> sub dir/</a></li>
</ul></body></html>
"""
NGINX = """<html>
<head><title>Index of /empiar/</title></head>
<body>
<h1>Index of /empiar/</h1><hr><pre><a href="../">../</a>
<a href="sub%20dir/">sub dir/</a>        07-Mar-2019 09:07                   -
<a href="a%20b%20%5B1%5D%20%26%20c.mrc">a b [1] &amp; c.mrc</a>  07-Mar-2019 09:05  143654912
<a href="c%3Ad.mrc">c:d.mrc</a>        07-Mar-2019 09:06             2726297
</pre><hr></body>
</html>
"""
NGINX_FANCY = """<!DOCTYPE html><html><head><title>Index of /empiar/</title></head><body>
<h1>Index of /empiar/</h1><table id="list"><thead><tr><th>\
<a href="?C=N&amp;O=A">File Name</a>&nbsp;\
<a href="?C=N&amp;O=D">&nbsp;&darr;&nbsp;</a></th></tr></thead>
<tbody><tr><td class="link"><a href="../">Parent directory/</a></td><td>-</td></tr>
<tr><td class="link"><a href="a%20b%20%5B1%5D%20%26%20c.mrc" title="a b">a b</a></td></tr>
<tr><td class="link"><a href="c%3Ad.mrc" title="c:d.mrc">c:d.mrc</a></td></tr>
<tr><td class="link"><a href="sub%20dir/" title="sub dir">sub dir/</a></td></tr>
</tbody></table></body></html>
"""
PYTHON = """<!DOCTYPE HTML>
<html><head><title>Directory listing for /empiar/</title></head>
<body><h1>Directory listing for /empiar/</h1><hr><ul>
<li><a href="a%20b%20%5B1%5D%20%26%20c.mrc">a b [1] &amp; c.mrc</a></li>
<li><a href="c%3Ad.mrc">c:d.mrc</a></li>
<li><a href="sub%20dir/">sub dir/</a></li>
</ul><hr></body></html>
"""


@pytest.mark.parametrize(
    ("page", "has_dates"),
    [(TABLE, True), (FANCY, True), (ICONS_ARE_LINKS, True), (NGINX, True),
     (PLAIN, False), (NGINX_FANCY, False), (PYTHON, False)],
)
def test_every_style_of_page_gives_the_same_items(page, has_dates):
    found = parse_index(page.encode("utf-8"), URL)
    assert (found.is_index, found.is_whole) == (True, True)
    dates = ["2019-03-07 09:05", "2019-03-07 09:06", "2019-03-07 09:07"]
    expected = [
        ListingItem("a b [1] & c.mrc", modified=dates[0] if has_dates else ""),
        ListingItem("c:d.mrc", modified=dates[1] if has_dates else ""),
        ListingItem("sub dir", is_folder=True, modified=dates[2] if has_dates else ""),
    ]
    assert sorted(found.items, key=lambda item: item.name) == expected


def listed(*links, url=URL):
    rows = "".join(f'<li><a href="{link}">shown</a></li>' for link in links)
    page = f"<title>Index of /</title><ul>{rows}</ul>"
    return [(item.name, item.is_folder) for item in parse_index(page.encode("utf-8"), url).items]


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("a.mrc", "a.mrc"),
        ("50%25.mrc", "50%.mrc"),
        ("%3FC=N;O=D", "?C=N;O=D"),
        ("1+2%2B3.mrc", "1+2+3.mrc"),
        ("%C2%B5.tif", "µ.tif"),
        ("µ.tif", "µ.tif"),
        ("latin-%E9.mrc", "latin-\udce9.mrc"),
        ("quote'%22&lt;x&gt;.mrc", "quote'\"<x>.mrc"),
        ("..dots.mrc", "..dots.mrc"),
        ("back%5Cslash", "back\\slash"),
        ("./a.mrc", "a.mrc"),
        ("/empiar/world_availability/1/data/a.mrc", "a.mrc"),
        ("/empiar/world%5Favailability/1/data/a%20b.mrc", "a b.mrc"),
        (URL + "a.mrc", "a.mrc"),
        ("http://ftp.ebi.ac.uk/empiar/world_availability/1/data/a.mrc", "a.mrc"),
        ("//ftp.ebi.ac.uk/empiar/world_availability/1/data/a.mrc", "a.mrc"),
    ],
)
def test_a_link_to_what_lies_in_the_folder_is_an_item(link, name):
    assert listed(link) == [(name, False)]


@pytest.mark.parametrize(
    "link",
    [
        "", ".", "./", "..", "../", "/", "%2e%2e", "%2E%2E/", "..%2Fetc", "a%2Fb",
        "?C=M;O=A", "?C=N&amp;O=D", "a.mrc?download=1", "#top", "a.mrc#here", "sub/a.mrc", "sub/..",
        "/empiar/world_availability/1/", "/empiar/world_availability/1/data/", URL,
        "/empiar/world_availability/2/data/a.mrc", "/icons/a.gif", "//other.org/a.mrc",
        "https://other.org/empiar/world_availability/1/data/a.mrc",
        "mailto:empiar@ebi.ac.uk", "javascript:sort()", "ftp://ftp.ebi.ac.uk/a.mrc",
    ],
)  # fmt: skip
def test_a_link_to_anything_else_is_none(link):
    assert listed(link) == []


def test_a_link_without_an_address_is_none():
    page = b"<title>Index of /</title><ul><li><a name='x'>a</a><a href>b</a></li></ul>"
    assert parse_index(page, URL).items == []


def test_each_name_is_listed_once():
    assert listed("a.mrc", "./a.mrc", URL + "a.mrc") == [("a.mrc", False)]


def test_a_folder_of_an_encoded_address_knows_its_own():
    url = "http://host/a%20b%5B1%5D/"
    assert listed("/a%20b[1]/c.mrc", "/a b%5b1%5d/d/", url=url) == [("c.mrc", False), ("d", True)]


@pytest.mark.parametrize("url", ["http://host//a///b/", "http://host/", "http://host/a/index.php"])
def test_an_address_of_any_shape_has_its_children(url):
    assert listed("c.mrc", "./d:e.mrc", "f/", url=url) == [
        ("c.mrc", False),
        ("d:e.mrc", False),
        ("f", True),
    ]


def test_a_date_is_taken_from_behind_the_link_only():
    page = (
        '<title>Index of /</title><pre><a href="a">2001-01-01 01:01</a>  2019-03-07 09:05  1\n'
        '<a href="b">b</a>   -\n</pre>'
    )
    assert [item.modified for item in parse_index(page.encode(), URL).items] == [
        "2019-03-07 09:05",
        "",
    ]


@pytest.mark.parametrize(
    "page",
    [
        "",
        "not even a page",
        "<html><head><title>Service under maintenance</title></head><body><ul><li>"
        '<a href="contact">contact</a></li></ul></body></html>',
        "<html><body><h1>Welcome</h1><p>Index of nothing</p></body></html>",
    ],
)
def test_another_page_is_no_index(page):
    assert not parse_index(page.encode(), URL).is_index


def test_an_empty_folder_is_an_index():
    page = parse_index(b"<html><title>Index of /x</title><h1>Index of /x</h1><ul></ul></html>", URL)
    assert (page.is_index, page.is_whole, page.items) == (True, True, [])


@pytest.mark.parametrize("page", [TABLE, FANCY, ICONS_ARE_LINKS, PLAIN, NGINX, NGINX_FANCY, PYTHON])
def test_a_page_that_ends_within_its_list_is_not_whole(page):
    data = page.encode("utf-8")
    for end in range(data.index(b"c"), data.rindex(b"sub"), 7):
        found = parse_index(data[:end], URL)
        assert not (found.is_index and found.is_whole and found.items)


def test_the_miniature_archives_page_gives_the_names_of_its_folder(tmp_path):
    names = ["a [1] & <b>.tif", "DEF|VPP.mrc", "50%.mrc", "c:d.mrc", "µ.tif", "x" * 60 + ".mrc"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    found = parse_index(index_page("/empiar/world_availability/1/data/", os.fspath(tmp_path)), URL)
    assert sorted(item.name for item in found.items) == sorted([*names, "sub"])
    assert [item.name for item in found.items if item.is_folder] == ["sub"]
    assert {item.size for item in found.items} == {None}
