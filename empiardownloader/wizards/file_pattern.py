"""The wizard of the file pattern: which movies it means."""

from ..lookup.entry_lookup import NothingFound
from ..protocols import EmpiarDownloader
from .base import EntryWizard, text
from .dialogs.table import PatternDialog
from .queries import askFound, askMovies
from .tables import MOST_MOVIES, emptyTable, movieTable


class EmpiarFilePatternWizard(EntryWizard):
    """Shows the movies that a run would find, and lets the pattern be tried before it is taken."""

    _targets = [(EmpiarDownloader, ["filePattern"])]  # noqa: RUF012 (Scipion's)
    title = "Movies of the image set"

    def ask(self, form):
        """Fill in the pattern that is accepted."""
        protocol = form.protocol
        entryId, imageSet = text(protocol.entryId), text(protocol.imageSet)
        found = self.waited(form.root, lambda task: askFound(task, entryId, imageSet))
        if found is None:
            return
        transport = protocol.transport.get()
        amount = None if protocol.downloadAll.get() else protocol.amountOfImages.get()

        def work(task, pattern):
            try:
                answer = askMovies(task, found, transport, pattern, MOST_MOVIES + 1)
            except NothingFound as error:  # another pattern may find something
                return emptyTable(str(error))
            return movieTable(found, *answer, amount)

        def look(pattern, parent):
            return self.waited(parent, lambda task: work(task, pattern))

        pattern = text(protocol.filePattern)
        table = look(pattern, form.root)
        if table is not None:
            chosen = PatternDialog(form.root, self.title, table, pattern, look).chosen
            self.fill(form, "filePattern", chosen)
