"""The forms of LIST and MLSD that real servers send, and lines that cannot be read."""

import pytest
from scripted_ftp import scripted_ftp

from empiardownloader.net.errors import ListingUnreadable
from empiardownloader.transfer import DirectoryLister, FallbackServer
from empiardownloader.transfer.base import Connection, ListingItem, Server
from empiardownloader.transfer.ftp.list_lines import UsualListing
from empiardownloader.transfer.ftp.listing import parse_list, parse_mlsd, whole_listing
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
    "an ISO date with T and Z": "-rw-r--r-- 1 ftp ftp 40960 2019-03-04T09:05:00Z {}",
    "an ISO date with T and its zone": "-rw-r--r-- 1 ftp ftp 40960 2019-03-04T09:05:00+01:00 {}",
    "the day of the week": "-rw-r--r-- 1 ftp ftp 40960 Mon Mar  4 09:05:59 2019 {}",
    "the day of the week, no group": "-rw-r--r-- 1 ftp 40960 Mon Mar 04 09:05 {}",
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
    "EPLF without a number of the file": "+m824255902,up644,s40960,r\t{}",
    "digits grouped by no-break spaces": "-rw-r--r-- 1 ftp ftp 40\u00a0960 Mar 04 2019 {}",
    "digits grouped by narrow spaces": "-rw-r--r-- 1 ftp ftp 40\u202f960 Mar 04 2019 {}",
    "tabs between the columns": "-rw-r--r--\t1\tftp\tftp\t40960\tMar 04  2019\t{}",
    "blanks before the line": "   -rw-r--r-- 1 ftp ftp 40960 Mar 04 2019 {}",
    "the number of the inode": "1308917 -rw-r--r-- 1 ftp ftp 40960 Mar 04 09:05 {}",
    "inode and blocks": " 1308917   80 -rw-r--r-- 1 ftp ftp 40960 Mar 04 09:05 {}",
    "SELinux": "-rw-r--r--. 1 ftp ftp 40960 Mar 04 2019 {}",
    "macOS": "-rw-r--r--@ 1 ftp staff 40960 Mar 04 2019 {}",
    "the zero of Windows' dates": "-rw-r--r-- 1 ftp ftp 40960 Jan 01 1601 {}",
    "a clock in the future": "-rw-r--r-- 1 ftp ftp 40960 Mar 04 2119 {}",
    "no date": "-rw-r--r-- 1 ftp ftp 40960 Jan 00 0000 {}",
    "a Thai month and year": "-rw-r--r-- 1 ftp ftp 40960 มี.ค. 04 2562 {}",
    "a Vietnamese month": "-rw-r--r-- 1 ftp ftp 40960 thg 3 04 2019 {}",
    "an Arabic month": "-rw-r--r-- 1 ftp ftp 40960 مار 04 09:05 {}",
    "a Greek month": "-rw-r--r-- 1 ftp ftp 40960 Μαρ 04 2019 {}",
    "a Portuguese date": "-rw-r--r-- 1 ftp ftp 40960 4 de março de 2019 {}",
    "a Hungarian date": "-rw-r--r-- 1 ftp ftp 40960 2019. márc. 4. {}",
    "a Japanese date": "-rw-r--r-- 1 ftp ftp 40960 2019年03月04日 {}",
    "a Japanese date and time": "-rw-r--r-- 1 ftp ftp 40960 2019年 3月 4日 09:05 {}",
    "NetWare, with its column of names": "- [R----F--] rhesus  40960  Mar 04 09:05    {}",
    "an old Macintosh": "-------r--         326  40634  40960 Mar 04  2019 {}",
    "DOS, Chinese": "2019/03/04  上午 09:05           40960 {}",
    "DOS, Arabic": "04/03/2019  09:05 ص           40960 {}",
    "DOS, digits grouped by no-break spaces": "04.03.2019  09:05       40\u00a0960 {}",
}
FACTS = {
    "the usual facts": "type=file;size=40960;modify=20190304090500; {}",
    "capitals": "Type=FILE;Size=40960; {}",
    "a group of two words": "size=40960;UNIX.groupname=domain users;UNIX.mode=0644;type=file; {}",
    "no type": "size=40960;modify=20190304090500; {}",
    "a blank after each fact": "type=file; size=40960; modify=20190304090500; {}",
    "a tab before the name": "type=file;size=40960;\t{}",
    "two ends of a fact": "type=file;size=40960;; {}",
    "zeros before the size": "type=file;size=0000040960; {}",
    "blanks before the size": "type=file;size= 40960; {}",
    "facts of their own": "type=file;X.note=a=b;perm=;size=40960;lang=; {}",
    "the form of ls": "-rw-r--r-- 1 ftp ftp 40960 Mar 04 2019 {}",
}
FOLDERS = {
    "ls": "drwxr-xr-x 2 Max Kuhn Domain Users 4096 Mar 04 2019 {}",
    "DOS": "03-04-19  09:05AM       <DIR>          {}",
    "EPLF": "+i8388621.44468,m839956783,/,\t{}",
    "NetWare": "d [RWCEAFMS] supervisor 512 Mar 04 2019 {}",
    "an old Macintosh": "drwxrwxr-x               folder        2 Mar 04  2019 {}",
    "DOS, Chinese": "2019/03/04  上午 09:05    <DIR>          {}",
}
UNREADABLE_LIST = [
    "-rw-r--r-- 1 ftp ftp many Mar 04 2019 a.mrc",
    "-rw-r--r-- 1 ftp ftp 40960 someday a.mrc",
    "-rw-r--r-- 1 ftp ftp 40960 Mar 04 2019",
    "-rw-r--r-- 1 ftp ftp " + "9" * 5000 + " Mar 04 2019 a.mrc",
    "A.MRC;1              80/81      4-MAR-2019 09:05  [FTP]  (RWED,RWED,RE,)",
    "PSMLC1 3390   2019/03/04  1  15  VB    27994  PO  A.MRC",
    "03-04-19  09:05AM  40960",
    "03-04-19  09:05AM       <REP>          movies",
    "     40960      A    03-04-19   09:05  a.mrc",  # OS/2
    "QSYS            40960 03/04/19 09:05:09 *STMF    a.mrc",  # IBM i
    "--rw-rw-rw- M 125 ftp ftp 40960 Mar 04 09:05 a.mrc",  # Plan 9
    "AFILE   OWNED 101 40960 4-Mar-19 09:05:00 255,255 \"oooo\"",  # Tandem
    "A_LONG_NAME.MRC;1",  # VMS, in two lines
    "Total of 1 file, 80/81 blocks.",
    "-rw-r--r-- 1 ftp ftp ٤٠٩٦٠ مار ٠٤ ٢٠١٩ a.mrc",
    "ls: cannot access 'a.mrc': Input/output error",
]
UNREADABLE_MLSD = ["type=file;size=40960;modify=20190304090500;a.mrc", "a1.mrc"]


