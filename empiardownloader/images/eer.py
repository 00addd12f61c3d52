"""Frames of EER movies: run lengths between electrons, in a stream of bits, lowest bits first.

A code begins with a number of empty pixels. The largest number is a run without an electron. After
any other number, an electron is in the next pixel, and further bits place it within this pixel;
they are not used here. Sources: the camera maker's EerReaderLib, RELION's renderEER.
"""

from typing import Any, NamedTuple, Tuple

import numpy as np

from .errors import Unreadable


class EerCodes(NamedTuple):
    """Number of bits of a run length, and of a position within a pixel.

    ``one_length``: the position's bits follow the largest run length, too, and mean nothing there.
    """

    run: int
    place: int
    one_length: bool = False


#: Codes of the compressions with fixed numbers of bits; those of 65002 are in its tags.
FIXED_CODES = {65000: EerCodes(8, 4, one_length=True), 65001: EerCodes(7, 4)}
_LONGEST = 16  # bits of a run length


def electrons(content: bytes, codes: EerCodes, share: float, pixels: int) -> Any:
    """Return the index of the pixel of each electron, below ``pixels``, in ascending order.

    ``share`` is the part of the frame that these pixels are: about as much of the content is
    decoded. Raises Unreadable for content that ends before them.
    """
    if not 0 < codes.run <= _LONGEST or codes.place < 0:
        raise Unreadable(f"its codes have {codes.run} and {codes.place} bits")
    share *= 1.1
    while True:
        found, reached = _decode(content[: int(len(content) * share) + 64], codes)
        if reached >= pixels:
            return found[: np.searchsorted(found, pixels)]
        if share >= 1:
            raise Unreadable("a frame ends before its last pixel")
        share *= 2


def _decode(content: bytes, codes: EerCodes) -> Tuple[Any, int]:
    """Return the pixels of all electrons in some bytes, and the number of pixels passed."""
    longest = _ones_at_each_bit(content, codes.run)
    if codes.one_length:
        starts = np.arange(0, len(longest), codes.run + codes.place)
        is_empty = longest[starts].astype(bool)
    else:
        starts, is_empty = _code_starts(np.flatnonzero(longest), len(longest), codes)
    passed = np.cumsum(_runs_at(content, starts, codes.run) + ~is_empty, dtype=np.int64)
    return passed[~is_empty] - 1, int(passed[-1]) if len(passed) else 0


def _ones_at_each_bit(content: bytes, bits: int) -> Any:
    """Return 1 for each bit at which ``bits`` ones in a row begin, the code of the longest run.

    The last ``bits - 1`` positions have too few bits behind them and are not returned.
    """
    ones = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
    length = 1
    while length < bits:
        step = min(length, bits - length)
        ones = ones[:-step] & ones[step:]
        length += step
    return ones


def _runs_at(content: bytes, starts: Any, bits: int) -> Any:
    """Return the run lengths at some bits."""
    padded = np.frombuffer(content + bytes(3), np.uint8).astype(np.uint32)
    words = padded[:-3] | padded[1:-2] << 8 | padded[2:-1] << 16
    return words[starts >> 3] >> (starts & 7).astype(np.uint32) & ((1 << bits) - 1)


def _code_starts(longest: Any, end: int, codes: EerCodes) -> Tuple[Any, Any]:
    """Return the bits at which codes begin, and which of these codes have no electron.

    ``longest`` are all bits at which the longest run would be read. Codes have one length up to the
    next longest run, which is shorter: the search goes from one of these to the next.
    """
    length = codes.run + codes.place
    order = np.lexsort((longest, longest % length))
    stops = longest[order]
    after = stops + codes.run
    keys = stops % length * (end + length) + stops
    following = np.searchsorted(keys, after % length * (end + length) + after)
    # None follows where the next one in this order has another remainder.
    remainders = np.append(stops % length, -1)
    following[remainders[following] != after % length] = -1
    passed, at = [], int(np.searchsorted(keys, 0)) if remainders[0] == 0 else -1
    next_at = following.tolist()
    while at >= 0:
        passed.append(at)
        at = next_at[at]
    return _spread_out(np.append(0, after[passed]), stops[passed], end, codes)


def _spread_out(begins: Any, stops: Any, end: int, codes: EerCodes) -> Tuple[Any, Any]:
    length = codes.run + codes.place
    # The last stretch ends with the content, not with a longest run.
    last = max(0, (end - begins[-1] + length - 1) // length)
    stretches = stops - begins[:-1]
    counts = np.append(stretches // length + 1, last)
    ends = np.cumsum(counts)
    within = np.arange(ends[-1]) - np.repeat(ends - counts, counts)
    starts = np.repeat(begins, counts) + within * length
    is_empty = np.zeros(len(starts), bool)
    is_empty[ends[:-1] - 1] = True
    return starts, is_empty
