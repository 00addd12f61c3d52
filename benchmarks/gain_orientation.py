"""``python -m benchmarks.gain_orientation``: the tables of ``docs/gain.rst``, on stdout."""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from pathlib import Path
from typing import Dict, Iterable, List, Sequence, Tuple

import numpy as np

from empiardownloader.demo.data.camera import camera_gain, deposited, frame_sum
from empiardownloader.demo.data.movies import mrc_bytes, tiff_bytes
from empiardownloader.images.gain_orientation import GainFinding, GainPattern, decide
from empiardownloader.images.orientation import ALL, Orientation
from empiardownloader.images.pixels import middle, sum_of_frames

_SHAPE = (1024, 1440)
_K3 = (4092, 5760)
_SPREADS = (0.1, 0.05, 0.03, 0.01, 0.005)
_ELECTRONS = (30.0, 5.0, 0.5)


def main() -> None:
    """Print the tables; ``--trials 1000`` takes some ten minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    trials = parser.parse_args().trials
    random = np.random.default_rng(15)
    rows = [_scores(random, spread, count) for spread in _SPREADS for count in _ELECTRONS]
    _print_table(("spread", "e/px", "raw", "corrected", "foreign gain", "99 % symmetric"), rows)
    _print_table(("pattern", "trials", "decided", "falsely"), _random_trials(random, trials))
    _print_table(("format", "score", "seconds"), _formats(random))


def _scores(random: np.random.Generator, spread: float, electrons: float) -> Sequence[str]:
    cells = [f"{spread:.1%}", f"{electrons:g}"]
    gain = camera_gain(random, _SHAPE, spread)
    raw = frame_sum(random, gain, electrons)
    nearly = camera_gain(random, _SHAPE, spread, asymmetric=0.01)
    for reference, frames in (
        (gain, raw),
        (gain, raw * gain),
        (camera_gain(random, _SHAPE, spread), raw),
        (nearly, frame_sum(random, nearly, electrons)),
    ):
        scores = GainPattern(reference, _SHAPE).compare(frames[middle(_SHAPE)])
        cells.append(f"{scores.best:.0f} ({scores.second:.1f})")
    return cells


def _random_trials(random: np.random.Generator, trials: int) -> Iterable[Sequence[str]]:
    kinds = {"any": 1.0, "99 % symmetric": 0.01, "corrected movies": 1.0, "foreign gain": 1.0}
    for kind, asymmetric in kinds.items():
        decided = falsely = 0
        for _ in range(trials):
            orientation, finding = _trial(random, kind, asymmetric)
            decided += finding.is_decided
            fits = kind not in ("corrected movies", "foreign gain")
            falsely += finding.is_decided and not (fits and finding.orientation == orientation)
        yield kind, str(trials), str(decided), str(falsely)


def _trial(
    random: np.random.Generator, kind: str, asymmetric: float
) -> Tuple[Orientation, GainFinding]:
    """Two movies of random size, spread and counts, and a gain in a random orientation."""
    sides = random.choice([256, 384, 512], 2)
    shape = (int(sides[0]), int(sides[1]))
    spread, electrons = 10 ** random.uniform(-2.5, -0.7), 10 ** random.uniform(-1.5, 1.7)
    orientation = ALL[int(random.integers(len(ALL)))]
    gain = camera_gain(random, shape, spread, asymmetric)
    seen = camera_gain(random, shape, spread) if kind == "foreign gain" else gain
    pattern = GainPattern(deposited(gain, orientation), shape)
    sums = [frame_sum(random, seen, electrons) for _ in range(2)]
    if kind == "corrected movies":
        sums = [frames * gain for frames in sums]
    return orientation, decide([pattern.compare(frames) for frames in sums])


def _formats(random: np.random.Generator) -> Iterable[Sequence[str]]:
    """A movie of a K3's size, 1 electron a pixel and frame, pattern of 3 %."""
    gain = camera_gain(random, _K3, 0.03)
    stack = np.stack([frame_sum(random, gain, 1.0) for _ in range(8)]).astype(np.uint8)
    pattern = GainPattern(gain, _K3)
    contents: Dict[str, bytes] = {
        "mode 0.mrc": mrc_bytes(stack.astype(np.int8)),
        "mode 1.mrc": mrc_bytes(stack.astype(np.int16)),
        "LZW.tif": tiff_bytes(stack, "tiff_lzw"),
        "deflate.tif": tiff_bytes(stack, "tiff_adobe_deflate"),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in contents.items():
            path = Path(folder) / name
            path.write_bytes(content)
            began = time.perf_counter()
            scores = pattern.compare(sum_of_frames(str(path)))
            took = time.perf_counter() - began
            yield name, f"{scores.best:.0f} ({scores.second:.1f})", f"{took:.2f}"


def _print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    cells: List[Sequence[str]] = [titles, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    out = io.StringIO()
    rule = "  ".join("=" * width for width in widths)
    for number, row in enumerate(cells):
        if number in (0, 1):
            out.write(f"{rule}\n")
        out.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() + "\n")
    print(f"{out.getvalue()}{rule}\n", flush=True)


if __name__ == "__main__":
    main()
