"""A file to download."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class FileRequest:
    """A file to fetch: its path below the entry, its size in bytes (None: ask), its local name.

    Entry and path are its identity: files of other entries have the same paths and sizes.
    """

    path: str
    size: Optional[int]
    name: str
    entry: str = ""
