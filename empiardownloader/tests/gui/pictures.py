"""`python pictures.py FOLDER`: take the pictures of README and pages in a real window.

As in the tests, Scipion's own window on a virtual screen, and a miniature archive with simulated
movies.
"""

import os
import re
import sys
import tempfile
from pathlib import Path

from display import Display
from new_project import new_project, scipion_environment
from project_window import ProjectWindow
from protocol_in_window import (
    FORM,
    IMAGE_SETS,
    MOVIES,
    SEARCH,
    TRANSFER,
    analyze,
    choose,
    execute,
    fill,
    image_sets,
    movies_of_pattern,
    open_form,
    refresh_until,
    refresh_until_it_is,
    search,
)
from run_files import RunFiles

from empiardownloader.demo.data.entries import build_demo_archive
from empiardownloader.demo.miniature_archive import MiniatureArchive

_SLOW = 25_000  # bytes/s per connection: slow enough to be seen running
_HALF_WAY = re.compile(r"\*Registered:\* [4-8] of 12 movies")


def take(window, archive, run):
    """All pictures, in the order in which a user comes to see them."""
    found = search(window, "empiar")
    window.picture("search", SEARCH)
    open_form(window, found)
    fill(window, Number_of_movies="12")
    window.picture("form", FORM)
    image_sets(window)
    window.picture("image_sets", IMAGE_SETS)
    window.display.press("Return")
    window.wait_until_gone(IMAGE_SETS)
    movies_of_pattern(window)
    window.picture("movies", MOVIES)
    window.display.press("Escape")
    window.wait_until_gone(MOVIES)
    archive.set(rate=_SLOW)
    execute(window, run)
    window.wait_until(lambda: _HALF_WAY.search(run.parameter("summaryVar") or ""), "movies", 240)
    refresh_until(window, " left", kind="Text")
    window.picture("running", "first (")
    window.wait_until(lambda: run.status() == "finished", "the end of the run", 240)
    refresh_until_it_is(window, run, "finished")
    analyze(window)
    window.wait_for("12 of 12", kind="Label", title=TRANSFER)
    window.picture("viewer", TRANSFER)
    window.click(window.wait_for("Close", kind="Button", title=TRANSFER))
    window.wait_until_gone(TRANSFER)
    _steps(window, run)


def _steps(window, run):
    # Scipion shows the steps of a run in its debug mode only.
    graph = refresh_until_it_is(window, run, "finished")
    window.press_in(graph, "ctrl+shift+d", part="PROJECT")
    choose(window, graph, run, "Steps", lambda: window.find(title="Protocol data"))
    window.wait_for("registerImageStep", kind="Treeview", title="Protocol data")
    window.picture("step_list", "Protocol data", crop="675x380+0+0")
    window.click(window.wait_for("Tree", kind="Label", title="Protocol data"))
    window.wait_for("PROTOCOL", kind="Canvas", title="Protocol steps")
    window.picture("steps", "Protocol steps", crop="640x330+0+0")


def main(folder):
    """Take the pictures into a folder."""
    with tempfile.TemporaryDirectory() as place:
        os.environ.setdefault("SCIPION_HOME", f"{place}/home")
        os.makedirs(os.environ["SCIPION_HOME"], exist_ok=True)
        os.environ.update(SCIPION_NOTIFY="False", SCIPION_DOMAIN="pwem")
        build_demo_archive(f"{place}/archive")
        # The display's processes have the environment of its beginning.
        with Display() as display, MiniatureArchive(f"{place}/archive", ftp_mlsd=False) as archive:
            environment = scipion_environment(archive, f"{place}/data")
            project = new_project("first", environment)
            with ProjectWindow(display, environment, project.name, folder) as window:
                take(window, archive, RunFiles(project))
    (Path(folder) / "scipion.log").unlink()


if __name__ == "__main__":
    main(sys.argv[1])
