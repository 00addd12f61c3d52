"""The gain reference of a run, and the lines about it in the summary."""

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import List, Optional

from ..disk.paths import safe_join
from ..images.gain_fit import GainFit, compare_gain
from ..images.unpack import unpacked_name
from ..transfer import FileRequest
from .gain_preparation import PreparedGain, prepare_gain
from .options import GAIN_BY_PATH, GAIN_FROM_ENTRY, GAIN_LOCAL

_TURNED = re.compile(r"gain|rotat|flip|r/f", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class GainChoice:
    """The chosen gain: a file of the entry, a local one, or none; and other candidates."""

    wanted: Optional[FileRequest] = None
    local: str = ""
    others: tuple = ()
    byHand: bool = False

    @classmethod
    def fromOptions(cls, options, files, near=None):
        """Choose by the form; the entry is searched only if needed, near the movie ``near``."""
        source, path = options.gain_source, options.gain_path
        if source == GAIN_FROM_ENTRY:
            found = files.gains_near(near) if near else files.gains(options.pattern)
            others = tuple(gain.path for gain in found[1:])
            return cls(wanted=found[0] if found else None, others=others)
        if source == GAIN_BY_PATH:
            safe_join(Path(), path.strip("/"))
            return cls(wanted=files.gain(path.strip("/")), byHand=True)
        return cls(local=path, byHand=True) if source == GAIN_LOCAL else cls(byHand=True)

    @classmethod
    def restored(cls, stored):
        """Build from the dictionary of :meth:`stored`."""
        wanted = stored["wanted"] and FileRequest(**stored["wanted"])
        return cls(**{**stored, "wanted": wanted, "others": tuple(stored["others"])})

    def stored(self):
        """In a form for JSON."""
        return asdict(self)

    def unpacked(self):
        """Return the request of the gain under the name that it has when unpacked."""
        return replace(self.wanted, name=unpacked_name(self.wanted.name))

    def found(self):
        """Return the paths of all gain references found in the entry, the used one first."""
        return [self.wanted.path, *self.others] if self.wanted and not self.byHand else []

    def name(self):
        """Return the path that the user knows, in the entry or local; '' for none."""
        return self.local or (self.wanted.path if self.wanted else "")

    def choice(self):
        """Return what identifies the chosen gain, in a form for JSON."""
        return [self.name(), self.byHand and bool(self.name())]

    def fitting(self, path, header, *looked_at):
        """Return the :class:`PreparedGain` for movies of this header; None for no gain.

        ``looked_at`` is what :func:`prepare_gain` takes besides. The path is empty where the gain
        fits the movies in no way.
        """
        if not path:
            return None
        prepared = prepare_gain(path, header, *looked_at)
        fit, sentence = compare_gain(prepared.path, header)
        if fit is GainFit.EQUAL:
            return prepared
        notes = (sentence, *prepared.notes)
        if fit is GainFit.TRANSPOSED or self.byHand:
            return replace(prepared, notes=notes)
        unset = "It is not set; to set it all the same, choose it by hand."
        return PreparedGain("", (sentence, unset, *prepared.notes))

    def lines(self, note, details) -> List[str]:
        """Return the summary's lines: gain used, gains not used, and the depositors' words."""
        chosen = " (chosen by hand)" if self.byHand else ""
        lines = [f"Gain reference: {self.name()}{chosen}"]
        if not self.name():
            lines = ["Gain reference: not used" if self.byHand else
                     "No gain reference was found in the entry"]
        if self.others:
            lines.append(f"Other gain references of the entry: {', '.join(self.others)}")
        lines += [f"  {note}"] if note else []
        return lines + [f"  {line}" for line in turningLines(details)]


def turningLines(details):
    """Return the depositors' sentences on the gain's orientation, quoted."""
    quoted = [words for words in _SENTENCE.split(details) if _TURNED.search(words)]
    return [f"The depositors: “{words.strip()}”" for words in quoted]
