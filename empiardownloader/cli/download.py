"""``download``: movies into a folder, without Scipion."""

import argparse
from pathlib import Path
from typing import Any, Dict, List, Sequence

from ..lookup.entry_lookup import Found
from ..transfer import Downloader, Outcome, Placement, Wanted
from .options import add_choice, add_fetching, add_json, command
from .output import DONE, INCOMPLETE, complain, print_json
from .progress_bar import ProgressBar
from .selection import as_json, found_and_server, selected, size_text

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
    found, server = found_and_server(options)
    selection, gains = selected(found, server, options)
    wanted = [*gains[:1], *selection.movies]
    folder = Path(options.to)
    complete: List[Wanted] = []
    with ProgressBar() as progress:

        def came(file: Wanted) -> None:
            complete.append(file)
            if not options.json:
                progress.say(f"{file.name}  {size_text(file)}")

        outcome = Downloader(
            server,
            Placement(folder),
            folder / ".parts",
            connections=options.connections,
            progress=progress,
            on_complete=came,
        ).run(wanted)
    missing = _missing(wanted, complete, outcome)
    if options.json:
        print_json(_document(found, folder, gains[:1], complete, missing, progress.fetched()))
    else:
        print(progress.snapshot())
    return _end(folder, missing, outcome)


def _missing(
    wanted: Sequence[Wanted], complete: Sequence[Wanted], outcome: Outcome
) -> Dict[Wanted, str]:
    """Every file that did not come, with its reason."""
    reasons = {failure.wanted: str(failure.error) for failure in outcome.failures}
    here = set(complete)
    return {
        file: reasons.get(file, f"not fetched: {outcome.fatal}")
        for file in wanted
        if file not in here
    }


def _end(folder: Path, missing: Dict[Wanted, str], outcome: Outcome) -> int:
    for file, reason in missing.items():
        complain(f"{file.path}: {reason}", INCOMPLETE)
    if outcome.fatal:
        return complain(f"{outcome.fatal}. The same command goes on.", INCOMPLETE)
    if missing:
        return complain("The same command tries these again.", INCOMPLETE)
    parts = folder / ".parts"
    if parts.is_dir() and not any(parts.iterdir()):
        parts.rmdir()
    return DONE


def _document(
    found: Found,
    folder: Path,
    gains: Sequence[Wanted],
    complete: Sequence[Wanted],
    missing: Dict[Wanted, str],
    fetched: int,
) -> Dict[str, Any]:
    return {
        "entry": found.entry.accession,
        "imageSet": found.image_set.number,
        "folder": str(folder.resolve()),
        "files": [as_json(file) for file in complete],
        "missing": [{**as_json(file), "reason": reason} for file, reason in missing.items()],
        "gain": gains[0].name if gains and gains[0] in complete else None,
        "fetchedBytes": fetched,
    }
