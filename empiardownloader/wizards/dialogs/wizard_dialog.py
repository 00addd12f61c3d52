"""Scipion's dialog, as the wizards use it."""

from pyworkflow.gui.dialog import Dialog


class WizardDialog(Dialog):
    """A dialog in which Return on a button is that button's alone.

    Scipion's own passes it on to the dialog's default button, which by then may be gone.
    """

    def _createButton(self, frame, text, result):
        return returnInvokes(super()._createButton(frame, text, result))


def returnInvokes(button):
    """Let Return press the button, and nothing else."""

    def invoke(event):
        button.invoke()
        return "break"

    for key in ("<Return>", "<KP_Enter>"):
        button.bind(key, invoke)
    return button
