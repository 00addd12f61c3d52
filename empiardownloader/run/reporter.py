"""Record, log and summary of a run."""

import logging
import os
import time
from dataclasses import dataclass
from typing import Any, Optional, Sequence

from ..errors import FatalError
from ..lookup.selection import kind_note
from ..transfer import Progress
from ..transfer_log import TransferLog, without_name
from .declared import declared_lines
from .methods import gainText, methodsText
from .summary import (
    STOPPED,
    STOPPING,
    assumed_lines,
    average_line,
    entry_lines,
    known_lines,
    live_state,
    missing_error,
    reason_lines,
    title_line,
    transfer_lines,
)

logger = logging.getLogger(__name__)

RECORD_FILE = "transfer.jsonl"
_SUMMARY_SECS = 5
_LOG_SECS = 60


@dataclass(frozen=True)
class RunView:
    """The values of a run's output that the summary shows.

    description: SetProperties. output: the set of images, None before it exists; frames: of each
    of its images. shape: SetShape. The others are lines of text.
    """

    description: Any
    output: Optional[Any]
    frames: Optional[int]
    shape: Any
    progress_lines: Sequence[str] = ()
    gain_note: str = ""
    shape_note: str = ""


@dataclass(frozen=True)
class RunTexts:
    """The summary and the methods text, '' where there is none yet."""

    summary: str
    methods: str = ""


class RunReporter:
    """Writes down the events of a run, and makes texts of them for the window every few seconds."""

    def __init__(self, state, options, logs, contents, noun):
        """``state``: RunState; ``options``: RunOptions; ``logs``: folder; ``noun``: of an image."""
        self._state = state
        self._options = options
        self._contents = contents
        self._noun = noun
        self.record = TransferLog(os.path.abspath(os.path.join(logs, RECORD_FILE)))
        self.progress = Progress()
        self.stopped = False
        self._downloader = None  # while there is one
        self._selected = []  # local names of the images to download
        self._server = ""
        self._nextSummary = 0.0
        self._nextLog = 0.0
        self._isStopLogged = False

    @property
    def history(self):
        """The events of this run and of the runs that it continues."""
        return self.record.history

    def begin(self, registered):
        """Note the begin of a run; after a kill, registered images may have no event."""
        self.record.begin()
        self._selected = [movie.name for movie in self._state.selection()]
        self.record.registered(sorted(registered - set(self.history.registered)))

    def chosen(self, movies):
        """Note the images that are to be downloaded."""
        self._selected = [movie.name for movie in movies]
        self.record.chosen([movie.name for movie in movies], sum(m.size or 0 for m in movies))

    def downloads(self, downloader, server):
        """Report the progress of a downloader from now on; return it."""
        self._downloader, self._server = downloader, server
        self._nextLog = time.monotonic() + _LOG_SECS
        return downloader

    def missing(self, failure):
        """Note an image that could not be downloaded."""
        wanted = failure.request
        # What ends the download is the reason of every file that it keeps from coming.
        isAlone = not isinstance(failure.error, FatalError)
        reason = without_name(str(failure.error), wanted.path, wanted.name)
        self.record.failed(wanted.name, reason if isAlone else str(failure.error))

    def missingError(self):
        """Return the error of a run that lacks images."""
        limit, images = self._options.limit, set(self._selected)
        total = len(images.difference(self.history.left_out))
        total = total if limit is None else min(limit, total)
        return missing_error(self.history, total, self._noun)

    def downloaded(self, outcome):
        """Note the end of the download and its result."""
        self.stopped, self._downloader = outcome.stopped, None
        if outcome.fatal_error:
            self.record.failed("", str(outcome.fatal_error))
        self.record.sample(self.progress, 0, now=True)

    def end(self, status):
        """Note the end of the run, with its status as Scipion names it."""
        self.record.end("stopped here" if self.stopped and status == "finished" else status)

    def saveReceived(self):
        """Sync the received bytes of unfinished files to the disk."""
        if self._downloader is not None:
            self._downloader.sync_parts(now=True)

    # -- what the window shows --------------------------------------------------------------------

    def hurry(self):
        """Make the next texts due at once."""
        self._nextSummary = 0.0

    def show(self, view, now=False):
        """Refresh the record; return the texts for the window, None until they are due again.

        Called several times a second. ``view()`` returns the :class:`RunView`.
        """
        downloader = self._downloader
        self._logStop()
        if downloader is not None:
            self.record.sample(self.progress, downloader.connections_in_use)
            downloader.sync_parts()
            self._log()
        if not now and time.monotonic() < self._nextSummary:
            return None
        isRead = self._state.entry() is not None
        if not (isRead or self.stopped):
            return None
        self._nextSummary = time.monotonic() + _SUMMARY_SECS
        return self._texts(view()) if isRead else RunTexts(STOPPED)

    def _texts(self, view):
        found, options, noun = self._state.found(), self._options, self._noun
        values, history, output = view.description.values(), self.history, view.output
        registered = output.getSize() if output else 0
        frames = view.frames if output else found.image_set.frames_per_image
        methods = ""
        if output:
            size = history.latest.bytes if history.latest else 0
            shape = (registered, output.getDim(), frames)
            methods = methodsText(found, values, shape, size, noun)
            if options.has_gain:
                methods += gainText(view.description.gain().name(), self._state.preparedGain())
        notes, skipped = self._state.notes()
        # The window shows nine lines without scrolling: what changes is among them.
        lines = [
            title_line(found),
            STOPPED if self.stopped else live_state(self._snapshot(), self._server),
            *transfer_lines(history, self._selected, registered, self._snapshot(),
                            options.limit, noun),
            *view.progress_lines,
            *assumed_lines(values, frames, options.has_dose),
            *filter(None, [self._kindNote(found)]),
            *notes,
            *(self._shapeLines(view, found) if registered else []),
            *view.description.disagreements(frames),
            *(view.description.gain().lines(view.gain_note, found.image_set.details)
              if options.has_gain else []),
            *reason_lines("Missing", history.missing),
            *reason_lines("Left out", history.left_out),
            *filter(None, [skipped]),
            "",
            *entry_lines(found, self._contents),
            *known_lines(values, frames),
            *filter(None, [average_line(history)]),
        ]  # fmt: skip
        return RunTexts("\n".join(lines), methods)

    def _snapshot(self):
        """Return the progress of the download, None while there is none."""
        return self.progress.snapshot() if self._downloader is not None else None

    def _logStop(self):
        """Log the user's stop when the run notices it."""
        if not self._isStopLogged and self._state.stopRequested():
            self._isStopLogged = True
            logger.info("%s %s", time.strftime("%H:%M:%S"), STOPPING)

    def _log(self):
        """Log the state of the download once a minute."""
        if time.monotonic() < self._nextLog:
            return
        self._nextLog = time.monotonic() + _LOG_SECS
        noun = f"{self._noun}s"
        # Scipion's log has no times.
        state, clock = self.progress.snapshot().text(noun), time.strftime("%H:%M:%S")
        logger.info("%s %s; from %s", clock, state, self._server)

    def _kindNote(self, found):
        """Return a sentence if EMPIAR describes the images as another kind, else ''."""
        isWanted = self._contents.is_in(found.image_set)
        return "" if isWanted or self._noun != "movie" else kind_note(found.image_set)

    def _shapeLines(self, view, found):
        """Return lines on the images' shape where the archive or single images differ from it."""
        shape = view.shape.decided
        if shape is None:
            return []
        lines = [view.shape_note, *view.shape.lines()]
        lines += declared_lines(found.image_set, shape, self._noun)
        return [line for line in lines if line]
