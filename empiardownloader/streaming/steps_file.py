"""Scipion's record of the steps that a run has done, which a power cut may have left damaged."""

import contextlib
import logging
import os
import sqlite3
from pathlib import Path

logger = logging.getLogger(__name__)

_TABLES = {"Classes", "Objects"}


def remove_if_damaged(path):
    """Remove a record of steps that Scipion could not read, so that Continue looks at every step.

    Scipion makes the file anew at each start of a run: a cut in that moment leaves it without
    tables, and `Protocol.loadSteps` then fails at every Continue. What is done is not lost with
    it, for each step looks at what is there.
    """
    if not os.path.exists(path):
        return
    try:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
            reason = "" if names >= _TABLES else "it has no tables"
            if not reason:
                reason = _check(connection)
    except sqlite3.OperationalError:
        return  # another process is at it, or it may not be read: that is no damage
    except sqlite3.DatabaseError as error:
        reason = str(error)
    if reason:
        logger.warning("%s is damaged (%s): every step is looked at again", path, reason)
        for name in (f"{path}-journal", path):
            Path(name).unlink(missing_ok=True)


def _check(connection):
    """Return SQLite's error for the file, '' if there is none."""
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return "" if verdict == "ok" else verdict
