"""``python -m benchmarks.scale.tilt_series``: tilt series, and the same files as movies.

Prints a table; returns 1 if the CPU time of a series grows with the number of series.
"""

import logging
import os
import sys

from .runs import ScaleBench, ScaleFailed, entry_of

TILTS = 41
SERIES = (50, 100, 200)
_LINEAR = 1.15  # largest allowed ratio of the CPU time of one series, of 200 and of 100


class TiltBench(ScaleBench):
    """Entries of tilt series with an mdoc each, by their number of frames."""

    def _fill(self, entries):
        from empiardownloader.demo.data.mrc import tiny_movie
        from empiardownloader.tests.data.tilt_entries import mdoc_bytes, series_exposures

        angles = [3.0 * (at // 2 + 1) * (-1) ** at if at else 0.0 for at in range(TILTS)]
        for amount in self._amounts:
            files = {}
            for number in range(1, amount // TILTS + 1):
                exposures = series_exposures(f"TS_{number:03d}", angles)
                files[f"data/mdocs/TS_{number:03d}.mrc.mdoc"] = mdoc_bytes(exposures)
                for at, exposure in enumerate(exposures):
                    files[f"data/frames/{exposure.name}"] = tiny_movie(at)
            entries.add_entry(entry_of(amount), [{"directory": "data/frames"}], files)


def main():
    """Measure, and print the costs."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    costs = {}
    with TiltBench([count * TILTS for count in SERIES]) as bench:
        from empiardownloader.protocols import EmpiarDownloader, EmpiarTiltSeries

        for count in SERIES:
            amount = count * TILTS
            as_movies, _ = bench.run(EmpiarDownloader, amount)
            as_series, run = bench.run(EmpiarTiltSeries, amount)
            if run.outputTiltSeriesM.getSize() != count:
                raise ScaleFailed(f"{count} series: {run.outputTiltSeriesM.getSize()}")
            size = os.path.getsize(run._getPath("tiltseriesM.sqlite"))
            costs[count] = as_series.cpu / count
            print(f"{count} series of {TILTS}: CPU {as_series.cpu:.1f} s, as movies "
                  f"{as_movies.cpu:.1f} s; wall {as_series.wall:.1f} s, as movies "
                  f"{as_movies.wall:.1f} s; peak {as_series.peak / 1e6:.0f} MB, as movies "
                  f"{as_movies.peak / 1e6:.0f} MB; set {size / 1e6:.1f} MB", flush=True)
    growth = costs[SERIES[-1]] / costs[SERIES[-2]]
    print(f"A series of {SERIES[-1]} costs {growth:.2f} times the CPU time of one of {SERIES[-2]}")
    return 0 if growth <= _LINEAR else 1


if __name__ == "__main__":
    sys.exit(main())
