"""Work in a thread, so that the window does not freeze, with a dialog to cancel it."""

import threading
import tkinter as tk
from tkinter import ttk

from pyworkflow.gui.dialog import RESULT_CANCEL

from .wizard_dialog import WizardDialog

_POLL_MS = 50
_WIDTH = 420  # pixels


class Cancelled(Exception):
    """The user pressed Cancel; nothing is to be changed."""


class Task:
    """Connects the work of a thread with the dialog that waits for it.

    The work reports and pauses through it; both raise Cancelled after the user has cancelled.
    """

    def __init__(self):
        self.sentence = ""
        self._cancelled = threading.Event()

    def say(self, sentence):
        """Show the user a sentence on the present work."""
        self.sleep(0)
        self.sentence = sentence

    def sleep(self, seconds):
        """Wait as time.sleep does; raise Cancelled if the user cancels meanwhile."""
        if self._cancelled.wait(seconds):
            raise Cancelled

    def cancel(self):
        """Cancel: the thread ends at its next report, and its result is not used."""
        self._cancelled.set()


class WaitDialog(WizardDialog):
    """A small dialog with a sentence and a Cancel button, while work(task) runs in a thread.

    The thread never calls Tk: it may outlive the dialog, until its own time-outs end it.
    """

    def __init__(self, parent, title, work):
        self._task = Task()
        self._outcome = []
        self._next = None
        self._seenToEnd = False
        self._thread = threading.Thread(target=self._work, args=(work,), daemon=True)
        self._thread.start()
        super().__init__(parent, title, buttons=[("Cancel", RESULT_CANCEL)], default="Cancel")

    def outcome(self):
        """Return the result of the work, or raise its error, or Cancelled; the dialog is closed."""
        if not self._seenToEnd:
            self._task.cancel()
            raise Cancelled
        result, error = self._outcome[0]
        if error is not None:
            raise error
        return result

    def _work(self, work):
        try:
            self._outcome.append((work(self._task), None))
        except Exception as error:  # noqa: BLE001 (raised again in the window's thread)
            self._outcome.append((None, error))

    # -- Tk -------------------------------------------------------------------------------------

    def body(self, master):
        self._sentence = tk.Label(master, wraplength=_WIDTH, justify=tk.LEFT, anchor="w")
        self._sentence.grid(row=0, column=0, sticky="ew", padx=10, pady=(10, 5))
        bar = ttk.Progressbar(master, mode="indeterminate", length=_WIDTH)
        bar.grid(row=1, column=0, sticky="ew", padx=10, pady=(5, 10))
        bar.start(20)
        # Scipion's dialog waits until it can be seen, and must not be gone by then.
        self.bind("<Visibility>", self._begin)

    def _begin(self, event=None):
        self.unbind("<Visibility>")
        self._next = self.after(0, self._poll)

    def _poll(self):
        if self._thread.is_alive():
            self._sentence.config(text=self._task.sentence)
            self._next = self.after(_POLL_MS, self._poll)
        else:
            self._seenToEnd = True
            self.cancel()

    def destroy(self):
        if self._next is not None:
            self.after_cancel(self._next)
        super().destroy()
