"""Finds the orientation of a gain reference from the movies themselves.

Raw frames show the camera's pattern, the inverse of a multiplicative gain. So the sum of some
frames is correlated with that pattern in each orientation. The first rows are enough, some 800,000
pixels, and many decoders need not look further. Both images are freed of what varies
slowly, outliers are clipped, and both get unit variance. The part that is equal in all orientations
is removed from the patterns, as it cannot distinguish them. A score is the sum of products over the
root of their number: its spread is about 1 if nothing fits, for images of any size.
"""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from .errors import PixelsNotRead, Unreadable
from .orientation import ALL, AS_DEPOSITED, Orientation
from .pixels import begins_with_upper_row, first_rows, rows_looked_at

LEAST_SCORE = 15.0
LEAST_RATIO = 3.0
LEAST_AGREEING = 2
#: From this score on, more frames are worth their time: three times as many give 1.7 times of it.
_PROMISING = 7.0
#: Times the least score, expected of a gain that fits, from which on its lack means something.
_WITHIN_REACH = 1.5
_BLOCK = 16  # pixels
_CLIPPED_AT = 5.0  # deviations, of the gain
_COUNTS_CLIPPED_AT = 8.0  # deviations; nearer, the skew of few counts looks like a pattern
_NOT_USABLE = (PixelsNotRead, Unreadable, OSError, ValueError, MemoryError)


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

    def __init__(self, gain: Any, frame_shape: Tuple[int, int], upper_row_first: bool) -> None:
        """Prepare a gain (y, x), rows as in an MRC file, for frames of this shape (y, x).

        ``upper_row_first``: the frames are stored upside down relative to an MRC file. Raises
        PixelsNotRead for a gain that has this size in no orientation, and for one without a
        pattern that differs between orientations.
        """
        factor, self._binning = _scales(gain.shape, frame_shape)
        rows, height, width = (
            factor * side // self._binning for side in (rows_looked_at(frame_shape), *frame_shape)
        )
        spreads: List[float] = []
        patterns: List[Any] = []
        self._orientations: List[Orientation] = []
        for turn in ALL:
            turned = turn.apply(gain)
            if turn.flip or turned.shape != (height, width):
                continue
            inverse = _inverse((turned[::-1] if upper_row_first else turned)[:rows])
            pattern, deviation = _normalized(_binned(inverse, factor), _CLIPPED_AT)
            # Its mirror image needs no work of its own.
            self._orientations += [turn, Orientation(-turn.rotation % 360, flip=True)]
            patterns += [pattern, pattern[:, ::-1]]
            spreads += [deviation / float(inverse.mean())] * 2
        self._patterns, own = _own_parts(patterns)
        #: Of the parts that tell orientations apart, relative to the mean sensitivity.
        self._spreads = [spread * part for spread, part in zip(spreads, own)]

    def compare(self, frames: Any) -> MovieScores:
        """Return the scores of a sum of frames' first rows, as stored, in each orientation."""
        image, deviation = _normalized(_binned(frames, self._binning), _COUNTS_CLIPPED_AT)
        root = float(np.sqrt(image.size))
        flat = image.ravel()
        scores = [float(flat @ pattern.ravel()) / root for pattern in self._patterns]
        inverted = -min(scores) > max(scores)
        ranked = sorted(((-s if inverted else s, at) for at, s in enumerate(scores)), reverse=True)
        (best, at), (second, _) = ranked[:2]
        expected = root * self._spreads[at] * abs(float(frames.mean())) / deviation
        return MovieScores(self._orientations[at], best, max(second, 0.0), inverted, expected)


def find_orientation(gain: Any, movies: Sequence[str], frame_shape: Tuple[int, int]) -> GainFinding:
    """Compare a gain (y, x; rows as in an MRC file) with movies whose frames have this shape.

    Never raises for an unusable movie or gain: the finding has the reason.
    """
    sums, reason = _read(movies)
    if not sums:
        return GainFinding(Verdict.NOT_READ, reason=reason)
    try:
        kinds = {begins_with_upper_row(movie) for movie in sums}
        patterns = {kind: GainPattern(gain, frame_shape, kind) for kind in kinds}
    except PixelsNotRead as error:
        return GainFinding(Verdict.OTHER_SIZE, reason=str(error))
    scores: List[MovieScores] = []
    for movie, frames in sums.items():
        try:
            scores.append(_scores(patterns[begins_with_upper_row(movie)], movie, frames))
        except _NOT_USABLE as error:
            reason = str(error) or type(error).__name__
    return decide(scores) if scores else GainFinding(Verdict.NOT_READ, reason=reason)


def _read(movies: Sequence[str]) -> Tuple[Dict[str, Any], str]:
    """Return sums of the movies that can be read, and why another one cannot."""
    sums: Dict[str, Any] = {}
    reason = "there is no movie to compare it with"
    for movie in movies:
        try:
            sums[movie] = first_rows(movie)
        except _NOT_USABLE as error:
            reason = str(error) or type(error).__name__
    return sums, reason


def _scores(pattern: GainPattern, movie: str, frames: Any) -> MovieScores:
    """Return the scores of a movie; more frames are read where they could make them clear."""
    scores = pattern.compare(frames)
    if not scores.is_clear and scores.best >= _PROMISING:
        more = first_rows(movie, again=True)
        scores = scores if more is None else pattern.compare(frames + more)
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