def _line(form, name=NAME):
    return (form.format(name) + "\r\n").encode("utf-8", "surrogateescape")


NAMES = [NAME, "  blanks first.mrc", "9 Dec 24 2021 b.mrc", "f\udcfcr.mrc", "2021 b.mrc",
         "a -> b.mrc", "a; b.mrc", "blanks last.mrc  "]  # fmt: skip


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


def test_the_last_group_of_a_number_is_no_size():
    (item,) = parse_list(b"-rw-r--r-- 1 ftp ftp 1 040 960 Mar 04 2019 a.mrc\r\n")
    assert (item.name, item.size) == ("a.mrc", None)


def test_two_sizes_of_one_file_are_none():
    (item,) = parse_mlsd(b"type=file;size=1;size=2; a.mrc\r\n")
    assert item.size is None


@pytest.mark.parametrize(
    ("line", "name"),
    [("lrwxrwxrwx 1 ftp ftp 9 Mar 04 2019 a -> b -> ../c", "a"),
     ("lrwxrwxrwx 1 ftp ftp 9 Mar 04 2019 a.mrc ->", "a.mrc"),
     ("lrwxrwxrwx 1 ftp ftp 9 Mar 04 2019 a.mrc", "a.mrc")],
)
def test_a_link_with_an_odd_arrow_keeps_its_name(line, name):
    assert parse_list(_line(line)) == [ListingItem(name, is_link=True)]


