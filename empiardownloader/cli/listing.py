"""``list``: the movies that would be downloaded."""

import argparse
from typing import Any, Dict, List

from ..api import MovieList
from ..archive.emdb import fetch_acquisition
from ..lookup.selection import skipped_line
from ..settings import addresses
from .options import add_choice, add_json, command
from .output import DONE, print_json
from .selection import as_json, chosen_movies, size_text
from .tilt_series import add_tilt_series, list_series

_EXAMPLES = """  empiardownloader list 10200             all movies of the first set of movies
  empiardownloader list 10200 -n 5 -v     the first five, and every skipped file
  empiardownloader list 10934 --pattern "data/**/FoilHole_*.bz2" --json
  empiardownloader list 10164 --tilt-series            tilt series, and what is suspicious
"""


def add_to(commands: Any) -> None:
    """Add the command."""
    text = "list the movies that would be downloaded; download nothing"
    parser = command(commands, "list", _list, text, _EXAMPLES)
    add_choice(parser, all_by_default=True)
    parser.set_defaults(no_gain=False)
    add_tilt_series(parser, "tilt series instead of movies, by name or glob [all]")
    add_json(parser)


def _list(options: argparse.Namespace) -> int:
    if options.tilt_series is not None:
        return list_series(options)
    chosen = chosen_movies(options, exact_sizes=True, sidecars=options.verbose)
    selection, gains = chosen.selection, chosen.gains
    if options.json:
        print_json(_document(chosen))
        return DONE
    for movie in selection.movies:
        print(f"{size_text(movie):>10}  {movie.path}")
    count = len(selection.movies)
    print(f"{count} {'movie' if count == 1 else 'movies'}, {chosen.estimate or 'size unknown'}")
    print(f"Gain reference: {gains[0].path if gains else 'none found'}")
    for note in selection.notes:
        print(note)
    if selection.skipped and not options.verbose:
        print(skipped_line(selection))
    if options.verbose:
        for skipped in selection.skipped:
            files = f", {skipped.files} files" if skipped.files > 1 else ""
            print(f"skipped: {skipped.path!r} ({skipped.reason}{files})")
        for gain in gains[1:]:
            print(f"another gain reference: {gain.path!r}")
        for line in _disagreements(chosen):
            print(line)
    return DONE


def _disagreements(chosen: MovieList) -> List[str]:
    """Return one line for each value that the texts beside the first movies give otherwise."""
    if not chosen.sidecars:
        return []
    # Its readers of images take a second to load.
    from ..run.file_values import sidecar_disagreements

    acquisition = fetch_acquisition(chosen.entry.emdb_ids, addresses().emdb)
    return sidecar_disagreements(
        chosen.sidecars, chosen.entry.accession, chosen.image_set, acquisition
    )


def _document(chosen: MovieList) -> Dict[str, Any]:
    image_set = chosen.image_set
    return {
        "entry": chosen.entry.accession,
        "imageSet": {
            "number": image_set.number,
            "name": image_set.name,
            "directory": image_set.directory,
            "category": image_set.category,
            "dataFormat": image_set.data_format,
            "pixelSize": image_set.pixel_size,
        },
        "movies": [as_json(movie) for movie in chosen.movies],
        "gain": chosen.gains[0].path if chosen.gains else None,
        "totalBytes": chosen.total_bytes,
    }
