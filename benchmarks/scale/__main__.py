"""``python -m benchmarks.scale``: cost of a run against its number of movies, as docs/scale.rst."""

import argparse
import logging
import sys
from pathlib import Path

from ..process import ROOT
from .report import missed, report
from .runs import Results, ScaleBench, ScaleFailed

AMOUNTS = (1000, 5000, 20000)
# With the usual three threads, the tutorial's scheme takes a nap for every two movies: few are
# enough to see it. Its squares show with more movies, which many threads bring to an end.
NAPPING, THREADS = (10, 30), 3
CROWDED, MANY_THREADS = (1000, 2000), 65
SLOW_LINE, SLOW_RATE = 40, 1000.0  # movies, bytes/s of a connection: one each 0.4 s


def main(arguments=None):
    """Measure and write the page; return 1 if a run fails or costs more than allowed."""
    logging.basicConfig(format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    logging.getLogger("benchmarks").setLevel(logging.INFO)
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run with a tenth of it all")
    parser.add_argument("--remark", default="", help="a sentence for the page")
    parser.add_argument("--to", type=Path, default=ROOT / "docs" / "scale.rst", help="the page")
    asked = parser.parse_args(arguments)
    part = 10 if asked.quick else 1
    page = asked.to.absolute()
    try:
        results = _measured([n // part for n in AMOUNTS], [n // part for n in CROWDED])
    except ScaleFailed as error:
        print(error, file=sys.stderr)
        return 1
    page.write_text(report(results, asked.remark), encoding="utf-8")
    short = missed(results)
    for sentence in short:
        print(sentence, file=sys.stderr)
    return 1 if short else 0


def _measured(amounts, crowded):
    with ScaleBench(sorted({*amounts, *NAPPING, *crowded, SLOW_LINE})) as bench:
        from empiardownloader.headless import protocol_class

        from .tutorial import OneStepPerMovie

        results = Results()
        for amount in amounts:
            scale, run = bench.run(protocol_class(), amount)
            results.ours.append(scale)
            results.continued.append(bench.launch(run, amount, "Continue"))
        with bench.line(SLOW_RATE):
            results.slow, _ = bench.run(protocol_class(), SLOW_LINE)
        for amount in NAPPING:
            results.napping.append(bench.run(OneStepPerMovie, amount, THREADS)[0])
        for amount in crowded:
            results.crowded.append(bench.run(OneStepPerMovie, amount, MANY_THREADS)[0])
    return results


if __name__ == "__main__":
    sys.exit(main())
