"""What lies in an EMPIAR entry, by its names alone: movies, gain references and all the rest.

Nothing here opens a connection: a RemoteTree is given a function that lists one folder.
"""

from .directory import resolve_directory
from .gains import find_gains
from .kinds import declared_kinds, image_kind, looks_aligned, names_a_gain, never_a_movie
from .names import LocalNames, local_name
from .ordering import natural_key
from .selection import Movie, select_movies
from .tree import ListedItem, ListFolder, PassedOver, RemoteFile, RemoteTree

__all__ = [
    "ListFolder",
    "ListedItem",
    "LocalNames",
    "Movie",
    "PassedOver",
    "RemoteFile",
    "RemoteTree",
    "declared_kinds",
    "find_gains",
    "image_kind",
    "local_name",
    "looks_aligned",
    "names_a_gain",
    "natural_key",
    "never_a_movie",
    "resolve_directory",
    "select_movies",
]
