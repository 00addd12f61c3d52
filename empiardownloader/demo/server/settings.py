"""Settings of the miniature archive, and the file through which tests change them while it runs."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import asdict, dataclass, field, fields, replace
from fnmatch import fnmatchcase
from pathlib import Path
from threading import Lock
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

logger = logging.getLogger(__name__)

SETTINGS_FILE = "settings.json"

#: The faults that are counted: each has a setting of how often.
FAULTS = ("cut", "stall", "api", "busy", "unavailable")


@dataclass(frozen=True)
class ServerSettings:
    """Each way in which the archive can be slow, strict or broken; by default none.

    Globs are matched against the requested path, `/empiar/world_availability/...`; their `*`
    crosses folders, and a plain ending such as `Movies/a[1].tif` matches literally. "Transfers" are
    those of files, over FTP (RETR) and HTTP (GET) alike, not listings.
    """

    #: False: as vsftpd, MLSD and MLST are answered with 500, FEAT does not name them, and LIST of a
    #: folder that is not there gives an empty listing.
    ftp_mlsd: bool = True
    #: Greeting of the FTP server, one or several lines.
    ftp_banner: str = "Welcome to the archive in miniature\n"
    #: Bytes per second of one connection, small files included; 0: no limit.
    rate: float = 0.0
    #: Which files it holds for.
    rate_paths: str = "*"
    #: FTP sessions at one time, in all and per address; above it 421 at connect. 0: no limit.
    max_connections: int = 0
    max_per_address: int = 0
    #: Bytes of one transfer after which its data and its control connection are closed (at the
    #: size of the file: all bytes come, only the last reply is lost). None: never.
    cut_after: Optional[int] = None
    #: How many transfers are cut; -1: all.
    cut_times: int = -1
    #: Bytes of one transfer after which nothing more is sent, though the connections stay.
    stall_after: Optional[int] = None
    stall_times: int = -1
    #: Which files the two faults above befall.
    fault_paths: str = "*"
    #: Globs of what is listed but answered with 550, or 404 over HTTP.
    missing: Tuple[str, ...] = ()
    #: True: PASS is answered with 530.
    refuse_login: bool = False
    #: True: REST is answered with 502, and HTTP ignores Range and answers 200 with the whole file.
    refuse_rest: bool = False
    #: True: 350 to REST and 206 to Range, and then the file from its first byte.
    wrong_offsets: bool = False
    #: FTP commands that are answered with 502, and HTTP methods with 405, as ("SIZE", "HEAD").
    refused_commands: Tuple[str, ...] = ()
    #: True: files come over HTTP whole and with Content-Encoding gzip, whatever was asked for.
    gzip_files: bool = False
    #: How many logins are answered with 530, too many connections; -1: all.
    busy_times: int = 0
    #: How many requests for files over HTTP are answered with 503; -1: all.
    unavailable_times: int = 0
    #: True: PASV answers an address of a private network, 10.34.22.86.
    private_pasv: bool = False
    #: Seconds before each FTP command and each HTTP request is answered.
    latency: float = 0.0
    #: Entries that the API answers with an HTML page and status 200.
    api_html: Tuple[str, ...] = ()
    #: Entries that the API answers with this HTTP status.
    api_status: Mapping[str, int] = field(default_factory=dict)
    #: How many answers of the API the two settings above spoil; -1: all.
    api_times: int = -1
    #: Bytes added to the size of every file in listings (SIZE and Content-Length stay true).
    list_size_off: int = 0
    #: Names that every FTP listing claims to hold besides what is there: a hostile server's.
    listed_too: Tuple[str, ...] = ()
    #: Counted up for each of `FAULTS` to start its count anew (`with_changes` does it).
    armed: Mapping[str, int] = field(default_factory=dict)

    def with_changes(self, changes: Mapping[str, Any]) -> ServerSettings:
        """Return a copy with `changes` applied.

        Changing a fault restarts its count. Raises TypeError for an unknown setting.
        """
        again = [k for k in FAULTS if any(name.startswith(f"{k}_") for name in changes)]
        armed = {**self.armed, **{kind: self.armed.get(kind, 0) + 1 for kind in again}}
        return replace(self, **{"armed": armed, **_normal(changes)})

    def rate_of(self, path: str) -> float:
        """Return the bytes per second at which one connection sends a file; 0: no limit."""
        return self.rate if matches(path, [self.rate_paths]) else 0.0

    def as_json(self) -> str:
        """Return the settings as the text of a settings file."""
        return json.dumps(asdict(self), indent=1)


def settings_from_json(text: str) -> ServerSettings:
    """Return the settings in the text of a settings file.

    Missing fields get their defaults, unknown names are ignored. Raises ValueError if the text is
    not a JSON object.
    """
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError("a settings file holds one JSON object")
    known = {item.name for item in fields(ServerSettings)}
    return replace(ServerSettings(), **_normal({k: v for k, v in content.items() if k in known}))


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return True if `path` fits one of the globs, or ends literally in one of them."""
    return any(
        fnmatchcase(path, pattern) or ("/" + path).endswith("/" + pattern.lstrip("/"))
        for pattern in patterns
    )


def _normal(values: Mapping[str, Any]) -> Dict[str, Any]:
    result = dict(values)
    if isinstance(result.get("missing"), str):
        result["missing"] = (result["missing"],)
    for name in ("missing", "api_html", "listed_too", "refused_commands"):
        if name in result:
            result[name] = tuple(str(value) for value in result[name])
    if "api_status" in result:
        result["api_status"] = {str(key): value for key, value in result["api_status"].items()}
    return result


class SettingsFile:
    """A settings file, read again whenever it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: Tuple[int, ...] = ()
        self._settings = ServerSettings()
        self._lock = Lock()

    def current(self) -> ServerSettings:
        """Return the current settings; a missing or half-written file changes nothing."""
        with self._lock:
            try:
                status = os.stat(self._path)
                seen = (status.st_mtime_ns, status.st_size, status.st_ino)
                if seen != self._seen:
                    self._settings = settings_from_json(self._path.read_text(encoding="utf-8"))
                    self._seen = seen
            except FileNotFoundError:
                pass
            except ValueError as error:
                logger.warning("%s: not read: %s", self._path, error)
            return self._settings

    def write(self, settings: ServerSettings) -> None:
        """Replace the file atomically."""
        part = self._path.with_name(self._path.name + ".new")
        part.write_text(settings.as_json(), encoding="utf-8")
        os.replace(part, self._path)
