"""``download``: movies into a folder, without Scipion."""

import argparse
from typing import Any, Dict

from ..api import DownloadReport, MovieList
from ..transfer import Wanted
from .options import add_choice, add_fetching, add_json, command
from .output import DONE, INCOMPLETE, complain, print_json
from .progress_bar import ProgressBar
from .selection import as_json, chosen_movies, size_text

_EXAMPLES = """  empiardownloader download 10200 -n 5 --to movies
  empiardownloader download 10511 --all --to movies --connections 8
  empiardownloader download 10934 -n 20 --to movies --transport https --json

The same command resumes: what is here is not fetched again.
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = command(commands, "download", _download, "fetch movies into a folder", _EXAMPLES)
    add_choice(parser, all_by_default=False)
    parser.add_argument("--to", required=True, metavar="DIR", help="the folder")
    add_fetching(parser, no_gain="movies only")
    add_json(parser, "for programs: what came and what did not")


def _download(options: argparse.Namespace) -> int:
    chosen = chosen_movies(options)
    with ProgressBar() as progress:

        def show(file: Wanted) -> None:
            if not options.json:
                progress.say(f"{file.name}  {size_text(file)}")

        report = chosen.download(
            options.to,
            connections=options.connections,
            patience=options.patience,
            progress=progress,
            on_complete=show,
        )
    if options.json:
        print_json(_document(chosen, report))
    else:
        print(progress.snapshot())
    return _end(report)


def _end(report: DownloadReport) -> int:
    for file, reason in report.missing.items():
        complain(f"{file.path}: {reason}", INCOMPLETE)
    if report.fatal_error:
        return complain(f"{report.fatal_error}. The same command goes on.", INCOMPLETE)
    if report.missing:
        return complain("The same command tries these again.", INCOMPLETE)
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
