"""The base of the wizards: one at a time for a form, and no traceback for expected errors."""

import tkinter as tk
from dataclasses import dataclass
from weakref import WeakSet

from pyworkflow.gui.dialog import showError
from pyworkflow.wizard import Wizard

from ..archive.image_sets import Contents
from ..errors import EmpiarError
from ..files.select_movies import SelectionRules
from ..protocols.base import EmpiarProtocol
from .dialogs.wait import Cancelled, WaitDialog

_busy = WeakSet()


class EntryWizard(Wizard):
    """A wizard that asks the archive; subclasses define ask and title."""

    title = "EMPIAR"

    def show(self, form, *params):
        """Show the wizard when the wand is clicked; a second click meanwhile does nothing."""
        if form in _busy:
            return
        _busy.add(form)
        try:
            self.ask(form)
        except tk.TclError:
            if _isOpen(form.root):  # else the form was closed meanwhile, and the wizard with it
                raise
        finally:
            _busy.discard(form)

    def ask(self, form):
        """Ask the archive, show the answer and fill in the choice."""
        raise NotImplementedError

    def runInThread(self, parent, work):
        """Return the result of work(task); None if the user cancelled or was shown an error."""
        try:
            return WaitDialog(parent, self.title, work).outcome()
        except Cancelled:
            return None
        except (EmpiarError, OSError, ValueError) as error:
            if _isOpen(parent):
                showError(self.title, str(error), parent)
            return None

    def fill(self, form, name, value):
        """Set a field of the form, unless the value is None, or the form is closed or lacks it."""
        if value is not None and _isOpen(form.root) and form.protocol.hasAttribute(name):
            form.setVar(name, value)


@dataclass(frozen=True)
class ImageKind:
    """A protocol's kind of images: its image sets, the rules for its files, and its name."""

    contents: Contents
    rules: SelectionRules
    noun: str

    @classmethod
    def of(cls, protocol):
        """Return the kind that the protocol's class names."""
        return cls(protocol.contents, protocol.rules, protocol.images.noun)


def targets(*parameters):
    """Return a wizard's targets: these parameters of every protocol of this plugin."""
    return [(EmpiarProtocol, list(parameters))]


def _isOpen(window):
    try:
        return bool(window.winfo_exists())
    except tk.TclError:
        return False
