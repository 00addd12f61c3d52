"""``python -m benchmarks.scale.probe PROGRAM ARGUMENTS...``: run a protocol and look at its cost.

Takes the place of plain Python in the command by which Scipion launches a protocol. Writes
``cost.json`` into the run's ``logs``.
"""

import functools
import json
import os
import re
import resource
import runpy
import sys
import time
from pathlib import Path

from pyworkflow import Config

_PEAK = re.compile(r"VmHWM:\s+(\d+) kB")


class Stopwatch:
    """Counts and times of method calls, and the times at which readers saw new items."""

    def __init__(self):
        self.calls, self.seconds, self.shown = 0, 0.0, {}

    def time(self, owner, name):
        """Count the calls of a method and their seconds."""
        method = getattr(owner, name)

        @functools.wraps(method)
        def timed(*arguments, **options):
            began = time.perf_counter()
            try:
                return method(*arguments, **options)
            finally:
                self.calls += 1
                self.seconds += time.perf_counter() - began

        setattr(owner, name, timed)

    def note_shown(self, owner, name, movies_of):
        """Note the moment at which a method has made movies visible in the set."""
        method = getattr(owner, name)

        @functools.wraps(method)
        def noted(*arguments, **options):
            result = method(*arguments, **options)
            now = time.time()
            for path in movies_of(*arguments):
                self.shown.setdefault(path, now)
            return result

        setattr(owner, name, noted)

    def delays(self):
        """Seconds from each file's last byte (its move into ``extra``) to its being visible."""
        return sorted(shown - os.stat(path).st_ctime for path, shown in self.shown.items())


def watched():
    """Return a stopwatch that times the runs of all protocols."""
    protocols = Config.getDomain().getProtocols()
    ours, tilts = protocols["EmpiarDownloader"], protocols.get("EmpiarTiltSeries")
    from empiardownloader.streaming.set_file import SetFile

    from .tutorial import OneStepPerMovie

    OneStepPerMovie._plugin, OneStepPerMovie._package = ours._plugin, ours._package
    protocols[OneStepPerMovie.__name__] = OneStepPerMovie
    stopwatch = Stopwatch()
    for scheme in filter(None, (ours, OneStepPerMovie, tilts)):
        stopwatch.time(scheme, "updateSteps")
    stopwatch.note_shown(
        SetFile, "publish", lambda published, new, *others: [
            one.getFileName() for one in new if hasattr(one, "getFileName")  # series have none
        ]
    )
    stopwatch.note_shown(
        OneStepPerMovie, "registerImageStep", lambda run, name: [run._getExtraPath(name)]
    )
    return stopwatch


def main(program, *arguments):
    """Run it, then write down its cost beside its log."""
    began = time.time()
    stopwatch = watched()
    sys.argv = [program, *arguments]
    try:
        runpy.run_path(program, run_name="__main__")
    finally:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        cost = {
            "wall": time.time() - began,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peak": int(_PEAK.search(Path("/proc/self/status").read_text())[1]) * 1024,
            "updates": stopwatch.calls,
            "update_seconds": stopwatch.seconds,
            "delays": stopwatch.delays(),
        }
        # The log's place is the last argument but one; the working directory is the project's now.
        Path(arguments[-2]).with_name("cost.json").write_text(json.dumps(cost))


if __name__ == "__main__":
    main(*sys.argv[1:])
