"""From a file in the run's folder to an item of the output."""

import logging
import os
import threading
import time
from pathlib import Path

from ..disk.atomic import atomic_file
from ..images import (
    CannotUnpack,
    MovieHeader,
    NotAMovie,
    packed_suffix,
    unpack,
    unpacked_name,
)
from .set_shape import Shape

logger = logging.getLogger(__name__)

_PUBLISH_SECS = 2  # a step with many movies shows them in between
_MOST_FAILURES = 5  # tries to publish, in a row


class Registrar:
    """Reads headers side by side, publishes one batch at a time, and lets no exception out.

    An exception that left a step would stop every other step of the run. Movies wait here until
    the shape of their set is decided.
    """

    def __init__(self, protocol):
        self._protocol = protocol
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
            self._hold(self._read(name))
            if time.monotonic() - began > _PUBLISH_SECS:
                self._publishHeld()
                began = time.monotonic()
        self._publishHeld()

    def look(self, name):
        """Read a movie's header when it arrives; the shape of the set depends on the first ones."""
        if name not in self._seen:
            self._seen[name] = self._headerOrReason(name)
            if isinstance(self._seen[name], MovieHeader):
                self._protocol.setShape.add(name, Shape(*self._seen[name].dimensions))
            else:
                self._protocol.setShape.exclude(name)
        return self._seen[name]

    def notMovies(self):
        """Leave out the files that were looked at and are no movies; the reasons as sentences."""
        for name, header in list(self._seen.items()):
            if isinstance(header, NotAMovie):
                self._leaveOut(name, str(header))
        return self.leftOut()

    @property
    def isHolding(self):
        """Whether movies wait for the shape of the set."""
        return bool(self._held)

    def readmitted(self):
        """Movies that were left out for a shape that the set no longer has: they fit now."""
        fitting = [name for name in self._leftOut
                   if name in self._misfits and not self._protocol.setShape.misfit_of(name)]
        for name in fitting:
            self._misfits.discard(name)
            del self._leftOut[name]
        return [movie for name in fitting for movie, _ in self._read(name)]

    def dismiss(self, name):
        """Leave out a movie that was in the set, which has another shape now."""
        self._misfits.add(name)
        self._leaveOut(name, self._protocol.setShape.misfit_of(name))

    def leftOut(self):
        """Files that are no movies, and why, a sentence each."""
        return _sentences(self._leftOut)

    def failed(self):
        """Movies that could not be registered, and why: the run must not end as if they were."""
        return _sentences(self._failed)

    def _read(self, name):
        """The movie with its header, or nothing."""
        header = self.look(name)
        if isinstance(header, NotAMovie):
            self._leaveOut(name, str(header))
            return []
        if isinstance(header, Exception):
            self._giveUp(name, header)
            return []
        path = self._protocol._getExtraPath(name)
        return [(self._protocol.images.make(path, name, header), header)]

    def _headerOrReason(self, name):
        try:
            return self._header(self._protocol._getExtraPath(name))
        except Exception as error:  # noqa: BLE001 (none may leave a step)
            return error

    def _hold(self, movies):
        with self._holding:
            self._held += movies

    def _publishHeld(self):
        shape = self._protocol.setShape
        if shape.decided is None or not self._protocol.canDescribe():
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
        return self._packedHeader(path) if suffix else self._protocol.images.read(path)

    def _packedHeader(self, path):
        """As pwem's import does it: the first packed movie is unpacked for a look, for all."""
        with self._publishing:
            if self._firstPacked is None:
                content = Path(self._protocol._getTmpPath(unpacked_name(os.path.basename(path))))
                try:
                    with atomic_file(content) as target:
                        unpack(Path(path), target)
                    self._firstPacked = self._protocol.images.read(str(content))
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
                self._protocol.publishImages(movies)
                self._failures = 0
            except Exception as error:  # noqa: BLE001 (none may leave a step)
                self._postpone(names, error)
                return
        self._protocol.onRegistered(names)
        for name in names:
            logger.info("%s: registered", name)

    def _postpone(self, names, error):
        self._failures += 1
        logger.error("%s: could not be registered (%s)", ", ".join(names), error)
        if self._failures < _MOST_FAILURES:
            self._protocol.putBack(names)
            return
        for name in names:
            self._giveUp(name, error)

    def _giveUp(self, name, error):
        self._failed[name] = f"could not be registered ({error or type(error).__name__})"
        self._protocol.onFailed(name, self._failed[name])
        logger.error("%s: %s", name, self._failed[name])

    def _leaveOut(self, name, reason):
        logger.warning("%s: left out, %s", name, reason)
        self._leftOut[name] = reason
        self._protocol.onLeftOut(name, reason)


def _sentences(reasons):
    return [f"{name}: {reason}" for name, reason in sorted(reasons.items())]
