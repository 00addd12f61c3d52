"""Names of aligned sums, which are no movies."""

from __future__ import annotations

import re

from .image_kinds import _FLAGS, name_words, split_extension

# The short words may begin the name of a specimen or of its owner, so there they do not count.
_ALIGNED = re.compile(
    r"(?<!\bun )(?<!\bnon )(?<!\bnot )\bx?aligned\b"
    r"|(?<=\w )(?:dws?|ali|dfpt|sums?|averaged?)\b"
    r"|\b(?:summed|sum ?corr?)\b"
    r"|\b(?:dose|exposure) ?weight(?:ed|ing)?\b"
    r"|\bmotion ?corr?(?:ected|ection)?\b"
)


_ALIGNED_HINT = re.compile(r"ali|dw|dfpt|sum|weight|cor|average|bin\Z|-a\Z", _FLAGS)


#: Leginon's …00002en-a.mrc, and the binned .bin.mrc of EMPIAR-10146.
_ALIGNED_ENDING = re.compile(r"(?:[0-9]{5}[a-z]{2,4}-a|\.bin)\Z", _FLAGS)


def looks_aligned(name: str) -> bool:
    """Return whether name reads like an aligned sum (_DW, -DW, SumCorr, patch_aligned, _ali_).

    A movie may have such a name too: believe it only where other images lie beside.
    """
    stem, _ = split_extension(name)
    if not _ALIGNED_HINT.search(stem):
        return False
    return bool(_ALIGNED.search(name_words(stem)) or _ALIGNED_ENDING.search(stem))
