"""The identity of a file of the archive: entry, path below it, and size."""

from __future__ import annotations

import hashlib

from .request import Wanted

_DIGITS = 12  # of a hash: two of a million paths meet with a chance of one in 500


def identity_of(wanted: Wanted) -> str:
    """Return a short hash of a file's entry and path, for names of parts and for manifests."""
    text = f"{wanted.entry}\n{wanted.path}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
