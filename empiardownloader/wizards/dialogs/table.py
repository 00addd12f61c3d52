"""A dialog with a table, of which one row is chosen."""

import tkinter as tk

from pyworkflow.gui import LIST_TREEVIEW
from pyworkflow.gui.dialog import RESULT_CANCEL, RESULT_YES
from pyworkflow.gui.tree import Tree

from .wizard_dialog import WizardDialog

_HEIGHT = 12  # rows
_WRAP = 960  # pixels


class TableDialog(WizardDialog):
    """Shows a Table; chosen is the value of the row that was accepted, None for none.

    Arrows move, Return or a double click accepts, Escape cancels.
    """

    accepting = (("Select", RESULT_YES),)
    selectMode = "browse"

    def __init__(self, parent, title, table):
        self.chosen = None
        self._table = table
        buttons = [*self.accepting, ("Cancel", RESULT_CANCEL)]
        super().__init__(parent, title, buttons=buttons, default=buttons[0][0])

    def body(self, master):
        master.columnconfigure(0, weight=1)
        master.rowconfigure(2, weight=1)
        self._heading = _label(master, row=0)
        self._createSearch(master, row=1)
        self.tree = Tree(
            master,
            columns=[name for name, _ in self._table.columns],
            show="headings",
            selectmode=self.selectMode,
            height=_HEIGHT,
            style=LIST_TREEVIEW,
        )
        for name, width in self._table.columns:
            self.tree.heading(name, text=name, anchor="w")
            self.tree.column(name, width=width, stretch=width >= 100)
        self.tree.grid(row=2, column=0, sticky="news", padx=5, pady=5)
        self.tree.bind("<<TreeviewSelect>>", self._showRemarks)
        self.tree.bind("<Double-1>", self._acceptRow)
        for key in ("<Down>", "<Up>"):
            self.tree.bind(key, self._selectFocused)
        self._createTools(master, row=3)
        self._remarks = _label(master, row=4)
        self.initial_focus = self.tree
        self._fill(self._table)

    def _createSearch(self, master, row):
        """Create what stands between the heading and the table."""

    def _createTools(self, master, row):
        """Create what stands below the table."""

    def _fill(self, table):
        self._table = table
        self._heading.config(text="\n".join(table.heading))
        self.tree.clear()
        for index, row in enumerate(table.rows):
            self.tree.insert("", "end", str(index), values=row.cells)
        self._remarks.config(text="")
        if table.rows:
            first = str(table.first or 0)
            self.tree.focus(first)
            self.tree.see(first)
            if table.first is not None:
                self.tree.selection_set(first)
            for row in table.selected:
                self.tree.selection_add(str(row))

    def _row(self):
        selected = self.tree.getFirst()
        return None if selected is None else self._table.rows[int(selected)]

    def _showRemarks(self, event=None):
        row = self._row()
        self._remarks.config(text="\n".join(row.remarks) if row else "")

    def _selectFocused(self, event):
        """With no row selected, an arrow selects the first one instead of moving on from it."""
        if self.tree.selection() or not self._table.rows:
            return None
        self.tree.selection_set(self.tree.focus() or "0")
        return "break"

    def _acceptRow(self, event):
        if self.tree.identify_region(event.x, event.y) != "cell":
            return None
        self._handleResult(RESULT_YES)
        return "break"  # the table is gone, and Tk's own answer to the click would miss it

    def validate(self):
        return self._row() is not None

    def apply(self):
        self.chosen = self._row().value


def _label(master, row):
    label = tk.Label(master, justify=tk.LEFT, anchor="w", wraplength=_WRAP)
    label.grid(row=row, column=0, sticky="ew", padx=5, pady=5)
    return label
