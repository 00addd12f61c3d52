"""Runs one command to its end and returns its cost."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Mapping, Optional, Sequence

ROOT = Path(__file__).resolve().parents[1]
TIMEOUT = 180.0  # seconds; no measurement without faults takes a third of it
_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")
_LOOK = 0.001  # seconds between two looks at the memory


# An installed package is compiled, and not anew at each start.
_ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
    "PYTHONPATH": str(ROOT),
    "LC_ALL": "C.UTF-8",
}


class RunFailed(Exception):
    """A command that did not do its work; the sentence says which and how."""


@dataclass(frozen=True)
class Cost:
    """Wall and processor seconds (children included), peak memory in bytes if watched.

    ``machine_cpu`` is what all of the machine's processors worked meanwhile, in seconds: the tool,
    the servers and the kernel's own threads. ``whole`` counts the complete files, if some may be
    missing.
    """

    wall: float
    cpu: float
    peak: Optional[int] = None
    whole: Optional[int] = None
    machine_cpu: Optional[float] = None


def run(
    command: Sequence[str],
    *,
    output: Path,
    environment: Optional[Mapping[str, str]] = None,
    watch_memory: bool = False,
    may_fail: bool = False,
    timeout: float = TIMEOUT,
) -> Cost:
    """Run it with its output in a file; RunFailed when it ends with an error or not at all."""
    machine = _machine_cpu()
    with open(output, "wb") as file:
        begun = time.perf_counter()
        child = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**_ENVIRONMENT, **(environment or {})},
            start_new_session=True,
        )
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(child.pid, signal.SIGKILL))
    signal.setitimer(signal.ITIMER_REAL, timeout)
    try:
        peak = _watch(child.pid) if watch_memory else None
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    wall = time.perf_counter() - begun
    child.returncode = status  # it has been waited for
    if status and not may_fail:
        said = output.read_text(errors="replace").strip()[-500:]
        raise RunFailed(f"{command[0]} ended with status {status}: {said}")
    return Cost(
        wall, usage.ru_utime + usage.ru_stime, peak, machine_cpu=_machine_cpu() - machine
    )


def _machine_cpu() -> float:
    """Return what all processors have worked since the start, in seconds; proc_stat(5)."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _idle, _waiting, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _watch(pid: int) -> int:
    """Return the peak memory of a process in bytes, read shortly before its end.

    ``ru_maxrss`` would do, but a child starts with its parent's, which is above curl's.
    """
    peak = 0
    while True:
        found = _PEAK.search(Path(f"/proc/{pid}/status").read_text())
        if found is None:  # ended: a zombie has no memory
            return peak
        peak = int(found[1]) * 1024
        time.sleep(_LOOK)
