"""The chart: one panel per measurement, ours in red, its peers in blues and greys."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Dict, List, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .measurements import RATE
from .peers import OURS
from .results import Series

_OURS_COLOUR = "#c8502b"
_COLOURS = {
    "lftp": "#1f4e79", "aria2": "#4f8fc0", "curl": "#5a5a5a", "wget": "#9a9a9a",
    "ftplib": "#c9b458",
}  # fmt: skip


def draw(results: Sequence[Series], machine: Sequence[str], path: Path) -> None:
    """Draw the results into a PNG file."""
    figure = Figure(figsize=(17, 7.6))
    axes = figure.subplots(2, 4)
    panels: Dict[str, Callable[[Axes, List[Series]], None]] = {
        "movies": _movies, "big file": _big_file, "no limit": _no_limit,
        "delay": _delay, "listing": _listing, "memory": _memory, "faults": _faults,
        "disk": _disk,
    }  # fmt: skip
    for axis in axes.flat[len(panels):]:
        axis.set_axis_off()
    for axis, (measurement, panel) in zip(axes.flat, panels.items()):
        series = [one for one in results if one.measurement == measurement]
        if series:
            panel(axis, series)
            axis.title.set_fontsize(11)
        else:
            axis.set_axis_off()
    figure.text(0.01, 0.008, "\n".join(machine), fontsize=7, color="#444444", va="bottom")
    figure.tight_layout(rect=(0, 0.085, 1, 1))
    figure.savefig(path, dpi=110)


def _colour(tool: str) -> str:
    return _OURS_COLOUR if tool.startswith(OURS) else _COLOURS[tool.split()[0].rstrip(",")]


def _movies(axis: Axes, series: List[Series]) -> None:
    for tool in dict.fromkeys(one.tool for one in series):
        mine = [one for one in series if one.tool == tool]
        shares = [100 * one.data / one.wall / (one.connections * RATE) for one in mine]
        axis.plot([one.connections for one in mine], shares, "o-", color=_colour(tool), label=tool,
                  lw=2.5 if tool == OURS else 1.2, zorder=3 if tool == OURS else 2)  # fmt: skip
    connections = sorted({one.connections for one in series})
    axis.axhline(100, color="black", ls=":", lw=1)
    axis.set(title="1  Movies, 5 MB/s per connection", xlabel="connections",
             ylabel="% of the line", xticks=connections, ylim=(0, 110))  # fmt: skip
    axis.legend(fontsize=8, ncols=2, loc="lower center")


def _bars(axis: Axes, series: List[Series], values: List[float], form: str) -> None:
    names = [one.tool for one in series][::-1]
    bars = axis.barh(names, values[::-1], color=[_colour(name) for name in names])
    axis.bar_label(bars, [form.format(value) for value in values[::-1]], fontsize=8, padding=2)
    axis.margins(x=0.15)


def _big_file(axis: Axes, series: List[Series]) -> None:
    _bars(axis, series, [one.wall for one in series], "{:.2f}")
    axis.set(title="2  One file, HTTPS, 5 MB/s per connection", xlabel="seconds")


def _no_limit(axis: Axes, series: List[Series]) -> None:
    names = [one.tool.replace(f"{OURS} (Python", "ours (Python") for one in series][::-1]
    colours = [_colour(one.tool) for one in series][::-1]
    places = range(len(names))
    walls = [one.wall / one.data * 1e9 for one in series][::-1]
    cpus = [one.cpu / one.data * 1e9 for one in series][::-1]
    above = axis.barh([n + 0.2 for n in places], walls, 0.4, color=colours)
    below = axis.barh([n - 0.2 for n in places], cpus, 0.4, color=colours, alpha=0.5)
    axis.bar_label(above, [f"{value:.2f} wall" for value in walls], fontsize=7, padding=2)
    axis.bar_label(below, [f"{value:.2f} CPU" for value in cpus], fontsize=7, padding=2)
    axis.set_yticks(list(places), names)
    axis.margins(x=0.3)
    axis.set(title="3  No limit, four connections", xlabel="seconds per GB")


def _delay(axis: Axes, series: List[Series]) -> None:
    _bars(axis, series, [one.wall for one in series], "{:.1f}")
    axis.set(title="4  Small files, 60 ms away", xlabel="seconds")


def _listing(axis: Axes, series: List[Series]) -> None:
    _grouped(axis, series, [one.wall for one in series], "{:.2f}")
    axis.set(title="5  Listing", ylabel="seconds")


def _memory(axis: Axes, series: List[Series]) -> None:
    _grouped(axis, series, [one.peak / 1e6 for one in series], "{:.0f}")
    axis.set(title="6  Peak memory by number of files", ylabel="MB")


def _faults(axis: Axes, series: List[Series]) -> None:
    _grouped(axis, series, [one.whole for one in series], "{:.0f}")
    axis.axhline(series[0].files, color="black", ls=":", lw=1)
    axis.set(title=f"7  Of {series[0].files} files, came whole", ylabel="files")


def _disk(axis: Axes, series: List[Series]) -> None:
    _grouped(axis, series, [one.wall / one.data * 1e9 for one in series], "{:.1f}")
    axis.set(title="8  No limit, onto a disk", ylabel="seconds per GB")


def _grouped(axis: Axes, series: List[Series], values: List[float], form: str) -> None:
    cases = list(dict.fromkeys(one.case for one in series))
    tools = list(dict.fromkeys(one.tool for one in series))
    width = 0.8 / len(tools)
    for one, value in zip(series, values):
        place = cases.index(one.case) + (tools.index(one.tool) - (len(tools) - 1) / 2) * width
        bars = axis.bar(place, value, width, color=_colour(one.tool),
                        label=one.tool if one.case == cases[0] else None)  # fmt: skip
        axis.bar_label(bars, [form.format(value)], fontsize=8)
    labels = [case.replace(" files in", " files\nin").replace(" killed", "\nkilled")
              .replace(", ", ",\n") for case in cases]
    axis.set_xticks(range(len(cases)), labels)
    axis.margins(y=0.35)
    axis.legend(fontsize=7, ncols=min(len(tools), 3), loc="upper center")
