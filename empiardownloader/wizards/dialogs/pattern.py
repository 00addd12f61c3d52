"""The movies that a file pattern matches, with the pattern to edit."""

import tkinter as tk
from dataclasses import dataclass

from pyworkflow.gui.dialog import RESULT_CANCEL, RESULT_YES

from ..names import everyNth, namesPattern
from .base import returnInvokes
from .table import TableDialog

_NAMES = 20  # beyond the results that Scipion's dialogs know
_NOTHING = "No movie matches: change the pattern, or cancel."
_NONE_SELECTED = "Select movies in the table first: click one, Shift or Ctrl click more."


@dataclass(frozen=True)
class PatternChoice:
    """The pattern that was accepted; movies: how many were chosen by name, 0 for none."""

    pattern: str
    movies: int = 0


class PatternDialog(TableDialog):
    """A Table of movies; chosen is a PatternChoice.

    look(pattern, dialog) returns the Table of another pattern, or None. showPreview(row, dialog)
    shows the image of a row.
    """

    accepting = (("Use this pattern", RESULT_YES), ("Use the selected movies", _NAMES))
    selectMode = "extended"

    def __init__(self, parent, title, table, pattern, look, showPreview):
        self._looked = pattern
        self._look = look
        self._showPreview = showPreview
        super().__init__(parent, title, table)

    def _createSearch(self, master, row):
        line = tk.Frame(master)
        line.columnconfigure(1, weight=1)
        tk.Label(line, text="File pattern").grid(row=0, column=0, padx=5)
        self.pattern = tk.Entry(line)
        self.pattern.insert(0, self._looked)
        self.pattern.grid(row=0, column=1, sticky="ew")
        self.pattern.bind("<Return>", self._returnInPattern)
        self.pattern.bind("<KP_Enter>", self._returnInPattern)
        button = returnInvokes(tk.Button(line, text="Preview", command=self._lookAgain))
        button.grid(row=0, column=2, padx=5)
        line.grid(row=row, column=0, sticky="ew", pady=5)

    def _createTools(self, master, row):
        line = tk.Frame(master)
        tk.Label(line, text="Select one movie in").pack(side=tk.LEFT, padx=5)
        self.step = tk.Spinbox(line, from_=1, to=1000, width=5)
        self.step.delete(0, "end")
        self.step.insert(0, "10")
        self.step.pack(side=tk.LEFT)
        self.every = returnInvokes(tk.Button(line, text="Select", command=self._selectEvery))
        self.every.pack(side=tk.LEFT, padx=5)
        self.image = returnInvokes(tk.Button(line, text="Show its image", command=self._showImage))
        self.image.pack(side=tk.LEFT, padx=15)
        line.grid(row=row, column=0, sticky="w")

    def _returnInPattern(self, event=None):
        """Preview what was typed; accept what has been previewed."""
        if self._text() == self._looked:
            self._handleResult(RESULT_YES)
        else:
            self._lookAgain()
        return "break"

    def _lookAgain(self):
        pattern = self._text()
        table = self._look(pattern, self)
        if table is not None and self.winfo_exists():
            self._looked = pattern
            self._fill(table)

    def _selectEvery(self):
        step = self.step.get()
        if step.isdigit() and int(step) > 0:
            self.tree.selection_set(everyNth(self.tree.get_children(), int(step)))

    def _showImage(self):
        row = self._row()
        if row is not None and row.preview:
            self._showPreview(row, self)

    def _showRemarks(self, event=None):
        row = self._row()
        self.image.config(state="normal" if row and row.preview else "disabled")
        selected = len(self.tree.selection())
        self._remarks.config(text=f"{selected} selected" if selected else "")

    def _fill(self, table):
        super()._fill(table)
        self._showRemarks()

    def _text(self):
        return self.pattern.get().strip()

    def _acceptRow(self, event):
        if self.tree.identify_region(event.x, event.y) != "cell":
            return None
        self._handleResult(_NAMES)
        return "break"

    def validate(self):
        """Refuse a pattern that matches nothing; preview one that was not looked at yet."""
        if self.result == _NAMES:
            return self._isTrue(self.tree.selection(), _NONE_SELECTED)
        if self._text() != self._looked:
            self._lookAgain()
            return False
        return self._isTrue(self._table.rows, _NOTHING)

    def _isTrue(self, condition, otherwise):
        if not condition:
            self.result = RESULT_CANCEL
            self._remarks.config(text=otherwise)
        return bool(condition)

    def apply(self):
        if self.result == RESULT_YES:
            self.chosen = PatternChoice(self._looked)
            return
        rows = self._table.rows
        paths = [rows[int(index)].value for index in self.tree.selection()]
        pattern = namesPattern(paths, [row.value for row in rows])
        self.chosen = PatternChoice(pattern, len(paths))
