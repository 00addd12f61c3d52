"""From the options of a call to the movies that it means."""

import argparse
from dataclasses import replace
from typing import Any, Dict, List, Tuple

from ..lookup.entry_files import EntryFiles
from ..lookup.entry_lookup import Found, look_up
from ..lookup.file_server import server_of
from ..lookup.selection import Selection
from ..settings import addresses
from ..transfer import Server, Wanted
from ..units import bytes_text


def found_and_server(options: argparse.Namespace) -> Tuple[Found, Server]:
    """The entry with its image set, and where its files are."""
    where = addresses()
    found = look_up(options.entry, options.image_set, where)
    return found, server_of(found.entry, where, options.transport)


def selected(
    found: Found, server: Server, options: argparse.Namespace, sized: bool = False
) -> Tuple[Selection, List[Wanted]]:
    """The movies and the gain references; ``sized``: also exact sizes that listings lack."""
    limit = None if options.all else options.amount
    with EntryFiles(found, server) as files:
        selection = files.movies(options.pattern, limit)
        if sized:
            selection = replace(selection, movies=files.sized(selection.movies))
        gains = [] if options.no_gain else files.gains(options.pattern)
        note = files.gain_note(selection.movies, gains)
    if note:
        selection = replace(selection, notes=(*selection.notes, note))
    return selection, gains


def as_json(wanted: Wanted) -> Dict[str, Any]:
    """A file, for programs."""
    return {"path": wanted.path, "size": wanted.size, "name": wanted.name}


def size_text(wanted: Wanted) -> str:
    """A file's size, for people."""
    return "?" if wanted.size is None else bytes_text(wanted.size)
