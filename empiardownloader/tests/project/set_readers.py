"""Consumers in processes of their own: each reads an open set as a protocol of others does.

``python -m empiardownloader.tests.project.set_readers KIND movies.sqlite``: again and again, until
standard input is closed and the set, too (ten seconds later at the latest). Prints a line when it
is ready, the set's size whenever it sees another one, and all that it saw as JSON at the end.
The class of each kind names the function that it is written after.
"""

import json
import os
import select
import sqlite3
import sys
import time
from datetime import datetime

from pwem.objects import SetOfMicrographs, SetOfMovies
from pyworkflow import Config
from pyworkflow.utils.retry_streaming import safeIsStreamOpen

LOOK_SECS = 0.05
LAST_LOOK_SECS = 10


class Reader:
    """Notes every movie that it takes, once and in order, and each change of the set's state."""

    hurries = False  # at the end, when nothing changes any more

    def __init__(self, path):
        self.path = path
        self.taken = []
        self.times = {}
        self.sizes = []
        self.states = []

    def look(self):
        """Read as the consumer does; ends in calls of the three below."""
        raise NotImplementedError

    def take(self, items):
        """Movies, as (id, micName), that the consumer would now process."""
        self.taken += items
        self.times.update((name, time.time()) for _, name in items)

    def see(self, size, isOpen):
        """Record the set's size and state if they have changed."""
        for seen, value in ((self.sizes, size), (self.states, isOpen)):
            if value is not None and (not seen or seen[-1] != value):
                seen.append(value)

    def knows(self):
        """Return the ids of the items seen so far."""
        return {objId for objId, _ in self.taken}


class Fresh(Reader):
    """Opens the set anew at each look and reads all of it, with its properties."""

    def __init__(self, path):
        super().__init__(path)
        self.described = []

    def look(self):
        movies = SetOfMovies(filename=self.path)
        movies.loadAllProperties()
        items = [movie.clone() for movie in movies.iterItems()]
        described = {"rate": movies.getSamplingRate(), "dimensions": movies.getDim(),
                     "frames": list(movies.getFramesRange()),
                     "voltage": movies.getAcquisition().getVoltage(),
                     "files": all(os.path.exists(movie.getFileName()) for movie in items)}
        self.see(movies.getSize(), movies.isStreamOpen())
        movies.close()
        if described not in self.described:
            self.described.append(described)
        assert [movie.getObjId() for movie in items][:len(self.taken)] == [
            objId for objId, _ in self.taken], "an earlier movie is gone"
        self.take([(movie.getObjId(), movie.getMicName()) for movie in items[len(self.taken):]])


class ByTime(Reader):
    """``_checkNewInput`` and ``_loadInputList`` of pwem, protocols/protocol_movies.py

    RELION's, Xmipp's and most other motion corrections inherit them. If the file is older than the
    last look, there is nothing new.
    """

    last_check = None
    set_class = SetOfMovies

    def look(self):
        now = datetime.now()
        modified = datetime.fromtimestamp(os.path.getmtime(self.path))
        if self.last_check and self.last_check > modified:
            return
        self.last_check = now
        movies = self.set_class(filename=self.path)
        movies.loadAllProperties()
        items = [movie.clone() for movie in movies]
        isOpen = not movies.isStreamClosed()
        movies.close()
        known = self.knows()
        self.take([(movie.getObjId(), movie.getMicName()) for movie in items
                   if movie.getObjId() not in known])
        self.see(len(items), isOpen)


class CtfEstimation(ByTime):
    """``ProtCTFMicrographs._checkNewInput`` and ``_loadSet``: pwem, protocol_micrographs.py

    CTFFIND's, Gctf's and Xmipp's inherit them; micrographs are known by their names.
    """

    set_class = SetOfMicrographs


class Counter(Reader):
    """``ProtDataCounter._checkNewInput``: scipion-em-facilities, protocol_data_counter.py

    Takes the time of its last look after it has read, so that it lies after the file's.
    """

    last_check = None

    def look(self):
        modified = datetime.fromtimestamp(os.path.getmtime(self.path))
        if self.last_check and self.last_check > modified and self.taken:
            return
        movies = SetOfMovies(filename=self.path)
        movies.loadAllProperties()
        new = sorted(movies.getIdSet() - self.knows())
        self.last_check = datetime.now()
        isOpen = not movies.isStreamClosed()
        self.take([(objId, movies.getItem("id", objId).getMicName()) for objId in new])
        self.see(movies.getSize(), isOpen)
        movies.close()


class Monitor(Reader):
    """``SetMonitor.update``: emtools/pwx/monitors.py, for pipelines of tasks as MotionCor's."""

    last_update = None

    def look(self):
        now = datetime.now()
        modified = datetime.fromtimestamp(os.path.getmtime(self.path))
        if not self.last_update or modified > self.last_update:
            movies = SetOfMovies(filename=self.path)
            movies.loadAllProperties()
            for movie in movies.iterItems():
                if movie.getObjId() not in self.knows():
                    self.take([(movie.getObjId(), movie.clone().getMicName())])
            self.see(movies.getSize(), not movies.isStreamClosed())
            movies.close()
        self.last_update = now


