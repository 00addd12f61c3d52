"""What it costs that files reach the disk before they are seen: a transfer, fsync off and on.

    python -m benchmarks.durability [--folder DIR] [--movies 200] [--tiny 20000]

DIR lies on the file system to be measured. The archive in miniature serves both kinds of file over
FTP on this machine, so that nothing but the disk and the processor limits the rate: on a real line
the cost is smaller. The two ways take turns, and the medians are compared.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Callable, Dict, List

from empiardownloader.demo.data.archive_tree import ArchiveFolder
from empiardownloader.demo.miniature_archive import MiniatureArchive
from empiardownloader.transfer import Downloader, FtpServer, Placement, Wanted

MOVIE = 50_000_000  # bytes
TINY = 2_000  # bytes
TURNS = 3
_FSYNC = os.fsync


def main() -> None:
    """Measure and print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--movies", type=int, default=200)
    parser.add_argument("--tiny", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for count, size in ((options.movies, MOVIE), (options.tiny, TINY)):
            if count:
                report(count, size, Path(folder))


def report(count: int, size: int, folder: Path) -> None:
    """Print what the files of one size took, and what each cost more."""
    seconds = measure(count, size, folder)
    off, on = (statistics.median(seconds[name]) for name in ("off", "on"))
    print(f"{count} files of {size} bytes: {off:.1f} s without fsync, {on:.1f} s with: "
          f"{100 * (on / off - 1):+.1f} %, {1000 * (on - off) / count:+.2f} ms a file", flush=True)


def measure(count: int, size: int, folder: Path) -> Dict[str, List[float]]:
    """Seconds of each turn, by name of the way."""
    seconds: Dict[str, List[float]] = {"off": [], "on": []}
    ways: Dict[str, Callable[[int], None]] = {"off": lambda descriptor: None, "on": _FSYNC}
    entries = ArchiveFolder(folder / "archive")
    content = os.urandom(size)
    source = entries.add_file("1", "data/movie.mrc", content)
    for number in range(count):  # one inode: what is read is in memory
        os.link(source, source.with_name(f"movie_{number}.mrc"))
    with MiniatureArchive(entries.root) as archive:
        url = archive.environment["EMPIAR_FTP_URL"] + "/1"
        for turn in range(TURNS):
            for name in (sorted(ways) if turn % 2 else sorted(ways, reverse=True)):
                os.fsync = ways[name]
                try:
                    seconds[name].append(transfer(url, count, size, folder / "movies"))
                finally:
                    os.fsync = _FSYNC
    shutil.rmtree(entries.root)
    return seconds


def transfer(url: str, count: int, size: int, folder: Path) -> float:
    """Fetch all files into an empty folder, which is removed. Returns the seconds it took."""
    os.sync()
    wanted = [Wanted(f"data/movie_{n}.mrc", size, f"movie_{n}.mrc") for n in range(count)]
    began = time.monotonic()
    outcome = Downloader(FtpServer(url), Placement(folder), folder / ".parts").run(wanted)
    took = time.monotonic() - began
    if outcome.complete != count:
        raise RuntimeError(f"{outcome.complete} of {count} came: {outcome.fatal}")
    shutil.rmtree(folder)
    return took


if __name__ == "__main__":
    main()
