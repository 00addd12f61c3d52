"""The viewer's heading, curves and pictures as values: no window."""

import math

import numpy
import pytest

from empiardownloader import headless

headless.prepare_environment()

from empiardownloader.transfer_log import History, to_curves  # noqa: E402 (after the environment)
from empiardownloader.viewers.movie_preview import meanSpectrum  # noqa: E402
from empiardownloader.viewers.problem_table import elided  # noqa: E402
from empiardownloader.viewers.transfer_figure import (  # noqa: E402
    DOWNLOADED,
    LIMIT,
    RATE,
    REGISTERED,
    TransferFigure,
    positionOf,
)
from empiardownloader.viewers.transfer_text import headingText  # noqa: E402

MB = 1_000_000


def history(*lines):
    made = History()
    made.add_all({"time": time, "what": what, **more} for time, what, more in lines)
    return made


def progress(time, done, rate, **more):
    return (time, "progress", {
        "bytes": done, "bytes_total": 100 * MB, "files": 1, "files_total": 10, "fetched": done,
        "rate": rate, "connections": 4, **more})


BEGUN = (1000, "begin", {"continued": False})


@pytest.mark.parametrize(
    ("last", "now", "second"),
    [
        (progress(1060, 40 * MB, MB), 1062,
         "40.0 MB of 100.0 MB downloaded, 1.0 MB/s over 4 connections, 1 min 0 s left"),
        (progress(1060, 100 * MB, MB), 1062, "100.0 MB of 100.0 MB downloaded"),
        (progress(1060, 40 * MB, 0), 1062,
         "40.0 MB of 100.0 MB downloaded, 0 bytes/s over 4 connections"),
        (progress(1060, 40 * MB, 0, trouble="connection refused", silent=240, until=5000), 1070,
         "40.0 MB of 100.0 MB downloaded, no data for 4 min (connection refused); trying again "
         "until"),
        (progress(1060, 40 * MB, MB), 1660,
         "40.0 MB of 100.0 MB downloaded, no news of the run for 10 min 0 s: is its process still "
         "running?"),
    ],
)
def test_the_heading_tells_what_is_left_or_why_nothing_arrives(last, now, second):
    text = headingText("running", True, history(BEGUN, last), now)
    assert text.split("\n")[1].startswith(second)
    assert (text.split("\n")[1] == second) == ("until" not in second)


def test_a_run_that_has_ended_tells_no_time_left():
    lines = headingText("failed", False, history(BEGUN, progress(1060, MB, MB)), 1e9).split("\n")
    assert lines[1] == "1.0 MB of 100.0 MB downloaded"


@pytest.mark.parametrize("color", [RATE, DOWNLOADED, REGISTERED, LIMIT])
def test_curves_and_texts_stand_out_from_the_background(color):
    from matplotlib.colors import to_rgb

    def linear(value):
        return value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4

    red, green, blue = map(linear, to_rgb(color))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    assert 1.05 / (luminance + 0.05) > 4.5


def drawn(*lines):
    figure = TransferFigure()
    figure.draw(to_curves(history(*lines)))
    return figure


def test_curves_of_one_diagram_differ_in_their_style():
    figure = drawn(BEGUN, (1001, "chosen", {"movies": 2}), progress(1060, MB, MB))
    for axes in ([figure.movies], [figure.rate, figure.size]):
        styles = [line.get_linestyle() for one in axes for line in one.get_lines()]
        assert len(set(styles)) == len(styles) >= 3


def test_the_legend_lies_outside_of_the_curves():
    figure = drawn(BEGUN, progress(1060, MB, MB))
    figure.figure.canvas.draw()
    for axes in (figure.rate, figure.movies):
        legend = axes.get_legend().get_window_extent()
        assert not legend.overlaps(axes.get_window_extent().shrunk(0.99, 0.97))


def test_a_short_run_has_no_two_ticks_of_equal_text():
    figure = drawn(BEGUN, progress(1001, 1, 0.6))
    for axes in (figure.rate, figure.size):
        formatter = axes.yaxis.get_major_formatter()
        texts = [formatter(tick, None) for tick in axes.yaxis.get_major_locator()()]
        assert len(set(texts)) == len(texts)


def test_the_time_axis_counts_no_pause():
    night = 8 * 3600
    figure = drawn(
        BEGUN, progress(1060, MB, MB), (1100, "end", {"how": "aborted"}),
        (1100 + night, "begin", {"continued": True}), progress(1150 + night, 2 * MB, MB))
    labels = [text.get_text() for text in figure.movies.xaxis.get_majorticklabels()]
    positions = list(figure.movies.xaxis.get_majorticklocs())
    assert float(labels[-1]) <= 150
    before = [position for label, position in zip(labels, positions) if float(label) <= 100]
    after = [position for label, position in zip(labels, positions) if float(label) > 100]
    assert before == [float(label) for label in labels[: len(before)]]
    pause = figure.movies.patches[0].get_window_extent().width
    assert pause > 0
    assert after
    assert all(position > float(label) for label, position in zip(labels[len(before):], after))


def test_a_running_time_lies_after_the_pauses_before_it():
    class Pause:
        def __init__(self, start, end):
            self.start, self.end = start, end

    pauses = [Pause(100, 106), Pause(156, 162)]
    assert [positionOf(time, pauses) for time in (0, 100, 101, 150, 151)] == [0, 100, 107, 156, 163]


def test_a_name_is_cut_in_its_middle_where_names_are_equal():
    names = [f"FoilHole_3402467_Data_3403658_3403660_20200304_153825-{n}.mrc" for n in (11, 12)]
    shown = [elided(name, lambda text: len(text) <= 40) for name in names]
    assert [len(text) for text in shown] == [40, 40]
    assert shown[0] != shown[1]
    assert all("…" in text and text.startswith("FoilHole_3") for text in shown)
    assert elided("short.mrc", lambda text: True) == "short.mrc"


def test_the_power_spectrum_has_its_peak_at_the_period_of_the_image():
    x = numpy.mgrid[:1024, :1200][1]
    spectrum = meanSpectrum(numpy.sin(2 * math.pi * x / 8).astype("float32"))
    assert spectrum.shape == (512, 512)
    peak = numpy.unravel_index(numpy.argmax(spectrum), spectrum.shape)
    assert peak[0] == 256
    assert abs(peak[1] - 256) == 512 // 8
