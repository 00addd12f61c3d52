"""Moves after which a file is visible whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path

from .space import _FULL, check_space

_INCOMING = ".incoming"  # suffix of the hidden copy beside its final place


def publish(part: Path, final: Path) -> None:
    """Move a file so that whoever sees it under its final name sees all of it.

    A rename where both lie on one file system; else (SCIPION_SCRATCH) a copy under a hidden name
    beside its place, then a rename. A kill leaves the part, the whole file, or both.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.replace(part, final)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        incoming = final.with_name(f".{final.name}{_INCOMING}")
        try:
            shutil.copyfile(part, incoming)
        except OSError as error:
            with contextlib.suppress(OSError):  # what went wrong first is what to tell
                incoming.unlink()
            if error.errno in _FULL:
                check_space(final.parent, part.stat().st_size)
            raise
        os.replace(incoming, final)
        part.unlink()


def sweep(folder: Path) -> None:
    """Remove the hidden copies that a kill left behind."""
    for stray in folder.glob(f".*{_INCOMING}"):
        stray.unlink()
