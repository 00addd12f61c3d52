"""The identity of a file of the archive: entry, path below it, and size."""

from __future__ import annotations

import hashlib

from .request import FileRequest

_DIGITS = 12  # of a hash: two of a million paths meet with a chance of one in 500


def identity_of(request: FileRequest) -> str:
    """Return a short hash of a file's entry and path, for names of parts and for manifests."""
    text = f"{request.entry}\n{request.path}"
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]
