"""The wizard of the file pattern."""

import os
from collections import Counter

from pyworkflow.protocol.params import LEVEL_ADVANCED

from ..files.choice import MovieChoice
from ..lookup.entry_lookup import NothingFound
from ..run.options import RunOptions
from ..run.space_estimate import free_space
from .base import EntryWizard, ImageKind, targets
from .dialogs.image import ImageDialog, readImage
from .dialogs.pattern import PatternDialog
from .movie_table import emptyTable, movieTable
from .queries import askFound, askMovies, askPreview


class EmpiarFilePatternWizard(EntryWizard):
    """Shows the movies that match a pattern, and lets the user choose some of them."""

    _targets = targets("filePattern", "movieNames")
    title = "Movies of the image set"

    def ask(self, form):
        """Fill in the accepted pattern, and the names or the step of the chosen movies."""
        options, kind = RunOptions.of_form(form.protocol), ImageKind.of(form.protocol)
        found = self.runInThread(form.root, lambda task: askFound(task, options, kind))
        if found is None:
            return

        def work(task, pattern):
            try:
                matching = askMovies(task, found, options, pattern, kind)
            except NothingFound as error:  # another pattern may find something
                return emptyTable(str(error))
            _, free = free_space(form.protocol, options)
            choice = MovieChoice.of(options.names, options.every)
            return movieTable(found, matching, options.limit, free, choice)

        def look(pattern, parent):
            return self.runInThread(parent, lambda task: work(task, pattern))

        def showPreview(row, parent):
            self._showPreview(parent, found, options, row.preview)

        table = look(options.pattern, form.root)
        if table is None:
            return
        dialog = PatternDialog(
            form.root, self.title, table, options.pattern, look, showPreview, _takesNames(form)
        )
        self._fillIn(form, dialog.chosen, options)

    def _showPreview(self, parent, found, options, path):
        image = self.runInThread(
            parent, lambda task: readImage(askPreview(task, found, options.transport, path))
        )
        if image is not None and parent.winfo_exists():
            ImageDialog(parent, os.path.basename(path), image)

    def _fillIn(self, form, chosen, options):
        if chosen is None:
            return
        names = movieNames(chosen.paths, chosen.listed) if _takesNames(form) else ""
        if chosen.paths and not names:
            self.fill(form, "filePattern", namesPattern(chosen.paths, chosen.listed))
            if options.limit is not None:
                self.fill(form, "amountOfImages", len(chosen.paths))
        else:
            self.fill(form, "filePattern", chosen.pattern)
        self.fill(form, "movieNames", names)
        self.fill(form, "everyMovie", chosen.every)


def _takesNames(form):
    """Return True if the form shows its fields for names and for every k-th movie.

    They are advanced: what the wizard fills in has to be seen.
    """
    isAdvanced = form.protocol.expertLevel.get() >= LEVEL_ADVANCED
    return isAdvanced and form.protocol.hasAttribute("movieNames")


def movieNames(chosen, listed):
    """Return the comma-separated names of movies; '' if one contains a comma.

    chosen: their paths. listed: the paths of all movies that were shown; a movie whose name occurs
    twice among them is named by its path.
    """
    names = _shortNames(chosen, listed)
    return "" if any("," in name for name in names) else ",".join(names)


def namesPattern(chosen, listed):
    """Return the pattern that matches the chosen paths; arguments as of movieNames."""
    # A comma would separate two patterns.
    return ",".join(name.replace(",", "?") for name in _shortNames(chosen, listed))


def _shortNames(chosen, listed):
    names = Counter(map(_name, listed))
    return [_name(path) if names[_name(path)] == 1 else path for path in chosen]


def _name(path):
    return path.rpartition("/")[2]
