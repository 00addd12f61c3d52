"""Machine, kernel, date and versions of a measurement."""

from __future__ import annotations

import datetime
import os
import platform
import re
import subprocess
from pathlib import Path
from typing import List, Sequence

from empiardownloader.version import __version__

from .peers import OURS, PROGRAMS
from .servers import program

_VERSION = re.compile(r"\d+(?:\.\d+)+")


def describe_machine(tools: Sequence[str]) -> List[str]:
    """Lines of text: the machine, our versions, the peers', the servers'."""
    today = datetime.date.today().isoformat()
    cores = len(os.sched_getaffinity(0))
    versions = [f"{name} {version_of(command)}" for name, command in PROGRAMS.items()]
    servers = [f"{name} {version_of(name)}" for name in ("vsftpd", "nginx")]
    return [
        f"{today}, {_processor()}, {cores} cores, Linux {platform.release()}, {_system()}",
        f"{OURS} {__version__}, Python {platform.python_version()}"
        + "".join(f", also {tool.partition('(')[2][:-1]}" for tool in tools if "(" in tool),
        f"peers: {', '.join(versions)}",
        f"servers: {', '.join(servers)}, on the loopback; data in memory",
    ]


def version_of(name: str) -> str:
    """Return the version that a program reports, or 'not installed'."""
    path = program(name)
    if path is None:
        return "not installed"
    # vsftpd tells it on its standard input.
    read, write = os.pipe()
    try:
        subprocess.run(
            [path, "-v" if name in ("vsftpd", "nginx") else "--version"],
            stdin=write, stdout=write, stderr=write, check=False, timeout=10,
        )  # fmt: skip
    finally:
        os.close(write)
    with os.fdopen(read, "rb") as said:
        found = _VERSION.search(said.read().decode(errors="replace"))
    return found[0] if found else "of unknown version"


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1].strip() if found else platform.machine()


def _system() -> str:
    try:
        text = Path("/etc/os-release").read_text()
    except OSError:
        return platform.system()
    found = re.search(r'PRETTY_NAME="(.*)"', text)
    return found[1] if found else platform.system()
