"""A table of tilt series, several of which can be chosen."""

from .table import TableDialog


class SeriesDialog(TableDialog):
    """The Table of an image set's tilt series; chosen is the comma-separated names."""

    selectMode = "extended"

    def apply(self):
        rows = self._table.rows
        self.chosen = ",".join(rows[int(index)].value for index in self.tree.selection())
