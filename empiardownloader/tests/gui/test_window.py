"""The protocol in a real project window, from Ctrl+F to its movies, by mouse and keyboard.

Each step is looked at twice: in what the window's widgets say (`widget_reporter`), which the X
server must have on the screen, and in the files of the project.
"""

import pytest
from protocol_in_window import (
    FORM,
    IMAGE_SETS,
    LABEL,
    TRANSFER,
    analyze,
    choose,
    execute,
    fill,
    image_sets,
    open_form,
    refresh_until,
    search,
)
from run_files import RunFiles


@pytest.fixture
def run(project):
    return RunFiles(project)


def test_ctrl_f_lists_the_protocol(window):
    found = search(window, "empiar")
    window.picture("found")
    [row] = [text for text, _ in found.parts]
    assert row.split("\t")[1:5] == [LABEL, "15", "streamified", "installed"]


def test_form_wizard_and_execute_bring_movies_into_the_window(window, run, archive):
    open_form(window)
    fill(window, EMPIAR_entry="EMPIAR-10200", Number_of_movies="3")
    table = image_sets(window)
    window.picture("wizard")
    window.click(table, part="Simulated multiframe micrographs")
    window.click(window.wait_for("Select", kind="Button", title=IMAGE_SETS))
    window.wait_until_gone(IMAGE_SETS)
    window.wait_until(lambda: window.beside("Image set", kind="Entry").text == "1", "the choice")
    window.picture("form")
    execute(window)
    window.wait_until(lambda: run.status() == "finished", "the end of the run", 240)
    assert run.parameter("entryId") == "EMPIAR-10200"
    assert run.parameter("imageSet") == "1"
    assert run.parameter("amountOfImages") == "3"
    assert len(run.movies()) == 4, "three movies and the gain reference"
    assert archive.count("RETR") == 4
    refresh_until(window, "finished", kind="Canvas")
    window.wait_for("Movies (3 items, 256 x 256 x 8", kind="Treeview")
    window.wait_for("3 of 3 files", kind="Text")
    window.picture("finished")
    analyze(window)
    heading = window.wait_for("3 of 3 movies registered", kind="Label", title=TRANSFER)
    assert heading.text.startswith("finished")
    window.wait_for("No movie is missing or left out.", kind="Treeview", title=TRANSFER)
    window.picture("viewer")
    window.click(window.wait_for("Movie preview", title=TRANSFER))
    window.wait_for(": sum of the first 8 of 8 frames", kind="Label", title="Movie preview")
    window.picture("a-movie")


def test_a_form_that_cannot_run_says_why_and_starts_nothing(window, run):
    open_form(window)
    fill(window, EMPIAR_entry="my data")
    window.click(window.wait_for("Execute", kind="Button", title=FORM))
    window.wait_for("my data", kind="Text", title="Info")
    window.picture("refused")
    assert run.folder() is None


def test_stop_here_in_the_menu_of_a_running_run_ends_it_with_what_it_has(window, run, archive):
    archive.set(rate=200, rate_paths="*26_00[4-9]_*")  # under way until it is lifted
    open_form(window)
    fill(window, Number_of_movies="12")
    execute(window)
    window.wait_until(lambda: run.parameter("_size"), "a first movie", 240)
    graph = refresh_until(window, "running", kind="Canvas")
    choose(window, graph, "Stop here", run.stop_requested, picture="menu")
    archive.set(rate=0)
    window.wait_until(lambda: run.status() == "finished", "the end of the run", 240)
    refresh_until(window, "finished", kind="Canvas")
    window.wait_for("Stopped by you", kind="Text")
    window.picture("stopped")
    assert 0 < archive.count("RETR") < 13
