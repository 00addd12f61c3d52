"""The eight measurements; the tools take turns, so that a busy moment hits all of them alike."""

from __future__ import annotations

import filecmp
import logging
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple

from empiardownloader.tests.powercut.image_disks import (
    make_image,
    mounted,
    own_mounts,
    why_not,
    without_cache,
)

from . import peers
from .peers import FAULTS, MANY_FILES, MOVIES, OURS, Command, Job
from .process import TIMEOUT, Cost, RunFailed, run
from .results import Series, Sizes, describe
from .servers import make_certificate, nginx, vsftpd

logger = logging.getLogger(__name__)

RATE = 5_000_000  # bytes per second and connection
DELAY = 0.060  # seconds, round trip
KILLED_EVERY = 1.0  # seconds
ALLOWED, ASKED = 4, 8  # connections
DISKS = ("ext4", "xfs")
_PATIENCE = 60.0  # seconds for what takes ten without faults
_DISK_ROOM = 3  # times what a tool brings: a journal, and what the last tool left to be discarded


class Bench:
    """Runs the measurements below a folder of its own.

    ``other_python`` is a second interpreter, ``images`` a folder for the images of disks.
    """

    def __init__(
        self, folder: Path, sizes: Sizes, other_python: Mapping[str, str], images: Path
    ) -> None:
        self._folder = folder
        self._images = images
        self._served = folder / "served"
        self._sizes = sizes
        self._other_python = other_python

    def start_up(self) -> List[Series]:
        """Measure Python's start and the imports, before any download."""
        interpreters = {OURS: peers.sys.executable, **self._other_python}
        commands = {
            tool: _fixed([python, "-m", "benchmarks.our_tool", "nothing"])
            for tool, python in interpreters.items()
        }
        job = self._job("", [], 1)
        return self._take_turns("start", "start", job, commands)

    def movies(self) -> Iterator[Series]:
        """1: many movies over limited connections."""
        sizes = self._sizes
        for connections in sizes.connections:
            count = connections * sizes.movies_per_connection
            tree, files = self._tree([("movies", count, sizes.movie)])
            with vsftpd(tree, RATE) as url:
                job = self._job(url, files, connections)
                yield from self._take_turns("movies", f"{connections}", job, _here(MOVIES))

    def big_file(self) -> List[Series]:
        """2: one file over HTTPS, each connection limited."""
        tree, files = self._tree([("movies", 1, self._sizes.big_file)])
        certificate = make_certificate(self._folder)
        commands: Dict[str, Command] = {
            OURS: peers.ours(),
            "lftp pget -n 4": peers.lftp_pget,
            "aria2 -x 4": peers.aria2_split,
        }
        with nginx(tree, RATE, certificate) as url:
            job = self._job(url, files, 4, certificate)
            return self._take_turns("big file", "HTTPS", job, _here(commands))

    def unlimited(self) -> List[Series]:
        """3: as fast as it goes over four connections."""
        count, size = self._sizes.unlimited_files, self._sizes.unlimited_file
        tree, files = self._tree([("movies", count, size)])
        commands = {**MANY_FILES}
        commands.update({tool: peers.ours(path) for tool, path in self._other_python.items()})
        with vsftpd(tree) as url:
            job = self._job(url, files, 4)
            return self._take_turns("no limit", "FTP", job, _here(commands))

    def disks(self) -> Iterator[Series]:
        """8: the same onto disks, until they have it."""
        reason = why_not(*DISKS)
        if reason:
            logger.warning("Disks are left out: %s", reason)
            return
        own_mounts()
        count, size = self._sizes.unlimited_files, self._sizes.unlimited_file
        tree, files = self._tree([("movies", count, size)])
        commands = {tool: _until_on_disk(command) for tool, command in MANY_FILES.items()}
        for kind in DISKS:
            room = max(_DISK_ROOM * count * size, 1 << 30)
            image = make_image(self._images / f"{kind}.img", kind, room)
            with mounted(image, self._images / kind) as disk, vsftpd(tree) as url:
                without_cache(disk)
                job = replace(self._job(url, files, 4), folder=disk / "here")
                yield from self._take_turns("disk", kind, job, _here(commands))
            image.unlink()

    def delayed(self) -> List[Series]:
        """4: small files over a long line, twelve connections."""
        tree, files = self._tree([("small", self._sizes.small_files, 20_000)])
        commands: Dict[str, Command] = {
            OURS: peers.ours(),
            "lftp, pipelined": peers.lftp_tuned,
            "aria2, no reuse": peers.aria2_small,
            "curl": peers.curl,
        }
        with vsftpd(tree, delay=DELAY) as url:
            job = self._job(url, files, 12)
            return self._take_turns("delay", "FTP", job, _here(commands))

    def listing(self) -> Iterator[Series]:
        """5: a folder with many files, and many folders."""
        sizes = self._sizes
        cases = {
            f"{sizes.one_folder} files in a folder": [("movies", sizes.one_folder, 0)],
            f"{sizes.folders} folders of 20": [(f"f{n:04}", 20, 0) for n in range(sizes.folders)],
        }
        for case, folders in cases.items():
            tree, _ = self._tree(folders)
            with vsftpd(tree) as url:
                lftp = ["lftp", "--norc", "-c", f"set ftp:ssl-allow no; open {url}; find -l /"]
                commands = {
                    OURS: _fixed([peers.sys.executable, "-m", "benchmarks.our_tool", "list", url]),
                    "lftp": _fixed(lftp),
                }
                job = self._job(url, [], 1)
                yield from self._take_turns("listing", case, job, _here(commands))

    def memory(self) -> Iterator[Series]:
        """6: the peak memory with few and with many files."""
        commands = {tool: MANY_FILES[tool] for tool in (OURS, "lftp", "curl")}
        for count in (10, self._sizes.many_files):
            tree, files = self._tree([("small", count, 1_000)])
            with vsftpd(tree) as url:
                job = self._job(url, files, 4)
                yield from self._take_turns("memory", f"{count}", job, _here(commands), True)

    def faults(self) -> Iterator[Series]:
        """7: complete files from a server with faults."""
        sizes = self._sizes
        tree, files = self._tree([("movies", sizes.fault_files, sizes.fault_file)])
        troubles = {
            "sessions killed every second": (4, {"killed_every": KILLED_EVERY}),
            f"{ALLOWED} connections allowed, {ASKED} asked for": (ASKED, {"most": ALLOWED}),
        }
        for case, (connections, trouble) in troubles.items():
            with vsftpd(tree, RATE, **trouble) as url:
                job = self._job(url, files, connections)
                yield from self._take_turns("faults", case, job, _here(FAULTS), may_fail=True)

    def _take_turns(
        self, measurement: str, case: str, job: Job, commands: Mapping[str, Command],
        watch_memory: bool = False, may_fail: bool = False,
    ) -> List[Series]:  # fmt: skip
        data = sum(size for _, size in job.files)
        all_series = [
            Series(measurement, case, tool, len(job.files), data, job.connections)
            for tool in commands
        ]
        sizes = self._sizes
        for turn in range(sizes.fault_repeats if may_fail else sizes.repeats):
            # Another tool begins each turn: what the last one left warm serves each of them once.
            first = turn % len(all_series)
            for series in all_series[first:] + all_series[:first]:
                cost = self._once(commands[series.tool], job, watch_memory, may_fail)
                series.costs.append(cost)
        for series in all_series:
            logger.info("%s", describe(series))
        return all_series

    def _once(self, command: Command, job: Job, watch_memory: bool, may_fail: bool) -> Cost:
        for folder in (job.folder, job.scratch):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
        trust = {"REQUESTS_CA_BUNDLE": str(job.certificate)} if job.certificate else {}
        words = command(job)
        _touch_memory(job.folder / "warm", sum(size for _, size in job.files))
        # What others have left to be written is not this tool's.
        subprocess.run(["sync", "-f", str(job.folder)], check=True)
        output = self._folder / "output"
        cost = run(words, output=output, environment=trust, watch_memory=watch_memory,
                   may_fail=may_fail, timeout=_PATIENCE if may_fail else TIMEOUT)  # fmt: skip
        missing = self._missing(job)
        if may_fail:
            cost = replace(cost, whole=len(job.files) - len(missing))
        elif missing:
            # A tool that brought something else has not won.
            raise RunFailed(f"{words[0]}: {missing[0]} did not come whole")
        shutil.rmtree(job.folder)
        shutil.rmtree(job.folder.with_name(f"{job.folder.name}.parts"), ignore_errors=True)
        return cost

    def _missing(self, job: Job) -> List[str]:
        """Return the files that are not complete."""
        missing = []
        for (path, _), name in zip(job.files, job.names()):
            here = job.folder / name
            if not here.is_file() or not filecmp.cmp(self._served / path, here, shallow=False):
                missing.append(name)
        return missing

    def _job(
        self,
        url: str,
        files: Sequence[Tuple[str, int]],
        connections: int,
        certificate: Optional[Path] = None,
    ) -> Job:
        here, scratch = self._folder / "here", self._folder / "scratch"
        return Job(url, files, here, scratch, connections, certificate)

    def _tree(
        self, folders: Sequence[Tuple[str, int, int]]
    ) -> Tuple[Path, List[Tuple[str, int]]]:
        """Make (name, files, bytes per file) below a new root; all files are links to one."""
        root = self._served
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        files = []
        for name, count, size in folders:
            (root / name).mkdir()
            movie = root / name / "movie_00000.mrc"
            with open(movie, "wb") as file:
                for _ in range(size >> 20):
                    file.write(os.urandom(1 << 20))
                file.write(os.urandom(size % (1 << 20)))
            for number in range(1, count):
                os.link(movie, root / name / f"movie_{number:05}.mrc")
            files += [(f"{name}/movie_{number:05}.mrc", size) for number in range(count)]
        return root, files


def _touch_memory(scratch: Path, count: int) -> None:
    """Write ``count`` bytes to a file and remove it, so that as much memory is free for a tool.

    The host of a virtual machine takes free memory back. The next process that uses this memory
    waits for it, up to a second for 2 GB, and that time would be counted to one tool.
    """
    block = memoryview(bytearray(b"x" * (1 << 20)))
    with open(scratch, "wb") as file:
        for _ in range(count >> 20):
            file.write(block)
    scratch.unlink()


def _here(commands: Mapping[str, Command]) -> Dict[str, Command]:
    return {tool: command for tool, command in commands.items() if peers.is_here(tool)}


def _until_on_disk(command: Command) -> Command:
    """Return the command followed by ``sync``, which ends when all is on the disk."""
    return lambda job: ["sh", "-c", 'folder=$1; shift; "$@" && sync -f "$folder"', "sh",
                        str(job.folder), *command(job)]  # fmt: skip


def _fixed(words: List[str]) -> Callable[[Job], List[str]]:
    return lambda job: words
