"""A user's actions on the protocol in the project's window, for the tests and the pictures."""

import contextlib

LABEL = "empiardownloader - empiar downloader"
IMAGE_SETS = "Image sets of the entry"
MOVIES = "Movies of the image set"
TRANSFER = "Transfer of"
SEARCH, FORM = "Add a protocol", "Protocol Run: EmpiarDownloader"


def search(window, words):
    """Press Ctrl+F, type words, and return the list of the protocols found."""
    graph = window.wait_for("PROJECT", kind="Canvas")
    window.repeat(lambda: window.press_in(graph, "ctrl+f"), lambda: window.find(title=SEARCH),
                  f"the window {SEARCH!r}")
    window.write_into(window.wait_for(kind="Entry", title=SEARCH), words)
    window.display.press("Return")
    return window.wait_for(LABEL, kind="Treeview", title=SEARCH)


def open_form(window, found=None):
    """Open the protocol's form by a double click in the list that Ctrl+F found."""
    found = found or search(window, "empiar")
    window.repeat(lambda: window.click(found, part=LABEL, times=2),
                  lambda: window.find(title=FORM), f"the window {FORM!r}")
    window.wait_for("Execute", kind="Button", title=FORM)


def fill(window, **entries):
    """Type into the form's fields; a name is the label with _ for its spaces."""
    for label, text in entries.items():
        window.write_into(window.beside(label.replace("_", " "), kind="Entry", title=FORM), text)


def image_sets(window):
    """Open the wizard beside the field of the image set, and return its table."""
    window.click(window.beside("Image set", image="fa-magic", title=FORM))
    return window.wait_for(kind="Treeview", title=IMAGE_SETS)


def movies_of_pattern(window, first="26_001_"):
    """Open the wizard beside the field of the file pattern, and return its table."""
    window.click(window.beside("File pattern", image="fa-magic", title=FORM))
    return window.wait_for(first, kind="Treeview", title=MOVIES)


def execute(window, run):
    """Press Execute: the form closes, and the run is in the graph, where the search was made."""
    window.click(window.wait_for("Execute", kind="Button", title=FORM))
    window.wait_until_gone(FORM)
    window.close(window.wait_for("Search", kind="Label", title=SEARCH))
    window.wait_until(lambda: window.find(f"{run.name()}\n", kind="Canvas"), "the run's box")


def refresh_until_it_is(window, run, status):
    """Press Refresh until the run's box in the graph has a status; return the graph."""
    return refresh_until(window, f"{run.name()}\n{status}", kind="Canvas")


def refresh_until(window, text, **where):
    """Press Refresh until the window shows a text."""
    return window.repeat(lambda: window.click(window.wait_for("Refresh", kind="Label")),
                         lambda: window.find(text, **where), f"{text!r} after Refresh", 5)[0]


def analyze(window):
    """Open the viewer by the button Analyze results."""
    window.click(window.wait_for("Analyze results", kind="Button"))
    window.wait_for(kind="Canvas", title=TRANSFER)


def _menu(window, graph, run, entry):
    """Open the run's menu by a right click, again if the graph's refresh has closed it."""
    return window.repeat(lambda: window.click(graph, part=f"{run.name()}\n", button=3),
                         lambda: window.find(entry, kind="Menu"), f"{entry!r} in a menu", 5)[0]


def choose(window, graph, run, entry, chosen, picture=""):
    """Choose an entry of the run's menu until `chosen()`: a refresh may close the menu first."""
    def click():
        menu = _menu(window, graph, run, entry)
        if picture:
            window.picture(picture)
        with contextlib.suppress(AssertionError):
            window.click(menu, part=entry)

    return window.repeat(click, chosen, f"what {entry!r} does")
