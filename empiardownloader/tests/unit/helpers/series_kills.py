"""Writes a set of tilt series again and again, each time killed elsewhere, while readers look.

``python series_kills.py FOLDER KILLS LANE LANES`` prints, as JSON, what readers saw in each case:
of KILLS places every LANESth, from LANE on. Writers and readers are forked from one process that
has imported Scipion.
"""

import json
import os
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from pwem.objects import Acquisition, SetOfMovies
from pyworkflow.object import Set
from tomo.objects import SetOfTiltSeriesM  # before the forks: it takes a second

from empiardownloader.demo.data.mrc import tiny_movie
from empiardownloader.streaming.set_file import SetFile
from empiardownloader.streaming.tilt_series_items import (
    SeriesItem,
    TiltItem,
    describe_series,
    series_kind,
)

SERIES, TILTS = 4, 3
_WATCHED = ("set_file.py", "new_rows.py", "superseded_files.py", "tilt_series_items.py")


def item(number):
    """A series whose tilts all lie in one file: their content is not what is looked at."""
    tilts = [
        TiltItem("extra/tilt.mrc", f"tilt_{number}_{at}.mrc", 2, 3.0 * at, at + 1, 2.0, 2.0 * at)
        for at in range(TILTS)
    ]
    return SeriesItem(f"TS_{number:02d}", tuple(tilts), (16, 16), 85.3)


def describe(series):
    movies = SetOfMovies(filename=":memory:")
    movies.setSamplingRate(0.675)
    movies.setAcquisition(Acquisition(
        voltage=300, sphericalAberration=2.7, amplitudeContrast=0.1, magnification=50000,
        doseInitial=0, dosePerFrame=1.0))
    movies.setFramesRange([1, 2, 1])
    describe_series(series, movies, item(0))


def write():
    """Publish the series that the set lacks, write it anew once in between, and close it."""
    file = SetFile("series.sqlite", series_kind())
    for number in range(SERIES):
        known = file.keys()
        if f"TS_{number:02d}" in known:
            continue
        if number == SERIES // 2 and not os.path.exists("renewed"):
            file.renew([item(done) for done in range(number)], Set.STREAM_OPEN, describe)
            Path("renewed").touch()
        file.publish([item(number)], Set.STREAM_OPEN, describe)
    file.publish([], Set.STREAM_CLOSED)


def counted(last):
    """Count the calls in the modules that write; die at the ``last``."""
    calls = [0]

    def watch(frame, event, argument):
        if event in ("call", "c_call") and frame.f_code.co_filename.endswith(_WATCHED):
            calls[0] += 1
            if calls[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    write()
    sys.setprofile(None)
    return calls[0]


def read(keeps):
    """Look until the set is closed, over one connection or ever new ones; return what is wrong."""
    wrong, series, looks = [], None, 0
    while True:
        if not os.path.exists("series.sqlite"):
            time.sleep(0.001)
            continue
        try:
            if series is None or not keeps:
                series = SetOfTiltSeriesM(filename="series.sqlite")
            series.loadAllProperties()
            looks += 1
            count, is_open = series.getSize(), series.isStreamOpen()
            found = {one.getTsId(): len(list(one)) for one in series.iterItems()}
            if not found or count == 0:
                wrong.append(f"{count} series")
            wrong += [f"{ts_id} with {tilts}" for ts_id, tilts in found.items() if tilts != TILTS]
            if not keeps:
                series.close()
            time.sleep(0.02)
            if not is_open:
                return {"looks": looks, "wrong": wrong, "series": sorted(found)}
        except Exception as error:  # noqa: BLE001 (what a reader meets is what is asked for)
            wrong.append(repr(error))
            series = None


def forked(function, *arguments):
    """Call a function in a process of its own; return its number, and where its result will be."""
    result, inlet = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(result)
        try:
            text = json.dumps(function(*arguments))
        except Exception:  # noqa: BLE001 (the test shows it)
            text = json.dumps(traceback.format_exc())
        os.write(inlet, text.encode())
        os._exit(0)
    os.close(inlet)
    return process, result


def outcome(process, result):
    """Wait for a forked process; None if it was killed before it had a result."""
    with open(result, "rb") as file:
        text = file.read()
    os.waitpid(process, 0)
    return json.loads(text) if text else None


def case(folder, last):
    """Write until killed, then to the end, under the eyes of both kinds of readers."""
    os.chdir(tempfile.mkdtemp(dir=folder))
    os.mkdir("extra")
    Path("extra/tilt.mrc").write_bytes(tiny_movie(1))
    readers = [forked(read, keeps) for keeps in (True, False)]
    calls = outcome(*forked(counted, last))
    if last:
        outcome(*forked(write))
    return {"calls": calls, "readers": [outcome(*reader) for reader in readers]}


if __name__ == "__main__":
    whole = case(sys.argv[1], 0)
    kills, lane, lanes = map(int, sys.argv[2:])
    places = [1 + whole["calls"] * at // kills for at in range(lane, kills, lanes)]
    print(json.dumps([whole, *(case(sys.argv[1], place) for place in places)]))
