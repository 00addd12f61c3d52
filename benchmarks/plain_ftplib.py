"""A script of twenty lines: ``ftplib`` with its default blocks, one thread per connection.

    python -m benchmarks.plain_ftplib HOST PORT LIST FOLDER CONNECTIONS
"""

from __future__ import annotations

import ftplib
import queue
import sys
import threading
from pathlib import Path


def fetch(host: str, port: int, list_file: Path, folder: Path, connections: int) -> None:
    """Download the files of the list over one session per thread."""
    paths: queue.Queue = queue.Queue()
    for line in list_file.read_text().splitlines():
        paths.put(line.split()[0])
    threads = [
        threading.Thread(target=_work, args=(host, port, paths, folder))
        for _ in range(connections)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _work(host: str, port: int, paths: queue.Queue, folder: Path) -> None:
    session = ftplib.FTP()
    session.connect(host, port)
    session.login()
    while True:
        try:
            path = paths.get_nowait()
        except queue.Empty:
            session.quit()
            return
        with open(folder / path.rpartition("/")[2], "wb") as file:
            session.retrbinary(f"RETR /{path}", file.write)


if __name__ == "__main__":
    fetch(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), Path(sys.argv[4]), int(sys.argv[5]))
