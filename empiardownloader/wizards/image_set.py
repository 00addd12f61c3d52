"""The wizard of the entry and the image set."""

from ..lookup.entry_lookup import Found
from ..protocols import EmpiarDownloader
from ..run.acquisition import MovieDescription
from ..run.options import RunOptions
from .base import EntryWizard, text
from .dialogs.table import TableDialog
from .queries import askAcquisition, askEntry
from .tables import gainWords, imageSetTable


class EmpiarImageSetWizard(EntryWizard):
    """Shows the entry's image sets and what the form's empty fields become with each."""

    _targets = [(EmpiarDownloader, ["entryId", "imageSet"])]  # noqa: RUF012 (Scipion's)
    title = "Image sets of the entry"

    def ask(self, form):
        """Fill in the number of the image set that is chosen."""
        protocol = form.protocol
        entryId = text(protocol.entryId)

        def work(task):
            entry, document = askEntry(task, entryId)
            return entry, document, askAcquisition(task, entry)

        answer = self.waited(form.root, work)
        if answer is None:
            return
        entry, document, acquisition = answer

        options = RunOptions.of_form(protocol)

        def describe(imageSet):
            found = Found(entry, imageSet, document)
            return MovieDescription.of(found, acquisition).withOptions(options)

        gain = gainWords(protocol.gainSource.get(), text(protocol.gainPath))
        table = imageSetTable(entry, text(protocol.imageSet), describe, gain)
        self.fill(form, "imageSet", TableDialog(form.root, self.title, table).chosen)
