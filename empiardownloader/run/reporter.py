"""The account that a run gives of itself while it goes on: its record and its summary."""

import logging
import os
import time

from ..errors import FatalError
from ..lookup.selection import kind_note
from ..transfer import Progress
from ..transfer_log import TransferLog, without_name
from .declared import declared_lines
from .methods import methodsText
from .summary import (
    STOPPED,
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


class RunReporter:
    """Writes down what happens, and from that, every few seconds, what the window shows."""

    def __init__(self, protocol):
        self._protocol = protocol
        self.record = TransferLog(os.path.abspath(protocol._getLogsPath(RECORD_FILE)))
        self.progress = Progress()
        self.stopped = False
        self._downloader = None  # while it is at work
        self._selected = []  # local names of the images to download
        self._server = ""
        self._nextSummary = 0.0
        self._nextLog = 0.0

    @property
    def history(self):
        """The events of this run and of the runs that it continues."""
        return self.record.history

    def begin(self, registered):
        """The run begins; movies that are registered already are news after a kill."""
        self.record.begin()
        self._selected = [movie.name for movie in self._protocol._record().selection()]
        self.record.registered(sorted(registered - set(self.history.registered)))

    def chosen(self, movies):
        """Note the images that are to be downloaded."""
        self._selected = [movie.name for movie in movies]
        self.record.chosen([movie.name for movie in movies], sum(m.size or 0 for m in movies))

    def downloads(self, downloader, server):
        """Follow this downloader, which downloads from that server."""
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
        limit, images = self._protocol._options().limit, set(self._selected)
        total = len(images.difference(self.history.left_out))
        total = total if limit is None else min(limit, total)
        return missing_error(self.history, total, self._protocol.images.noun)

    def downloaded(self, outcome):
        """The download has ended, for whatever reason."""
        self.stopped, self._downloader = outcome.stopped, None
        if outcome.fatal_error:
            self.record.failed("", str(outcome.fatal_error))
        self.record.sample(self.progress, 0, now=True)

    def end(self):
        """The run has ended, and the protocol's status says how."""
        status = self._protocol.getStatus()
        self.record.end("stopped here" if self.stopped and status == "finished" else status)

    def saveReceived(self):
        """Sync the received bytes of unfinished files to the disk."""
        if self._downloader is not None:
            self._downloader.sync_parts(now=True)

    # -- what the window shows --------------------------------------------------------------------

    def hurry(self):
        """There is news that the window should have at once."""
        self._nextSummary = 0.0

    def show(self, now=False):
        """Refresh the record and the summary; called several times a second."""
        downloader = self._downloader
        if downloader is not None:
            self.record.sample(self.progress, downloader.connections_in_use)
            downloader.sync_parts()
            self._log()
        if not now and time.monotonic() < self._nextSummary:
            return
        protocol = self._protocol
        isRead = protocol._record().entry() is not None
        if not (isRead or self.stopped):
            return
        self._nextSummary = time.monotonic() + _SUMMARY_SECS
        if isRead:
            self._describe(protocol)
        else:
            protocol.summaryVar.set(STOPPED)
        protocol._store(protocol.summaryVar, protocol.methodsVar)

    def _describe(self, protocol):
        found, about = protocol._record().found(), protocol._description()
        description, history = about.values(), self.history
        output = getattr(protocol, protocol.outputName, None)
        registered = output.getSize() if output else 0
        frames = found.image_set.frames_per_image
        options, noun = protocol._options(), protocol.images.noun
        if output:
            frames = protocol.images.frames(output)
            size = history.latest.bytes if history.latest else 0
            protocol.methodsVar.set(methodsText(
                found, description, (output.getSize(), output.getDim(), frames), size, noun
            ))
        notes, skipped = protocol._record().notes()
        # The window shows nine lines without scrolling: what changes is among them.
        lines = [
            title_line(found),
            STOPPED if self.stopped else live_state(self._snapshot(), self._server),
            *transfer_lines(history, self._selected, registered, self._snapshot(),
                            options.limit, noun),
            *protocol.progressLines(),
            *assumed_lines(description, frames, options.has_dose),
            *filter(None, [self._kindNote(protocol, found)]),
            *notes,
            *self._shapeLines(protocol, found, registered),
            *about.disagreements(frames),
            *(about.gain().lines(protocol.gainNote.get(""), found.image_set.details)
              if options.has_gain else []),
            *reason_lines("Missing", history.missing),
            *reason_lines("Left out", history.left_out),
            *filter(None, [skipped]),
            "",
            *entry_lines(found, protocol.contents),
            *known_lines(description, frames),
            *filter(None, [average_line(history)]),
        ]  # fmt: skip
        protocol.summaryVar.set("\n".join(lines))

    def _snapshot(self):
        """The progress of the download, None while there is none."""
        return self.progress.snapshot() if self._downloader is not None else None

    def _log(self):
        """Say how far the download is, once a minute."""
        if time.monotonic() < self._nextLog:
            return
        self._nextLog = time.monotonic() + _LOG_SECS
        noun = f"{self._protocol.images.noun}s"
        # Scipion's log has no times.
        state, clock = self.progress.snapshot().text(noun), time.strftime("%H:%M:%S")
        logger.info("%s %s; from %s", clock, state, self._server)

    @staticmethod
    def _kindNote(protocol, found):
        """Return a sentence if EMPIAR describes the images as another kind, else ''."""
        isWanted = protocol.contents.is_in(found.image_set)
        return "" if isWanted or protocol.images.noun != "movie" else kind_note(found.image_set)

    @staticmethod
    def _shapeLines(protocol, found, registered):
        """Return lines on the images' shape where it differs from the archive or the first
        images."""
        shape = protocol.setShape.decided
        if shape is None or not registered:
            return []
        lines = [protocol.shapeNote.get(""), *protocol.setShape.lines()]
        lines += declared_lines(found.image_set, shape, protocol.images.noun)
        return [line for line in lines if line]
