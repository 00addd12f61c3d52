"""The wizard of the tilt series."""

from .. import protocols
from ..run.options import RunOptions
from .base import EntryWizard
from .dialogs.table import TableDialog
from .queries import askSeries
from .series_table import seriesTable


class SeriesDialog(TableDialog):
    """The Table of an image set's tilt series; chosen is the comma-separated names."""

    selectMode = "extended"

    def apply(self):
        rows = self._table.rows
        self.chosen = ",".join(rows[int(index)].value for index in self.tree.selection())


class EmpiarSeriesNamesWizard(EntryWizard):
    """Shows the entry's tilt series with warnings, and fills in the selected names."""

    # The protocol is there only if scipion-em-tomo is installed.
    _targets = [  # noqa: RUF012 (Scipion's)
        (getattr(protocols, name), ["seriesNames"])
        for name in protocols.__all__
        if name == "EmpiarTiltSeries"
    ]
    title = "Tilt series of the image set"

    def ask(self, form):
        """Fill in the names of the series that are selected."""
        options = RunOptions.of_form(form.protocol)
        listed = self.runInThread(form.root, lambda task: askSeries(task, options))
        if listed is not None:
            table = seriesTable(listed)
            self.fill(form, "seriesNames", SeriesDialog(form.root, self.title, table).chosen)