class Kept(Reader):
    """``ProtMotionCorr.stepsGeneratorStep``: scipion-em-motioncorr, protocol_motioncorr_ns.py

    One set, opened once and never closed; the ids first, then the movies behind those that are new,
    then the properties.
    """

    movies = None

    def look(self):
        if self.movies is None:
            # As the project gives it: opened on demand, with what was known when it was stored.
            self.movies = SetOfMovies(filename=self.path)
            self.movies.loadAllProperties()
            self.movies.close()
            self.movies.getFirstItem()
        ids = set(self.movies.getUniqueValues("id"))
        new = ids - self.knows()
        self.take([(movie.getObjId(), movie.getMicName()) for movie in self.movies.iterItems()
                   if movie.getObjId() in new])
        if self.movies.isStreamOpen():
            self.movies.loadAllProperties()
        self.see(None, self.movies.isStreamOpen())


class AboveLast(Reader):
    """``ProtMovieAlignBase.getNewInputMicNames``: scipion-em-warp, protocol_base.py

    One set, opened once; asks for what lies above the highest id that it has seen.
    """

    movies = None
    last = 0

    def look(self):
        if self.movies is None:
            self.movies = SetOfMovies(filename=self.path)
        found = self.movies.getUniqueValues(["_micName", "id", "_filename"], f"id > {self.last}")
        if found["id"]:
            self.last = max(found["id"])
            self.take(list(zip(found["id"], found["_micName"])))
            for name in found["_micName"]:
                assert self.movies.getItem("_micName", name).getMicName() == name
        self.movies.loadAllProperties()
        self.see(None, not self.movies.isStreamClosed())


class Sizes(Reader):
    """``SummaryProvider.refreshObjects``: scipion-em-facilities, summary_provider.py

    Loads and closes one set object again and again, for its size and properties.
    """

    movies = None

    def look(self):
        if self.movies is None:
            self.movies = SetOfMovies(filename=self.path)
        self.movies.load()
        self.movies.loadAllProperties()
        self.see(self.movies.getSize(), self.movies.isStreamOpen())
        self.movies.close()


class StateOnly(Reader):
    """``safeIsStreamOpen``: pyworkflow/utils/retry_streaming.py

    A read-only connection that waits for three seconds; on any error the set counts as closed.
    """

    def look(self):
        self.see(None, safeIsStreamOpen(SetOfMovies(filename=self.path)))


class Editor(Reader):
    """``ProtSetEditor.formulaStep``: pwem/protocols/protocol_set_editor.py

    Goes through the set in one long SELECT, while it grows; here more slowly, too.
    """

    movies = None

    def look(self):
        if self.movies is None:
            self.movies = SetOfMovies(filename=self.path)
            self.movies.loadAllProperties()
            self.rows, self.gone = self.movies.iterItems(), []
        movie = next(self.rows, None)
        if movie is not None:
            self.gone.append((movie.getObjId(), movie.getMicName()))
            if not self.hurries:
                time.sleep(0.3)
            return
        self.taken = self.gone
        self.see(self.movies.getSize(), self.movies.isStreamOpen())
        self.movies.close()
        self.movies = None


class Leaky(Fresh):
    """``ProtRelionMotioncor._calcPSSampling``: scipion-em-relion, protocol_motioncor.py

    Asks for the dimensions of a set whose file is open: a SELECT of which one row is read, which
    keeps a lock for as long as the protocol runs. For the rest it opens the set anew.
    """

    kept = None

    def look(self):
        if self.kept is None:
            self.kept = SetOfMovies(filename=self.path)
            if self.kept.getSize() < 2:  # all of it is read: no lock
                self.kept.close()
                self.kept = None
            else:
                self.kept.getDimensions()
                assert _isLocked(self.path)
        super().look()


def _isLocked(path):
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
        connection.execute("ROLLBACK")
    except sqlite3.OperationalError:
        return True
    finally:
        connection.close()
    return False


KINDS = {kind.__name__: kind for kind in (
    Fresh, ByTime, Counter, Monitor, Kept, AboveLast, Sizes, StateOnly, Editor, Leaky)}

#: Of a set of micrographs.
MICROGRAPH_KINDS = {CtfEstimation.__name__: CtfEstimation}


def main(kind, path):
    """Look until standard input and the set are closed."""
    reader = {**KINDS, **MICROGRAPH_KINDS}[kind](path)
    errors, looks, told, until = [], 0, 0, None
    Config.getDomain().getMapperDict()  # what the first look would load, for seconds
    print("ready", flush=True)
    while until is None or (time.monotonic() < until and reader.states[-1:] != [False]):
        if os.path.exists(path):
            looks += 1
            try:
                reader.look()
            except Exception as error:  # noqa: BLE001 (whatever it is, the test wants to know)
                errors.append(repr(error))
            for size in reader.sizes[told:]:
                print(size, flush=True)
            told = len(reader.sizes)
        if until is None and select.select([sys.stdin], [], [], LOOK_SECS)[0]:
            until = time.monotonic() + LAST_LOOK_SECS
            reader.hurries = True
        elif until is not None:
            time.sleep(LOOK_SECS)
    print(json.dumps({"errors": errors, "looks": looks, "taken": reader.taken,
                      "sizes": reader.sizes, "times": reader.times, "states": reader.states,
                      "described": getattr(reader, "described", [])}))


if __name__ == "__main__":
    main(*sys.argv[1:])
