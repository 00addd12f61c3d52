"""From a file in the run's folder to an item of the output."""

import logging
import os
import threading
import time
from pathlib import Path

from pwem.objects import Movie

from ..images import CannotUnpack, NotAMovie, packed_suffix, read_header, unpack, unpacked_name

logger = logging.getLogger(__name__)

_PUBLISH_SECS = 2  # a step with many movies shows them in between
_MOST_FAILURES = 5  # tries to publish, in a row


class Registrar:
    """Reads headers side by side, publishes one batch at a time, and lets no exception out.

    An exception that left a step would stop every other step of the run.
    """

    def __init__(self, protocol):
        self._protocol = protocol
        self._leftOut = {}  # no movies
        self._failed = {}  # movies, though not in the set
        self._failures = 0
        self._firstPacked = None
        self._publishing = threading.Lock()

    def register(self, names):
        """Add movies, by their names in the run's ``extra``, to the output."""
        ready, began = [], time.monotonic()
        for name in names:
            ready += self._read(name)
            if ready and time.monotonic() - began > _PUBLISH_SECS:
                self._publish(ready)
                ready, began = [], time.monotonic()
        if ready:
            self._publish(ready)

    def leftOut(self):
        """Files that are no movies, and why, a sentence each."""
        return _sentences(self._leftOut)

    def failed(self):
        """Movies that could not be registered, and why: the run must not end as if they were."""
        return _sentences(self._failed)

    def _read(self, name):
        """The movie with its header, or nothing."""
        path = self._protocol._getExtraPath(name)
        try:
            header = self._header(path)
        except NotAMovie as reason:
            self._leaveOut(name, str(reason))
            return []
        except Exception as error:  # noqa: BLE001 (none may leave a step)
            self._giveUp(name, error)
            return []
        movie = Movie(location=path)
        movie.setMicName(name)
        movie.setFramesRange([1, header.frames, 1])
        return [(movie, header)]

    def _header(self, path):
        suffix = packed_suffix(path)
        if suffix == ".gz":
            raise NotAMovie("Scipion does not read gzip; let movies be unpacked, and continue")
        if not os.path.exists(path):
            raise NotAMovie("it cannot be unpacked, its packed file is in the run's extra folder")
        return self._packedHeader(path) if suffix else read_header(path)

    def _packedHeader(self, path):
        """As pwem's import does it: the first packed movie is unpacked for a look, for all."""
        with self._publishing:
            if self._firstPacked is None:
                content = Path(self._protocol._getTmpPath(unpacked_name(os.path.basename(path))))
                try:
                    unpack(Path(path), content)
                    self._firstPacked = read_header(str(content))
                except CannotUnpack as error:
                    raise NotAMovie(str(error)) from error
                finally:
                    if content.exists():
                        content.unlink()
            return self._firstPacked

    def _publish(self, ready):
        movies = [movie for movie, _ in ready]
        names = [movie.getMicName() for movie in movies]
        _, first = ready[0]
        with self._publishing:
            try:
                self._protocol.publishMovies(movies, first)
                self._failures = 0
            except Exception as error:  # noqa: BLE001 (none may leave a step)
                self._postpone(names, error)
                return
        self._protocol.noteRegistered(names)
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
        self._protocol.noteFailed(name, self._failed[name])
        logger.error("%s: %s", name, self._failed[name])

    def _leaveOut(self, name, reason):
        logger.warning("%s: left out, %s", name, reason)
        self._leftOut[name] = reason
        self._protocol.noteLeftOut(name, reason)


def _sentences(reasons):
    return [f"{name}: {reason}" for name, reason in sorted(reasons.items())]
