"""A simulated user of windows in this process, who acts from Tk's own main loop.

The user's actions are a generator, which the main loop resumes every few milliseconds: each
``yield`` lets the windows work. Errors in Tk's callbacks fail the test.
"""

import time
import tkinter as tk

_STEP_MS = 20


class User:
    """Acts on the windows below one root window.

    ``longest``: the longest time in seconds in which Tk's main loop stood still. ``patience``:
    seconds after which a script that still waits, or a window that is still open, is an error.
    """

    def __init__(self, root, patience=30):
        self._root = root
        self._patience = patience
        self.errors = []
        self.longest = 0.0
        root.report_callback_exception = lambda kind, error, trace: self.errors.append(error)
        root.createcommand("bgerror", self.errors.append)

    def does(self, beginning, script):
        """Run ``beginning``, which opens a window and waits for its end, beside the script."""
        state = {"open": True, "acting": True}
        until = time.monotonic() + self._patience

        def begin():
            try:
                beginning()
            finally:
                state["open"] = False

        def act():
            try:
                assert time.monotonic() < until, f"gave up; {self._windows()}"
                if state["acting"]:
                    next(script)
            except StopIteration:
                state["acting"] = False
            except BaseException as error:  # noqa: BLE001 (raised again below)
                self.errors.append(error)
                state["acting"] = False
                self._close()

        self._loop(begin, act, state)
        for error in self.errors:
            raise AssertionError(f"in Tk's main loop: {error!r}") from (
                error if isinstance(error, BaseException) else None)

    def _loop(self, begin, act, state):
        last = time.monotonic()

        def tick():
            nonlocal last
            now = time.monotonic()
            self.longest, last = max(self.longest, now - last), now
            act()
            if state["open"] or state["acting"]:
                self._root.after(_STEP_MS, tick)
            else:
                self._root.quit()

        self._root.after(0, begin)
        self._root.after(_STEP_MS, tick)
        self._root.mainloop()

    def _toplevels(self, below=None):
        """Return all windows but the main one, each before those that it opened."""
        found = []
        for widget in (below or self._root).winfo_children():
            if isinstance(widget, tk.Toplevel) and below:
                found.append(widget)
            found += self._toplevels(widget)
        return found

    def _windows(self):
        return "windows: " + ", ".join(
            f"{type(one).__name__} {one.title()!r} {one.geometry()} {one.state()}"
            f"{' seen' * one.winfo_viewable()} grab {one.grab_status()}"
            for one in self._toplevels())

    def _close(self):
        """Close all windows, so that whatever waits for one of them goes on."""
        for window in reversed(self._toplevels()):
            if window.winfo_exists():
                window.destroy()

    # -- what is seen, keys and clicks ------------------------------------------------------------

    def seen(self, kind, below=None):
        """Return the visible widgets of a class."""
        found = []
        for widget in (below or self._root).winfo_children():
            if isinstance(widget, kind) and widget.winfo_viewable():
                found.append(widget)
            found += self.seen(kind, widget)
        return found

    def sees(self, kind, below=None):
        """Wait for a dialog of a class that takes keys and clicks, and return it."""
        while True:
            for dialog in self.seen(kind, below):
                if dialog.grab_status() and self.seen(tk.Button, dialog):
                    return dialog
            yield

    def no_longer_sees(self, widget):
        """Wait until a widget is gone."""
        while widget.winfo_exists():
            yield

    def presses(self, key, window):
        """Press a key in the widget of the window that has the focus."""
        focused = window.focus_lastfor() or window
        focused.focus_force()
        yield
        focused.event_generate(f"<{key}>")
        yield

    def double_clicks(self, tree, row):
        """Double click on a row of a table when it is drawn."""
        place = {}
        while not place or tree.identify_region(**place) != "cell":
            yield  # Tk lays a table out some time after its window has come
            box = tree.bbox(tree.get_children()[row])
            place = box and {"x": box[0] + 5, "y": box[1] + box[3] // 2}
        for event in 2 * ("<Button-1>", "<ButtonRelease-1>"):
            if tree.winfo_exists():
                tree.event_generate(event, **place)
        yield

    def texts(self, window):
        """Return the text of all labels and text widgets of a window."""
        said = [str(label["text"]) for label in self.seen(tk.Label, window)]
        return "\n".join(said + [text.get("1.0", "end") for text in self.seen(tk.Text, window)])
