"""The wizard of the entry and the image set."""

from weakref import WeakKeyDictionary

from ..archive.entry_id import entry_number
from ..archive.errors import BadEntryId
from ..lookup.entry_lookup import ResolvedEntry
from ..lookup.size_estimate import declared_size
from ..run.acquisition import AcquisitionValues
from ..run.file_values import disagreements
from ..run.options import GAIN_BY_PATH, RunOptions
from ..run.space_estimate import free_space, request_text, requested_images
from ..units import format_size
from .base import EntryWizard, targets
from .dialogs.entry import EntryDialog
from .queries import askAcquisition, askEntry
from .recent_entries import recentEntries, rememberEntry
from .tables import gainText, imageSetTable

#: The number of the entry that the fields of each open form were filled in for.
_filledFor = WeakKeyDictionary()


class EmpiarImageSetWizard(EntryWizard):
    """Shows the entry's image sets and the values that the form's empty fields get with each."""

    _targets = targets("entryId", "imageSet")
    title = "Image sets of the entry"

    def ask(self, form):
        """Fill in the entry and the image set that are chosen."""
        protocol = form.protocol
        before = _filledFor.setdefault(form, _entryBefore(protocol))

        def look(entryId, parent):
            def work(task):
                entry, document = askEntry(task, entryId)
                return entry, document, askAcquisition(task, entry)

            answer = self.runInThread(parent, work)
            if answer is None:
                return None
            rememberEntry(answer[0])
            return entryTable(protocol, before, *answer)

        entryId = RunOptions.of_form(protocol).entry_id
        table = look(entryId, form.root)
        if table is None:
            return
        recent = recentEntries(protocol.getProject())
        dialog = EntryDialog(form.root, self.title, table, entryId, look, recent)
        if dialog.chosen is None:
            return
        if dialog.entryId != entryId:
            self.fill(form, "entryId", dialog.entryId)
        if entry_number(dialog.entryId) != before:
            for name in _staleFields(protocol):
                self.fill(form, name, "")
            _filledFor[form] = entry_number(dialog.entryId)
        self.fill(form, "imageSet", dialog.chosen)


def entryTable(protocol, before, entry, document, acquisition):
    """Return the image sets of an entry, for a form filled in for the entry number `before`."""
    options = RunOptions.of_form(protocol)

    def describe(imageSet):
        found = ResolvedEntry(entry, imageSet, document)
        return AcquisitionValues.of(found, acquisition).withOptions(options)

    def disagree(imageSet):
        return _runDisagreements(protocol._record(), entry, imageSet, describe(imageSet))

    stale = _staleFields(protocol) if entry.number != before else []
    notes = [
        f"'{protocol.getAttributeValue(name)}' ({protocol.getParam(name).label.get()}) was entered "
        f"for EMPIAR-{before}: Select clears it."
        for name in stale
    ]
    gain = gainText(options.gain_source, "" if "gainPath" in stale else options.gain_path)
    choice = "" if "imageSet" in stale else options.image_set
    sizeOf = _sizeOf(protocol, entry, options)
    return imageSetTable(
        entry, choice, describe, gain, protocol.contents.is_in, notes, disagree, sizeOf
    )


def _runDisagreements(state, entry, imageSet, description):
    """Return what the movies of this run give otherwise, once it has looked at them."""
    kept, stored = state.entry(), state.fileValues()
    if not (kept and stored) or kept["number"] != entry.number:
        return []
    if state.found().image_set.number != imageSet.number:
        return []
    described = description.withFile(stored)
    return disagreements(described, stored, imageSet.frames_per_image or 0)


def _sizeOf(protocol, entry, options):
    """Return the function that gives the line on an image set's size.

    Tilt series differ too much in size for an estimate; their own wizard sums them up.
    """
    if not protocol.hasAttribute("amountOfImages"):
        return lambda imageSet: ()
    noun, (_, free) = protocol.images.noun, free_space(protocol, options)
    return lambda imageSet: [sizeSentence(entry, imageSet, options, noun, free)]


def sizeSentence(entry, imageSet, options, noun, free):
    """Return the size of the images that the form asks for, beside the free disk space.

    The size is an estimate from what the entry declares. free: in bytes.
    """
    count, every = requested_images(options)
    size = declared_size(entry, imageSet, count, every)
    which = request_text(count, every, noun)
    room = f"Free on the disk: {format_size(free)}"
    if size is None:
        return f"This run downloads {which} of unknown size. {room}."
    shortage = ", which is not enough" if size.bytes > free else ""
    return f"This run downloads {which}: {size}. {room}{shortage}."


def _staleFields(protocol):
    """Return the names of fields that make sense for one entry only, and are not empty."""
    names = ["imageSet", "filePattern", "movieNames", "seriesNames"]
    if RunOptions.of_form(protocol).gain_source == GAIN_BY_PATH:
        names.append("gainPath")
    return [name for name in names if protocol.getAttributeValue(name)]


def _entryBefore(protocol):
    """Return the number of the entry that this run has read, else the form's, '' for a bad one."""
    kept = protocol._record().entry()
    try:
        return kept["number"] if kept else entry_number(RunOptions.of_form(protocol).entry_id)
    except BadEntryId:
        return ""
