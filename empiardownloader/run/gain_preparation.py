"""The gain reference as the set gets it: converted and turned so that it fits the movies."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..images.errors import PixelsNotRead, Unreadable
from ..images.file_says import what_file_says
from ..images.gain_orientation import GainFinding, MovieScores, Verdict, find_orientation
from ..images.header import MovieHeader
from ..images.mrc import float_image
from ..images.orientation import AS_DEPOSITED, Orientation, from_rotation_flip, from_words
from ..images.pixels import read_gain
from ..metadata import find_orientation_words

_DM = (".dm3", ".dm4")
#: Falcon's references are of a format of their own, and RELION inverts any other one of EER movies.
_EER = (".eer", ".gain")


#: How the name of a gain ends that was turned.
ORIENTED = "_oriented.mrc"


@dataclass(frozen=True)
class PreparedGain:
    """The gain's file, what was done to it, and what the user is to know of it."""

    path: str
    notes: Tuple[str, ...] = ()
    rotation: int = 0
    flip: bool = False
    evidence: str = "none"

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
) -> PreparedGain:
    """Return the gain that is right for these movies, written into ``folder`` where it is new.

    DM files become MRC always. Where ``applies``, what the movies show of the orientation is
    applied to a copy, ``<stem>_oriented.mrc``; else it is only told. ``details`` is what the
    depositors say. Never raises for a gain or a movie that cannot be read.
    """
    try:
        gain = read_gain(path)
    except (PixelsNotRead, Unreadable, OSError) as error:
        return PreparedGain(path, (f"Its orientation could not be looked at: {error}.",))
    finding = find_orientation(gain, movies, (header.height, header.width))
    notes = [_sentence(finding, applies=applies), *_other_evidence(finding, movies, details)]
    kept_as_it_is = any(Path(file).suffix.lower() in _EER for file in (path, *movies))
    differs = finding.orientation != AS_DEPOSITED or finding.inverted
    evidence = "movies" if finding.is_decided else "none"
    if not (finding.is_decided and differs and applies) or kept_as_it_is:
        if kept_as_it_is and finding.is_decided and differs:
            notes[0] = _sentence(finding, applies=False)
        converted = _converted(path, gain, folder)
        return PreparedGain(converted, tuple(notes), evidence=evidence)
    oriented = os.path.join(folder, f"{Path(path).stem}{ORIENTED}")
    _write(oriented, finding.orientation.apply(1 / _nonzero(gain) if finding.inverted else gain))
    rotation, flip = finding.orientation.rotation, finding.orientation.flip
    return PreparedGain(oriented, tuple(notes), rotation, flip, evidence)


def _converted(path: str, gain: Any, folder: str) -> str:
    """Return the MRC file of a DM file, which other programs read with the rows upside down."""
    if Path(path).suffix.lower() not in _DM:
        return path
    converted = os.path.join(folder, f"{Path(path).stem}_gain.mrc")
    _write(converted, gain)
    return converted


def _nonzero(gain: Any) -> Any:
    """Pixels that a dividing gain marks as dead stay without weight."""
    gain = gain.copy()
    gain[gain == 0] = float("inf")
    return gain


def _write(path: str, image: Any) -> None:
    draft = f"{os.path.dirname(path)}/.{os.path.basename(path)}.incoming"
    with open(draft, "wb") as file:
        file.write(float_image(image))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)


def _sentence(finding: GainFinding, applies: bool) -> str:
    """Return one sentence about what the movies show."""
    if finding.verdict is Verdict.NOT_READ:
        return f"Its orientation could not be looked at: {finding.reason}."
    if finding.verdict is Verdict.OTHER_SIZE:
        return f"It cannot be compared with the movies: {finding.reason}."
    best = max(finding.scores, key=lambda scores: scores.best)
    numbers = f"{best.best:.0f}, next {best.second:.0f}"
    if finding.verdict is Verdict.NO_FIT:
        return (
            f"It fits the movies in no orientation ({numbers}; 15 are needed): they are corrected "
            "already, or it is of another camera, or the movies have too few counts. It is set "
            "as it is."
        )
    if finding.verdict is Verdict.AMBIGUOUS:
        return _ambiguous(finding.scores, best, numbers)
    movies = _movies(finding)
    done = f"{finding.orientation}{', inverted because it divides' if finding.inverted else ''}"
    if finding.orientation == AS_DEPOSITED and not finding.inverted:
        return f"It lies right, as {movies} ({numbers}): leave rotation and flip at none."
    if applies:
        done = done[0].upper() + done[1:] if finding.orientation != AS_DEPOSITED else "Inverted"
        return f"{done}, as {movies} ({numbers}): leave rotation and flip at none."
    return f"It is set as it is, and has to be {done}, as {movies} ({numbers})."


def _movies(finding: GainFinding) -> str:
    clear = sum(scores.is_clear for scores in finding.scores)
    return f"{clear} movies show"


def _ambiguous(scores: Sequence[MovieScores], best: MovieScores, numbers: str) -> str:
    if len(scores) == 1 and best.is_clear:
        return (
            f"The only movie that was looked at shows it {best.orientation} ({numbers}); two have "
            "to agree, so it is set as it is."
        )
    return f"The movies do not agree on its orientation ({numbers}): it is set as it is."


def _other_evidence(finding: GainFinding, movies: Sequence[str], details: str) -> List[str]:
    """Return what SerialEM wrote into the first movie, and depositors into the entry."""
    told: List[Tuple[str, Optional[Orientation]]] = []
    said = what_file_says(movies[0]) if movies else None
    if said is not None and said.rotation_flip is not None:
        words = f"r/f {said.rotation_flip.code} in {said.rotation_flip_origin}"
        told.append((words, from_rotation_flip(said.rotation_flip)))
    for sentence in find_orientation_words(details):
        told.append(("what the depositors say", from_words(sentence)))
    return [_compared(finding, *each) for each in told if each[1] is not None]


def _compared(finding: GainFinding, words: str, told: Optional[Orientation]) -> str:
    if not finding.is_decided:
        return f"By {words}, it has to be {told}."
    if told == finding.orientation:
        return f"It is the same by {words}."
    return f"By {words} it would be {told}: the movies decide."
