"""A preview image of the archive in a window of its own."""

import io
import tkinter as tk

from PIL import Image, ImageTk
from pyworkflow.gui.dialog import RESULT_CLOSE

from .wizard_dialog import WizardDialog

_SIDE = 800  # pixels


class ImageDialog(WizardDialog):
    """Shows an image, made smaller where it does not fit the screen."""

    def __init__(self, parent, title, image):
        self._image = image
        super().__init__(parent, title, buttons=[("Close", RESULT_CLOSE)], default="Close")

    def body(self, master):
        self.photo = ImageTk.PhotoImage(self._image, master=self)
        tk.Label(master, image=self.photo).grid(row=0, column=0, padx=5, pady=5)


def readImage(content):
    """Return a small Pillow image; ValueError if the content is not an image."""
    try:
        image = Image.open(io.BytesIO(content))
        image.draft("L", (_SIDE, _SIDE))
        image = image.convert("RGB")
    except (OSError, Image.DecompressionBombError) as error:
        raise ValueError(f"This preview cannot be shown: {error}") from error
    image.thumbnail((_SIDE, _SIDE))
    return image
