"""The curves of a transfer: its rate, the bytes and movies downloaded, the movies registered."""

import math

from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

from ..units import format_duration, format_size

#: On white each has a contrast of more than 4.5; the line styles differ as well.
RATE, DOWNLOADED, REGISTERED, LIMIT = "#1f5a94", "#9a3e00", "#1b6e2d", "0.35"
_GAP = "0.9"
_LEAST_RATE = 10.0  # bytes/s: an axis that ends below it would have ticks of equal text
_STEPS = [1, 2, 5, 10]


class TransferFigure:
    """Two diagrams, one above the other, over the running time; draw may be called again."""

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
        self._drawTime(series)

    def _drawBytes(self, series):
        rate = series.rate
        self.rate.fill_between(rate.x, rate.y, step="pre", color=RATE, alpha=0.2, linewidth=0)
        self.rate.plot(
            rate.x, rate.y, color=RATE, drawstyle="steps-pre", linewidth=1, label="download rate"
        )
        self.rate.set_ylabel("download rate", color=RATE)
        self.size.plot(
            series.size.x, series.size.y, color=DOWNLOADED, linestyle="--", linewidth=1.8,
            label="bytes downloaded",
        )  # fmt: skip
        self.size.set_ylabel("downloaded", color=DOWNLOADED)
        self.size.yaxis.set_label_position("right")
        self.size.yaxis.tick_right()
        _fromZero(self.rate, [*series.rate.y, _LEAST_RATE], "/s")
        _fromZero(self.size, [*series.size.y, series.size_total, _LEAST_RATE], "")
        if series.size_total:
            self.size.axhline(series.size_total, color=DOWNLOADED, linestyle=":", label="all bytes")
        handles = [axes.get_legend_handles_labels() for axes in (self.rate, self.size)]
        _legend(self.rate, *(first + second for first, second in zip(*handles)))

    def _drawMovies(self, series):
        for curve, color, style, label in (
            (series.arrived, DOWNLOADED, "--", "downloaded"),
            (series.registered, REGISTERED, "-", "registered"),
        ):
            self.movies.plot(
                curve.x, curve.y, color=color, linestyle=style, label=label,
                drawstyle="steps-post", linewidth=1.8,
            )  # fmt: skip
        if series.chosen:
            self.movies.axhline(series.chosen, color=LIMIT, linestyle=":", label="requested")
        self.movies.set_ylabel("movies")
        self.movies.set_ylim(0, max(1, _most([*series.arrived.y, series.chosen])) * 1.05)
        self.movies.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=_STEPS, integer=True))
        _legend(self.movies, *self.movies.get_legend_handles_labels())

    def _drawGaps(self, series):
        for axes in (self.rate, self.movies):
            for gap in series.gaps:
                axes.axvspan(gap.start, gap.end, color=_GAP, linewidth=0)
        for gap in series.gaps:
            self.movies.annotate(
                f"paused {format_duration(gap.seconds)}",
                ((gap.start + gap.end) / 2, 0.5),
                xycoords=("data", "axes fraction"),
                rotation=90,
                ha="center",
                va="center",
                fontsize="small",
                color=LIMIT,
            )

    def _drawTime(self, series):
        """Label the axis with the running time, in which a pause has no length."""
        running = (series.end or 1) - sum(gap.end - gap.start for gap in series.gaps)
        times = [
            time
            for time in MaxNLocator(nbins=8, steps=_STEPS).tick_values(0, running)
            if 0 <= time <= running
        ]
        self.movies.xaxis.set_major_locator(
            FixedLocator([positionOf(time, series.gaps) for time in times])
        )
        self.movies.xaxis.set_major_formatter(FixedFormatter([f"{time:g}" for time in times]))
        self.movies.set_xlabel(f"running time ({series.unit})")
        self.movies.set_xlim(0, series.end or 1)


def positionOf(time, gaps):
    """Return where on the axis a running time lies: after the pauses that came before it."""
    position = time
    for gap in gaps:
        if position > gap.start:
            position += gap.end - gap.start
    return position


def _legend(axes, handles, labels):
    """Above the curves, so that it never covers them."""
    axes.legend(
        handles, labels, loc="lower right", bbox_to_anchor=(1, 1), ncol=max(1, len(labels)),
        fontsize="small", frameon=False, borderaxespad=0.2,
    )  # fmt: skip


def _fromZero(axes, values, suffix):
    axes.set_ylim(0, (_most(values) or 1) * 1.05)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, steps=_STEPS))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_size(value) + suffix))


def _most(values):
    return max((value for value in values if not math.isnan(value)), default=0)
