"""What the output is to say of its movies, by what the metadata step has kept and by the form."""

import os

from .acquisition import MovieDescription
from .gain_choice import GainChoice


class SetDescription:
    """Of one run, as its record and its form are now."""

    def __init__(self, protocol):
        self._protocol = protocol
        self._record = protocol._record()

    def values(self):
        """Sampling rate, acquisition and doses."""
        kept = self._record.entry()
        found = self._protocol._found()
        return MovieDescription.restored(found, kept["acquisition"]).completedBy(self._protocol)

    def gain(self):
        """The gain reference that was chosen."""
        return GainChoice.restored(self._record.entry()["gain"])

    def isReady(self):
        """Whether the gain reference is here, if there is to be one."""
        return not self.gain().wanted or os.path.exists(self._gainFile())

    def isSaidBy(self, movieSet):
        """Whether a set says all of it already."""
        isGainHere = movieSet.getGain() in (None, "", self._gainFile())
        return (
            isGainHere
            and self._record.gain() == self.gain().choice()
            and self.values().fits(movieSet)
        )

    def give(self, movieSet, header):
        """Give it to a set whose movies have this header; returns a sentence about the gain."""
        self.values().describe(movieSet, header)
        gain, note = self.gain().fitting(self._gainFile(), header)
        movieSet.setGain(gain or None)
        return note

    def keep(self):
        """Remember what a set cannot tell: that it has no gain does not say which was chosen."""
        self._record.saveGain(self.gain().choice())

    def _gainFile(self):
        """The absolute path of the gain reference, '' for none.

        MotionCor's protocols run their program in a folder of their own, where a path relative to
        the project leads nowhere and the correction is skipped without a word.
        """
        gain = self.gain()
        path = self._protocol._getExtraPath(gain.unpacked().name) if gain.wanted else gain.local
        return os.path.abspath(path) if path else ""
