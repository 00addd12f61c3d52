"""`python -O widget_reporter.py SOCKET scipion-arguments`: Scipion, reporting its widgets.

Scipion's own main module runs unchanged, in this process, with its windows, its event loop and the
protocols it launches. One thing is added when Tk's main loop begins: a thread listens on a Unix
socket and sends each client one JSON list of the visible widgets, with their windows, positions and
texts. The socket takes no input: clicks and keys of the tests come from the X server, as a user's
do.
"""

import contextlib
import json
import runpy
import socket
import sys
import threading
import tkinter
from queue import Empty, Queue

_POLL_MS = 30


def describe_widgets(tk):
    """Return every visible widget, parents first, as dictionaries for JSON."""
    images = _image_names()
    focus = _call(tk, "focus", "-displayof", ".")
    widgets, paths = [], ["."]
    while paths:
        path = paths.pop()
        paths += reversed(tk.splitlist(tk.call("winfo", "children", path)))
        if int(tk.call("winfo", "viewable", path)):
            widgets.append(_describe(tk, path, images, focus))
    return widgets


def _describe(tk, path, images, focus):
    def info(name):
        return tk.call("winfo", name, path)

    kind = str(info("class"))
    window = str(info("toplevel"))
    widget = {
        "path": path,
        "kind": kind,
        "window": window,
        "title": str(_call(tk, "wm", "title", window)),
        "id": int(str(info("id")), 16),
        "x": int(info("rootx")), "y": int(info("rooty")),
        "width": int(info("width")), "height": int(info("height")),
        "text": _text(tk, path, kind),
        "image": images.get(str(_call(tk, path, "cget", "-image")), ""),
        "state": str(_call(tk, path, "cget", "-state")),
        "focused": str(focus) == path,
    }
    widget["parts"] = _PARTS.get(kind, lambda tk, path: [])(tk, path)
    return widget


def _text(tk, path, kind):
    if kind in ("Entry", "TEntry", "TCombobox", "Spinbox"):
        return str(_call(tk, path, "get"))
    if kind == "Text":
        return str(_call(tk, path, "get", "1.0", "end-1c"))
    return str(_call(tk, path, "cget", "-text"))


# Each part is [text, [x, y, width, height] in the widget].

def _rows(tk, path):
    rows, items = [], list(reversed(_list(tk, path, "children", "")))
    while items:
        item = items.pop()
        items += reversed(_list(tk, path, "children", item))
        box = [int(number) for number in _list(tk, path, "bbox", item)]
        if box:
            text = str(_call(tk, path, "item", item, "-text"))
            values = [str(value) for value in _list(tk, path, "item", item, "-values")]
            rows.append(["\t".join([text, *values]), box])
    return rows


def _drawn(tk, path):
    left, top = (float(tk.call(path, name, 0)) for name in ("canvasx", "canvasy"))
    drawn = []
    for item in _list(tk, path, "find", "all"):
        box = [float(number) for number in _list(tk, path, "bbox", item)]
        if box and str(tk.call(path, "type", item)) == "text":
            x1, y1, x2, y2 = box
            drawn.append([str(tk.call(path, "itemcget", item, "-text")),
                          [int(x1 - left), int(y1 - top), int(x2 - x1), int(y2 - y1)]])
    return drawn


def _entries(tk, path):
    entries = []
    last = str(_call(tk, path, "index", "end"))
    for index in range(int(last) + 1 if last.isdigit() else 0):
        label = str(_call(tk, path, "entrycget", index, "-label"))
        top = int(tk.call(path, "yposition", index))
        left = int(_call(tk, path, "xposition", index) or 0)
        entries.append([label, [left, top, 40, 10]])
    return entries


def _tabs(tk, path):
    return [[str(tk.call(path, "tab", tab, "-text")), None] for tab in _list(tk, path, "tabs")]


_PARTS = {"Treeview": _rows, "Canvas": _drawn, "Menu": _entries, "TNotebook": _tabs}


def _list(tk, *words):
    return tk.splitlist(_call(tk, *words))


def _call(tk, *words):
    """Return Tcl's answer, '' if the widget lacks the option."""
    try:
        return tk.call(*words)
    except tkinter.TclError:
        return ""


def _image_names():
    module = sys.modules.get("pyworkflow.gui.gui")
    return {str(image): name for name, image in getattr(module, "image_cache", {}).items()}


# -- the socket -----------------------------------------------------------------------------------

def _tell(address, questions):
    """Pass every connection to Tk's thread, and send its answer."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address)
    listener.listen(5)
    while True:
        connection, _ = listener.accept()
        answer = Queue()
        questions.put(answer)
        with connection, contextlib.suppress(OSError):
            connection.sendall(answer.get().encode("utf-8"))


def _answer(widget, questions):
    # First, so that an answer that fails, which the log then says, is not the last one.
    widget.after(_POLL_MS, _answer, widget, questions)
    with contextlib.suppress(Empty):
        while True:
            waiting = questions.get_nowait()
            waiting.put(json.dumps(describe_widgets(widget.tk)))


def main(address, *arguments):
    """Run Scipion as `scipion arguments`, reporting its widgets at `address`."""
    begin = tkinter.Misc.mainloop
    questions = Queue()

    def mainloop(widget, n=0):
        tkinter.Misc.mainloop = begin
        threading.Thread(target=_tell, args=(address, questions), daemon=True).start()
        _answer(widget._root(), questions)
        begin(widget, n)

    tkinter.Misc.mainloop = mainloop
    sys.argv = ["scipion", *arguments]
    runpy.run_module("scipion", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
