"""What a user does with the protocol in the project's window, for the tests and the pictures."""

import contextlib

LABEL = "empiardownloader - empiar downloader"
IMAGE_SETS = "Image sets of the entry"
MOVIES = "Movies of the image set"
TRANSFER = "Transfer of"
SEARCH, FORM = "Add a protocol", "Protocol Run: EmpiarDownloader"


def search(window, words):
    """Ctrl+F, and what is typed there; the list of protocols that were found."""
    graph = window.wait_for("PROJECT", kind="Canvas")
    window.repeat(lambda: window.press_in(graph, "ctrl+f"), lambda: window.find(title=SEARCH),
                  f"the window {SEARCH!r}")
    window.write_into(window.wait_for(kind="Entry", title=SEARCH), words)
    window.display.press("Return")
    return window.wait_for(LABEL, kind="Treeview", title=SEARCH)


def open_form(window, found=None):
    """The protocol's form, by a double click in what Ctrl+F found."""
    found = found or search(window, "empiar")
    window.repeat(lambda: window.click(found, part=LABEL, times=2),
                  lambda: window.find(title=FORM), f"the window {FORM!r}")
    window.wait_for("Execute", kind="Button", title=FORM)


def fill(window, **entries):
    """Type into the form's fields; a name is the label with _ for its spaces."""
    for label, text in entries.items():
        window.write_into(window.beside(label.replace("_", " "), kind="Entry", title=FORM), text)


def image_sets(window):
    """The table of the wizard beside the field of the image set."""
    window.click(window.beside("Image set", image="fa-magic", title=FORM))
    return window.wait_for(kind="Treeview", title=IMAGE_SETS)


def movies_of_pattern(window):
    """The table of the wizard beside the field of the file pattern."""
    window.click(window.beside("File pattern", image="fa-magic", title=FORM))
    return window.wait_for("26_001_", kind="Treeview", title=MOVIES)


def execute(window):
    """Press Execute: the form closes, and the run is in the graph, where the search was made."""
    window.click(window.wait_for("Execute", kind="Button", title=FORM))
    window.wait_until_gone(FORM)
    window.close(window.wait_for("Search", kind="Label", title=SEARCH))
    return window.wait_for(LABEL, kind="Canvas")


def refresh_until(window, text, **where):
    """Press Refresh, as a user who does not want to wait, until the window shows a text."""
    return window.repeat(lambda: window.click(window.wait_for("Refresh", kind="Label")),
                         lambda: window.find(text, **where), f"{text!r} after Refresh", 5)[0]


def analyze(window):
    """Press Analyze results: the viewer opens."""
    window.click(window.wait_for("Analyze results", kind="Button"))
    window.wait_for(kind="Canvas", title=TRANSFER)


def _menu(window, graph, entry):
    """The menu of the run, by a right click; by another where the graph's refresh took it away."""
    return window.repeat(lambda: window.click(graph, part=LABEL, button=3),
                         lambda: window.find(entry, kind="Menu"), f"{entry!r} in a menu", 5)[0]


def choose(window, graph, entry, chosen, picture=""):
    """Choose in the menu of the run until `chosen()`: the refresh may come before the click."""
    def click():
        menu = _menu(window, graph, entry)
        if picture:
            window.picture(picture)
        with contextlib.suppress(AssertionError):
            window.click(menu, part=entry)

    return window.repeat(click, chosen, f"what {entry!r} does")
