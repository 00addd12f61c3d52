"""A window with a picture of one movie of a run, chosen from a list."""

import threading
import tkinter as tk
from tkinter import ttk

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from pyworkflow.gui import Window

from .movie_preview import CannotShow, sumOfFrames

_POLL_MS = 100
_MOST_NAMES = 5000


class MovieWindow(Window):
    """The sum of a movie's first frames; ``pathOf`` gives the file of a name."""

    def __init__(self, parent, names, pathOf):
        super().__init__("A movie", masterWindow=parent, minsize=(560, 620))
        self._pathOf = pathOf
        self._result = None
        self._timer = None
        self.root.rowconfigure(0, weight=0)
        self.root.rowconfigure(1, weight=1)
        self.choice = ttk.Combobox(self.root, values=names[-_MOST_NAMES:], state="readonly")
        self.choice.set(names[-1])
        self.choice.bind("<<ComboboxSelected>>", self.look)
        self.choice.grid(row=0, column=0, sticky="ew", padx=5, pady=5)
        self.figure = Figure(figsize=(6, 6), dpi=90, layout="constrained")
        self.canvas = FigureCanvasTkAgg(self.figure, master=self.root)
        self.canvas.get_tk_widget().grid(row=1, column=0, sticky="news")
        self.note = tk.Label(self.root, anchor="w", justify=tk.LEFT, wraplength=540, padx=5)
        self.note.grid(row=2, column=0, sticky="ew", pady=5)
        self.look()

    def show(self, center=True, modal=False):
        self.root.deiconify()
        self.root.focus_set()

    def close(self, e=None):
        if self._timer is not None:
            self.root.after_cancel(self._timer)
        super().close(e)

    def look(self, event=None):
        """Read the chosen movie, in a thread: a large one takes seconds."""
        name = self.choice.get()
        self.note.config(text=f"Reading {name} ...")
        result = self._result = []
        path = self._pathOf(name)
        threading.Thread(target=_read, args=(path, result), daemon=True).start()
        if self._timer is None:
            self._timer = self.root.after(_POLL_MS, self._poll)

    def _poll(self):
        self._timer = None
        if not self._result:
            self._timer = self.root.after(_POLL_MS, self._poll)
            return
        self._draw(*self._result[0])

    def _draw(self, picture, problem):
        self.figure.clear()
        if picture is None:
            self.note.config(text=problem)
        else:
            axes = self.figure.add_subplot()
            low, high = picture.contrast
            axes.imshow(picture.pixels, cmap="gray", vmin=low, vmax=high)
            axes.set_axis_off()
            self.note.config(text=f"{self.choice.get()}: {picture.caption}")
        self.canvas.draw_idle()


def _read(path, result):
    try:
        result.append((sumOfFrames(path), ""))
    except CannotShow as error:
        result.append((None, str(error)))
