"""What "Analyze results" shows of a run, widget by widget."""

import os
import shutil
import time
from pathlib import Path

import pytest

from empiardownloader import headless
from empiardownloader.demo.data.entries import build_demo_archive
from empiardownloader.demo.miniature_archive import MiniatureArchive

headless.prepare_environment()
os.environ.pop("MPLBACKEND", None)

import numpy  # noqa: E402 (after the environment)
from pyworkflow.gui import Window  # noqa: E402
from pyworkflow.viewer import DESKTOP_TKINTER  # noqa: E402

from empiardownloader.tests import long_transfer  # noqa: E402
from empiardownloader.transfer_log import TransferLog  # noqa: E402
from empiardownloader.transfer_log.curves import MOST_POINTS  # noqa: E402
from empiardownloader.viewers import EmpiarDownloaderViewer  # noqa: E402
from empiardownloader.viewers.movie_window import MovieWindow  # noqa: E402
from empiardownloader.viewers.scipion_viewer import showMovies  # noqa: E402
from empiardownloader.viewers.transfer_window import TransferWindow  # noqa: E402


@pytest.fixture(scope="module")
def project_and_run(tmp_path_factory):
    """A run that brought five of six movies."""
    root = tmp_path_factory.mktemp("archive")
    build_demo_archive(root)
    with MiniatureArchive(root, missing=["*26_002_*"]) as archive, \
            pytest.MonkeyPatch.context() as patch:
        for name, value in archive.environment.items():
            patch.setenv(name, value)
        here = os.getcwd()
        project = headless.open_project(f"viewer-{time.time_ns()}")
        run = headless.new_run(project, entryId="10200", amountOfImages=6)
        headless.launch(project, run)
        for _ in headless.follow(project, run):
            pass
        yield project, run
        os.chdir(here)
        shutil.rmtree(project.path)


@pytest.fixture
def shown(display, project_and_run, monkeypatch):
    """Opens the viewer on the run and lets Tk work; faults in Tk's loop fail the test."""
    monkeypatch.setenv("DISPLAY", display.name)
    screen = Screen(*project_and_run)
    kept = screen.record.read_bytes()
    yield screen
    screen.close()
    screen.record.write_bytes(kept)
    assert screen.faults == []


class Screen:
    """A main window as Scipion's, the viewer's window below it, and Tk's loop by hand."""

    def __init__(self, project, run):
        self.project, self.run = project, run
        self.record = Path(run._getLogsPath("transfer.jsonl"))
        self.faults = []
        self.main = Window("project")
        self.main.root.master.report_callback_exception = (
            lambda kind, error, trace: self.faults.append(error))

    def open(self):
        EmpiarDownloaderViewer(project=self.project, protocol=self.run,
                               parent=self.main).visualize(self.run)
        return self.last(TransferWindow)

    def last(self, kind):
        """The newest window of a class."""
        import gc

        found = [one for one in gc.get_objects() if isinstance(one, kind) and exists(one)]
        assert found, f"no {kind.__name__}"
        return found[-1]

    def until(self, condition, seconds=180):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "not seen in time"
            self.main.root.update()
            time.sleep(0.02)

    def close(self):
        self.main.root.update()
        self.main.root.master.destroy()


def exists(window):
    try:
        return bool(window.root.winfo_exists())
    except Exception:  # noqa: BLE001 (the whole application is gone)
        return False


def rows(window):
    return [window.table.item(item, "values") for item in window.table.get_children()]


def test_the_domain_finds_the_viewer(project_and_run):
    from pyworkflow import Config

    _, run = project_and_run
    assert Config.getDomain().findViewers(run, DESKTOP_TKINTER)[0].__name__ == (
        "EmpiarDownloaderViewer")


def test_a_failed_run_shows_its_curves_and_what_is_missing(shown):
    window = shown.open()
    shown.until(window.root.winfo_viewable)
    assert window.heading.cget("text").startswith("failed: 5 of 6 movies registered\n")
    (row,) = rows(window)
    assert "26_002_" in row[0]
    assert row[1] == "missing"
    assert row[2].startswith("the server refuses to send this file (550")
    window.table.selection_set(window.table.get_children()[0])
    shown.until(lambda: window.reason.cget("text").endswith(f": {row[2]}"))
    arrived, registered, chosen = window.picture.movies.get_lines()
    assert arrived.get_ydata()[-1] == registered.get_ydata()[-1] == 5
    assert list(chosen.get_ydata()) == [6, 6]
    shown.until(lambda: numpy.ptp(numpy.asarray(window.canvas.buffer_rgba())) > 0)


def test_the_window_follows_a_run_by_itself_and_starts_over_with_it(shown):
    window = shown.open()
    record = TransferLog(shown.record)
    record.begin()
    record.left_out("new.mrc", "it is a single image, not a movie")
    shown.until(lambda: any("new.mrc" in row[0] for row in rows(window)))
    assert len(window.picture.movies.texts) == 1, "the gap is labelled"
    assert "paused" in window.picture.movies.texts[0].get_text()
    os.unlink(shown.record)
    TransferLog(shown.record).begin()
    shown.until(lambda: "0" in window.heading.cget("text")
                and rows(window)[0][2] == "No movie is missing or left out.")


@pytest.fixture(scope="module")
def three_days(tmp_path_factory):
    """The log of a run of three days and 20,000 movies."""
    path = tmp_path_factory.mktemp("three_days") / "transfer.jsonl"
    long_transfer.write_log(path)
    return path.read_bytes()


