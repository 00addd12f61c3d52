"""The window of a run's transfer; it follows a run that goes on."""

import os
import tkinter as tk
from tkinter import ttk

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from pyworkflow.gui import Window
from pyworkflow.gui.tree import Tree
from pyworkflow.protocol import getUpdatedProtocol

from ..run.reporter import RECORD_FILE
from ..transfer_log import History, RecordReader, series_of
from ..units import bytes_text, seconds_text
from .movie_window import MovieWindow
from .scipion_viewer import showMovies
from .transfer_figure import TransferFigure

_REFRESH_MS = 3000
_MOST_ROWS = 2000
_COLUMNS = (("Movie", 280), ("What", 100), ("Reason", 520))


class TransferWindow(Window):
    """Curves, the movies that are missing or left out, and ways to look at those that are here."""

    def __init__(self, protocol, project, parent=None):
        super().__init__(
            f"Transfer of {protocol.getObjLabel() or protocol.getRunName()}",
            masterWindow=parent,
            minsize=(1000, 700),
        )
        self._protocol = protocol
        self._project = project
        self._reader = RecordReader(protocol._getLogsPath(RECORD_FILE))
        self.history = History()
        self._rows = None
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
        self._createTable()
        self._createButtons()

    def _createTable(self):
        self.table = Tree(
            self.root, columns=[name for name, _ in _COLUMNS], show="headings", height=5
        )
        for name, width in _COLUMNS:
            self.table.heading(name, text=name, anchor="w")
            self.table.column(name, width=width, stretch=name == "Reason")
        self.table.grid(row=2, column=0, sticky="news", padx=5, pady=5)
        self.table.bind("<<TreeviewSelect>>", self._showReason)
        self.reason = tk.Label(self.root, anchor="w", justify=tk.LEFT, wraplength=960, padx=10)
        self.reason.grid(row=3, column=0, sticky="ew")

    def _createButtons(self):
        line = tk.Frame(self.root)
        line.grid(row=4, column=0, sticky="ew", padx=5, pady=5)
        for text, command in (
            ("Look at a movie", self.lookAtMovie),
            ("All movies", self.showAll),
            ("Close", self.close),
        ):
            ttk.Button(line, text=text, command=command).pack(side=tk.LEFT, padx=5)

    # -- what it shows ----------------------------------------------------------------------------

    def refresh(self):
        """Show what is in the record now, and come back as long as the run goes on."""
        if os.path.exists(self._protocol.getDbPath()):  # or the run was deleted meanwhile
            self._protocol = getUpdatedProtocol(self._protocol)
        if self._reader.began_anew():
            self._reader.start_over()
            self.history = History()
        self.history.add_all(self._reader.new_lines())
        self.heading.config(text=self._headingText())
        self.picture.draw(series_of(self.history))
        self.canvas.draw_idle()
        self._fillTable()
        self._timer = self.root.after(_REFRESH_MS, self.refresh)

    def _headingText(self):
        history, latest = self.history, self.history.latest
        chosen = "" if history.chosen is None else f" of {history.chosen}"
        first = f"{self._protocol.getStatus()}: {len(history.registered)}{chosen} movies registered"
        if latest is None:
            return f"{first}\nNothing has been fetched yet."
        second = f"{bytes_text(latest.bytes)} of {bytes_text(latest.bytes_total)} here"
        if self._protocol.isActive():
            second += f", {bytes_text(latest.rate)}/s over {latest.connections} connections"
        if history.mean_rate:
            second += f", {bytes_text(history.mean_rate)}/s on average"
        return f"{first}\n{second}; at work for {seconds_text(history.running_seconds)}"

    def _fillTable(self):
        rows = [(name or "(the transfer)", "missing", reason)
                for name, reason in sorted(self.history.failed.items())]
        rows += [(name, "left out", reason)
                 for name, reason in sorted(self.history.left_out.items())]
        if rows == self._rows:
            return
        self._rows = rows
        self.table.clear()
        for row in rows[:_MOST_ROWS]:
            self.table.insert("", tk.END, values=row)
        if not rows:
            self.table.insert("", tk.END, values=("", "", "No movie is missing or left out."))
        elif len(rows) > _MOST_ROWS:
            more = f"and {len(rows) - _MOST_ROWS} more, see logs/{RECORD_FILE}"
            self.table.insert("", tk.END, values=("", "", more))

    def _showReason(self, event=None):
        """A long reason in full, for the row that was clicked."""
        texts = [": ".join(filter(None, self.table.item(row, "values")[::2]))
                 for row in self.table.selection()]
        self.reason.config(text="\n".join(texts))

    # -- the movies -------------------------------------------------------------------------------

    def lookAtMovie(self):
        """A picture of a movie, by the readers that every Scipion has."""
        names = list(self.history.registered)
        if names:
            MovieWindow(self, names, self._protocol._getExtraPath).show()
        else:
            self.showInfo("No movie is registered yet.")

    def showAll(self):
        """The set in Scipion's own viewer, or what to do to have it."""
        problem = showMovies(self._protocol, self._project, self)
        if problem:
            self.showInfo(problem)
