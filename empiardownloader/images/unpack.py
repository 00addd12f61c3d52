"""Compressed movies: their unpacked names, and unpacking."""

import bz2
import gzip
import os
import shutil
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from .errors import CannotUnpack

_BLOCK = 1 << 20
_SUFFIXES = (".bz2", ".gz")


def packed_suffix(name: str) -> str:
    """Return the extension of a compressed file in lower case: .bz2, .gz or ''."""
    stem, suffix = os.path.splitext(name)
    return suffix.lower() if stem and suffix.lower() in _SUFFIXES else ""


def unpacked_name(name: str) -> str:
    """Return a file's name after unpacking; unchanged if it is not packed."""
    suffix = packed_suffix(name)
    return name[: -len(suffix)] if suffix else name


def unpack(source: Path, target: BinaryIO) -> None:
    """Write the content of a bzip2 or gzip file, of one stream or several, to an open file.

    Raises CannotUnpack for a damaged source, OSError (with its errno) for a disk. About 1 MiB is in
    memory at a time, and several threads can unpack side by side. The content shows the
    compression, because the name of a part has no .bz2 or .gz.
    """
    with open(source, "rb") as packed:
        magic = packed.read(3)
        packed.seek(0)
        try:
            with _reader(magic, packed) as content:
                shutil.copyfileobj(content, target, _BLOCK)
        except EOFError as error:
            raise CannotUnpack(
                "it cannot be unpacked (it ends before its data do: cut short at the source)"
            ) from error
        except (OSError, zlib.error) as error:
            # bz2 and gzip raise an OSError too, but one without a number.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise CannotUnpack(f"it cannot be unpacked ({error})") from error


def _reader(magic: bytes, packed: BinaryIO) -> BinaryIO:
    if magic == b"BZh":
        return cast(BinaryIO, bz2.BZ2File(packed))
    if magic[:2] == b"\x1f\x8b":
        return cast(BinaryIO, gzip.GzipFile(fileobj=packed))
    raise CannotUnpack("it cannot be unpacked (it is neither bzip2 nor gzip)")
