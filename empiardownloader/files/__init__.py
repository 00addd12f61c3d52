"""What lies in an EMPIAR entry, by its names alone: movies, gain references and all the rest.

Nothing here opens a connection: a RemoteTree is given a function that lists one folder.
"""

from .aligned_names import looks_aligned
from .find_gains import find_gains
from .image_kinds import declared_kinds, image_kind
from .local_names import LocalNames, local_name
from .reference_names import names_a_gain, never_a_movie
from .resolve_directory import resolve_directory
from .select_movies import Movie, select_movies
from .sort_keys import natural_key
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