def _own_parts(patterns: Sequence[Any]) -> Tuple[List[Any], List[float]]:
    """Return the parts of patterns that differ between orientations, and their deviations.

    They are brought to unit variance.
    """
    common = sum(patterns) / len(patterns)
    own = [pattern - common for pattern in patterns]
    deviations = [_deviation(part) for part in own]
    if min(deviations) < 1e-3:
        raise PixelsNotRead("it looks the same in every orientation")
    for part, deviation in zip(own, deviations):
        np.divide(part, deviation, out=part)
    return own, deviations


def _scales(gain_shape: Tuple[int, ...], frame_shape: Tuple[int, int]) -> Tuple[int, int]:
    """Return the binning of the gain and that of the frames, for a common size."""
    height, width = frame_shape
    for gain_binning, frame_binning in ((1, 1), (2, 1), (1, 2)):
        gain = tuple(frame_binning * side for side in gain_shape)
        frame = (gain_binning * height, gain_binning * width)
        if gain in (frame, frame[::-1]):
            return gain_binning, frame_binning
    shape = f"{gain_shape[1]} x {gain_shape[0]}"
    raise PixelsNotRead(f"it has {shape} pixels, the frames {width} x {height}")


def resizing_words(gain_shape: Tuple[int, ...], frame_shape: Tuple[int, int]) -> str:
    """Return what gives the gain the frames' size, in words; '' for nothing."""
    try:
        scales = _scales(gain_shape, frame_shape)
    except PixelsNotRead:
        return ""
    return {(2, 1): "binned by two", (1, 2): "enlarged by two"}.get(scales, "")


def to_frame_size(gain: Any, frame_shape: Tuple[int, int]) -> Any:
    """Return a gain of twice or half the frames' size binned or enlarged to their size."""
    gain_binning, frame_binning = _scales(gain.shape, frame_shape)
    return _binned(gain, gain_binning).repeat(frame_binning, axis=0).repeat(frame_binning, axis=1)


def _binned(image: Any, factor: int) -> Any:
    """Return the means of squares of ``factor`` pixels a side."""
    if factor == 1:
        return image
    height, width = (side // factor for side in image.shape)
    even = image[: height * factor, : width * factor]
    means = np.zeros((height, width), np.float32)
    for row in range(factor):
        for column in range(factor):
            means += even[row::factor, column::factor]
    return means / factor**2


def _inverse(gain: Any) -> Any:
    """Return relative sensitivities; dead pixels, marked by 0 in gains, become ordinary ones."""
    gain = np.ascontiguousarray(gain, dtype=np.float32)
    usable = np.isfinite(gain) & (gain > 0)
    if not usable.any():
        raise PixelsNotRead("it has no values above zero")
    sample = gain[::5, ::7][usable[::5, ::7]]
    usual = np.median(sample if sample.size else gain[usable])
    return np.divide(usual, gain, out=np.ones(gain.shape, np.float32), where=usable)


def _normalized(image: Any, clipped_at: float) -> Tuple[Any, float]:
    """Return an image without its low frequencies and outliers, and its deviation.

    It is float32, brought to unit variance.
    """
    image = np.asarray(image, dtype=np.float32)
    if not np.isfinite(image.sum()):
        image = np.nan_to_num(image, posinf=0.0, neginf=0.0)
    high = image - _local_mean(image)
    sample = high.ravel()[::16]
    spread = 1.4826 * float(np.median(np.abs(sample)))
    inner = sample[np.abs(sample) <= np.percentile(np.abs(sample), 99.9)]
    limit = clipped_at * max(spread, float(inner.std()))
    np.clip(high, -limit, limit, out=high)
    high -= high.mean()
    deviation = _deviation(high)
    if not deviation > 0:
        raise PixelsNotRead("all its pixels have one value")
    high /= deviation
    return high, deviation


def _deviation(image: Any) -> float:
    """Return the root mean square of an image with a mean of 0."""
    flat = image.ravel()
    return float(np.sqrt(flat @ flat / flat.size))


def _local_mean(image: Any) -> Any:
    """Return the means of blocks, interpolated between the blocks' centres."""
    begins = [np.arange(max(1, side // _BLOCK)) * _BLOCK for side in image.shape]
    sums = np.add.reduceat(image, begins[0], axis=0, dtype=np.float32)
    sums = np.add.reduceat(sums, begins[1], axis=1)
    counts = [np.diff(begin, append=side) for begin, side in zip(begins, image.shape)]
    means = (sums / np.outer(*counts)).astype(np.float32)
    return _stretched(_stretched(means, counts[1], axis=1), counts[0], axis=0)


def _stretched(means: Any, counts: Any, axis: int) -> Any:
    """Return one value for each pixel along an axis, interpolated between the means of blocks.

    counts: the pixels of each block along the axis.
    """
    centres = np.cumsum(counts) - (counts + 1) / 2
    blocks = np.interp(np.arange(counts.sum()), centres, np.arange(len(counts)))
    lower = blocks.astype(int)
    upper = np.minimum(lower + 1, len(counts) - 1)
    weights = np.expand_dims((blocks - lower).astype(np.float32), 1 - axis)
    low = means.take(lower, axis)
    return low + (means.take(upper, axis) - low) * weights
