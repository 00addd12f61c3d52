"""A window with a table of what the archive has, in which one row is chosen."""

import tkinter as tk

from pyworkflow.gui import LIST_TREEVIEW
from pyworkflow.gui.dialog import RESULT_CANCEL, RESULT_YES
from pyworkflow.gui.tree import Tree

from .base import WizardDialog, returnInvokes

_HEIGHT = 12  # rows
_WRAP = 860  # pixels


class TableDialog(WizardDialog):
    """Shows a Table; ``chosen`` is the value of the row that was accepted, None for none.

    Arrows move, Return or a double click accepts, Escape cancels.
    """

    def __init__(self, parent, title, table):
        self.chosen = None
        self._table = table
        super().__init__(
            parent, title, buttons=[("Select", RESULT_YES), ("Cancel", RESULT_CANCEL)],
            default="Select",
        )  # fmt: skip

    def body(self, master):
        master.columnconfigure(0, weight=1)
        master.rowconfigure(2, weight=1)
        self._heading = _label(master, row=0)
        self._createSearch(master, row=1)
        self.tree = Tree(
            master,
            columns=[name for name, _ in self._table.columns],
            show="headings",
            selectmode="browse",
            height=_HEIGHT,
            style=LIST_TREEVIEW,
        )
        for name, width in self._table.columns:
            self.tree.heading(name, text=name, anchor="w")
            self.tree.column(name, width=width, stretch=width >= 100)
        self.tree.grid(row=2, column=0, sticky="news", padx=5, pady=5)
        self.tree.bind("<<TreeviewSelect>>", self._showRemarks)
        self.tree.bind("<Double-1>", self._acceptRow)
        self._remarks = _label(master, row=3)
        self.initial_focus = self.tree
        self._fill(self._table)

    def _createSearch(self, master, row):
        """For what stands between the heading and the table."""

    def _fill(self, table):
        self._table = table
        self._heading.config(text="\n".join(table.heading))
        self.tree.clear()
        for index, row in enumerate(table.rows):
            self.tree.insert("", "end", str(index), values=row.cells)
        self._remarks.config(text="")
        if table.rows:
            first = str(table.first)
            self.tree.selection_set(first)
            self.tree.focus(first)
            self.tree.see(first)

    def _row(self):
        selected = self.tree.getFirst()
        return None if selected is None else self._table.rows[int(selected)]

    def _showRemarks(self, event=None):
        row = self._row()
        self._remarks.config(text="\n".join(row.remarks) if row else "")

    def _acceptRow(self, event):
        if self.tree.identify_region(event.x, event.y) != "cell":
            return None
        self._handleResult(RESULT_YES)
        return "break"  # the table is gone, and Tk's own answer to the click would miss it

    def validate(self):
        return self._row() is not None

    def apply(self):
        self.chosen = self._row().value


class PatternDialog(TableDialog):
    """The same with a pattern to edit; ``chosen`` is the pattern.

    ``look(pattern, dialog)`` gives the Table of another pattern, or None where there is none.
    """

    def __init__(self, parent, title, table, pattern, look):
        self._looked = pattern
        self._look = look
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
        button = returnInvokes(tk.Button(line, text="Look again", command=self._lookAgain))
        button.grid(row=0, column=2, padx=5)
        line.grid(row=row, column=0, sticky="ew", pady=5)

    def _returnInPattern(self, event=None):
        """Return looks first at what was typed, and accepts what has been looked at."""
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

    def _text(self):
        return self.pattern.get().strip()

    def validate(self):
        return True

    def apply(self):
        self.chosen = self._text()


def _label(master, row):
    label = tk.Label(master, justify=tk.LEFT, anchor="w", wraplength=_WRAP)
    label.grid(row=row, column=0, sticky="ew", padx=5, pady=5)
    return label
