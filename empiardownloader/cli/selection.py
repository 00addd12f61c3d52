"""From the options of a call to the movies that it means."""

import argparse
from typing import Any, Dict

from ..api import MovieList, list_movies
from ..transfer import Wanted
from ..units import bytes_text


def chosen_movies(options: argparse.Namespace, exact_sizes: bool = False) -> MovieList:
    """List the movies and the gain references that the options mean."""
    return list_movies(
        options.entry,
        movies=None if options.all or options.names else options.amount,
        image_set=options.image_set,
        pattern=options.pattern,
        names=options.names,
        every=options.every,
        gain=not options.no_gain,
        transport=options.transport,
        exact_sizes=exact_sizes,
    )


def as_json(wanted: Wanted) -> Dict[str, Any]:
    """A file, for programs."""
    return {"path": wanted.path, "size": wanted.size, "name": wanted.name}


def size_text(wanted: Wanted) -> str:
    """A file's size, for people."""
    return "?" if wanted.size is None else bytes_text(wanted.size)
