"""Values of the output set, from the stored entry and the form."""

import dataclasses
import os
from itertools import islice

from ..archive.emdb import SourcedValue
from ..images.errors import Unreadable
from ..images.file_says import FileSays, what_file_says
from ..images.shape import image_shape
from .acquisition import AcquisitionValues
from .declared import DECIDING
from .file_values import disagreements, stored_values
from .gain_choice import GainChoice
from .options import ORIENTED_BY_MOVIES


class SetProperties:
    """Values of one run's output, from its stored state and its present form."""

    def __init__(self, options, state, extra):
        """``extra``: the folder of the run's files."""
        self._options = options
        self._state = state
        self._extra = os.path.abspath(extra)

    def values(self):
        """Sampling rate, acquisition and doses."""
        kept = self._state.entry()
        described = AcquisitionValues.restored(self._state.found(), kept["acquisition"])
        return described.withOptions(self._options).withFile(self._state.fileValues())

    def disagreements(self, frames):
        """Values that the movies give otherwise, a line for each."""
        return disagreements(self.values(), self._state.fileValues(), frames)

    def gain(self):
        """The gain reference that was chosen."""
        return GainChoice.restored(self._state.entry()["gain"])

    def isReady(self):
        """Return True if the gain reference is here, or none is needed."""
        return not self.gain().wanted or os.path.exists(self._gainFile())

    def matches(self, images, frames):
        """Return True if a set whose images have this many frames has these values and gain."""
        return self._gainMatches(images) and self.values().fits(images, frames)

    def _gainMatches(self, movieSet):
        """Return True if the set has the gain that the form asks for, at its present path.

        A project that was moved has taken the gain along. Runs that are older than the parameter
        gainOrientation keep their gain as it was deposited.
        """
        if not self._options.has_gain:
            return True
        applied = self._state.gain()
        if applied is None or applied[: len(self.gain().choice())] != self.gain().choice():
            return False
        if len(applied) > 2 and applied[2] != self._options.gain_orientation:
            return False
        gain = movieSet.getGain()
        places = (self._gainFile(), os.path.join(self._extra, os.path.basename(gain or "")))
        return not gain or (gain in places and os.path.exists(gain))

    def applyTo(self, movieSet, header):
        """Describe a set whose movies have this header; return a sentence about the gain."""
        movies = self._firstMovies(header)
        from_files = self._readMovies(movies, header)
        self.values().describe(movieSet, header.frames)
        if not self._options.has_gain:
            return ""
        return self._applyGain(movieSet, header, movies, from_files)

    def _applyGain(self, movieSet, header, movies, from_files):
        """Set the gain that fits, and return sentences about it."""
        prepared = self.gain().fitting(
            self._gainFile(),
            header,
            movies,
            self._extra,
            self._options.gain_orientation == ORIENTED_BY_MOVIES,
            self._state.found().image_set.details,
            from_files,
        )
        path = prepared.path if prepared else ""
        movieSet.setGain(os.path.abspath(path) if path else None)
        self._state.savePreparedGain(prepared and prepared.stored())
        return " ".join(prepared.notes) if prepared else ""

    def _readMovies(self, movies, header):
        """Store and return the values of movies and of the texts beside them, the first of each.

        The dose for Å² needs the best pixel size there is.
        """
        sidecars = self._state.sidecars()
        size = self.values().samplingRate.value
        values = FileSays()
        for path in movies:
            text = sidecars.get(os.path.basename(path), "")
            values = values.or_else(what_file_says(path, text, header.frames, size))
        if movies:
            self._state.saveFileValues(stored_values(values))
        return values

    def pixelSizeError(self, header, noun):
        """Return a sentence if neither archives, form nor movies give the pixel size, else ''."""
        if self.values().samplingRate.value is None:
            self._readMovies(self._firstMovies(header), header)
        section = "Gain and acquisition" if self._options.has_gain else "Acquisition"
        return self.values().pixelSizeError(noun, section)

    def _firstMovies(self, header):
        """The first movies of the list that are here and have frames of this size."""
        paths = (os.path.join(self._extra, movie.name) for movie in self._state.selection())
        return list(islice((path for path in paths if _hasSize(path, header)), DECIDING))

    def remember(self):
        """Store the gain choice, which cannot be read from a set without a gain."""
        choice = [*self.gain().choice(), self._options.gain_orientation]
        self._state.saveGain(choice)

    def _gainFile(self):
        """The absolute path of the gain reference, '' for none.

        MotionCor's protocols run their program in a folder of their own, where a path relative to
        the project leads nowhere and the correction is skipped without a word.
        """
        gain = self.gain()
        path = os.path.join(self._extra, gain.unpacked().name) if gain.wanted else gain.local
        return os.path.abspath(path) if path else ""


class TiltSetProperties(SetProperties):
    """Values of the outputs of tilt series, whose dose is per tilt.

    It comes from the form or the mdoc; EMDB's may be that of a whole series.
    """

    def values(self):
        described = super().values()
        kept = self._state.series() or {}
        given, dose = (kept.get("given") or [None, None])[1], kept.get("dose")
        of_tilt = SourcedValue(dose, "mdoc" if given is None else "given")
        of_frame = described.givenDosePerFrame if dose is None else SourcedValue()
        acquisition = dataclasses.replace(described.acquisition, dose_per_image=of_tilt)
        return dataclasses.replace(
            described, acquisition=acquisition, givenDosePerFrame=of_frame
        )


def _hasSize(path, header):
    try:
        width, height, _ = image_shape(path)
    except (Unreadable, OSError):
        return False
    return (width, height) == (header.width, header.height)
