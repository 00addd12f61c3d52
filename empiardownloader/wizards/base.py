"""What the wizards share: one at a time for a form, and no traceback for what is expected."""

import tkinter as tk
from weakref import WeakSet

from pyworkflow.gui.dialog import showError
from pyworkflow.wizard import Wizard

from ..errors import EmpiarError
from .dialogs.wait import Cancelled, waitFor

_busy = WeakSet()


class EntryWizard(Wizard):
    """A wizard that asks the archive; subclasses say what, in ``ask``, and ``title``."""

    title = "EMPIAR"

    def show(self, form, *params):
        """Called by Scipion when the wand is clicked; a second click meanwhile does nothing."""
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
        """Show the wizard and give the form what was chosen."""
        raise NotImplementedError

    def waited(self, parent, work):
        """What ``work(task)`` gives, or None: the user gave up, or was told what went wrong."""
        try:
            return waitFor(parent, self.title, work)
        except Cancelled:
            return None
        except (EmpiarError, OSError, ValueError) as error:
            if _isOpen(parent):
                showError(self.title, str(error), parent)
            return None

    def fill(self, form, name, value):
        """Give a field of the form its value, unless nothing was chosen or the form is closed."""
        if value is not None and _isOpen(form.root):
            form.setVar(name, value)


def text(parameter):
    """A string of the form, without blanks around it."""
    return parameter.get("").strip()


def _isOpen(window):
    try:
        return bool(window.winfo_exists())
    except tk.TclError:
        return False
