"""Finds the orientation of a gain reference from the movies themselves.

Raw frames show the camera's pattern, the inverse of a multiplicative gain. So the sum of some
frames is correlated with that pattern in each orientation. Both are high-passed by a box, outliers
are clipped, and both get unit variance. The part that is equal in all orientations is removed from
the pattern, as it cannot distinguish them. A score is the sum of products over the root of their
number: its spread is about 1 if nothing fits, for images of any size.
"""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, List, Sequence, Tuple

import numpy as np

from .errors import PixelsNotRead, Unreadable
from .orientation import ALL, AS_DEPOSITED, Orientation
from .pixels import middle, sum_of_frames

LEAST_SCORE = 15.0
LEAST_RATIO = 3.0
LEAST_AGREEING = 2
#: From this score on, more frames are worth their time.
_PROMISING = 5.0
#: Times the least score, expected of a gain that fits, from which on its lack means something.
_WITHIN_REACH = 1.5
_BOX = 33  # pixels
_CLIPPED_AT = 5.0  # deviations, of the gain
_COUNTS_CLIPPED_AT = 8.0  # deviations; nearer, the skew of few counts looks like a pattern


class Verdict(Enum):
    """The result of comparing a gain with movies."""

    DECIDED = "decided"
    NO_FIT = "no fit"
    AMBIGUOUS = "ambiguous"
    OTHER_SIZE = "other size"
    NOT_READ = "not read"


@dataclass(frozen=True)
class MovieScores:
    """Scores of one movie: the best orientation, its score and the second score.

    ``inverted`` is True if frames grow with the gain: it divides instead of multiplying.
    ``expected`` is the score that these frames would have if the gain fitted them.
    """

    orientation: Orientation
    best: float
    second: float
    inverted: bool = False
    expected: float = math.inf

    @property
    def is_clear(self) -> bool:
        """True if the best score is high enough, and far enough from the second."""
        return self.best >= max(LEAST_SCORE, LEAST_RATIO * self.second)


@dataclass(frozen=True)
class GainFinding:
    """The result for one gain: the verdict, the orientation if decided, and the scores."""

    verdict: Verdict
    orientation: Orientation = AS_DEPOSITED
    inverted: bool = False
    scores: Tuple[MovieScores, ...] = ()
    reason: str = ""

    @property
    def is_decided(self) -> bool:
        """True if the orientation is known."""
        return self.verdict is Verdict.DECIDED

    @property
    def is_out_of_reach(self) -> bool:
        """True if the movies cannot be read, or have too few counts to show any orientation."""
        if self.verdict is Verdict.NOT_READ:
            return True
        too_few = all(scores.expected < _WITHIN_REACH * LEAST_SCORE for scores in self.scores)
        return self.verdict is Verdict.NO_FIT and too_few


