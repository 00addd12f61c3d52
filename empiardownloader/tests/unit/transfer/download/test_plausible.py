"""What cannot be an image by its first bytes, packed or not."""

import bz2
import gzip
import os

import pytest

from empiardownloader.transfer import FileRequest
from empiardownloader.transfer.download.plausible import FIRST_BYTES, implausible_reason

PAGE = b"<!DOCTYPE html><html><head><title>Log in</title></head><body>Please</body></html>"
IMAGE = b"\0" + os.urandom(5000)

IMPLAUSIBLE = {
    "a page": (PAGE, "a web page"),
    "a page after blanks": (b"\n\n  " + PAGE, "a web page"),
    "a page in UTF-16": (PAGE.decode().encode("utf-16"), "a web page"),
    "a long page": (PAGE + b"<p>Please log in</p>" * 10_000, "a web page"),
    "JSON": (b'{"error": "quota exceeded"}', "JSON"),
    "a sentence": (b"Access denied by policy. Contact your administrator.", "text"),
    "a PDF": (b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n" + bytes(500), "a PDF"),
    "a zip archive": (b"PK\x03\x04" + bytes(500), "a zip archive"),
    "a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(500), "a PNG"),
    "gzip": (gzip.compress(IMAGE), "something packed by gzip"),
    "bzip2": (bz2.compress(IMAGE), "something packed by bzip2"),
}
PACKINGS = {
    "": lambda content: content,
    ".gz": gzip.compress,
    ".GZ": lambda content: gzip.compress(b"") + gzip.compress(content),
    ".bz2": bz2.compress,
}
PLAUSIBLE = {
    "an image": ("a.mrc.gz", gzip.compress(IMAGE)),
    "a block larger than what is looked at": ("a.mrc.bz2", bz2.compress(os.urandom(900_000))),
    "pixels that are all alike": ("a.tif.gz", gzip.compress(b" " * 5000)),
    "text that is named as text": ("a.txt.gz", gzip.compress(b"PixelSpacing = 1.35")),
    "nothing": ("a.mrc.bz2", bz2.compress(b"")),
    # Unpacking all of it reports these.
    "damaged gzip": ("a.mrc.gz", gzip.compress(IMAGE)[:20] + bytes(500)),
    "damaged bzip2": ("a.mrc.bz2", b"BZh9" + bytes(500)),
    "gzip without more than its header": ("a.mrc.gz", gzip.compress(IMAGE)[:10]),
}


def reason(name, content):
    return implausible_reason(FileRequest(f"data/{name}", None, name), content[:FIRST_BYTES])


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize(("content", "kind"), IMPLAUSIBLE.values(), ids=IMPLAUSIBLE)
def test_what_is_no_image_is_none_when_it_is_packed_either(content, kind, packing):
    told = reason(f"a.mrc{packing}", PACKINGS[packing](content))
    assert told == f"the server sends {kind} in its place"


@pytest.mark.parametrize(("name", "content"), PLAUSIBLE.values(), ids=PLAUSIBLE)
def test_what_may_be_an_image_is_left_to_its_reader(name, content):
    assert reason(name, content) is None
