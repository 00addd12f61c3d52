"""The downloader in a process of its own, with a hasty clock, for the soak test to kill."""

import json
import sys
import threading
from pathlib import Path

from empiardownloader.net.retry import RetryPolicy
from empiardownloader.transfer import Destination, Downloader, FileRequest, Timeouts
from empiardownloader.transfer.ftp.server import FtpServer
from empiardownloader.transfer.http.server import HttpServer

SHORT_TIMEOUTS = Timeouts(connect=2.0, stall=0.5, listing=5.0)


def main(url, wanted_file, folder):
    """Download the files of a list; return 0 if all are complete."""
    wanted = [FileRequest(*item) for item in json.loads(Path(wanted_file).read_text())]
    server = (FtpServer if url.startswith("ftp") else HttpServer)(url, SHORT_TIMEOUTS)
    outcome = Downloader(
        server, Destination(Path(folder, "extra")), Path(folder, "tmp"), connections=6,
        policy=RetryPolicy(attempts=8, first_wait=0.02, longest_wait=0.3),
    ).run(wanted)
    for failure in outcome.failures:
        print(failure.request.name, failure.error, file=sys.stderr)
    left = [thread.name for thread in threading.enumerate()
            if thread.name.startswith(("download", "publish"))]
    assert not left, f"threads left: {left}"
    return 0 if outcome.completed == len(wanted) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
