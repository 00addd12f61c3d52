"""The forms of LIST and MLSD that real servers send, and lines that cannot be read."""

import pytest
from scripted_ftp import scripted_ftp

from empiardownloader.net.errors import ListingUnreadable
from empiardownloader.transfer import DirectoryLister, FallbackServer
from empiardownloader.transfer.base import Connection, ListingItem, Server
from empiardownloader.transfer.ftp.listing import parse_list, parse_mlsd
from empiardownloader.transfer.ftp.server import FtpServer

NAME = "stack 7 [a].mrc"
FILES = {
    "the usual form": "-rw-r--r--    1 ftp      ftp        40960 Mar 04  2019 {}",
    "a time instead of the year": "-rw-r--r--    1 ftp      ftp        40960 Mar 04 09:05 {}",
    "a group of two words": "-rw-r--r-- 1 mkuhn Domain Users 40960 Mar 04 2019 {}",
    "owner and group of two words": "-rw-r--r-- 1 Max Kuhn Power Users 40960 Mar 04 09:05 {}",
    "owner and group of numbers": "-rw-r--r-- 1 1000 12 40960 Mar 04 2019 {}",
    "a group that could be a day": "-rw-r--r-- 1 ftp 11 40960 Mar 04 09:05 {}",
    "a domain before the owner": "-rwxrwx--- 1 LAB\\mkuhn LAB\\em staff 40960 Mar 04 09:05 {}",
    "no group": "-rw-r--r-- 1 ftp 40960 Mar 04 2019 {}",
    "neither owner nor group": "-rw-r--r-- 1 40960 Mar 04 2019 {}",
    "no number of links": "-rw-r--r-- ftp ftp 40960 Mar 04 2019 {}",
    "an access list": "-rw-rwx---+ 1 ftp ftp 40960 Mar 04 2019 {}",
    "the day first": "-rw-r--r-- 1 ftp ftp 40960  4 Mar 09:05 {}",
    "the day first, with a dot": "-rw-r--r-- 1 ftp ftp 40960  4. Mär 2019 {}",
    "the day first, no group": "-rw-r--r-- 1 ftp 40960 14 Mar 2019 {}",
    "a Finnish month": "-rw-r--r-- 1 ftp ftp 40960 maalis  4  2019 {}",
    "a Portuguese month": "-rw-r--r-- 1 ftp ftp 40960 4 de mar 2019 {}",
    "a Russian month": "-rw-r--r-- 1 ftp ftp 40960 мар  4 09:05 {}",
    "a Chinese month": "-rw-r--r-- 1 ftp ftp 40960  3月  4 09:05 {}",
    "a Korean month": "-rw-r--r-- 1 ftp ftp 40960  3월  4  2019 {}",
    "seconds and the year": "-rw-r--r-- 1 ftp ftp 40960 Mar  4 09:05:59 2019 {}",
    "an ISO date": "-rw-r--r-- 1 ftp ftp 40960 2019-03-04 09:05 {}",
    "an ISO date with its zone": "-rw-r--r-- 1 ftp ftp 40960 2019-03-04 09:05:01.5 +0100 {}",
    "a short ISO date": "-rw-r--r-- 1 ftp ftp 40960 03-04 09:05 {}",
    "a short ISO date of another year": "-rw-r--r-- 1 ftp ftp 40960 2019-03-04  {}",
    "a date with dots": "-rw-r--r-- 1 ftp ftp 40960 04.03.2019 09:05 {}",
    "digits in groups": "-rw-r--r-- 1 ftp ftp 40,960 Mar 04 2019 {}",
    "NetWare": "- [RWCEAFMS] supervisor 40960 Mar 04 09:05 {}",
    "DOS": "03-04-19  09:05AM                40960 {}",
    "DOS with a year of four digits": "03-04-2019  09:05 AM            40960 {}",
    "DOS with a day's 24 hours": "2019-03-04  21:05                40960 {}",
    "DOS, digits in groups": "03/04/2019  09:05 PM           40,960 {}",
    "EPLF": "+i8388621.29609,m824255902,r,s40960,\t{}",
}
FACTS = {
    "the usual facts": "type=file;size=40960;modify=20190304090500; {}",
    "capitals": "Type=FILE;Size=40960; {}",
    "a group of two words": "size=40960;UNIX.groupname=domain users;UNIX.mode=0644;type=file; {}",
}
FOLDERS = {
    "ls": "drwxr-xr-x 2 Max Kuhn Domain Users 4096 Mar 04 2019 {}",
    "DOS": "03-04-19  09:05AM       <DIR>          {}",
    "EPLF": "+i8388621.44468,m839956783,/,\t{}",
    "NetWare": "d [RWCEAFMS] supervisor 512 Mar 04 2019 {}",
}
UNREADABLE_LIST = [
    "-rw-r--r-- 1 ftp ftp many Mar 04 2019 a.mrc",
    "-rw-r--r-- 1 ftp ftp 40960 someday a.mrc",
    "-rw-r--r-- 1 ftp ftp 40960 Mar 04 2019",
    "-rw-r--r-- 1 ftp ftp " + "9" * 5000 + " Mar 04 2019 a.mrc",
    "A.MRC;1              80/81      4-MAR-2019 09:05  [FTP]  (RWED,RWED,RE,)",
    "PSMLC1 3390   2019/03/04  1  15  VB    27994  PO  A.MRC",
    "03-04-19  09:05AM  40960",
    "ls: cannot access 'a.mrc': Input/output error",
]
UNREADABLE_MLSD = ["type=file;size=40960;modify=20190304090500;a.mrc", "a1.mrc"]


