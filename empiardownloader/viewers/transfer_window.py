"""The window of a run's transfer; it follows the run while it is active."""

import os
import time
import tkinter as tk
from tkinter import ttk

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from pyworkflow.gui import Window
from pyworkflow.protocol import getUpdatedProtocol

from ..run.reporter import RECORD_FILE
from ..transfer_log import History, LogReader, to_curves
from .movie_window import MovieWindow
from .problem_table import ProblemTable
from .scipion_viewer import showMovies
from .transfer_figure import TransferFigure
from .transfer_text import headingText

_REFRESH_MS = 3000
_MOST_BUSY = 0.05  # of a processor: a long log is drawn more rarely


class TransferWindow(Window):
    """Curves of the transfer, a table of missing movies, and buttons to look at the others."""

    def __init__(self, protocol, project, parent=None):
        super().__init__(
            f"Transfer of {protocol.getRunName()}",
            masterWindow=parent,
            minsize=(1000, 700),
        )
        self._protocol = protocol
        self._project = project
        self._log = protocol._getLogsPath(RECORD_FILE)
        self._reader = LogReader(self._log)
        self.history = History()
        self._seen = None
        self._timer = None
        self._createWidgets()
        self.refresh()

    def show(self, center=True, modal=False):
        """Scipion's own would begin a second main loop, which ends with the project's window."""
        if self.master is None or modal:
            super().show(center, modal)
        else:
            self.root.deiconify()
            self.root.focus_set()

    def close(self, e=None):
        if self._timer is not None:
            self.root.after_cancel(self._timer)
            self._timer = None
        super().close(e)

    # -- what is in it ----------------------------------------------------------------------------

    def _createWidgets(self):
        self.root.rowconfigure(0, weight=0)
        self.root.rowconfigure(1, weight=3)
        self.root.rowconfigure(2, weight=1)
        self.heading = tk.Label(self.root, anchor="w", justify=tk.LEFT, padx=10, pady=5)
        self.heading.grid(row=0, column=0, sticky="ew")
        self.picture = TransferFigure()
        self.canvas = FigureCanvasTkAgg(self.picture.figure, master=self.root)
        self.canvas.get_tk_widget().grid(row=1, column=0, sticky="news")
        self.table = ProblemTable(self.root, lambda text: self.reason.config(text=text))
        self.table.grid(row=2, column=0, sticky="news", padx=5, pady=5)
        self.reason = tk.Label(self.root, anchor="w", justify=tk.LEFT, wraplength=960, padx=10)
        self.reason.grid(row=3, column=0, sticky="ew")
        self._createButtons()

    def _createButtons(self):
        line = tk.Frame(self.root)
        line.grid(row=4, column=0, sticky="ew", padx=5, pady=5)
        for text, command in (
            ("Movie preview", self.lookAtMovie),
            ("Open in Scipion's viewer", self.showAll),
            ("Copy the table", self.table.copy),
            ("Close", self.close),
        ):
            ttk.Button(line, text=text, command=command).pack(side=tk.LEFT, padx=5)

    # -- what it shows ----------------------------------------------------------------------------

    def refresh(self):
        """Show what the log says now; without news of a run that has ended, do nothing."""
        began = time.process_time()
        isNews = self._hasNews()
        if isNews:
            self._update()
        if isNews or self._protocol.isActive():
            # While no data arrive the clock alone changes the text.
            self.heading.config(text=self._headingText())
        pause = max(_REFRESH_MS, round(1000 * (time.process_time() - began) / _MOST_BUSY))
        self._timer = self.root.after(pause, self.refresh)

    def _hasNews(self):
        seen = [_stamp(path) for path in (self._log, self._protocol.getDbPath())]
        isNews, self._seen = seen != self._seen, seen
        return isNews

    def _update(self):
        if os.path.exists(self._protocol.getDbPath()):  # or the run was deleted meanwhile
            self._protocol = getUpdatedProtocol(self._protocol)
        if self._reader.was_replaced():
            self._reader.start_over()
            self.history = History()
        self.history.add_all(self._reader.new_lines())
        self.picture.draw(to_curves(self.history))
        self.canvas.draw()
        self.table.fill(self._problems(), f"see logs/{RECORD_FILE}")

    def _headingText(self):
        protocol = self._protocol
        return headingText(protocol.getStatus(), protocol.isActive(), self.history)

    def _problems(self):
        history = self.history
        missing = [(name, "missing", reason) for name, reason in history.missing.items()]
        if "" in history.failed:
            missing.insert(0, ("(whole download)", "missing", history.failed[""]))
        left_out = [(name, "left out", reason) for name, reason in history.left_out.items()]
        return missing + left_out

    # -- the movies -------------------------------------------------------------------------------

    def lookAtMovie(self):
        """Show a picture of a movie, with what every Scipion can read."""
        names = list(self.history.registered)
        if names:
            MovieWindow(self, names, self._protocol._getExtraPath, self._pixelSize()).show()
        else:
            self.showInfo("No movie is registered yet.")

    def showAll(self):
        """Open the set in Scipion's own viewer, or report what is missing for it."""
        problem = showMovies(self._protocol, self._project, self)
        if problem:
            self.showInfo(problem)

    def _pixelSize(self):
        output = getattr(self._protocol, self._protocol.outputName, None)
        return output.getSamplingRate() if output is not None else None


def _stamp(path):
    """Return what changes with a file; None while it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns
