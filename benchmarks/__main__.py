"""``python -m benchmarks``: measure, and write tables and a chart into ``docs/``."""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Dict, List, Optional, Sequence, Tuple

from . import peers, raw_results, thresholds
from .machine import describe_machine
from .measurements import Bench
from .process import ROOT, RunFailed
from .results import QUICK, Series, Sizes

logger = logging.getLogger("benchmarks")

_DOCS = ROOT / "docs"
_ROOM = 2_500_000_000  # bytes
_PARTS = (
    "movies", "big_file", "delayed", "memory", "listing", "unlimited", "disks", "faults",
    "start_up",
)  # fmt: skip


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the requested measurements; return 1 if any fails or misses."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    asked = _parser().parse_args(arguments)
    asked.to = asked.to or (ROOT / "build" if asked.quick else _DOCS)
    if asked.redraw:
        _write(asked.to, *raw_results.load(asked.redraw), _remark(asked))
        return 0
    absent = peers.missing()
    if absent:
        logger.warning("Not installed: %s ('make bench' as root brings them)", ", ".join(absent))
    results, is_whole = _measure(asked)
    if not results:
        return 1
    machine = describe_machine(sorted({series.tool for series in results}))
    if asked.raw:
        raw_results.save(asked.raw, machine, results)
    _write(asked.to, machine, results, _remark(asked))
    # The numbers of a quick run mean nothing.
    missed = [] if asked.quick else thresholds.missed(results)
    for sentence in missed:
        logger.error("%s", sentence)
    return 0 if is_whole and not missed else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of a minute")
    parser.add_argument("--repeats", type=int, help="runs of each tool in each case")
    parser.add_argument("--python", help="another interpreter that has the package, as a peer")
    parser.add_argument("--only", nargs="+", choices=_PARTS, help="some of the measurements")
    parser.add_argument("--remark", default="", help="a sentence for the page")
    parser.add_argument("--to", type=Path, metavar="FOLDER",
                        help="of the products [docs; build for a quick run]")  # fmt: skip
    parser.add_argument("--raw", type=Path, help="a JSON file for the single runs")
    parser.add_argument("--redraw", type=Path, help="measure nothing, take such a file")
    parser.add_argument("--folder", type=Path, help="where the data lie (5 GB; in memory)")
    parser.add_argument("--images", type=Path, help="where images of disks lie (7 GB; temporary)")
    return parser


def _measure(asked: argparse.Namespace) -> Tuple[List[Series], bool]:
    """Return the results, and whether they are all that was requested."""
    sizes = QUICK if asked.quick else Sizes()
    if asked.repeats:
        sizes = replace(sizes, repeats=asked.repeats)
    results: List[Series] = []
    is_whole = True
    with tempfile.TemporaryDirectory(prefix="benchmarks-", dir=asked.folder or _roomy()) as name, \
            tempfile.TemporaryDirectory(prefix="disks-", dir=asked.images) as images:  # fmt: skip
        folder = Path(name)
        folder.chmod(0o755)  # the servers' own users read it
        bench = Bench(folder, sizes, _other_python(asked.python), Path(images))
        for part in asked.only or _PARTS:
            try:
                results.extend(getattr(bench, part)())
            except RunFailed as error:
                logger.error("%s is left out: %s", part, error)
                is_whole = False
    return results, is_whole


def _roomy() -> Optional[str]:
    """Return the file system in memory, so that no disk is measured; None for the usual folder."""
    place = "/dev/shm"
    if Path(place).is_dir() and shutil.disk_usage(place).free > _ROOM:
        return place
    return None


def _other_python(path: Optional[str]) -> Dict[str, str]:
    if path is None:
        return {}
    said = subprocess.run([path, "--version"], check=True, capture_output=True, text=True)
    return {f"{peers.OURS} ({said.stdout.strip()})": path}


def _remark(asked: argparse.Namespace) -> str:
    quick = "**A quick run, to see that it works: the numbers mean nothing.**"
    return quick if asked.quick else str(asked.remark)


def _write(
    folder: Path, machine: Sequence[str], results: Sequence[Series], remark: str
) -> None:
    # Imported late: a child's memory is measured against a small parent.
    from .chart import draw
    from .report import report

    folder.mkdir(parents=True, exist_ok=True)
    text = report(results, machine, remark)
    (folder / "benchmark.rst").write_text(text, encoding="utf-8")
    draw(results, machine, folder / "benchmark.png")
    logger.info("Written: %s and benchmark.png", folder / "benchmark.rst")


if __name__ == "__main__":
    sys.exit(main())
