"""Outages of an FTP server, for empiardownloader and its peers side by side: who ends whole.

    python -m benchmarks.outage [--seconds 170 1200] [--after 900] [--to FILE]

In each case all tools download the same files at the same time from one vsftpd, each over four
connections at a limited rate. Some seconds later the server dies (connections are refused) or goes
silent (they are accepted, and nothing is answered), and comes back. Nothing is shortened: with the
default outages it takes half an hour, and hardly any processor time.
"""

from __future__ import annotations

import argparse
import contextlib
import filecmp
import logging
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Dict, List, Sequence, Tuple

from . import peers
from .peers import OURS, Command, Job
from .process import ROOT
from .servers import HOST, descendants, free_range, program, vsftpd_process

logger = logging.getLogger(__name__)

FILES, SIZE = 24, 1_000_000  # bytes each
RATE = 200_000  # bytes per second and connection
CONNECTIONS = 4
BEGINS = 12.0  # seconds after the start: some files are whole by then, and four under way
REFUSED, SILENT = "refused", "silent"
_SHOWN = 300  # characters of what a tool prints


def _lftp(settings: str) -> Command:
    def command(job: Job) -> List[str]:
        script = (
            f"set ftp:ssl-allow no; {settings}open {job.url}; "
            f"mirror --continue --no-perms --parallel={job.connections} /movies {job.folder}"
        )
        return ["lftp", "--norc", "-c", script]

    return command


def _aria2(*options: str) -> Command:
    def command(job: Job) -> List[str]:
        return ["aria2c", "-q", "--no-conf=true", "--continue=true", *options,
                "-i", job.write("aria2.txt", job.addresses()), f"-j{job.connections}",
                "-d", str(job.folder)]  # fmt: skip

    return command


def _rclone(*options: str) -> Command:
    def command(job: Job) -> List[str]:
        port = job.url.rpartition(":")[2]
        password = subprocess.run(["rclone", "obscure", "anonymous"], check=True, text=True,
                                  capture_output=True).stdout.strip()  # fmt: skip
        return ["rclone", "copy", "--config", "", "--ftp-host", HOST, "--ftp-port", port,
                "--ftp-user", "anonymous", "--ftp-pass", password,
                "--transfers", str(job.connections), *options,
                ":ftp:movies", str(job.folder)]  # fmt: skip

    return command


#: As they are, and with the options by which each is told to outlast an outage.
TOOLS: Dict[str, Command] = {
    OURS: peers.ours(),
    "lftp": _lftp(""),
    "lftp, max-retries 0": _lftp("set net:max-retries 0; set net:timeout 15; "),
    "rclone": _rclone(),
    "rclone, 1000 retries": _rclone("--retries", "1000", "--retries-sleep", "30s"),
    "aria2": _aria2(),
    "aria2, max-tries 0": _aria2("--max-tries=0", "--retry-wait=30", "--timeout=15"),
}
_PROGRAMS = {"lftp": "lftp", "rclone": "rclone", "aria2": "aria2c"}


@dataclass
class Result:
    """How a tool ended: whole files, exit status, seconds since the outage began and ended."""

    whole: int
    status: str
    since_begin: float
    since_end: float


@dataclass
class Case:
    """An outage of some seconds, and what became of each tool."""

    kind: str
    seconds: float
    results: Dict[str, Result] = field(default_factory=dict)


def run_case(case: Case, tools: Dict[str, Command], folder: Path, after: float) -> None:
    """Run all tools through an outage; wait for them until ``after`` seconds after its end."""
    tree = folder / "tree"
    files = _make_files(tree)
    port = free_range()
    with contextlib.ExitStack() as server:
        pid = server.enter_context(vsftpd_process(tree, port, RATE))
        started = {
            tool: _Started(tool, command, f"ftp://{HOST}:{port}", files, folder)
            for tool, command in tools.items()
        }
        time.sleep(BEGINS)
        began = time.monotonic()
        if case.kind == REFUSED:
            _signal(pid, signal.SIGKILL)  # its sessions, too, which are in groups of their own
            server.close()
            time.sleep(case.seconds)
            pid = server.enter_context(vsftpd_process(tree, port, RATE))
        else:
            _signal(pid, signal.SIGSTOP)
            time.sleep(case.seconds)
            _signal(pid, signal.SIGCONT)
        ended = time.monotonic()
        for tool, one in started.items():
            one.wait(ended + after)
            case.results[tool] = one.result(tree, began, ended)
        _signal(pid, signal.SIGKILL)


