"""The picture of a transfer: how fast it was, how much came, how many movies there are."""

import math

from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from ..units import bytes_text, seconds_text

_RATE, _SIZE, _ARRIVED, _REGISTERED, _GAP = "#4c78a8", "#f58518", "#4c78a8", "#54a24b", "0.9"


class TransferFigure:
    """Two diagrams one above the other over the same time; ``draw`` may be called again."""

    def __init__(self):
        self.figure = Figure(figsize=(9, 5), dpi=90, layout="constrained")
        self.rate, self.movies = self.figure.subplots(2, 1, sharex=True)
        self.size = self.rate.twinx()

    def draw(self, series):
        """Show this Series and nothing else."""
        for axes in (self.rate, self.size, self.movies):
            axes.clear()
        self._drawBytes(series)
        self._drawMovies(series)
        self._drawGaps(series)
        self.movies.set_xlabel(f"time at work ({series.unit})")
        self.movies.set_xlim(0, series.end or 1)

    def _drawBytes(self, series):
        self.rate.fill_between(series.rate.x, series.rate.y, color=_RATE, alpha=0.35, linewidth=0)
        self.rate.plot(series.rate.x, series.rate.y, color=_RATE, linewidth=1)
        self.rate.set_ylabel("rate", color=_RATE)
        self.size.plot(series.size.x, series.size.y, color=_SIZE, linewidth=1.5)
        self.size.set_ylabel("here", color=_SIZE)
        self.size.yaxis.set_label_position("right")
        self.size.yaxis.tick_right()
        _fromZero(self.rate, series.rate.y, "/s")
        _fromZero(self.size, [*series.size.y, series.size_total], "")
        if series.size_total:
            self.size.axhline(series.size_total, color=_SIZE, linestyle=":", linewidth=1)

    def _drawMovies(self, series):
        for curve, color, label in (
            (series.arrived, _ARRIVED, "fetched"),
            (series.registered, _REGISTERED, "registered"),
        ):
            self.movies.plot(
                curve.x, curve.y, color=color, label=label, drawstyle="steps-post", linewidth=1.5
            )
        if series.chosen:
            self.movies.axhline(series.chosen, color="0.4", linestyle=":", label="chosen")
        self.movies.set_ylabel("movies")
        self.movies.set_ylim(0, max(1, _most([*series.arrived.y, series.chosen])) * 1.05)
        self.movies.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        self.movies.legend(loc="lower right", fontsize="small")

    def _drawGaps(self, series):
        for axes in (self.rate, self.movies):
            for gap in series.gaps:
                axes.axvspan(gap.start, gap.end, color=_GAP, linewidth=0)
        for gap in series.gaps:
            self.movies.annotate(
                f"off for {seconds_text(gap.seconds)}",
                ((gap.start + gap.end) / 2, 0.5),
                xycoords=("data", "axes fraction"),
                rotation=90,
                ha="center",
                va="center",
                fontsize="small",
                color="0.4",
            )


def _fromZero(axes, values, suffix):
    axes.set_ylim(0, (_most(values) or 1) * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: bytes_text(value) + suffix))


def _most(values):
    return max((value for value in values if not math.isnan(value)), default=0)
