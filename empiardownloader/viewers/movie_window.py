"""A window with a picture of one movie of a run, chosen from a list."""

import threading
import tkinter as tk
from tkinter import ttk

from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from pyworkflow.gui import Window

from .movie_preview import CannotShow, powerSpectrum, sumOfFrames

_POLL_MS = 100
_MOST_NAMES = 5000


class MovieWindow(Window):
    """The sum of a movie's first frames, or its power spectrum.

    names: the movies to choose from. pathOf: gives the file of a name. pixelSize: in Å, or None.
    """

    def __init__(self, parent, names, pathOf, pixelSize=None):
        super().__init__("Movie preview", masterWindow=parent, minsize=(560, 660))
        self._pathOf = pathOf
        self._pixelSize = pixelSize
        self._result = None
        self._timer = None
        self._createWidgets(names[-_MOST_NAMES:])
        self.look()

    def _createWidgets(self, names):
        self.root.rowconfigure(0, weight=0)
        self.root.rowconfigure(1, weight=1)
        line = tk.Frame(self.root)
        line.grid(row=0, column=0, sticky="ew", padx=5, pady=5)
        line.columnconfigure(1, weight=1)
        self.previous = ttk.Button(line, text="Previous", command=lambda: self.step(-1))
        self.previous.grid(row=0, column=0)
        self.choice = ttk.Combobox(line, values=names, state="readonly")
        self.choice.current(len(names) - 1)
        self.choice.bind("<<ComboboxSelected>>", self.look)
        self.choice.grid(row=0, column=1, sticky="ew", padx=5)
        self.next = ttk.Button(line, text="Next", command=lambda: self.step(1))
        self.next.grid(row=0, column=2)
        self.isSpectrum = tk.BooleanVar(self.root, value=False)
        self.spectrum = ttk.Checkbutton(
            line, text="Power spectrum", variable=self.isSpectrum, command=self.look
        )
        self.spectrum.grid(row=0, column=3, padx=5)
        self.figure = Figure(figsize=(6, 6), dpi=90, layout="constrained")
        self.canvas = FigureCanvasTkAgg(self.figure, master=self.root)
        self.canvas.get_tk_widget().grid(row=1, column=0, sticky="news")
        self.note = tk.Label(self.root, anchor="w", justify=tk.LEFT, wraplength=540, padx=5)
        self.note.grid(row=2, column=0, sticky="ew", pady=5)
        self.root.bind("<Prior>", lambda event: self.step(-1))
        self.root.bind("<Next>", lambda event: self.step(1))

    def show(self, center=True, modal=False):
        self.root.deiconify()
        self.root.focus_set()

    def close(self, e=None):
        if self._timer is not None:
            self.root.after_cancel(self._timer)
        super().close(e)

    def step(self, by):
        """Show the next movie of the list (1) or the previous one (-1)."""
        wanted = self.choice.current() + by
        if 0 <= wanted < len(self.choice["values"]):
            self.choice.current(wanted)
            self.look()

    def look(self, event=None):
        """Read the chosen movie, in a thread: a large one takes seconds."""
        name, at = self.choice.get(), self.choice.current()
        self.previous.state(["!disabled" if at > 0 else "disabled"])
        self.next.state(["!disabled" if at + 1 < len(self.choice["values"]) else "disabled"])
        self.note.config(text=f"Reading {name} ...")
        result = self._result = []
        args = (self._pathOf(name), self.isSpectrum.get(), self._pixelSize, result)
        threading.Thread(target=_read, args=args, daemon=True).start()
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


def _read(path, isSpectrum, pixelSize, result):
    try:
        picture = powerSpectrum(path, pixelSize) if isSpectrum else sumOfFrames(path)
        result.append((picture, ""))
    except CannotShow as error:
        result.append((None, str(error)))
