"""``download``: movies into a folder, without Scipion."""

import argparse
import shutil
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Set

from ..api import DownloadReport, MovieList, NoMovies
from ..disk.paths import nearest_existing
from ..lookup.entry_tilt_series import TiltSeriesList
from ..transfer import FileRequest, Progress, ProgressSnapshot
from ..transfer_log import grouped_lines, named, without_name
from ..units import format_size
from .options import add_choice, add_download, add_json, command
from .output import DONE, INCOMPLETE, print_above, print_error, print_json, print_line
from .progress_bar import ProgressBar, received_text
from .selection import as_json, chosen_movies, size_text
from .tilt_series import add_tilt_series, chosen_series, series_to_download, write_mdocs

_EXAMPLES = """  empiardownloader download 10200 -n 5 --to movies
  empiardownloader download 10511 --all --to movies --connections 8
  empiardownloader download 10934 -n 20 --to movies --transport https --json
  empiardownloader download 10164 --tilt-series "TS_01,TS_4*" --to series

The same command resumes: complete files are not downloaded again.
"""


_ALONE = 3  # files of one reason that have a line each


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = command(commands, "download", _download, "download movies into a folder", _EXAMPLES)
    add_choice(parser, all_by_default=False)
    parser.add_argument("--to", required=True, metavar="DIR", help="the folder")
    text = "tilt series by name or glob, else the first N; frames, gains and mdocs"
    add_tilt_series(parser, text)
    add_download(parser, no_gain="movies only")
    parser.add_argument("--any-images", action="store_true",
                        help="go on where the first ten files are no movies")
    add_json(parser, "print JSON: what was downloaded and what was not")


def _download(options: argparse.Namespace) -> int:
    series = None if options.tilt_series is None else chosen_series(options)
    chosen = chosen_movies(options) if series is None else _frames(options, series)
    _print_size(chosen, options, "movie" if series is None else "file")
    progress, count = Progress(), _Count(chosen)
    began = time.monotonic()
    with ProgressBar(lambda: count.of_movies(progress.snapshot())) as bar:
        def completed(file: FileRequest) -> None:
            count.completed(file)
            if not options.json:
                print_above(bar, f"{file.name}  {size_text(file)}")

        report = chosen.download(
            options.to,
            connections=options.connections,
            patience=options.patience,
            bandwidth=options.limit,
            # Tilts are images of one frame where nobody has saved the others.
            any_images=options.any_images or series is not None,
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


def _print_size(chosen: MovieList, options: argparse.Namespace, noun: str) -> None:
    """Print how much will be downloaded and how much disk space is free, before the first byte."""
    size, folder = chosen.estimate, nearest_existing(Path(options.to).absolute())
    free = shutil.disk_usage(folder).free
    if not options.json:
        count = len(chosen.movies)
        print_line(
            f"{count:,} {noun}{'' if count == 1 else 's'}, {size or 'size unknown'}; "
            f"free in {folder}: {format_size(free)}"
        )
    # Where all sizes are known, the download checks what is missing of them, and refuses to begin.
    if size and not size.is_exact and size.bytes > free:
        print_error(f"There may be too little disk space in {folder}: {size} to download, "
                 f"{format_size(free)} free.", DONE)


class _Count:
    """Counts the movies that are complete, without the gain reference."""

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


def _frames(options: argparse.Namespace, series: TiltSeriesList) -> MovieList:
    """Return the files of tilt series; print warnings on stderr."""
    for one in series.series:
        for note in one.notes:
            print_error(f"{one.ts_id}: {note}", DONE)
    return series_to_download(series, with_gains=not options.no_gain)


def _end(report: DownloadReport) -> int:
    """Print missing files and files that are no movies on stderr; return the exit code."""
    fatal = str(report.fatal_error or "")
    alone = {
        file.path: without_name(reason, file.path, file.name)
        for file, reason in report.missing.items()
        if reason != fatal
    }
    not_movies = {file.path: why for file, why in report.left_out.items()}
    for line in grouped_lines(not_movies, alone=_ALONE):
        print_error(f"Not a movie: {line}", DONE)
    for line in grouped_lines(alone):
        print_error(line, INCOMPLETE)
    if fatal:
        rest = [file.path for file in report.missing if file.path not in alone]
        print_error(f"{fatal}. Not downloaded: {named(rest)}", INCOMPLETE)
    if isinstance(report.fatal_error, NoMovies):
        return print_error("With --any-images they are downloaded all the same.", INCOMPLETE)
    if report.missing or fatal:
        return print_error("Run the same command again to download what is missing.", INCOMPLETE)
    movies = set(report.completed) - {report.gain}
    return INCOMPLETE if movies and movies == set(report.left_out) else DONE


def _document(chosen: MovieList, report: DownloadReport) -> Dict[str, Any]:
    missing = report.missing.items()
    return {
        "entry": chosen.entry.accession,
        "imageSet": chosen.image_set.number,
        "folder": str(report.folder.resolve()),
        "files": [as_json(file) for file in report.completed],
        "missing": [{**as_json(file), "reason": reason} for file, reason in missing],
        "leftOut": [{**as_json(file), "reason": why} for file, why in report.left_out.items()],
        "gain": report.gain.name if report.gain else None,
        "fetchedBytes": report.received,
    }
