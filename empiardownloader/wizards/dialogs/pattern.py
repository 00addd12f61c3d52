"""The movies that a file pattern matches, with the pattern to edit."""

import tkinter as tk
from dataclasses import dataclass
from typing import Sequence

from pyworkflow.gui.dialog import RESULT_CANCEL, RESULT_YES

from .table import TableDialog
from .wizard_dialog import returnInvokes

_NAMES, _EVERY = 20, 21  # beyond the results that Scipion's dialogs know
_NOTHING = "No movie matches: change the pattern, or cancel."
_NO_STEP = "Enter a number from 1 for one movie in so many."
_NONE_SELECTED = "Select movies in the table first: click one, Shift or Ctrl click more."


@dataclass(frozen=True)
class PatternChoice:
    """The pattern that was accepted, and which of its movies were chosen.

    paths: those of movies that were chosen one by one, none for all; listed: those of all movies
    that were shown. every: k, for every k-th movie.
    """

    pattern: str
    paths: Sequence[str] = ()
    listed: Sequence[str] = ()
    every: int = 1


class PatternDialog(TableDialog):
    """A Table of movies; chosen is a PatternChoice.

    look(pattern, dialog) returns the Table of another pattern, or None. showPreview(row, dialog)
    shows the image of a row. hasStep: whether every k-th movie can be chosen.
    """

    accepting = (("Use this pattern", RESULT_YES), ("Use the selected movies", _NAMES))
    selectMode = "extended"

    def __init__(self, parent, title, table, pattern, look, showPreview, hasStep=True):
        if hasStep:
            self.accepting = (*self.accepting, ("Use one movie in so many", _EVERY))
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
        """Preview a changed pattern; accept one that is previewed."""
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
        step = self._enteredStep()
        if step:
            self.tree.selection_set(self.tree.get_children()[::step])

    def _enteredStep(self):
        """Return the entered step, 0 if it is not a number from 1."""
        step = self.step.get().strip()
        return int(step) if step.isdecimal() else 0

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
        if self.result == _EVERY and not self._enteredStep():
            return self._isTrue(False, _NO_STEP)
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
        listed = [row.value for row in self._table.rows]
        paths = [listed[int(index)] for index in self.tree.selection()]
        self.chosen = {
            RESULT_YES: PatternChoice(self._looked),
            _NAMES: PatternChoice(self._looked, paths, listed),
            _EVERY: PatternChoice(self._looked, every=self._enteredStep()),
        }[self.result]