def _line(form, name=NAME):
    return (form.format(name) + "\r\n").encode("utf-8", "surrogateescape")


NAMES = [NAME, "  blanks first.mrc", "9 Dec 24 2021 b.mrc", "f\udcfcr.mrc"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("parse", "form"),
    [*((parse_list, form) for form in FILES.values()),
     *((parse_mlsd, form) for form in FACTS.values())],
    ids=[*FILES, *("MLSD, " + label for label in FACTS)],
)
def test_a_file_has_its_name_and_size_in_every_form(parse, form, name):
    (item,) = parse(_line(form, name))
    assert (item.name, item.size) == (name, 40960)
    assert not item.is_folder
    assert not item.is_link


@pytest.mark.parametrize("form", FOLDERS.values(), ids=FOLDERS)
def test_a_folder_is_one_in_every_form(form):
    assert parse_list(_line(form, "a folder")) == [ListingItem("a folder", is_folder=True)]


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("lrwxrwxrwx 1 Max Kuhn Domain Users 9 Mar 04 2019 a b.mrc -> ../c d.mrc", "a b.mrc"),
        ("03-04-19  09:05AM       <SYMLINK>      a b.mrc [D:\\c d.mrc]", "a b.mrc"),
        ("03-04-19  09:05AM       <JUNCTION>     movies [D:\\movies]", "movies"),
    ],
)
def test_a_link_is_known_for_one(line, name):
    assert parse_list(_line(line)) == [ListingItem(name, is_link=True)]


@pytest.mark.parametrize("size", ["0", "543M", "1.3G"])
def test_sizes_that_are_rounded_or_no_file_s_are_not_believed(size):
    (item,) = parse_list(_line(f"-rw-r--r-- 1 ftp ftp {size} Mar 04 2019 {{}}"))
    assert (item.name, item.size) == (NAME, None)


@pytest.mark.parametrize("size", ["0", "-1", "-2147483648", "²", "9" * 5000, "many", ""])
def test_sizes_among_facts_that_are_no_file_s_are_not_believed(size):
    (item,) = parse_mlsd(_line(f"type=file;size={size}; {{}}"))
    assert (item.name, item.size) == (NAME, None)


def test_what_the_server_itself_cannot_look_at_has_a_name_and_no_size():
    assert parse_list(b"-????????? ? ? ? ?            ? a b.mrc\r\n") == [ListingItem("a b.mrc")]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_end_with_a_line_feed_or_with_both_characters(end):
    names = ["a 1.mrc", "b 2.mrc", "c 3.mrc"]
    lines = ["total 12", *(FILES["the usual form"].format(name) for name in names), ""]
    assert [item.name for item in parse_list(end.join(lines).encode())] == names


def test_a_line_feed_that_begins_no_item_belongs_to_a_name():
    data = _line(FILES["the usual form"], "a\nb.mrc") + _line(FILES["the usual form"])
    assert [item.name for item in parse_list(data)] == ["a\nb.mrc", NAME]


@pytest.mark.parametrize("total", ["total 0", "total 12K", "insgesamt 12", "合計 12", "total: 3"])
def test_the_total_of_a_folder_is_no_item(total):
    assert parse_list(_line(total)) == []


@pytest.mark.parametrize(
    ("parse", "line"),
    [*((parse_list, line) for line in UNREADABLE_LIST),
     *((parse_mlsd, line) for line in UNREADABLE_MLSD)],
)
def test_a_line_that_may_be_an_item_and_cannot_be_read_is_an_error(parse, line):
    good = FILES["the usual form"] if parse is parse_list else FACTS["the usual facts"]
    with pytest.raises(ListingUnreadable, match="cannot be read: '"):
        parse(_line(good) + line.encode() + b"\r\n")


def test_a_link_s_target_may_contain_what_ends_the_facts():
    (item,) = parse_mlsd(b"type=OS.unix=slink:/x; y;size=3;UNIX.mode=0777; a; b.mrc\r\n")
    assert item == ListingItem("a; b.mrc", is_link=True)


# ------ over a connection


class _Web(Server):
    """The other server of an automatic transport, with one file."""

    def connect(self):
        return _WebConnection()


class _WebConnection(Connection):
    def list_folder(self, folder):
        return [ListingItem("a.mrc")]

    def size_of(self, path):
        return 1

    def fetch(self, path, sink, start, stop, size=None):
        raise NotImplementedError

    def is_open(self):
        return True

    def close(self):
        """Nothing is open."""


@pytest.fixture
def vms():
    with scripted_ftp() as script:
        script.on("MLSD", "500 Unknown command.")
        script.listing = UNREADABLE_LIST[4].encode() + b"\r\n"
        yield FtpServer(script.url)


def test_a_listing_that_cannot_be_read_ends_with_a_sentence(vms):
    with DirectoryLister(vms) as lister, pytest.raises(ListingUnreadable, match="A\\.MRC;1"):
        lister("")


def test_automatic_transport_leaves_a_server_whose_listing_cannot_be_read(vms):
    with DirectoryLister(FallbackServer(vms, _Web())) as lister:
        assert lister("") == [ListingItem("a.mrc")]
