"""From a file in the run's folder to an item of the output."""

import logging
import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, List, Sequence

from ..disk.atomic import atomic_file
from ..images.errors import CannotUnpack, NotAMovie
from ..images.header import MovieHeader
from ..images.unpack import packed_suffix, unpack, unpacked_name
from .set_shape import Shape

logger = logging.getLogger(__name__)

_PUBLISH_SECS = 2  # a step with many movies shows them in between
_MOST_FAILURES = 5  # tries to publish, in a row


@dataclass(frozen=True)
class Output:
    """The set that images are registered in.

    can_publish: whether all is known that the set needs. publish: adds items. put_back: names to
    be tried again. The others are told of names, and of the reason.
    """

    can_publish: Callable[[], bool]
    publish: Callable[[List[Any]], None]
    put_back: Callable[[Sequence[str]], None]
    on_registered: Callable[[Sequence[str]], None]
    on_failed: Callable[[str, str], None]
    on_left_out: Callable[[str, str], None]


class Registrar:
    """Reads headers in parallel, publishes one batch at a time, and raises no exceptions.

    An exception that left a step would stop every other step of the run. Movies wait here until
    the shape of their set is decided.
    """

    def __init__(self, images, shape, extra, tmp, output):
        """``images``: reads and makes items; ``shape``: SetShape of the set; folders of the run."""
        self._images = images
        self._shape = shape
        self._extra = extra
        self._tmp = tmp
        self._output = output
        self._leftOut = {}  # no movies
        self._failed = {}  # movies, though not in the set
        self._failures = 0
        self._firstPacked = None
        self._publishing = threading.Lock()
        self._seen = {}  # header, or the reason why there is none, by name
        self._held = []  # movies with their headers, before the set's shape is decided
        self._holding = threading.Lock()
        self._misfits = set()  # names left out for their shape alone

    def register(self, names):
        """Add movies, by their names in the run's ``extra``, to the output."""
        began = time.monotonic()
        for name in names:
            movies = self._read(name)
            with self._holding:
                self._held += movies
            if time.monotonic() - began > _PUBLISH_SECS:
                self._publishHeld()
                began = time.monotonic()
        self._publishHeld()

    def look(self, name):
        """Read a movie's header when it arrives: the first ones decide the shape of the set."""
        if name not in self._seen:
            self._seen[name] = self._headerOrReason(name)
            if isinstance(self._seen[name], MovieHeader):
                self._shape.add(name, Shape(*self._seen[name].dimensions))
            else:
                self._shape.exclude(name)
        return self._seen[name]

    def notMovies(self):
        """Leave out the files that are no movies, and return the reasons as sentences."""
        for name, header in list(self._seen.items()):
            if isinstance(header, NotAMovie):
                self._leaveOut(name, str(header))
        return self.leftOut()

    @property
    def isHolding(self):
        """True if movies wait for the shape of the set."""
        return bool(self._held)

    def readmitted(self):
        """Return movies that were left out for their shape and fit the set as it is now."""
        fitting = [name for name in self._leftOut
                   if name in self._misfits and not self._shape.misfit_of(name)]
        for name in fitting:
            self._misfits.discard(name)
            del self._leftOut[name]
        return [movie for name in fitting for movie, _ in self._read(name)]

    def dismiss(self, name):
        """Leave out a movie that was in the set and does not fit its new shape."""
        self._misfits.add(name)
        self._leaveOut(name, self._shape.misfit_of(name))

    def leftOut(self):
        """Return a sentence for each file that is no movie, with the reason."""
        return _sentences(self._leftOut)

    def failed(self):
        """Return a sentence for each movie that could not be registered, with the reason."""
        return _sentences(self._failed)

    def _read(self, name):
        """Return the movie with its header, or nothing."""
        header = self.look(name)
        if isinstance(header, NotAMovie):
            self._leaveOut(name, str(header))
            return []
        if isinstance(header, Exception):
            self._giveUp(name, header)
            return []
        path = os.path.join(self._extra, name)
        return [(self._images.make(path, name, header), header)]

    def _headerOrReason(self, name):
        try:
            return self._header(os.path.join(self._extra, name))
        except Exception as error:  # noqa: BLE001 (none may leave a step)
            return error

    def _publishHeld(self):
        shape = self._shape
        if shape.decided is None or not self._output.can_publish():
            return
        with self._holding:
            held, self._held = self._held, []
        ready = []
        for movie, header in held:
            reason = shape.misfit(Shape(*header.dimensions))
            if reason:
                self._misfits.add(movie.getMicName())
                self._leaveOut(movie.getMicName(), reason)
            else:
                ready.append((movie, header))
        if ready:
            self._publish(ready)

    def _header(self, path):
        suffix = packed_suffix(path)
        if suffix == ".gz":
            raise NotAMovie("Scipion does not read gzip; let movies be unpacked, and continue")
        if not os.path.exists(path):
            raise NotAMovie("it cannot be unpacked, its packed file is in the run's extra folder")
        return self._packedHeader(path) if suffix else self._images.read(path)

    def _packedHeader(self, path):
        """Return the header of the first packed movie, for all of them, as pwem's import does."""
        with self._publishing:
            if self._firstPacked is None:
                content = Path(self._tmp, unpacked_name(os.path.basename(path)))
                try:
                    with atomic_file(content) as target:
                        unpack(Path(path), target)
                    self._firstPacked = self._images.read(str(content))
                except CannotUnpack as error:
                    raise NotAMovie(str(error)) from error
                finally:
                    if content.exists():
                        content.unlink()
            return self._firstPacked

    def _publish(self, ready):
        movies = [movie for movie, _ in ready]
        names = [movie.getMicName() for movie in movies]
        with self._publishing:
            try:
                self._output.publish(movies)
                self._failures = 0
            except Exception as error:  # noqa: BLE001 (none may leave a step)
                self._postpone(names, error)
                return
        self._output.on_registered(names)
        for name in names:
            logger.info("%s: registered", name)

    def _postpone(self, names, error):
        self._failures += 1
        logger.error("%s: could not be registered (%s)", ", ".join(names), error)
        if self._failures < _MOST_FAILURES:
            self._output.put_back(names)
            return
        for name in names:
            self._giveUp(name, error)

    def _giveUp(self, name, error):
        self._failed[name] = f"could not be registered ({error or type(error).__name__})"
        self._output.on_failed(name, self._failed[name])
        logger.error("%s: %s", name, self._failed[name])

    def _leaveOut(self, name, reason):
        logger.warning("%s: left out, %s", name, reason)
        self._leftOut[name] = reason
        self._output.on_left_out(name, reason)


def _sentences(reasons):
    return [f"{name}: {reason}" for name, reason in sorted(reasons.items())]
