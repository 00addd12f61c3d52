"""Tells the files of an entry's image sets apart, by their folders and patterns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, Mapping

from ..archive.entry import Entry, ImageSet
from ..files.resolve_directory import directory_pattern, find_named
from ..files.tree import RemoteTree


@dataclass(frozen=True)
class OtherImageSets:
    """The folders of other image sets, each with a description for the user.

    share_folder: one of them has the folder of the image set itself.
    """

    folders: Mapping[str, str]
    share_folder: bool


def other_image_sets(tree: RemoteTree, entry: Entry, image_set: ImageSet) -> OtherImageSets:
    """Find the folders of an entry's image sets other than this one."""
    own = find_named(tree, image_set.directory)
    folders: Dict[str, str] = {}
    share_folder = False
    for other in entry.image_sets:
        folder = find_named(tree, other.directory)
        if not folder or other.number == image_set.number:
            continue
        if folder == own:
            share_folder = True
        else:
            folders[folder] = f"folder of image set {other.number}"
    return OtherImageSets(folders, share_folder)


def depositor_pattern(tree: RemoteTree, image_set: ImageSet) -> str:
    """Return the depositor's pattern of an image set's files, which may be in its directory."""
    if image_set.micrographs_file_pattern:
        return image_set.micrographs_file_pattern
    is_folder = tree.exists(image_set.directory.strip("/"))
    return "" if is_folder else directory_pattern(image_set.directory)