class GainPattern:
    """The pattern of one gain reference, prepared for comparison with sums of frames."""

    def __init__(self, gain: Any, frame_shape: Tuple[int, int]) -> None:
        """Prepare a gain (y, x), rows as in an MRC file, for frames of this shape (y, x).

        Raises PixelsNotRead for a gain that has this size in no orientation, and for one without a
        pattern that differs between orientations.
        """
        self._binning, gain = _to_common_size(gain, frame_shape)
        shape = tuple(side // self._binning for side in frame_shape)
        self._fitting = [each for each in ALL if each.apply(gain).shape == shape]
        alike = [each for each in ALL if each.apply(gain).shape == gain.shape]
        window = middle(gain.shape, self._binning)
        inverse = _inverse(gain[window])
        pattern, deviation = _normalized(inverse, _CLIPPED_AT)
        self._pattern, own = _own_part(pattern, alike)
        #: Of the part that tells orientations apart, relative to the mean sensitivity.
        self._spread = deviation * own / float(np.mean(inverse))

    def compare(self, frames: Any) -> MovieScores:
        """Return the scores of a sum of frames, cut to its middle, in each orientation."""
        if self._binning > 1:
            frames = _binned(frames)
        image, deviation = _normalized(frames, _COUNTS_CLIPPED_AT)
        root = float(np.sqrt(image.size))
        scores = {
            each: float(np.sum(image * each.apply(self._pattern), dtype=np.float64)) / root
            for each in self._fitting
        }
        inverted = -min(scores.values()) > max(scores.values())
        ranked = sorted(((-s if inverted else s, each) for each, s in scores.items()), reverse=True)
        expected = root * self._spread * abs(float(np.mean(frames))) / deviation
        return MovieScores(ranked[0][1], ranked[0][0], max(ranked[1][0], 0.0), inverted, expected)


def find_orientation(gain: Any, movies: Sequence[str], frame_shape: Tuple[int, int]) -> GainFinding:
    """Compare a gain (y, x; rows as in an MRC file) with movies whose frames have this shape.

    Never raises for an unusable movie or gain: the finding has the reason.
    """
    try:
        pattern = GainPattern(gain, frame_shape)
    except PixelsNotRead as error:
        return GainFinding(Verdict.OTHER_SIZE, reason=str(error))
    scores: List[MovieScores] = []
    reason = "there is no movie to compare it with"
    for movie in movies:
        try:
            scores.append(_scores(pattern, movie))
        except (PixelsNotRead, Unreadable, OSError, ValueError, MemoryError) as error:
            reason = str(error) or type(error).__name__
    return decide(scores) if scores else GainFinding(Verdict.NOT_READ, reason=reason)


def _scores(pattern: GainPattern, movie: str) -> MovieScores:
    scores = pattern.compare(sum_of_frames(movie))
    if not scores.is_clear and scores.best >= _PROMISING:
        scores = pattern.compare(sum_of_frames(movie, effort=4))
    return scores


def decide(scores: Sequence[MovieScores]) -> GainFinding:
    """Return the finding of several movies: at least two clear ones agree, and none contradicts."""
    told = tuple(scores)
    clear = [each for each in told if each.is_clear]
    answers = {(each.orientation, each.inverted) for each in clear}
    if len(answers) == 1 and len(clear) >= LEAST_AGREEING:
        ((orientation, inverted),) = answers
        return GainFinding(Verdict.DECIDED, orientation, inverted, told)
    seen = any(each.best >= LEAST_SCORE for each in told)
    return GainFinding(Verdict.AMBIGUOUS if seen else Verdict.NO_FIT, scores=told)


def _own_part(pattern: Any, alike: Sequence[Orientation]) -> Tuple[Any, float]:
    """Return the part that differs between orientations of the same shape, and its deviation.

    It is brought to unit variance.
    """
    own = pattern - sum(each.apply(pattern) for each in alike) / len(alike)
    deviation = float(own.std())
    if deviation < 1e-3:
        raise PixelsNotRead("it looks the same in every orientation")
    return (own / deviation).astype(np.float32), deviation


def _to_common_size(gain: Any, frame_shape: Tuple[int, int]) -> Tuple[int, Any]:
    """Return the binning for the frames, and the gain, binned itself if it is larger."""
    height, width = frame_shape
    shape = tuple(gain.shape)
    if shape in ((height, width), (width, height)):
        return 1, gain
    if shape in ((2 * height, 2 * width), (2 * width, 2 * height)):
        return 1, _binned(gain)
    if (2 * shape[0], 2 * shape[1]) in ((height, width), (width, height)):
        return 2, gain
    raise PixelsNotRead(f"it has {shape[1]} x {shape[0]} pixels, the frames {width} x {height}")


def _binned(image: Any) -> Any:
    height, width = image.shape
    even = image[: height // 2 * 2, : width // 2 * 2]
    return even.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3), dtype=np.float32)


def _inverse(gain: Any) -> Any:
    """Return the sensitivities; dead pixels, marked by 0 in gains, become ordinary ones."""
    usable = np.isfinite(gain) & (gain > 0)
    if not usable.any():
        raise PixelsNotRead("it has no values above zero")
    usual = float(np.median(gain[usable][::7]))
    return 1.0 / np.where(usable, gain, usual)


def _normalized(image: Any, clipped_at: float) -> Tuple[Any, float]:
    """Return an image without its low frequencies and outliers, and its deviation.

    It is float32, brought to unit variance.
    """
    image = np.nan_to_num(np.asarray(image, dtype=np.float32), posinf=0.0, neginf=0.0)
    high = image - _box_mean(image)
    sample = high.ravel()[::16]
    spread = 1.4826 * float(np.median(np.abs(sample)))
    inner = sample[np.abs(sample) <= np.percentile(np.abs(sample), 99.9)]
    limit = clipped_at * max(spread, float(inner.std()))
    np.clip(high, -limit, limit, out=high)
    high -= high.mean()
    deviation = float(high.std())
    if not deviation > 0:
        raise PixelsNotRead("all its pixels have one value")
    high /= deviation
    return high, deviation


def _box_mean(image: Any) -> Any:
    """Return the mean of the box around each pixel; reflected at the borders."""
    for axis in (0, 1):
        half = min(_BOX // 2, image.shape[axis] - 1)
        padding = [(0, 0), (0, 0)]
        padding[axis] = (half + 1, half)
        sums = np.cumsum(np.pad(image, padding, "symmetric"), axis=axis, dtype=np.float64)
        size = 2 * half + 1
        upper, lower = (
            (sums[size:], sums[:-size]) if axis == 0 else (sums[:, size:], sums[:, :-size])
        )
        image = ((upper - lower) / size).astype(np.float32)
    return image
