"""A table of the movies that are missing or left out, which can be sorted and copied."""

import tkinter as tk
from tkinter import font

from pyworkflow.gui.tree import Tree

_MOST_ROWS = 2000
_COLUMNS = (("Movie", 300), ("Problem", 90), ("Reason", 510))
_PADDING = 12  # pixels of a cell
_NONE = "No movie is missing or left out."


class ProblemTable(Tree):
    """Rows of name, problem and reason; a click on a heading sorts, Ctrl+C copies.

    onSelect(text) is given the full names and reasons of the selected rows.
    """

    def __init__(self, master, onSelect):
        super().__init__(
            master, columns=[name for name, _ in _COLUMNS], show="headings", height=5,
            selectmode="extended",
        )  # fmt: skip
        self._onSelect = onSelect
        self._rows = None
        self._shown = []
        self._order = (0, False)  # column, whether descending
        self._font = font.Font(root=master, name="TkDefaultFont", exists=True)
        for index, (name, width) in enumerate(_COLUMNS):
            self.heading(name, text=name, anchor="w", command=lambda at=index: self.sortBy(at))
            self.column(name, width=width, stretch=name == "Reason")
        self.bind("<<TreeviewSelect>>", self._select)
        self.bind("<Control-c>", self.copy)

    def fill(self, rows, note=""):
        """Show rows of (name, problem, reason), of many the first; note: where the rest is."""
        if rows == self._rows:
            return
        self._rows, self._note = rows, note
        self._draw()

    def sortBy(self, column):
        """Sort by a column; a second time the other way round."""
        last, descending = self._order
        self._order = (column, column == last and not descending)
        self._draw()

    def copy(self, event=None):
        """Copy the selected rows, all if none is selected, as lines with tabs."""
        selected = [self._shown[int(row)] for row in self.selection() if row.isdigit()]
        self.clipboard_clear()
        self.clipboard_append("\n".join("\t".join(row) for row in selected or self._rows))
        return "break"

    def _draw(self):
        column, descending = self._order
        ordered = sorted(self._rows, key=lambda row: row[column], reverse=descending)
        self._shown = ordered[:_MOST_ROWS]
        self.clear()
        for index, (name, *rest) in enumerate(self._shown):
            self.insert("", tk.END, str(index), values=(self._fitted(name), *rest))
        if not ordered:
            self.insert("", tk.END, "none", values=("", "", _NONE))
        elif len(ordered) > _MOST_ROWS:
            more = f"and {len(ordered) - _MOST_ROWS:,} more, {self._note}"
            self.insert("", tk.END, "more", values=("", "", more))

    def _fitted(self, name):
        """Return a name that fits its column: names of microscopes differ at their end."""
        room = _COLUMNS[0][1] - _PADDING
        return elided(name, lambda text: self._font.measure(text) <= room)

    def _select(self, event=None):
        rows = [self._shown[int(row)] for row in self.selection() if row.isdigit()]
        self._onSelect("\n".join(": ".join(filter(None, row[::2])) for row in rows[:5]))


def elided(text, fits):
    """Return a text with dots in its middle where it does not fit as a whole."""
    kept = len(text)
    shown = text
    while kept > 8 and not fits(shown):
        kept -= 1
        head = kept // 3
        shown = f"{text[:head]}…{text[-(kept - head):]}"
    return shown
