"""From the options of a call to the movies that it means."""

import argparse
from typing import Any, Dict

from ..api import MovieList, list_movies
from ..transfer import FileRequest
from ..units import format_size


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


def as_json(request: FileRequest) -> Dict[str, Any]:
    """A file, for programs."""
    return {"path": request.path, "size": request.size, "name": request.name}


def size_text(request: FileRequest) -> str:
    """A file's size, for people."""
    return "?" if request.size is None else format_size(request.size)
