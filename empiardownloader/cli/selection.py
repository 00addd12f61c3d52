"""The movies that the options of a command choose."""

import argparse
from typing import Any, Dict

from ..api import MovieList, list_movies
from ..transfer import FileRequest
from ..units import format_size
from .status_line import Status


def chosen_movies(
    options: argparse.Namespace, exact_sizes: bool = False, sidecars: bool = False
) -> MovieList:
    """List the movies and the gain references that the options choose, and show the progress."""
    status = Status()
    with status:
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
            sidecars=sidecars,
            on_status=status.set,
        )


def as_json(request: FileRequest) -> Dict[str, Any]:
    """Return a file as JSON has it."""
    return {"path": request.path, "size": request.size, "name": request.name}


def size_text(request: FileRequest) -> str:
    """Return a file's size with its unit, '?' if it is unknown."""
    return "?" if request.size is None else format_size(request.size)
