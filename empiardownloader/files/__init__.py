"""Finds movies, gain references and other files in an EMPIAR entry, by their names alone.

Nothing here opens a connection: a RemoteTree is given a function that lists one folder.
"""

from .aligned_names import looks_aligned
from .choice import MovieChoice
from .companions import MAX_SIDECAR, find_previews, find_sidecar
from .find_gains import find_gains, gains_in
from .image_kinds import declared_kinds, image_kind
from .local_names import LocalNames, local_name
from .match_gains import best_first, pattern_of, with_own_gains
from .reference_names import exclusion_reason, is_gain_name
from .resolve_directory import (
    directory_parts,
    directory_pattern,
    find_named,
    resolve_directory,
)
from .select_movies import MICROGRAPHS, MOVIES, SelectedFile, SelectionRules, select_movies
from .sort_keys import natural_key
from .tree import ListFolder, ListingItem, RemoteFile, RemoteTree, Skipped, folders_above, is_below

__all__ = [
    "MAX_SIDECAR",
    "MICROGRAPHS",
    "MOVIES",
    "ListFolder",
    "ListingItem",
    "LocalNames",
    "MovieChoice",
    "RemoteFile",
    "RemoteTree",
    "SelectedFile",
    "SelectionRules",
    "Skipped",
    "best_first",
    "declared_kinds",
    "directory_parts",
    "directory_pattern",
    "exclusion_reason",
    "find_gains",
    "find_named",
    "find_previews",
    "find_sidecar",
    "folders_above",
    "gains_in",
    "image_kind",
    "is_below",
    "is_gain_name",
    "local_name",
    "looks_aligned",
    "natural_key",
    "pattern_of",
    "resolve_directory",
    "select_movies",
    "with_own_gains",
]
