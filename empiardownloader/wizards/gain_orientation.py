"""Sentences on a gain reference's orientation, before and after a run has examined movies."""

from ..images.orientation import from_words
from ..metadata import find_orientation_words
from ..run.options import AS_DEPOSITED

_TO_COME = "Its orientation is found from the first three movies when the run downloads them."
_AS_IT_IS = "It is used as deposited (your choice); the summary reports what the movies show."


def gainOrientation(state, found, options):
    """Return a function that gives the sentences on a gain's orientation, by the gain's path.

    state: that of the run, which knows what its movies have shown.
    """
    shown = _shownByMovies(state, found)
    told = [words for words in map(_told, find_orientation_words(found.image_set.details)) if words]
    otherwise = [_AS_IT_IS if options.gain_orientation == AS_DEPOSITED else _TO_COME]

    def sentences(path):
        return tuple(told + shown.get(path, otherwise))

    return sentences


def _told(words):
    orientation = from_words(words)
    if orientation is None:
        return ""
    return f"As the depositors say, it has to be {orientation}."


def _shownByMovies(state, found):
    """Return what this run's movies have shown of its gain, by the path of the gain."""
    kept, gain, prepared = state.entry(), state.gain(), state.preparedGain()
    if not (kept and gain and prepared) or kept["number"] != found.entry.number:
        return {}
    return {str(gain[0]): [f"In this run: {note}" for note in prepared.get("notes", [])]}
