"""Content codings of HTTP answers: the file's own packing, packing on the way, and its removal."""

from __future__ import annotations

import posixpath
import zlib
from typing import Iterable, Iterator

import requests

from ...net.errors import ConnectionCut

#: Codings that a server applies on the way, and that are undone here (RFC 9110, 8.4.1).
DECODED = ("gzip", "x-gzip", "deflate")

#: Codings that are the file's own: Apache's AddEncoding declares them for browsers to unpack.
_OWN_CODINGS = {".gz": ("gzip", "x-gzip"), ".bz2": ("bzip2", "x-bzip2"), ".z": ("x-compress",)}
# Words that owners of buckets and of servers write there, and that change no byte.
_UNCHANGED = ("", "identity", "none", "binary", "8bit", "7bit", "utf-8", "utf8", "aws-chunked")
_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15  # window bits of zlib
_BLOCK = 1 << 20  # bytes that are unpacked at once


def coding_of(path: str, response: requests.Response) -> str:
    """Return the coding that a server applied on the way; '' for an unchanged file."""
    words = response.headers.get("Content-Encoding", "").lower().split(",")
    codings = [word.strip() for word in words if word.strip() not in _UNCHANGED]
    own = _OWN_CODINGS.get(posixpath.splitext(path.lower())[1], ())
    return "" if len(codings) == 1 and codings[0] in own else ", ".join(codings)


def decoded(blocks: Iterable[memoryview], coding: str, path: str) -> Iterator[memoryview]:
    """Yield the unpacked bytes of a body. ConnectionCut if it is broken or ends early."""
    unpacker = zlib.decompressobj(_ZLIB if coding == "deflate" else _GZIP)
    is_first = True
    for block in blocks:
        data = bytes(block)
        while data:
            try:
                unpacked = unpacker.decompress(data, _BLOCK)
            except zlib.error as error:
                if not is_first or coding != "deflate":
                    raise ConnectionCut(f"{path}: its packed bytes are broken ({error})") from error
                unpacker = zlib.decompressobj(_RAW_DEFLATE)  # of servers that leave zlib's head out
                unpacked = unpacker.decompress(data, _BLOCK)
            is_first = False
            if unpacked:
                yield memoryview(unpacked)
            data = unpacker.unconsumed_tail
            if unpacker.eof and unpacker.unused_data.strip(b"\0"):  # another member
                data, unpacker = unpacker.unused_data, zlib.decompressobj(_GZIP)
    if not unpacker.eof:
        raise ConnectionCut(f"{path}: its packed bytes end early")
