"""The miniature archive's process: `python -m empiardownloader.demo.server.process --root FOLDER`.

It prints its addresses as one JSON line on standard output, and serves until SIGTERM or until its
standard input is closed (so that it never outlives its parent process).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import os
import random
import signal
import sys
from pathlib import Path
from threading import Thread
from typing import Callable, Dict, List, Optional, TypeVar, Union

from empiardownloader.demo.server.faults import FaultCounter
from empiardownloader.demo.server.ftp import ArchiveFTPServer
from empiardownloader.demo.server.http import ArchiveHTTPServer
from empiardownloader.demo.server.request_log import REQUESTS_FILE, RequestLog
from empiardownloader.demo.server.settings import SETTINGS_FILE, SettingsFile

HOST = "127.0.0.1"
_Server = TypeVar("_Server")
#: Below the ports that Linux gives to outgoing connections (32768 and up): while a server is down,
#: a client that asks for it again and again would sooner or later be given the server's own port.
_PORTS = range(20000, 32768)
_TRIES = 50


def addresses(ftp_port: int, http_port: int) -> Dict[str, Union[str, int]]:
    """Return the URLs of the archive, to be followed by `/<entry>`, and the process id."""
    http = f"http://{HOST}:{http_port}"
    return {
        "api": f"{http}/empiar/api/entry",
        "emdb": f"{http}/emdb/api/entry",
        "ftp": f"ftp://{HOST}:{ftp_port}/empiar/world_availability",
        "https": f"{http}/empiar/world_availability",
        "pid": os.getpid(),
    }


def serve(root: Path, ftp_port: int, http_port: int) -> None:
    """Serve the archive below `root` until the process ends; 0 is any free port."""
    settings_file = SettingsFile(root / SETTINGS_FILE)
    log = RequestLog(root / REQUESTS_FILE)
    fault_counter = FaultCounter()
    home = root / "ftp"
    ftp = _listening(
        lambda port: ArchiveFTPServer(
            (HOST, port), home.resolve(), settings_file, log, fault_counter
        ),
        ftp_port,
    )
    http = _listening(
        lambda port: ArchiveHTTPServer((HOST, port), root, settings_file, log, fault_counter),
        http_port,
    )
    Thread(target=http.serve_forever, daemon=True).start()
    print(json.dumps(addresses(ftp.address[1], http.server_address[1])), flush=True)
    ftp.serve_forever(handle_exit=False)


def _listening(server_at: Callable[[int], _Server], port: int) -> _Server:
    """Return the server at its port; 0 chooses a port that stays free while the server is down."""
    if port:
        return server_at(port)
    for candidate in random.sample(_PORTS, _TRIES):
        with contextlib.suppress(OSError):
            return server_at(candidate)
    return server_at(0)


def main(arguments: Optional[List[str]] = None) -> int:
    """Run the server as a command."""
    parser = argparse.ArgumentParser(prog="python -m empiardownloader.demo.server.process")
    parser.add_argument("--root", type=Path, required=True, help="folder of the archive")
    parser.add_argument("--ftp-port", type=int, default=0, help="0: any free port")
    parser.add_argument("--http-port", type=int, default=0, help="0: any free port")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    # At once, by the system: a handler of Python's runs when the main thread is next at work, and
    # between its last look and its wait for a client a signal would be missed.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    Thread(target=_end_with_standard_input, daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        serve(options.root, options.ftp_port, options.http_port)
    return 0


def _end_with_standard_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
