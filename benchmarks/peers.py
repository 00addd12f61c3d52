"""The command lines that are compared: the package's own and those of its peers."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, List, Optional, Sequence, Tuple
from urllib.parse import urlsplit

from .servers import program

OURS = "empiardownloader"
_LFTP = (
    "set ftp:ssl-allow no; set net:max-retries 10; set net:reconnect-interval-base 1; "
    "set net:timeout 15; set xfer:use-temp-file yes; "
)
_ARIA2 = (
    "aria2c", "-q", "--ftp-pasv=true", "--ftp-reuse-connection=true", "--continue=true",
    "--max-tries=10", "--retry-wait=1", "--timeout=15", "--file-allocation=none", "--no-conf=true",
)  # fmt: skip
_FILES_PER_WGET = 50  # a new process, and a new login, for each such batch


@dataclass(frozen=True)
class Job:
    """Files to download: (path, size in bytes) below ``url``, into the empty ``folder``.

    ``scratch`` is for a peer's own lists. ``certificate`` is the one to trust, over HTTPS.
    """

    url: str
    files: Sequence[Tuple[str, int]]
    folder: Path
    scratch: Path
    connections: int
    certificate: Optional[Path] = None

    def write(self, name: str, lines: Sequence[str]) -> str:
        """Write a list into the scratch folder and return its path."""
        path = self.scratch / name
        path.write_text("".join(f"{line}\n" for line in lines))
        return str(path)

    def addresses(self) -> List[str]:
        """Return the files' addresses."""
        return [f"{self.url}/{path}" for path, _ in self.files]

    def names(self) -> List[str]:
        """Return the files' local names."""
        return [path.rpartition("/")[2] for path, _ in self.files]

    def listed(self) -> str:
        """Write a file with a path and a size per line and return its path."""
        return self.write("files.txt", [f"{path} {size}" for path, size in self.files])


#: Makes a peer's command line; what it needs beforehand is written outside the clock.
Command = Callable[[Job], List[str]]


def ours(python: str = sys.executable) -> Command:
    """Return the command of the package's downloader, for an interpreter."""

    def command(job: Job) -> List[str]:
        return [python, "-m", "benchmarks.our_tool", "fetch", job.url, job.listed(),
                str(job.folder), str(job.connections)]  # fmt: skip

    return command


def lftp_mirror(job: Job) -> List[str]:
    """Return an expert's command; lftp lists the folder itself."""
    top = job.files[0][0].rpartition("/")[0]
    script = (
        f"{_LFTP}open {job.url}; mirror --continue --no-perms --parallel={job.connections} "
        f"/{top} {job.folder}"
    )
    return ["lftp", "--norc", "-c", script]


def lftp_tuned(job: Job) -> List[str]:
    """Commands sent without waiting, and no command per file for its date: for a long line."""
    *words, script = lftp_mirror(job)
    return [*words, f"set ftp:sync-mode off; set ftp:use-mdtm no; {script}"]


def lftp_pget(job: Job) -> List[str]:
    """One file in as many pieces as there are connections."""
    trust = f"set ssl:ca-file {job.certificate}; " if job.certificate else ""
    script = (
        f"{_LFTP}{trust}pget -n {job.connections} {job.addresses()[0]} "
        f"-o {job.folder / job.names()[0]}"
    )
    return ["lftp", "--norc", "-c", script]


def aria2(job: Job) -> List[str]:
    """Many files, one connection each."""
    lines = [f"{address}\n  out={name}" for address, name in zip(job.addresses(), job.names())]
    return [*_ARIA2, "-i", job.write("aria2.txt", lines), f"-j{job.connections}", "-x1", "-s1",
            "-d", str(job.folder)]  # fmt: skip


def aria2_small(job: Job) -> List[str]:
    """Return a command that logs in for each file: else aria2 may wait for its time-out.

    Seen with files so small that both of the server's replies arrive in one packet.
    """
    return [*aria2(job), "--ftp-reuse-connection=false"]


def aria2_split(job: Job) -> List[str]:
    """One file in as many pieces as there are connections."""
    trust = [f"--ca-certificate={job.certificate}"] if job.certificate else []
    return [*_ARIA2, *trust, f"-x{job.connections}", f"-s{job.connections}", "-k1M",
            "-d", str(job.folder), *job.addresses()]  # fmt: skip


def curl(job: Job) -> List[str]:
    """In parallel where there are several connections."""
    lines = [
        f'url = "{address}"\noutput = "{job.folder / name}"'
        for address, name in zip(job.addresses(), job.names())
    ]
    trust = ["--cacert", str(job.certificate)] if job.certificate else []
    return ["curl", "-q", "-sS", "-Z", "--parallel-max", str(job.connections), "--retry", "10",
            "--retry-delay", "1", *trust, "-K", job.write("curl.txt", lines)]  # fmt: skip


def wget(job: Job) -> List[str]:
    """One process per connection, each with its share of the files."""
    share = min(_FILES_PER_WGET, math.ceil(len(job.files) / job.connections))
    return ["xargs", "-a", job.write("wget.txt", job.addresses()), "-P", str(job.connections),
            "-n", str(share), "wget", "-q", "--no-config", "-P", str(job.folder)]  # fmt: skip


def plain_ftplib(job: Job) -> List[str]:
    """Python's own client, without any care."""
    parts = urlsplit(job.url)
    return [sys.executable, "-m", "benchmarks.plain_ftplib", str(parts.hostname), str(parts.port),
            job.listed(), str(job.folder), str(job.connections)]  # fmt: skip


#: By name, in the order of table and chart.
MANY_FILES: Dict[str, Command] = {
    OURS: ours(),
    "lftp": lftp_mirror,
    "aria2": aria2,
    "curl": curl,
    "wget": wget,
    "ftplib": plain_ftplib,
}
#: At a limited rate: with wget and ftplib the full run would not fit into half an hour.
MOVIES = {tool: MANY_FILES[tool] for tool in (OURS, "lftp", "aria2", "curl")}
#: curl begins a file again at each retry: none that takes longer than the time between two faults
#: would ever come.
FAULTS = {tool: MANY_FILES[tool] for tool in (OURS, "lftp", "aria2")}
PROGRAMS = {"lftp": "lftp", "aria2": "aria2c", "curl": "curl", "wget": "wget"}
SERVERS = ("vsftpd", "nginx", "openssl")


def is_here(peer: str) -> bool:
    """Return True if a peer's program is installed, or none is needed."""
    first_word = peer.split()[0].rstrip(",")
    return first_word not in PROGRAMS or program(PROGRAMS[first_word]) is not None


def missing() -> List[str]:
    """Return the programs that are not installed."""
    return [name for name in (*SERVERS, *PROGRAMS.values()) if program(name) is None]
