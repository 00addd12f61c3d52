"""The window's part of a protocol: form checks, summary, methods, citations and actions."""

from pyworkflow.object import String
from pyworkflow.protocol.constants import STATUS_NEW, STATUS_SAVED

from ..archive import image_sets
from ..run.form_summary import amount_text, form_lines
from ..run.options import RunOptions
from ..run.reporter import RunReporter, RunView
from ..run.run_name import name_of_run
from ..run.set_properties import SetProperties
from ..run.state import RunState
from ..run.summary import STOPPING, current_lines, failed_state, plain_error, with_state
from ..streaming.protocol import StreamingImport
from .form_checks import formErrors, runWarnings


class ReportedImport(StreamingImport):
    """An import that reports its form and its stored state to the window."""

    #: Which image sets are those of this protocol.
    contents = image_sets.MOVIES
    #: The kind of images, as the name of a run has it.
    contentName = "movies"

    _account = None

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.entryCitation = String()
        self.gainNote = String()
        self.shapeNote = String()

    # --------------------------- INFO functions ------------------------------
    def _validate(self):
        return formErrors(self)

    def _warnings(self):
        return runWarnings(self)

    def _summary(self):
        stored = self.summaryVar.get()
        if not stored:
            isWaiting = self.getStatus() in (STATUS_NEW, STATUS_SAVED)
            lines = form_lines(
                self._options(), isWaiting, self.images.noun, self._amountText()
            )
        else:
            lines = list(current_lines(stored, self.isActive()))
        return with_state(lines, self._stateNow())

    def _stateNow(self):
        """Return a sentence on the present state, '' if the stored summary has it."""
        if self.isRunning() and self._record().stopRequested():
            return f"*{STOPPING}*"
        if self.isFailed():
            return failed_state(self.getErrorMessage())
        return "*Stopped.* Use Continue to download the rest." if self.isAborted() else ""

    def _methods(self):
        return [self.methodsVar.get()] if self.methodsVar.get() else []

    def _citations(self):
        return ["Iudin2023", *filter(None, self.entryCitation.get("").split("\n"))]

    def getRunName(self):
        """Return the run's label; for the default label the entry, by which runs differ."""
        options = self._options()
        return name_of_run(super().getRunName(), self.getClassLabel(), self.contentName,
                           options.entry_id, options.image_set)

    def getActions(self):
        """Return the actions in the menu of a running protocol, named as pwem names them."""
        return [("STOP STREAMING (Stop here)", self.stopHere)] if self.isRunning() else []

    def stopHere(self, event=None):
        """Ask the run to finish the current movies and close the set; called by the window."""
        self._record().requestStop()
        _refreshRuns(event)

    def setFailed(self, msg):
        """Store the error as plain text, which windows, JSON and pipes show as it is."""
        super().setFailed(plain_error(msg))

    # --------------------------- UTILS functions -----------------------------
    def _amountText(self):
        """Return how many images the form asks for, in words."""
        return amount_text(self._options(), self.images.noun)

    def progressLines(self):
        """Return lines for the summary, below the count of images."""
        return []

    def _showProgress(self, now=False):
        texts = self._account.show(self._view, now)
        if texts is not None:
            self.summaryVar.set(texts.summary)
            if texts.methods:
                self.methodsVar.set(texts.methods)
            self._store(self.summaryVar, self.methodsVar)

    def _view(self):
        """Return what the summary shows of the output."""
        output = getattr(self, self.outputName, None)
        return RunView(
            self._description(),
            output,
            self.images.frames(output) if output else None,
            self.setShape,
            self.progressLines(),
            self.gainNote.get(""),
            self.shapeNote.get(""),
        )

    def _newReporter(self):
        return RunReporter(
            self._record(), self._options(), self._getLogsPath(), self.contents, self.images.noun
        )

    def _options(self):
        return RunOptions.of_form(self)

    def _record(self):
        return RunState(self._getLogsPath())

    def _description(self):
        return SetProperties(self._options(), self._record(), self._getExtraPath())


def _refreshRuns(event):
    """Refresh the list of runs in the window of an event, as its button Refresh does."""
    widget = getattr(event, "widget", None)
    while widget is not None and not hasattr(widget, "refreshRuns"):
        widget = getattr(widget, "master", None)
    if widget is not None:
        widget.refreshRuns()
