"""The gain reference as the set gets it: converted and turned so that it fits the movies."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple

from ..disk.atomic import atomic_file
from ..images.errors import PixelsNotRead, Unreadable
from ..images.file_says import FileSays
from ..images.gain_orientation import (
    LEAST_SCORE,
    GainFinding,
    MovieScores,
    Verdict,
    find_orientation,
    resizing_words,
    to_frame_size,
)
from ..images.header import MovieHeader
from ..images.mrc import write_float_image
from ..images.orientation import AS_DEPOSITED, Orientation, from_rotation_flip, from_words
from ..images.pixels import inverted, read_gain
from ..metadata.orientation_words import find_orientation_words

_DM = (".dm3", ".dm4")
#: Falcon's references are of a format of their own, and RELION inverts any other one of EER movies.
_EER = (".eer", ".gain")


#: How the name of a gain ends that was turned.
ORIENTED = "_oriented.mrc"


@dataclass(frozen=True)
class PreparedGain:
    """The gain's file, the changes made to it, and sentences for the user.

    ``changes`` are those of orientation, sign and size in words, '' for none.
    """

    path: str
    notes: Tuple[str, ...] = ()
    rotation: int = 0
    flip: bool = False
    evidence: str = "none"
    changes: str = ""

    def stored(self) -> Dict[str, Any]:
        """Return what the command line prints and the run keeps, for JSON."""
        told = asdict(self)
        return {"file": told.pop("path"), **told, "notes": list(self.notes)}


def prepare_gain(
    path: str,
    header: MovieHeader,
    movies: Sequence[str],
    folder: str,
    applies: bool,
    details: str = "",
    said: FileSays = FileSays(),  # noqa: B008 (frozen)
) -> PreparedGain:
    """Return the gain that is right for these movies, written into ``folder`` where it is new.

    DM files become MRC always. Where ``applies``, what the movies show of the orientation is
    applied to a copy, ``<stem>_oriented.mrc``; else it is only told. Where they cannot show it,
    SerialEM's ``r/f`` in what they have ``said`` is applied. A gain of twice or half the frames'
    size, which the movies show to be theirs, gets their size. ``details`` is what the depositors
    say. Never raises for a gain or a movie that cannot be read.
    """
    try:
        gain = read_gain(path)
    except (PixelsNotRead, Unreadable, OSError) as error:
        return PreparedGain(path, (f"Its orientation could not be looked at: {error}.",))
    shape = header.height, header.width
    finding = find_orientation(gain, movies, shape)
    applies = applies and not any(Path(file).suffix.lower() in _EER for file in (path, *movies))
    decision = _decide(finding, said, resizing_words(gain.shape, shape))
    notes = [_sentence(finding, decision, applies), *_other_evidence(decision, said, applies)]
    notes += _words_of_depositors(decision, details)
    if not (decision.changes and applies):
        converted = _converted(path, gain, folder)
        return PreparedGain(converted, tuple(notes), evidence=decision.evidence)
    oriented = os.path.join(folder, f"{Path(path).stem}{ORIENTED}")
    image = decision.orientation.apply(inverted(gain) if decision.inverted else gain)
    _write(oriented, to_frame_size(image, shape) if decision.resizing else image)
    rotation, flip = decision.orientation.rotation, decision.orientation.flip
    changes = ", ".join(decision.changes)
    return PreparedGain(oriented, tuple(notes), rotation, flip, decision.evidence, changes)


@dataclass(frozen=True)
class _Decision:
    """The change to apply to the gain, and its evidence: movies, title or none."""

    evidence: str = "none"
    orientation: Orientation = AS_DEPOSITED
    inverted: bool = False
    resizing: str = ""

    @property
    def changes(self) -> List[str]:
        """Return the necessary changes of the gain, in words."""
        turned = str(self.orientation) if self.orientation != AS_DEPOSITED else ""
        divides = "inverted because it divides" if self.inverted else ""
        return [words for words in (turned, divides, self.resizing) if words]


def _decide(finding: GainFinding, said: FileSays, resizing: str) -> _Decision:
    """Return the movies' decision; else their title's, unless the movies contradict it."""
    if finding.is_decided:
        return _Decision("movies", finding.orientation, finding.inverted, resizing)
    if said.rotation_flip is None:
        return _Decision()
    told = from_rotation_flip(said.rotation_flip)
    if finding.is_out_of_reach:
        return _Decision("title", told)
    alone = finding.scores[0] if len(finding.scores) == 1 else None
    if alone is not None and alone.is_clear and alone.orientation == told:
        return _Decision("movies", told, alone.inverted, resizing)
    return _Decision()


def _converted(path: str, gain: Any, folder: str) -> str:
    """Return the MRC file of a DM file, which other programs read with the rows upside down."""
    if Path(path).suffix.lower() not in _DM:
        return path
    converted = os.path.join(folder, f"{Path(path).stem}_gain.mrc")
    _write(converted, gain)
    return converted


def _write(path: str, image: Any) -> None:
    with atomic_file(Path(path)) as file:
        write_float_image(file, image)


def _sentence(finding: GainFinding, decision: _Decision, applies: bool) -> str:
    """Return one sentence about what the movies show."""
    if finding.verdict is Verdict.NOT_READ:
        return f"Its orientation could not be looked at: {finding.reason}."
    if finding.verdict is Verdict.OTHER_SIZE:
        return f"It cannot be compared with the movies: {finding.reason}."
    best = max(finding.scores, key=lambda scores: scores.best)
    numbers = f"{best.best:.0f}, next {best.second:.0f}"
    if finding.verdict is Verdict.NO_FIT:
        why = "they have too few counts" if finding.is_out_of_reach else (
            "they are corrected already, or it is of another camera (one that fits would have "
            f"{best.expected:.0f})"
        )
        kept = " It is set as it is." if decision.evidence == "none" else ""
        return (
            f"It fits the movies in no orientation ({numbers}; {LEAST_SCORE:.0f} are needed): "
            f"{why}.{kept}"
        )
    if decision.evidence == "none":
        return _ambiguous(finding.scores, best, numbers)
    return _done(decision, applies, f"as {_movies(finding)} ({numbers})")


def _done(decision: _Decision, applies: bool, by: str) -> str:
    """Return a sentence on the change that was made, or has to be made, and its evidence."""
    if not decision.changes:
        return f"It lies right, {by}: leave rotation and flip at none."
    done = ", ".join(decision.changes)
    if applies:
        return f"{done[0].upper()}{done[1:]}, {by}: leave rotation and flip at none."
    return f"It is set as it is, and has to be {done}, {by}."


def _movies(finding: GainFinding) -> str:
    clear = sum(scores.is_clear for scores in finding.scores)
    return f"{clear} movies show" if clear > 1 else "the only movie that was looked at shows"


def _ambiguous(scores: Sequence[MovieScores], best: MovieScores, numbers: str) -> str:
    if len(scores) == 1 and best.is_clear:
        return (
            f"The only movie that was looked at shows it {best.orientation} ({numbers}); two have "
            "to agree, so it is set as it is."
        )
    return f"The movies do not agree on its orientation ({numbers}): it is set as it is."


def _other_evidence(decision: _Decision, said: FileSays, applies: bool) -> List[str]:
    """Return what SerialEM wrote into the first movies, or beside them."""
    if said.rotation_flip is None:
        return []
    words = f"r/f {said.rotation_flip.code} in {said.rotation_flip_origin}"
    if decision.evidence == "title":
        return [_done(decision, applies, f"by {words}")]
    return [_compared(decision, words, from_rotation_flip(said.rotation_flip))]


def _words_of_depositors(decision: _Decision, details: str) -> List[str]:
    told = map(from_words, find_orientation_words(details))
    by = "what the depositors say"
    return [_compared(decision, by, each) for each in told if each is not None]


def _compared(decision: _Decision, words: str, told: Orientation) -> str:
    if decision.evidence == "none":
        return f"By {words}, it has to be {told}."
    if told == decision.orientation:
        return f"It is the same by {words}."
    deciding = "movies decide" if decision.evidence == "movies" else "title decides"
    return f"By {words} it would be {told}: the {deciding}."
