"""The account that a run gives of itself while it goes on: its record and its summary."""

import os
import time

from ..transfer import Progress
from ..transfer_log import TransferRecord
from .declared import declared_lines
from .methods import methodsText
from .summary import STOPPED, descriptionLines, entryLines, reasonLines, transferLines

RECORD_FILE = "transfer.jsonl"
_SUMMARY_SECS = 5


class RunReporter:
    """Writes down what happens, and from that, every few seconds, what the window shows."""

    def __init__(self, protocol):
        self._protocol = protocol
        self.record = TransferRecord(os.path.abspath(protocol._getLogsPath(RECORD_FILE)))
        self.progress = Progress()
        self.stopped = False
        self._downloader = None  # while it is at work
        self._nextSummary = 0.0

    @property
    def history(self):
        """What happened in this run and in those that it continues."""
        return self.record.history

    def begin(self, registered):
        """The run begins; movies that are registered already are news after a kill."""
        self.record.begin()
        self.record.registered(sorted(registered - set(self.history.registered)))

    def chosen(self, movies):
        """These are to be fetched."""
        self.record.chosen([movie.name for movie in movies], sum(m.size or 0 for m in movies))

    def downloads(self, downloader):
        """This downloader is at work from now on."""
        self._downloader = downloader
        return downloader

    def missing(self, failure):
        """A movie did not come."""
        wanted, reason = failure.wanted, str(failure.error)
        path = f"{wanted.path}: "  # the name says it already
        self.record.failed(wanted.name, reason[len(path):] if reason.startswith(path) else reason)

    def downloaded(self, outcome):
        """The download has ended, for whatever reason."""
        self.stopped, self._downloader = outcome.stopped, None
        if outcome.fatal:
            self.record.failed("", str(outcome.fatal))
        self.record.sample(self.progress, 0, now=True)

    def end(self):
        """The run has ended, and the protocol's status says how."""
        status = self._protocol.getStatus()
        self.record.end("stopped here" if self.stopped and status == "finished" else status)

    def saveReceived(self):
        """Bring what was received of the files under way to the disk."""
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
        if not now and time.monotonic() < self._nextSummary:
            return
        protocol = self._protocol
        isRead = protocol._record().entry() is not None
        if not (isRead or self.stopped):
            return
        self._nextSummary = time.monotonic() + _SUMMARY_SECS
        if isRead:
            self._describe(protocol, ended=now)
        else:
            protocol.summaryVar.set(STOPPED)
        protocol._store(protocol.summaryVar, protocol.methodsVar)

    def _describe(self, protocol, ended):
        found, about = protocol._record().found(), protocol._description()
        description = about.values()
        output = getattr(protocol, protocol.outputName, None)
        registered = output.getSize() if output else 0
        frames = found.image_set.frames_per_image
        if output:
            frames = protocol.images.frames(output)
            latest = self.history.latest
            size = latest.bytes if latest else 0
            protocol.methodsVar.set(methodsText(found, description, output, size))
        history = self.history
        title, *facts = entryLines(found)
        # The window shows eight lines without scrolling: what changes is among them.
        lines = [title, *transferLines(history, registered, ended, protocol._options().limit)]
        if self.stopped:
            lines.append(STOPPED)
        notes, skipped = protocol._record().notes()
        lines += [*notes, *filter(None, [skipped])]
        lines += self._shapeLines(protocol, found, registered)
        lines += about.disagreements(frames)
        lines += [*facts, *descriptionLines(description, frames)]
        lines += about.gain().lines(protocol.gainNote.get(""), found.image_set.details)
        lines += reasonLines("Missing", history.failed)
        lines += reasonLines("Left out", history.left_out)
        protocol.summaryVar.set("\n".join(lines))

    @staticmethod
    def _shapeLines(protocol, found, registered):
        """What the movies are, where it is not what the archive or the first of them say."""
        shape = protocol.setShape.decided
        if shape is None or not registered:
            return []
        lines = [protocol.shapeNote.get(""), *protocol.setShape.lines()]
        lines += declared_lines(found.image_set, shape)
        return [line for line in lines if line]
