"""``python -m benchmarks.gain_orientation``: the tables of ``docs/gain.rst``, on stdout."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Iterable, List, Sequence, Tuple

import numpy as np

from benchmarks.movie_files import FORMATS, repeated_frame
from empiardownloader.demo.data.mrc import mrc_bytes
from empiardownloader.images.gain_orientation import (
    GainFinding,
    GainPattern,
    decide,
    find_orientation,
)
from empiardownloader.images.orientation import ALL, Orientation
from empiardownloader.images.pixels import (
    begins_with_upper_row,
    first_rows,
    read_gain,
    rows_looked_at,
)
from empiardownloader.tests.data.camera import camera_gain, deposited, specimen_counts

_SHAPE = (1024, 1440)
_SPREADS = (0.1, 0.05, 0.03, 0.01, 0.005)
_ELECTRONS = (30.0, 5.0, 0.5)
_FILE_SHAPE = (768, 1024)
_K3, _K3_FRAMES = (4092, 5760), 50
#: In each pixel of a K3 movie with a gain of 3 %, stored as one frame: promising and not decided.
FEW_ELECTRONS = 0.14
_MOST_SECONDS, _MOST_MEGABYTES = 0.5, 300


def main() -> None:
    """Print the tables; ``--trials 1000`` of each kind take about ten minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=25)
    parser.add_argument("--movie", help="look at this one alone, with --gain")
    parser.add_argument("--gain")
    options = parser.parse_args()
    if options.movie:
        _look_at(options.movie, options.gain)
        return
    random = np.random.default_rng(15)
    rows = [_scores(random, spread, count) for spread in _SPREADS for count in _ELECTRONS]
    _print_table(("spread", "e/px", "raw", "corrected", "foreign gain", "99 % symmetric"), rows)
    trials = _random_trials(options.trials)
    _print_table(("pattern", "trials", "decided", "falsely"), trials)
    random = np.random.default_rng(16)
    titles = ("format", "spread", "e/px, frame", "raw", "corrected", "foreign gain")
    _print_table(titles, _formats(random))
    looks = list(_k3_movies(random))
    _print_table(("K3 movie of 50 frames", "CPU seconds", "MB"), looks)
    if any(float(seconds) > _MOST_SECONDS or int(size) > _MOST_MEGABYTES
           for _, seconds, size in looks):
        sys.exit(f"A look takes more than {_MOST_SECONDS} s or {_MOST_MEGABYTES} MB.")


def _scores(random: np.random.Generator, spread: float, electrons: float) -> Sequence[str]:
    cells = [f"{spread:.1%}", f"{electrons:g}"]
    gain = camera_gain(random, _SHAPE, spread)
    raw = specimen_counts(random, gain, electrons)
    nearly = camera_gain(random, _SHAPE, spread, asymmetric=0.01)
    for reference, frames in (
        (gain, raw),
        (gain, raw * gain),
        (camera_gain(random, _SHAPE, spread), raw),
        (nearly, specimen_counts(random, nearly, electrons)),
    ):
        pattern = GainPattern(reference, _SHAPE, upper_row_first=False)
        scores = pattern.compare(frames[: rows_looked_at(_SHAPE)])
        cells.append(f"{scores.best:.0f} ({scores.second:.1f})")
    return cells


def _random_trials(trials: int) -> Iterable[Sequence[str]]:
    kinds = {"99 % symmetric": 0.01, "any": 1.0, "corrected movies": 1.0, "foreign gain": 1.0}
    for seed, (kind, asymmetric) in enumerate(kinds.items(), 17):
        random = np.random.default_rng(seed)
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
    upside_down = bool(random.integers(2))
    gain = camera_gain(random, shape, spread, asymmetric)
    seen = camera_gain(random, shape, spread) if kind == "foreign gain" else gain
    pattern = GainPattern(deposited(gain, orientation), shape, upside_down)
    sums = [specimen_counts(random, seen, electrons) for _ in range(2)]
    if kind == "corrected movies":
        sums = [frames * gain for frames in sums]
    sums = [frames[::-1] if upside_down else frames for frames in sums]
    return orientation, decide([pattern.compare(frames) for frames in sums])


def _formats(random: np.random.Generator) -> Iterable[Sequence[str]]:
    """Yield the scores of movies of every format: raw, corrected, and with another gain."""
    with tempfile.TemporaryDirectory() as folder:
        for spread, electrons in ((0.05, 1.0), (0.03, 1.0), (0.01, 0.5)):
            gain = camera_gain(random, _FILE_SHAPE, spread)
            other = camera_gain(random, _FILE_SHAPE, spread)
            for name, kind in FORMATS.items():
                path, counts = Path(folder, name), electrons * kind.counts
                frames = [specimen_counts(random, gain, counts) for _ in range(kind.frames)]
                kind.write(path, frames)
                cells = [_compared(path, gain), "-", _compared(path, other)]
                if kind.scale is not None:
                    kind.write(path, [frame * gain * kind.scale for frame in frames])
                    cells[1] = _compared(path, gain)
                yield (name, f"{spread:.0%}", f"{counts:g}", *cells)


def _compared(movie: Path, gain: np.ndarray) -> str:
    pattern = GainPattern(gain, _FILE_SHAPE, begins_with_upper_row(str(movie)))
    scores = pattern.compare(first_rows(str(movie)))
    return f"{scores.best:.0f} ({scores.second:.1f})"


def _k3_movies(random: np.random.Generator) -> Iterable[Sequence[str]]:
    """Look at movies of a K3's size and 50 frames, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        gain = camera_gain(random, _K3, 0.03)
        fits, foreign, twice = (Path(folder, name) for name in ("a.mrc", "b.mrc", "c.mrc"))
        fits.write_bytes(mrc_bytes(gain))
        foreign.write_bytes(mrc_bytes(camera_gain(random, _K3, 0.03)))
        twice.write_bytes(mrc_bytes(gain.repeat(2, axis=0).repeat(2, axis=1)))
        for one_strip, strips in ((False, "many strips"), (True, "one strip a frame")):
            for words, reference, electrons in (
                ("decided at once", fits, 1.0),
                ("fits in no orientation", foreign, 1.0),
                ("looked at twice", fits, FEW_ELECTRONS),
                ("looked at twice, gain of twice the size", twice, FEW_ELECTRONS),
            ):
                frame = specimen_counts(random, gain, electrons).astype(np.uint8)[::-1]
                path = Path(folder, "movie.tif")
                path.write_bytes(repeated_frame(frame, _K3_FRAMES, one_strip))
                seconds, megabytes = looked_at(path, reference)
                yield f"{words}, {strips}", f"{seconds:.2f}", f"{megabytes:.0f}"


def looked_at(movie: Path, gain: Path, tries: int = 5) -> Tuple[float, float]:
    """Return CPU seconds and megabytes of a process that decides by a K3 movie, the least of some.

    The preparation of the gain and a second look at more frames are part of it.
    """
    command = [sys.executable, "-m", "benchmarks.gain_orientation"]
    command += ["--movie", str(movie), "--gain", str(gain)]
    looks = [
        subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
        ).stdout.split()
        for _ in range(tries)
    ]
    return min((float(seconds), float(megabytes)) for seconds, megabytes in looks)


def _look_at(movie: str, gain: str) -> None:
    """Print what :func:`looked_at` returns; imports are not counted as time."""
    began = time.process_time()
    find_orientation(read_gain(gain), [movie], _K3)
    took = time.process_time() - began
    # Not getrusage: a new process inherits the maximum of the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(took, megabytes)


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
