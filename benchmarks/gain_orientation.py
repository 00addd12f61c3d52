"""``python -m benchmarks.gain_orientation``: the tables of ``docs/gain.rst``, on stdout."""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Sequence, Tuple

import numpy as np
from PIL import Image

from empiardownloader.demo.data.camera import camera_gain, deposited, frame_sum
from empiardownloader.demo.data.mrc import MODES, mrc_bytes, mrc_header
from empiardownloader.images.gain_orientation import GainFinding, GainPattern, decide
from empiardownloader.images.orientation import ALL, Orientation
from empiardownloader.images.pixels import middle, read_gain, sum_of_frames

_SHAPE = (1024, 1440)
_K3 = (4092, 5760)
_K3_FRAMES, _DIFFERENT = 50, 8
_SPREADS = (0.1, 0.05, 0.03, 0.01, 0.005)
_ELECTRONS = (30.0, 5.0, 0.5)


def main() -> None:
    """Print the tables; ``--trials 1000`` takes some ten minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--movie", help="look at this one alone, with --gain")
    parser.add_argument("--gain")
    options = parser.parse_args()
    if options.movie:
        _look_at(options.movie, options.gain)
        return
    trials = options.trials
    random = np.random.default_rng(15)
    rows = [_scores(random, spread, count) for spread in _SPREADS for count in _ELECTRONS]
    _print_table(("spread", "e/px", "raw", "corrected", "foreign gain", "99 % symmetric"), rows)
    _print_table(("pattern", "trials", "decided", "falsely"), _random_trials(random, trials))
    titles = ("format", "spread", "e/px, frame", "score", "seconds", "MB")
    _print_table(titles, _formats(random))


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
    """Movies of a K3's size and 50 frames, each looked at in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        for spread, electrons in ((0.03, 1.0), (0.01, 0.5)):
            gain = camera_gain(random, _K3, spread)
            gain_path = Path(folder, "gain.mrc")
            gain_path.write_bytes(mrc_bytes(gain.astype(np.float32)))
            few = [frame_sum(random, gain, electrons).astype(np.uint8) for _ in range(_DIFFERENT)]
            frames = [few[number % _DIFFERENT] for number in range(_K3_FRAMES)]
            for name, write in _WRITERS.items():
                path = Path(folder, name)
                write(path, frames)
                seconds, megabytes, score = _looked_at(path, gain_path)
                yield name, f"{spread:.0%}", f"{electrons:g}", score, seconds, megabytes
                path.unlink()


def _looked_at(movie: Path, gain: Path) -> List[str]:
    """Return seconds, megabytes at the most, and scores, of a process that looks at one movie."""
    command = [sys.executable, "-m", "benchmarks.gain_orientation"]
    command += ["--movie", str(movie), "--gain", str(gain)]
    looked = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return looked.stdout.strip().split("\t")


def _look_at(movie: str, gain: str) -> None:
    """Print what :func:`_looked_at` returns; imports and the gain are not counted as time."""
    image = read_gain(gain)
    began = time.perf_counter()
    scores = GainPattern(image, _K3).compare(sum_of_frames(movie))
    took = time.perf_counter() - began
    # Not getrusage: a new process inherits the maximum of the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    megabytes = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    print(f"{took:.2f}\t{megabytes:.0f}\t{scores.best:.0f} ({scores.second:.1f})")


def _mrc_writer(kind: str) -> Callable[[Path, Sequence[Any]], None]:
    def write(path: Path, frames: Sequence[Any]) -> None:
        with open(path, "wb") as file:
            file.write(mrc_header((len(frames), *_K3), MODES[kind]))
            for frame in frames:
                file.write(frame.astype(kind).tobytes())

    return write


def _tiff_writer(compression: str) -> Callable[[Path, Sequence[Any]], None]:
    def write(path: Path, frames: Sequence[Any]) -> None:
        first, *others = [Image.fromarray(frame[::-1]) for frame in frames]
        first.save(
            path, format="TIFF", save_all=True, append_images=others, compression=compression
        )

    return write


_WRITERS: Dict[str, Callable[[Path, Sequence[Any]], None]] = {
    "mode 0.mrc": _mrc_writer("int8"),
    "mode 1.mrc": _mrc_writer("int16"),
    "mode 2.mrc": _mrc_writer("float32"),
    "LZW.tif": _tiff_writer("tiff_lzw"),
    "deflate.tif": _tiff_writer("tiff_adobe_deflate"),
}


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