def test_twenty_thousand_movies_in_three_days_are_drawn_with_few_points(shown, three_days):
    shown.record.write_bytes(three_days)
    began = time.process_time()
    window = shown.open()
    shown.until(window.root.winfo_viewable)
    assert time.process_time() - began < 20, "the user waits for the window"
    assert "20,000 of 20,000 movies registered" in window.heading.cget("text")
    assert window.picture.movies.get_xlabel() == "running time (h)"
    for axes in (window.picture.movies, window.picture.rate, window.picture.size):
        for line in axes.get_lines():
            assert len(line.get_xdata()) <= MOST_POINTS + 10


def test_a_finished_run_costs_next_to_nothing_to_watch(shown, three_days):
    shown.record.write_bytes(three_days)
    assert three_days.count(b"\n") > 40_000
    window = shown.open()
    shown.until(window.root.winfo_viewable)
    began = time.process_time()
    for _ in range(10):  # as many as come in 30 s
        window.root.after_cancel(window._timer)
        window.refresh()
        shown.main.root.update()
    assert time.process_time() - began < 0.5


def test_a_run_without_any_record_says_that_nothing_was_fetched(shown):
    shown.record.unlink()
    window = shown.open()
    assert "Nothing has been downloaded yet." in window.heading.cget("text")
    window.showInfo = lambda message: shown.faults.append(message) or None
    window.lookAtMovie()
    assert shown.faults == ["No movie is registered yet."]
    shown.faults.clear()


def test_closing_leaves_nothing_behind_in_the_loop_of_tk(shown):
    window = shown.open()
    shown.until(window.root.winfo_viewable)
    window.lookAtMovie()
    picture = shown.last(MovieWindow)
    picture.close()
    window.close()
    end = time.monotonic() + 4  # longer than a refresh would take
    shown.until(lambda: time.monotonic() > end)
    assert not exists(window)


def test_a_movie_is_looked_at_and_another_is_chosen(shown):
    window = shown.open()
    window.lookAtMovie()
    picture = shown.last(MovieWindow)
    shown.until(lambda: "sum of the first" in picture.note.cget("text"))
    (image,) = picture.figure.axes[0].get_images()
    assert image.get_array().shape == (256, 256)
    assert image.get_array().std() > 0
    first = picture.choice["values"][0]
    picture.choice.current(0)
    picture.choice.event_generate("<<ComboboxSelected>>")
    shown.until(lambda: picture.note.cget("text").startswith(f"{first}: sum"))


def test_next_and_previous_go_through_the_movies(shown):
    window = shown.open()
    window.lookAtMovie()
    picture = shown.last(MovieWindow)
    names = picture.choice["values"]
    assert picture.choice.get() == names[-1]
    assert picture.next.instate(["disabled"]), "it is the last one"
    picture.previous.invoke()
    shown.until(lambda: picture.note.cget("text").startswith(f"{names[-2]}: sum"))
    picture.next.invoke()
    shown.until(lambda: picture.note.cget("text").startswith(f"{names[-1]}: sum"))
    for _ in names:
        picture.previous.invoke()
    assert picture.choice.get() == names[0]
    assert picture.previous.instate(["disabled"])


def test_a_power_spectrum_is_shown_with_its_resolution(shown):
    window = shown.open()
    window.lookAtMovie()
    picture = shown.last(MovieWindow)
    picture.spectrum.invoke()
    shown.until(lambda: "power spectrum" in picture.note.cget("text"))
    assert "1.32 Å at the edge" in picture.note.cget("text")
    (image,) = picture.figure.axes[0].get_images()
    assert image.get_array().shape == (256, 256)


def test_the_table_is_sorted_by_its_headings_and_copied(shown):
    window = shown.open()
    record = TransferLog(shown.record)
    name = "FoilHole_3402467_Data_3403658_3403660_20200304_153825-257811_Fractions.mrc"
    record.left_out(name, "it is a single image")
    record.left_out(name.replace("811_", "812_"), "another size")
    shown.until(lambda: len(rows(window)) == 3)
    assert rows(window)[1][0] != rows(window)[2][0], "cut in the middle, where they are equal"
    window.table.sortBy(2)
    reasons = [row[2] for row in rows(window)]
    assert reasons == sorted(reasons)
    window.table.sortBy(2)
    assert [row[2] for row in rows(window)] == reasons[::-1]
    window.table.selection_set(window.table.get_children()[reasons[::-1].index("another size")])
    window.table.copy()
    copied = window.root.clipboard_get()
    assert copied == f"{name.replace('811_', '812_')}\tleft out\tanother size"


def test_of_very_many_problems_the_table_shows_the_first_and_where_the_rest_is(shown):
    window = shown.open()
    window.table.fill([(f"{n:05}.mrc", "left out", "a single image") for n in range(3000)], "see x")
    assert len(rows(window)) == 2001
    assert rows(window)[-1][2] == "and 1,000 more, see x"


def test_a_movie_that_is_gone_is_a_sentence(shown):
    window = shown.open()
    picture = MovieWindow(window, ["gone.mrc"], shown.run._getExtraPath)
    shown.until(lambda: picture.note.cget("text").startswith("The file is no longer there: "))


def test_without_xmipp_all_movies_is_a_sentence_with_the_remedy(shown):
    sentence = showMovies(shown.run, shown.project, shown.main)
    assert "scipion3 installp -p scipion-em-xmipp" in sentence
