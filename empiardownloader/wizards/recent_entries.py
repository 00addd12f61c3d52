"""The entries that a user has looked at, most recent first, kept across projects."""

import logging
import os

from pyworkflow import Config

from ..archive.entry_id import entry_number
from ..archive.errors import BadEntryId
from ..disk.atomic import read_json, write_json

logger = logging.getLogger(__name__)

_FILE = "empiar_recent_entries.json"
_MOST = 15


def recentEntries(project):
    """Return (number, title) of entries shown by earlier wizards, then of the project's runs."""
    kept = _kept()
    known = {number for number, _ in kept}
    used = dict.fromkeys(filter(None, map(_numberOf, project.getRuns())))
    return [*kept, *((number, "") for number in used if number not in known)]


def rememberEntry(entry):
    """Keep an entry as the most recent one; a folder that cannot be written to is no error."""
    others = [pair for pair in _kept() if pair[0] != entry.number]
    try:
        write_json(_path(), [(entry.number, entry.title), *others][:_MOST])
    except OSError as error:
        logger.debug("%s cannot be written: %s", _path(), error)


def _kept():
    pairs = read_json(_path(), list) or []
    return [
        (str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2
    ]


def _path():
    return os.path.join(Config.SCIPION_USER_DATA, _FILE)


def _numberOf(run):
    parameter = getattr(run, "entryId", None)
    try:
        return entry_number(parameter.get("")) if parameter is not None else None
    except BadEntryId:
        return None
