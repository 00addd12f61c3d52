"""The package's downloader as a whole process, for the benchmark.

    python -m benchmarks.our_tool fetch URL LIST FOLDER CONNECTIONS
    python -m benchmarks.our_tool list URL
    python -m benchmarks.our_tool nothing

LIST holds one path and one size in bytes per line. ``nothing`` costs Python's start.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Callable, Dict, Iterator

from empiardownloader import transfer
from empiardownloader.net.errors import FileMissing


def fetch(url: str, list_file: str, folder: str, connections: str) -> int:
    """Download the files of the list; return 1 if one failed."""
    place = Path(folder)
    outcome = transfer.Downloader(
        transfer.open_server(url),
        transfer.Destination(place),
        place.with_name(f"{place.name}.parts"),
        connections=int(connections),
    ).run(_wanted(list_file))
    for failure in outcome.failures:
        print(failure.error, file=sys.stderr)
    return 1 if outcome.failures or outcome.fatal_error else 0


def _wanted(list_file: str) -> Iterator[transfer.FileRequest]:
    with open(list_file) as lines:
        for line in lines:
            path, size = line.split()
            yield transfer.FileRequest(path, int(size), path.rpartition("/")[2])


def walk(url: str) -> int:
    """List everything below the address and print how many files there are."""
    from empiardownloader.files.tree import RemoteTree

    with transfer.DirectoryLister(transfer.open_server(url)) as lister:
        tree = RemoteTree(lister, missing=(FileMissing,))
        folders, count = [""], 0
        while folders:
            folder = folders.pop()
            count += len(tree.files(folder))
            folders.extend(tree.folders(folder))
    print(count)
    return 0


def nothing() -> int:
    """Start, import what a download needs, end."""
    return 0 if transfer.Downloader else 1


if __name__ == "__main__":
    COMMANDS: Dict[str, Callable[..., int]] = {"fetch": fetch, "list": walk, "nothing": nothing}
    sys.exit(COMMANDS[sys.argv[1]](*sys.argv[2:]))
