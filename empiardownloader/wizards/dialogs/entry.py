"""The image sets of an entry, with a choice of other entries."""

import tkinter as tk
import webbrowser
from tkinter import ttk

from ...archive.entry_id import entry_number
from .table import TableDialog
from .wizard_dialog import returnInvokes

_PAGE = "https://www.ebi.ac.uk/empiar/EMPIAR-{}/"


class EntryDialog(TableDialog):
    """The image sets of an entry, and a field to look at another one.

    entryId: the entry whose image sets are shown. look(entryId, dialog) returns its Table, or None
    after an error. recent: (number, title) of entries to choose from.
    """

    def __init__(self, parent, title, table, entryId, look, recent):
        self.entryId = entryId
        self._look = look
        self._recent = [f"{number}  {name}".strip() for number, name in recent]
        super().__init__(parent, title, table)

    def _createSearch(self, master, row):
        line = tk.Frame(master)
        line.columnconfigure(1, weight=1)
        tk.Label(line, text="EMPIAR entry").grid(row=0, column=0, padx=5)
        self.entry = ttk.Combobox(line, values=self._recent)
        self.entry.set(self.entryId)
        self.entry.grid(row=0, column=1, sticky="ew")
        self.entry.bind("<<ComboboxSelected>>", self._showEntry)
        for key in ("<Return>", "<KP_Enter>"):
            self.entry.bind(key, self._showEntry)
        for column, (text, command) in enumerate(
            (("Show its image sets", self._showEntry), ("Open its web page", self.openPage)), 2
        ):
            button = returnInvokes(tk.Button(line, text=text, command=command))
            button.grid(row=0, column=column, padx=5)
        line.grid(row=row, column=0, sticky="ew", pady=5)

    def _showEntry(self, event=None):
        entryId = self._typed()
        table = self._look(entryId, self)
        if table is not None and self.winfo_exists():
            self.entryId = entryId
            self.entry.set(entryId)
            self._fill(table)
            self.tree.focus_set()
        return "break"

    def openPage(self):
        """Open the web page of the entry that is shown."""
        webbrowser.open(_PAGE.format(entry_number(self.entryId)))

    def _typed(self):
        """Return the typed text, or the number of the chosen recent entry."""
        text = self.entry.get().strip()
        return text.split()[0] if text in self._recent else text

    def validate(self):
        if self._typed() != self.entryId:  # the table is still that of another entry
            self._showEntry()
            return False
        return super().validate()
