"""The wizard of the gain file."""

import os

from pyworkflow.gui.browser import FileBrowserWindow

from ..run.options import GAIN_LOCAL, RunOptions
from .base import EntryWizard, ImageKind, targets
from .dialogs.table import TableDialog
from .queries import askGains
from .tables import gainOrientation, gainTable


class EmpiarGainPathWizard(EntryWizard):
    """Shows the gain references of the entry; for a local file, Scipion's own file browser."""

    _targets = targets("gainPath")
    title = "Gain references of the entry"

    def ask(self, form):
        """Fill in the path that is chosen."""
        options = RunOptions.of_form(form.protocol)
        if options.gain_source == GAIN_LOCAL:
            self._browse(form, os.path.dirname(options.gain_path))
            return
        kind = ImageKind.of(form.protocol)
        answer = self.runInThread(form.root, lambda task: askGains(task, options, kind))
        if answer is not None:
            found, gains = answer
            orientation = gainOrientation(form.protocol._record(), found, options)
            table = gainTable(found, gains, orientation)
            self.fill(form, "gainPath", TableDialog(form.root, self.title, table).chosen)

    def _browse(self, form, start):
        FileBrowserWindow(
            "Gain file",
            form,
            path=start if os.path.isdir(start) else os.path.expanduser("~"),
            onSelect=lambda file: self.fill(form, "gainPath", file.getPath()),
        ).show(modal=True)
