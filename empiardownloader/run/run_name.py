"""The name under which Scipion's window shows a run to which its user has given none."""

import re

from ..archive.entry_id import entry_number
from ..archive.errors import BadEntryId

_NUMBERED = r"(?: \(\d+\))?"
_COPIED = r"(?: \(copy(?: \d+)?\))*"
_SHOWN_BEFORE = r"EMPIAR-\d+(?: set \d+)?"


def name_of_run(label: str, default: str, images: str, entry_id: str, image_set: str) -> str:
    """Return the run's label, or its entry and what it imports if the label is Scipion's default.

    default: the label that Scipion gives to each new run of the protocol, with a number from the
    second run on. A copy has the shown name of its original as label: it follows its own entry.
    """
    purpose = f"import {images}"
    automatic = re.fullmatch(
        rf"(?:{re.escape(default)}|{_SHOWN_BEFORE} {purpose})(?P<suffix>{_NUMBERED}{_COPIED})",
        label.strip(),
    )
    if automatic is None:
        return label
    try:
        entry = f"EMPIAR-{entry_number(entry_id)}"
    except BadEntryId:
        return label
    number = f" set {image_set}" if image_set.isdecimal() else ""
    return f"{entry}{number} {purpose}{automatic['suffix']}"