@pytest.mark.parametrize(
    "facts",
    ["type=dir;", "Type=DIR;sizd=4096;", "type=OS.unix=dir;size=4096;", "type=dir; perm=el;"],
)
def test_a_folder_is_one_by_its_facts(facts):
    assert parse_mlsd(f"{facts} movies\r\n{facts} more/\r\n".encode()) == [
        ListingItem("movies", is_folder=True), ListingItem("more", is_folder=True)]


@pytest.mark.parametrize(
    "line",
    ["type=cdir;size=4096; .", "type=cdir; /data/Movies", "type=pdir; /data", "Type=PDIR; .."],
)
def test_the_folder_itself_and_its_parent_are_no_items(line):
    assert parse_mlsd(line.encode() + b"\r\n") == []


@pytest.mark.parametrize("end", [b"\r\n", b"\n", b"\r\r\n", b"\r", b"\r\n\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
@pytest.mark.parametrize(("parse", "form"), [(parse_list, FILES["the usual form"]),
                                             (parse_mlsd, FACTS["the usual facts"])])  # fmt: skip
def test_ends_of_lines_and_a_mark_of_the_encoding_belong_to_no_name(parse, form, mark, end):
    names = ["a 1.mrc", "b 2.mrc", "c 3.mrc"]
    data = mark + b"".join(form.format(name).encode() + end for name in names)
    assert [(item.name, item.size) for item in parse(data)] == [(name, 40960) for name in names]


def test_lines_with_different_ends_in_one_listing():
    data = b"".join(_line(FILES["the usual form"], name).rstrip() + end for name, end in [
        ("a.mrc", b"\r\n"), ("b.mrc", b"\n"), ("c.mrc", b"\r\r\n"), ("d.mrc", b"\r\n")])
    assert [item.name for item in parse_list(data)] == ["a.mrc", "b.mrc", "c.mrc", "d.mrc"]


@pytest.mark.parametrize("form", [*FILES.values(), *FOLDERS.values()], ids=[*FILES, *FOLDERS])
def test_a_line_means_the_same_alone_and_among_thousands_of_the_usual_form(form):
    usual = [FILES["the usual form"].format(f"m_{n}.mrc") for n in range(3000)]
    lines = [*usual[:1000], FOLDERS["ls"].format("7"), form.format(NAME), *usual[1000:]]
    expected = [item for line in lines for item in parse_list(f"{line}\r\n".encode())]
    assert parse_list("".join(f"{line}\r\n" for line in lines).encode()) == expected
    assert [item.name for item in expected[:1002:500]] == ["m_0.mrc", "m_500.mrc", "7"]


@pytest.mark.parametrize("step", [1, 7, 60, 1 << 16])
@pytest.mark.parametrize("last", [b"", b"-rw-r--r-- 1 a b 7 Mar 04 2019 late.mrc", b"total 3\r\n"])
def test_blocks_may_end_anywhere(step, last):
    data = b"".join(_line(FILES["the usual form"], f"\u00e9 {n}.mrc") for n in range(40)) + last
    usual = UsualListing()
    for start in range(0, len(data), step):
        usual.feed(data[start : start + step])
    assert whole_listing(usual, data) == parse_list(data)
    assert len(parse_list(data)) == 40 + last.endswith(b"mrc")


def test_a_list_of_sub_folders_too_is_that_of_the_folder():
    lines = [".:", "total 12", FILES["the usual form"].format("a.mrc"), FOLDERS["ls"].format("7"),
             "", "./7:", "total 4", FILES["the usual form"].format("b.mrc")]  # fmt: skip
    assert [item.name for item in parse_list("\r\n".join(lines).encode())] == ["a.mrc", "7"]


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
