"""What it costs that files reach the disk before they are seen: a transfer, fsync off and on.

    python -m benchmarks.durability [--rate 200] [--movies 200] [--tiny 20000] [--folder DIR]

As root, on an ext4 and on an XFS in loop devices; else in DIR. The archive in miniature serves both
kinds of file over FTP on this machine: movies at so many MB a second in all, which the disk must be
able to write (a rate beyond it would measure how much fits into memory), tiny files without limit.
Its rate is steady: vsftpd sends a second's share at once, and then sleeps. The two ways take turns
in pairs, and the median of the pairs' differences counts.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, Iterator, List, NamedTuple, Tuple

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.tests.powercut.image_disks import make_image, mounted, own_mounts, why_not
from empiardownloader.transfer import Destination, Downloader, FileRequest, FtpServer

MOVIE = 50_000_000  # bytes
TINY = 2_000  # bytes
CONNECTIONS = 4
MOST_MORE = 0.05  # of a movie's time
MOST_MORE_EACH = 0.002  # seconds, of a tiny file
_DISK = 40_000_000_000  # bytes
_FSYNC = os.fsync


class Turn(NamedTuple):
    """The seconds of a transfer and of the processor meanwhile, without fsync and with it."""

    off: Tuple[float, float]
    on: Tuple[float, float]


def main() -> int:
    """Measure and print the tables; return 1 where it costs more than it may."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, help="where to measure instead")
    parser.add_argument("--kinds", nargs="+", default=["ext4", "xfs"])
    parser.add_argument("--rate", type=float, default=200, help="MB/s of all connections; 0: any")
    parser.add_argument("--movies", type=int, default=200)
    parser.add_argument("--tiny", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=3)
    options = parser.parse_args()
    is_cheap = True
    for name, folder in _folders(options.folder, options.kinds):
        for count, size, rate in (
            (options.movies, MOVIE, options.rate * 1e6), (options.tiny, TINY, 0)
        ):
            if count:
                is_cheap &= report(name, count, size, measure(count, size, rate, options, folder))
    return 0 if is_cheap else 1


def _folders(folder: Path, kinds: List[str]) -> Iterator[Tuple[str, Path]]:
    """Yield each folder to measure in, after its name."""
    reason = "" if folder else why_not(*kinds)
    if reason:
        sys.exit(f"{reason}; name a folder by --folder")
    with tempfile.TemporaryDirectory(dir=folder) as name:
        if folder:
            yield str(folder), Path(name)
            return
        own_mounts()
        for kind in kinds:
            image = make_image(Path(name, f"{kind}.img"), kind, _DISK)
            with mounted(image, Path(name, kind)) as disk:
                yield kind, disk
            image.unlink()


def report(name: str, count: int, size: int, turns: List[Turn]) -> bool:
    """Print what the files of one size took, and return whether that is little more with fsync."""
    for turn in turns:
        print(f"  {turn.off[0]:.1f} s without fsync, {turn.on[0]:.1f} s with; "
              f"processor {turn.off[1]:.1f} s, {turn.on[1]:.1f} s")  # fmt: skip
    off = statistics.median(turn.off[0] for turn in turns)
    more = statistics.median(turn.on[0] - turn.off[0] for turn in turns)
    print(f"{name}, {count} files of {size} bytes, median of {len(turns)} pairs: {off:.1f} s "
          f"without fsync, {more:+.1f} s with it: {100 * more / off:+.1f} %, "
          f"{1000 * more / count:+.2f} ms a file", flush=True)  # fmt: skip
    return more <= (MOST_MORE * off if size == MOVIE else MOST_MORE_EACH * count)


def measure(
    count: int, size: int, rate: float, options: argparse.Namespace, folder: Path
) -> List[Turn]:
    """Download ``count`` files without fsync and with it, in as many pairs as the options say."""
    ways: Dict[str, Callable[[int], None]] = {"off": lambda descriptor: None, "on": _FSYNC}
    turns = []
    with tempfile.TemporaryDirectory() as served:
        entries = ArchiveFolder(Path(served))
        source = entries.add_file("1", "movie_0.mrc", os.urandom(size))
        for number in range(1, count):  # one inode: what is read is in memory
            os.link(source, source.with_name(f"movie_{number}.mrc"))
        with MiniatureArchive(entries.root, rate=rate / CONNECTIONS) as archive:
            url = archive.environment["EMPIAR_FTP_URL"] + "/1"
            for turn in range(options.turns):
                took = {}
                for name in sorted(ways, reverse=bool(turn % 2)):
                    os.fsync = ways[name]
                    try:
                        took[name] = transfer(url, count, size, folder / "movies")
                    finally:
                        os.fsync = _FSYNC
                turns.append(Turn(**took))
    return turns


def transfer(url: str, count: int, size: int, folder: Path) -> Tuple[float, float]:
    """Fetch all files into an empty folder, which is removed. Returns wall and CPU seconds."""
    os.sync()
    wanted = [FileRequest(f"movie_{n}.mrc", size, f"movie_{n}.mrc") for n in range(count)]
    began, processor = time.monotonic(), time.process_time()
    outcome = Downloader(FtpServer(url), Destination(folder), folder / ".parts",
                         connections=CONNECTIONS).run(wanted)
    took = time.monotonic() - began, time.process_time() - processor
    if outcome.completed != count:
        raise RuntimeError(f"{outcome.completed} of {count} came: {outcome.fatal_error}")
    shutil.rmtree(folder)
    return took


if __name__ == "__main__":
    sys.exit(main())
