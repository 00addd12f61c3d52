"""``download``: movies into a folder, without Scipion."""

import argparse
import sys
import time
from dataclasses import replace
from typing import Any, Dict, Set

from ..api import DownloadReport, MovieList
from ..lookup.entry_tilt_series import TiltSeriesList
from ..transfer import FileRequest, Progress, ProgressSnapshot
from ..transfer_log import grouped_lines, named, without_name
from .options import add_choice, add_download, add_json, command
from .output import DONE, INCOMPLETE, answering_ctrl_c, print_error, print_json
from .progress_bar import ProgressBar, received_text
from .selection import as_json, chosen_movies, size_text
from .tilt_series import add_tilt_series, chosen_series, series_to_download, write_mdocs

_EXAMPLES = """  empiardownloader download 10200 -n 5 --to movies
  empiardownloader download 10511 --all --to movies --connections 8
  empiardownloader download 10934 -n 20 --to movies --transport https --json
  empiardownloader download 10164 --tilt-series "TS_01,TS_4*" --to series

The same command resumes: what is here is not fetched again.
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = command(commands, "download", _download, "fetch movies into a folder", _EXAMPLES)
    add_choice(parser, all_by_default=False)
    parser.add_argument("--to", required=True, metavar="DIR", help="the folder")
    text = "tilt series by name or glob, else the first N; frames, gains and mdocs"
    add_tilt_series(parser, text)
    add_download(parser, no_gain="movies only")
    add_json(parser, "for programs: what came and what did not")


def _download(options: argparse.Namespace) -> int:
    series = None if options.tilt_series is None else chosen_series(options)
    chosen = chosen_movies(options) if series is None else _frames(options, series)
    progress, count = Progress(), _Count(chosen)
    began = time.monotonic()
    with ProgressBar(lambda: count.of_movies(progress.snapshot())) as bar, answering_ctrl_c():
        listed = _Lines(bar, quiet=options.json)

        def completed(file: FileRequest) -> None:
            count.completed(file)
            listed.print_line(f"{file.name}  {size_text(file)}")

        report = chosen.download(
            options.to,
            connections=options.connections,
            patience=options.patience,
            bandwidth=options.limit,
            progress=progress,
            on_complete=completed,
            on_present=count.present,
        )
    mdocs = write_mdocs(series, report) if series else []
    if options.json:
        document = _document(chosen, report)
        print_json({**document, "mdocs": list(map(str, mdocs))} if series else document)
    else:
        for note in chosen.selection.notes:
            print(note)
        print(count.result(report.received, time.monotonic() - began))
    return _end(report)


class _Count:
    """Counts the movies that are complete; the gain reference is none."""

    def __init__(self, chosen: MovieList) -> None:
        self._movies = {file.path for file in chosen.movies}
        self._complete: Set[str] = set()
        self._present: Set[str] = set()

    def completed(self, file: FileRequest) -> None:
        """Count a file that was downloaded."""
        self._complete |= {file.path} & self._movies

    def present(self, file: FileRequest) -> None:
        """Count a file that was there already."""
        self._present |= {file.path} & self._movies

    def of_movies(self, state: ProgressSnapshot) -> ProgressSnapshot:
        """Return the state with movies instead of files."""
        done = len(self._complete) + len(self._present)
        return replace(state, files_done=done, files_total=len(self._movies))

    def result(self, received: int, seconds: float) -> str:
        """Return one line on what this call did."""
        there = f"; {len(self._present)} were here already" if self._present else ""
        done = f"Downloaded {len(self._complete)} of {len(self._movies)} movies{there}"
        return f"{done}; received {received_text(received, seconds)}" if received else done


class _Lines:
    """Lines on standard output above the bar, as long as anybody reads them."""

    def __init__(self, bar: ProgressBar, quiet: bool) -> None:
        self._bar = bar
        self._quiet = quiet

    def print_line(self, line: str) -> None:
        """Print a line."""
        if not self._quiet:
            try:
                self._bar.write(line, sys.stdout)
            except BrokenPipeError:
                self._quiet = True


def _frames(options: argparse.Namespace, series: TiltSeriesList) -> MovieList:
    """Return the files of tilt series; what is suspicious goes to stderr."""
    for one in series.series:
        for note in one.notes:
            print_error(f"{one.ts_id}: {note}", DONE)
    return series_to_download(series, with_gains=not options.no_gain)


def _end(report: DownloadReport) -> int:
    fatal = str(report.fatal_error or "")
    alone = {
        file.path: without_name(reason, file.path, file.name)
        for file, reason in report.missing.items()
        if reason != fatal
    }
    for line in grouped_lines(alone):
        print_error(line, INCOMPLETE)
    if fatal:
        rest = [file.path for file in report.missing if file.path not in alone]
        print_error(f"{fatal}. Not downloaded: {named(rest)}", INCOMPLETE)
    if report.missing or fatal:
        return print_error("Run the same command again to download what is missing.", INCOMPLETE)
    return DONE


def _document(chosen: MovieList, report: DownloadReport) -> Dict[str, Any]:
    missing = report.missing.items()
    return {
        "entry": chosen.entry.accession,
        "imageSet": chosen.image_set.number,
        "folder": str(report.folder.resolve()),
        "files": [as_json(file) for file in report.completed],
        "missing": [{**as_json(file), "reason": reason} for file, reason in missing],
        "gain": report.gain.name if report.gain else None,
        "fetchedBytes": report.received,
    }
