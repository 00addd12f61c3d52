"""The wizard of the file pattern."""

import os
import shutil
from pathlib import Path

from ..disk.paths import nearest_existing
from ..lookup.entry_lookup import NothingFound
from ..run.options import RunOptions
from .base import EntryWizard, targets
from .dialogs.image import ImageDialog, readImage
from .dialogs.pattern import PatternDialog
from .image_kind import ImageKind
from .movie_table import emptyTable, movieTable
from .queries import askFound, askMovies, askPreview


class EmpiarFilePatternWizard(EntryWizard):
    """Shows the movies that a pattern matches, and lets the user choose movies by name."""

    _targets = targets("filePattern")
    title = "Movies of the image set"

    def ask(self, form):
        """Fill in the pattern that is accepted, and the number of movies chosen by name."""
        options, kind = RunOptions.of_form(form.protocol), ImageKind.of(form.protocol)
        found = self.waited(form.root, lambda task: askFound(task, options, kind))
        if found is None:
            return

        def work(task, pattern):
            try:
                matching = askMovies(task, found, options, pattern, kind)
            except NothingFound as error:  # another pattern may find something
                return emptyTable(str(error))
            return movieTable(found, matching, options.limit, _freeBytes(form.protocol, options))

        def look(pattern, parent):
            return self.waited(parent, lambda task: work(task, pattern))

        def showPreview(row, parent):
            self._showPreview(parent, found, options, row.preview)

        table = look(options.pattern, form.root)
        if table is None:
            return
        dialog = PatternDialog(form.root, self.title, table, options.pattern, look, showPreview)
        self._fillIn(form, dialog.chosen, options)

    def _showPreview(self, parent, found, options, path):
        image = self.waited(
            parent, lambda task: readImage(askPreview(task, found, options.transport, path))
        )
        if image is not None and parent.winfo_exists():
            ImageDialog(parent, os.path.basename(path), image)

    def _fillIn(self, form, chosen, options):
        if chosen is None:
            return
        self.fill(form, "filePattern", chosen.pattern)
        if chosen.movies and options.limit is not None:
            self.fill(form, "amountOfImages", chosen.movies)


def _freeBytes(protocol, options):
    folder = options.download_folder or protocol._getExtraPath()
    return shutil.disk_usage(nearest_existing(Path(folder))).free
