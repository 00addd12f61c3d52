"""The protocol in a real project window, from Ctrl+F to its movies, by mouse and keyboard.

Each step is looked at twice: in what the window's widgets say (`widget_reporter`), which the X
server must have on the screen, and in the files of the project.
"""

import os
import signal

from protocol_in_window import (
    FORM,
    IMAGE_SETS,
    LABEL,
    MOVIES,
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


def test_ctrl_f_lists_the_protocol(window):
    found = search(window, "empiar")
    window.picture("found")
    [row] = [text for text, _ in found.parts if LABEL in text]
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
    execute(window, run)
    window.wait_until(lambda: run.status() == "finished", "the end of the run", 240)
    assert run.parameter("entryId") == "EMPIAR-10200"
    assert run.parameter("imageSet") == "1"
    assert run.parameter("amountOfImages") == "3"
    assert len(run.movies()) == 4, "three movies and the gain reference"
    assert archive.count("RETR") == 4
    refresh_until_it_is(window, run, "finished")
    window.wait_for("Movies (3 items, 256 x 256 x 8", kind="Treeview")
    window.wait_for("3 of 3 movies", kind="Text")
    window.picture("finished")
    said = window.wait_for("Registered:", kind="Text").text
    order = [said.index(words) for words in (
        "layout of EMPIAR-10200", "Downloaded: 3 of 3", "Registered: 3 of 3", "Gain reference",
        "Image set 1")]
    assert order == sorted(order), "what changes and what needs the user goes before the facts"
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
    execute(window, run)
    window.wait_until(lambda: run.parameter("_size"), "a first movie", 240)
    graph = refresh_until_it_is(window, run, "running")
    choose(window, graph, run, "STOP STREAMING", run.stop_requested, picture="menu")
    # The action has refreshed the window; the run still has to end.
    window.wait_for("Stopping: the current files are finished", kind="Text")
    window.picture("stopping")
    archive.set(rate=0)
    window.wait_until(lambda: run.status() == "finished", "the end of the run", 240)
    refresh_until_it_is(window, run, "finished")
    window.wait_for("Stopped by you", kind="Text")
    window.picture("stopped")
    assert 0 < archive.count("RETR") < 13


def test_an_image_set_without_movies_is_not_taken_by_return(window):
    open_form(window)
    fill(window, EMPIAR_entry="10318")
    image_sets(window)
    window.wait_for("no image set of this entry is of the kind", kind="Label", title=IMAGE_SETS)
    window.picture("wizard")
    window.display.press("Return", "Escape")
    window.wait_until_gone(IMAGE_SETS)
    assert window.beside("Image set", kind="Entry", title=FORM).text == ""


def test_the_size_of_all_movies_is_seen_and_one_is_chosen_by_name(window, run):
    open_form(window)
    table = movies_of_pattern(window)
    window.wait_for("12 movies, 2.9 MB in total. This run downloads the first one (24",
                    kind="Label", title=MOVIES)
    window.click(table, part="26_003_")
    window.wait_for("1 selected", kind="Label", title=MOVIES)
    window.picture("movies")
    window.click(window.wait_for("Show its image", kind="Button", title=MOVIES))
    window.wait_for("Close", kind="Button", title="26_003_")
    window.picture("preview")
    window.display.press("Return")
    window.wait_until_gone("26_003_")
    window.click(window.wait_for("Use the selected movies", kind="Button", title=MOVIES))
    window.wait_until_gone(MOVIES)
    name = "26_003_Oct04_16.20.02.tif"
    window.wait_until(
        lambda: window.beside("File pattern", kind="Entry", title=FORM).text == name, "the name")
    execute(window, run)
    window.wait_until(lambda: run.status() == "finished", "the end of the run", 240)
    assert [movie for movie in run.movies() if movie.startswith("26_")] == [
        "26_003_Oct04_16_20_02.tif"]


def test_size_and_free_disk_are_seen_before_execute_whatever_the_number(window, run):
    open_form(window)
    fill(window, EMPIAR_entry="90200", Number_of_movies="19999")
    image_sets(window)
    window.wait_for("This run downloads 19,999 movies: about 20.4 TB. Free on the disk: ",
                    kind="Label", title=IMAGE_SETS)
    window.picture("image-sets")
    window.display.press("Escape")
    window.wait_until_gone(IMAGE_SETS)
    movies_of_pattern(window, "tiny_00001")
    window.wait_for("Showing 1,000 of 20,000 movies (", kind="Label", title=MOVIES)
    window.picture("movies")
    window.display.press("Escape")
    window.wait_until_gone(MOVIES)
    window.click(window.wait_for("Execute", kind="Button", title=FORM))
    window.wait_for("about 20.4 TB to download", kind="Text")
    window.picture("warning")
    window.display.press("Escape")
    assert run.folder() is None


def test_a_dead_line_looks_dead_in_summary_and_viewer(window, run, archive):
    archive.set(rate=200, rate_paths="*26_00[5-9]_*")
    open_form(window)
    fill(window, Number_of_movies="12")
    execute(window, run)
    window.wait_until(lambda: run.parameter("_size"), "a first movie", 240)
    os.kill(archive.pid, signal.SIGSTOP)
    try:
        window.wait_until(lambda: "no data for" in (run.parameter("summaryVar") or ""),
                          "the silence, in the summary", 240)
        refresh_until(window, "no data for", kind="Text")
        window.picture("summary")
        analyze(window)
        window.wait_for("no data for", kind="Label", title=TRANSFER, seconds=240)
        window.picture("viewer")
    finally:
        os.kill(archive.pid, signal.SIGCONT)
    archive.set(rate=0)
    window.wait_for("finished: 12 of 12", kind="Label", title=TRANSFER, seconds=240)


def test_analyze_results_opens_on_a_run_that_goes_on(window, run, archive):
    archive.set(rate=200, rate_paths="*26_00[5-9]_*", missing=["*26_002_*"])
    open_form(window)
    fill(window, Number_of_movies="12")
    execute(window, run)
    window.wait_until(lambda: run.parameter("_size"), "a first movie", 240)
    graph = refresh_until_it_is(window, run, "running")
    window.click(graph, part=f"{run.name()}\n")
    window.click(window.wait_for("Analyze results", kind="Button"))
    window.wait_for("of 12 movies registered", kind="Label", title="Transfer of")
    window.wait_for("running: ", kind="Label", title="Transfer of")
    window.picture("running")
    archive.set(rate=0)
    window.wait_for("failed: 11 of 12 movies registered", kind="Label", title="Transfer of",
                    seconds=240)
    window.wait_for("26_002_", kind="Treeview", title="Transfer of")
    window.picture("ended")
    window.click(window.wait_for("Open in Scipion's viewer", kind="Button", title="Transfer of"))
    window.wait_for("scipion-em-xmipp", title="Info")
    window.picture("without-xmipp")
    window.repeat(lambda: window.display.press("Return"), lambda: window.is_gone("Info"),
                  "the end of the sentence")
    window.click(window.wait_for("Movie preview", kind="Button", title="Transfer of"))
    window.wait_for("sum of the first 8 of 8 frames", kind="Label")
    window.picture("a-movie")