class _Started:
    """A tool at work."""

    def __init__(
        self, tool: str, command: Command, url: str, files: Sequence[Tuple[str, int]], folder: Path
    ) -> None:
        scratch = folder / tool.replace(" ", "-").replace(",", "")
        self._to = scratch / "files"
        self._to.mkdir(parents=True)
        job = Job(url, files, self._to, scratch, CONNECTIONS)
        self._files = files
        self._ended = 0.0
        with open(scratch / "output", "wb") as output:
            self._process = subprocess.Popen(
                command(job), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env={**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )  # fmt: skip
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        self._process.wait()
        self._ended = time.monotonic()

    def wait(self, until: float) -> None:
        """Wait for its end, and kill it at a time."""
        self._watcher.join(max(0.0, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._watcher.join()

    def result(self, tree: Path, began: float, ended: float) -> Result:
        """Compare the downloaded files with the originals."""
        places = [(tree / path, self._to / Path(path).name) for path, _ in self._files]
        whole = sum(
            place.is_file() and filecmp.cmp(original, place, shallow=False)
            for original, place in places
        )
        code = self._process.returncode
        logger.info("%s: %d whole, status %s: %s", self._to.parent, whole, code, self._end())
        status = "killed" if code == -signal.SIGKILL else str(code)
        return Result(whole, status, self._ended - began, self._ended - ended)


    def _end(self) -> str:
        """Return the end of what the tool printed, in one line."""
        text = (self._to.parent / "output").read_text(errors="replace")
        return " ".join(text.split())[-_SHOWN:]


def _make_files(tree: Path) -> List[Tuple[str, int]]:
    (tree / "movies").mkdir(parents=True)
    files = [(f"movies/m_{number:02}.mrc", SIZE) for number in range(FILES)]
    for path, size in files:
        (tree / path).write_bytes(os.urandom(size))
    for folder in (tree.parent, tree, tree / "movies"):
        folder.chmod(0o755)  # the server's own user reads it
    return files


def _signal(server: int, number: int) -> None:
    """Send a signal to a server and to the processes of its sessions."""
    for process in (server, *descendants(server)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


def table(cases: Sequence[Case]) -> str:
    """Return the results as a table of reStructuredText."""
    titles = [f"{case.seconds:.0f} s, {case.kind}" for case in cases]
    rows = [["tool", *titles]]
    for tool in TOOLS:
        cells = [_cell(case.results[tool]) for case in cases if tool in case.results]
        if cells:
            rows.append([tool, *cells])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rule = "  ".join("=" * width for width in widths)
    text = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]
    return "\n".join([rule, text[0].rstrip(), rule, *(line.rstrip() for line in text[1:]), rule])


def _cell(result: Result) -> str:
    if result.whole == FILES and result.status == "0":
        return f"whole, {result.since_end:.0f} s after it"
    if result.status == "killed":
        return f"{result.whole} of {FILES}, still waiting"
    return f"{result.whole} of {FILES}, gave up after {result.since_begin:.0f} s"


def main() -> int:
    """Run all cases at once and print the table; return 1 if ours did not end whole."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, nargs="+", default=[170.0, 1200.0],
                        help="of the outages [170 1200]")  # fmt: skip
    parser.add_argument("--after", type=float, default=900.0,
                        help="seconds that a tool has after an outage [900]")  # fmt: skip
    parser.add_argument("--to", type=Path, help="a file for the table")
    asked = parser.parse_args()
    tools = {tool: command for tool, command in TOOLS.items() if _is_here(tool)}
    cases = [Case(kind, seconds) for seconds in asked.seconds for kind in (REFUSED, SILENT)]
    with tempfile.TemporaryDirectory(prefix="outage-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _at_once([
            lambda case=case, place=folder / f"case-{number}": run_case(
                case, tools, place, asked.after
            )
            for number, case in enumerate(cases)
        ])
    text = table(cases)
    print(text)
    if asked.to:
        asked.to.write_text(text + "\n", encoding="utf-8")
    ours = [case.results.get(OURS) for case in cases]
    return 0 if all(result and result.whole == FILES for result in ours) else 1


def _at_once(tasks: Sequence[Callable[[], None]]) -> None:
    threads = []
    for task in tasks:
        threads.append(threading.Thread(target=task))
        threads[-1].start()
        time.sleep(1)  # two servers must not take the same free ports
    for thread in threads:
        thread.join()


def _is_here(tool: str) -> bool:
    name = _PROGRAMS.get(tool.split(",")[0])
    return name is None or program(name) is not None


if __name__ == "__main__":
    sys.exit(main())
