"""Starts and controls a miniature archive in a process of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List, Optional, Union
from urllib.parse import urlsplit

from empiardownloader.demo.server.request_log import REQUESTS_FILE, read_requests
from empiardownloader.demo.server.settings import (
    FAULTS,
    SETTINGS_FILE,
    ServerSettings,
    SettingsFile,
    matches,
)

WORLD_AVAILABILITY = "ftp/empiar/world_availability"
SERVER_LOG = "server.log"
_START_SECONDS = 30.0
_STOP_SECONDS = 5.0
_VARIABLES = {
    "EMPIAR_API_URL": "api",
    "EMPIAR_FTP_URL": "ftp",
    "EMPIAR_HTTPS_URL": "https",
    "EMDB_API_URL": "emdb",
}


class MiniatureArchive:
    """Serves the tree below `root` (see `entries.ArchiveFolder`) while its `with` block lasts.

    >>> with MiniatureArchive(root, rate=1e6) as archive:      # doctest: +SKIP
    ...     os.environ.update(archive.environment)
    ...     archive.set(cut_after=100000, cut_times=1)
    ...     archive.count("RETR")

    `settings` are the fields of `server.settings.ServerSettings`. Several archives can be served at
    once, each from its own root.
    """

    def __init__(self, root: Union[str, Path], **settings: Any) -> None:
        self.root = Path(root)
        self.settings = ServerSettings().with_changes(settings)
        self._settings_file = SettingsFile(self.root / SETTINGS_FILE)
        self._process: Optional[subprocess.Popen[bytes]] = None
        self._addresses: Dict[str, Any] = {}

    def __enter__(self) -> MiniatureArchive:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def environment(self) -> Dict[str, str]:
        """The environment variables that lead the downloader to this archive."""
        return {name: self._addresses[key] for name, key in _VARIABLES.items()}

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return int(self._addresses["pid"])

    def start(self) -> None:
        """Start the server with an empty request log; raises RuntimeError if it fails."""
        self._settings_file.write(self.settings)
        self.forget_requests()
        self._launch(0, 0)

    def set(self, **settings: Any) -> None:
        """Change how the server behaves from its next command or request on.

        Settings that are not named stay; naming one of a fault (`cut_...`, `stall_...`, `api_...`)
        starts its count anew. Raises TypeError for a setting that does not exist.
        """
        self.settings = self.settings.with_changes(settings)
        self._settings_file.write(self.settings)

    def reset(self) -> None:
        """Set every setting back to its default."""
        armed = {kind: self.settings.armed.get(kind, 0) + 1 for kind in FAULTS}
        self.settings = ServerSettings(armed=armed)
        self._settings_file.write(self.settings)

    def requests(self) -> List[Dict[str, Any]]:
        """Return the requests so far, each with t, protocol, session, command, path and rest."""
        return read_requests(self.root / REQUESTS_FILE)

    def count(self, command: str, path_glob: str = "*") -> int:
        """Return how often `command` (RETR, LIST, GET, CONNECT...) was requested for such paths."""
        return sum(
            request["command"] == command and matches(request["path"], [path_glob])
            for request in self.requests()
        )

    def forget_requests(self) -> None:
        """Empty the request log."""
        with open(self.root / REQUESTS_FILE, "wb"):
            pass

    def source(self, number: Union[int, str], path: str = "") -> Path:
        """Return the local path of an entry's file; `path` is below the entry."""
        return self.root / WORLD_AVAILABILITY / str(number) / path

    def kill(self) -> None:
        """Kill the server at once, as a power cut does."""
        if self._process is not None:
            self._process.kill()
        self._release()

    def restart(self) -> None:
        """Restart the server on the same ports; the request log is kept."""
        self.close()
        ftp, http = (urlsplit(self._addresses[key]).port or 0 for key in ("ftp", "api"))
        self._launch(ftp, http)

    def close(self) -> None:
        """Stop the server, if it runs."""
        process = self._process
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        self._release()

    def _release(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def _launch(self, ftp_port: int, http_port: int) -> None:
        command = [sys.executable, "-m", "empiardownloader.demo.server.process"]
        command += ["--root", str(self.root)]
        command += ["--ftp-port", str(ftp_port), "--http-port", str(http_port)]
        with open(self.root / SERVER_LOG, "wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=_environment_of_child(),
                start_new_session=True,
            )
        self._addresses = self._read_addresses(self._process)

    def _read_addresses(self, process: subprocess.Popen[bytes]) -> Dict[str, Any]:
        assert process.stdout is not None
        deadline = time.monotonic() + _START_SECONDS
        line = b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, left))
            piece = os.read(process.stdout.fileno(), 4096) if ready else b""
            if not piece:
                self.kill()
                raise RuntimeError(self._complaint(timed_out=not ready))
            line += piece
        return dict(json.loads(line))

    def _complaint(self, timed_out: bool) -> str:
        said = (self.root / SERVER_LOG).read_text(encoding="utf-8", errors="replace").strip()
        what = f"did not answer in {_START_SECONDS:.0f} s" if timed_out else "ended at its start"
        return f"The miniature archive in {self.root} {what}; it said: {said or 'nothing'}"


def _environment_of_child() -> Dict[str, str]:
    """Return an environment in which the child imports this package from any working folder."""
    home = str(Path(__file__).resolve().parents[2])
    others = os.environ.get("PYTHONPATH", "")
    return {**os.environ, "PYTHONPATH": home + (os.pathsep + others if others else "")}
