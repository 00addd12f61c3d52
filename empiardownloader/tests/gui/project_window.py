"""Scipion's project window, read widget by widget, used by mouse and keyboard."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from display import wait_until

#: Kinds of widgets on which a click does nothing.
_HARMLESS = ("Label", "Text", "Canvas", "Frame")
_SCIPION = Path(__file__).with_name("widget_reporter.py")


@dataclass(frozen=True)
class Widget:
    """A widget as `widget_reporter` describes it; a part is a text and its box in the widget."""

    path: str
    kind: str
    window: str
    title: str
    id: int
    x: int
    y: int
    width: int
    height: int
    text: str
    image: str
    state: str
    focused: bool
    parts: list

    def part(self, text):
        """Return the first part whose text contains `text`, or None."""
        return next((part for part in self.parts if text in part[0]), None)

    def is_beside(self, other):
        """Return True if this widget is to the right of the other, in one line."""
        middle = other.y + other.height / 2
        return (self.window == other.window and self.x > other.x
                and self.y - 6 <= middle <= self.y + self.height + 6)


class ProjectWindow:
    """`scipion project NAME` on a display, during its `with` block."""

    def __init__(self, display, environment, project, pictures):
        self.display = display
        self.pictures = Path(pictures)
        self._environment = {**display.environment, **environment}
        # matplotlib's plain backend would leave Scipion without its canvases.
        self._environment.pop("MPLBACKEND", None)
        self._project = project

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="scipion-window-")
        self._address = os.path.join(self._folder.name, "socket")
        self.log = self.pictures / "scipion.log"
        self._start()
        while self._lost_its_port():
            self._start()
        with _stopped_on_failure(self._process):
            self.wait_for("PROJECT", kind="Canvas", seconds=180)
            wait_until(lambda: any(self._project in title for title in self.display.titles()),
                       "the project's window on the X server")
        self.display.processes.append(self._process)
        return self

    def _start(self):
        with open(self.log, "wb") as log:
            # -O: else Scipion starts itself anew with it, detached.
            self._process = subprocess.Popen(
                [sys.executable, "-O", str(_SCIPION), self._address, "project", self._project],
                env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def _lost_its_port(self):
        """Scipion chooses a free port and binds it later: others may have been faster."""
        wait_until(lambda: os.path.exists(self._address) or self._process.poll() is not None,
                   "a window, or the end of Scipion", 180)
        return (self._process.poll() is not None
                and "Address already in use" in self.log.read_text(encoding="utf-8"))

    def __exit__(self, *error):
        self.display.processes.remove(self._process)
        self._process.terminate()
        self._process.wait()
        self._folder.cleanup()

    # -- what is seen -----------------------------------------------------------------------------

    def widgets(self):
        """Return all visible widgets; none before the window is open."""
        assert self._process.poll() is None, f"Scipion has ended, see {self.log}"
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(120)
            try:
                line.connect(self._address)
            except OSError:
                return []
            answer = b"".join(iter(lambda: line.recv(1 << 16), b""))
        return [Widget(**fields) for fields in json.loads(answer or b"[]")]

    def find(self, text="", kind="", title="", image=""):
        """Return widgets by parts of their text (or that of a part), kind, title and image."""
        return [widget for widget in self.widgets()
                if kind in widget.kind and title in widget.title and image in widget.image
                and (text in widget.text or widget.part(text))]

    def wait_for(self, text="", seconds=180, **where):
        """Wait until the X server shows such a widget, and return it."""
        def found():
            return next((widget for widget in self.find(text, **where)
                         if self.display.shows(widget.id)), None)

        return self.wait_until(found, f"{text!r} in {where or 'any window'}", seconds)

    def is_gone(self, title):
        """Return True if there is no window with this in its title."""
        return not self.find(title=title)

    def wait_until_gone(self, title):
        """Wait until there is no window with this in its title."""
        self.wait_until(lambda: self.is_gone(title), f"the end of the window {title!r}")

    def beside(self, label, kind="", image="", title=""):
        """Return the first widget of a kind, or with an image, to the right of a label."""
        def found():
            labels = [one for one in self.find(label, kind="Label", title=title)
                      if one.text.strip() == label]
            return next((widget for one in labels for widget in self.find(kind=kind, image=image)
                         if widget.is_beside(one)), None)

        return self.wait_until(found, f"{kind}{image} beside {label!r}")

    def wait_until(self, condition, what, seconds=180):
        """Return the condition's first true value; on a failure keep a picture and all widgets."""
        try:
            return wait_until(condition, what, seconds)
        except AssertionError:
            self.picture("not-seen")
            (self.pictures / "not-seen.txt").write_text(
                "\n".join(map(str, self.widgets())), encoding="utf-8")
            raise

    # -- what a user does -------------------------------------------------------------------------

    def click(self, widget, part=None, button=1, times=1):
        """Click in the middle of a widget, or on the part of it that contains a text."""
        self.display.move_away()
        x, y, width, height = self._clickable(widget, part)
        self.display.click(widget.id, x + min(width, widget.width) // 2, y + height // 2,
                           button, times)

    def _clickable(self, widget, part):
        """Return the box to click in when it rests and no tooltip would take the click.

        Scipion shows the tooltip of a run where the mouse has rested on it for 1.5 s.
        """
        looks = [None]

        def stands_still():
            now = self._same(widget)
            found = now.part(part) if part else ["", [0, 0, now.width, now.height]]
            looks.append(found and (now.x, now.y, *found[1]))
            if self._tooltips(widget):
                # One that opens while the mouse leaves stays until the mouse comes again.
                self.display.point(widget.id, 1, 1)
                self.display.move_away()
                return None
            return looks[-1] if looks[-1] == looks[-2] else None

        return self.wait_until(stands_still, f"{part or widget.path!r} at rest")[2:]

    def _tooltips(self, widget):
        return [one for one in self.find(kind="Toplevel")
                if one.path == one.window and one.path.startswith(f"{widget.path}.")]

    def repeat(self, action, condition, what, patience=10):
        """Repeat an action until its condition is true, and return the condition's value.

        Users do so, too, when a double click was too slow or a key was lost.
        """
        def taken():
            if not condition():
                try:
                    action()
                except AssertionError:  # a widget is gone if the last action worked late
                    if not condition():
                        raise
            with contextlib.suppress(AssertionError):
                return wait_until(condition, what, patience)

        return self.wait_until(taken, what)

    def write_into(self, entry, text):
        """Replace the content of an entry by typing, and check it."""
        def write():
            self.click(entry)
            self.wait_until(lambda: self._same(entry).focused, f"the focus in {entry.path}")
            self.display.press("End", "shift+Home", "BackSpace")
            self.wait_until(lambda: self._same(entry).text == "", "an empty entry")
            self.display.write(text)

        self.repeat(write, lambda: self._same(entry).text == text, f"{text!r} in the entry")

    def _same(self, widget):
        same = next((one for one in self.widgets() if one.path == widget.path), None)
        assert same, f"gone: {widget}"
        return same

    def press_in(self, widget, *keys, part=None):
        """Click on a widget, and press keys when its window has the focus."""
        self.click(widget, part)
        self.wait_until(lambda: any(one.focused and one.window == widget.window
                                    for one in self.widgets()), f"the focus in {widget.title!r}")
        self.display.press(*keys)

    def close(self, widget):
        """Close the window of a widget by Alt+F4."""
        self.repeat(lambda: self.press_in(widget, "alt+F4"),
                    lambda: not any(one.path == widget.window for one in self.widgets()),
                    f"the end of {widget.title!r}")

    def close_others(self):
        """Close every window but the project's, in reverse order of opening."""
        main = self.wait_for("PROJECT", kind="Canvas").window

        def last():
            widgets = self.widgets()
            # Menus and lists have no title; the tooltip of a graph is nothing to be closed.
            graphs = {one.path for one in widgets if one.kind == "Canvas"}
            others = [one for one in widgets if one.path == one.window != main and one.title
                      and one.path.rpartition(".")[0] not in graphs]
            return max(others, key=lambda one: one.id, default=None)

        self.display.press("Escape")
        while last():
            window = last()
            inside = [one for kind in _HARMLESS for one in self.find(kind=kind)
                      if one.window == window.path]
            self.close(inside[0] if inside else window)

    def picture(self, name, title="", **options):
        """Keep a picture of the screen, or of the window with this in its title."""
        file = self.pictures / f"{name}.png"
        if not title:
            return self.display.picture(file, **options)
        window = next(one for one in self.find(title=title) if one.path == one.window)
        return self.display.picture(file, window.id, **options)


@contextlib.contextmanager
def _stopped_on_failure(process):
    try:
        yield
    except BaseException:
        process.terminate()
        process.wait()
        raise
