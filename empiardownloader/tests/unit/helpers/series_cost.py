"""Adds tilt series to a set one by one, and counts the bytes that each writes.

``python series_cost.py FOLDER SERIES`` prints the numbers of bytes, as JSON.
"""

import json
import os
import sys
from pathlib import Path

from pyworkflow.object import Set
from series_kills import describe, item

from empiardownloader.demo.data.mrc import tiny_movie
from empiardownloader.streaming.set_file import SetFile
from empiardownloader.streaming.tilt_series_items import series_kind


def bytes_written():
    """Return the bytes that this process has handed to the kernel so far, written or not."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def cost(number):
    """Return the bytes written for one more series."""
    before = bytes_written()
    SetFile("series.sqlite", series_kind()).publish([item(number)], Set.STREAM_OPEN, describe)
    return bytes_written() - before


if __name__ == "__main__":
    os.chdir(sys.argv[1])
    os.mkdir("extra")
    Path("extra/tilt.mrc").write_bytes(tiny_movie(1))
    print(json.dumps([cost(number) for number in range(int(sys.argv[2]))]))
