"""Names of images that a program made from another image of the same folder."""

from __future__ import annotations

import re
from typing import Dict, FrozenSet, Iterable, Iterator, Sequence, Set

from .aligned_names import looks_aligned
from .image_kinds import image_kind, split_extension
from .tree import RemoteFile

#: What a movie's name has more than the name of the single image beside it. EPU's movie has a
#: last number (EMPIAR-10511's FoilHole_…_20200304_153825-257811.mrc) that its average lacks.
_MOVIE_ENDING = re.compile(
    r"[-_. ](?:movies?|frames?|frameimage|fractions|raw)\Z"
    r"|(?:(?<=[0-9]{8}_[0-9]{4})|(?<=[0-9]{8}_[0-9]{6}))-[0-9]{3,7}\Z",
    re.IGNORECASE | re.ASCII,
)

_LAST_PIECE = re.compile(r"[-_. ]([^-_. ]+)\Z")

#: Pieces of the endings that programs give their images: MotionCor (EVN, ODD, Stk, DWS, CTF),
#: RELION (PS), CTFFIND (diag), Direct Electron (final, info, 0_Sum), cryoSPARC (rigid_aligned,
#: background), Scipion (aligned_mic, avg_even). The words of aligned images belong to them, too.
_ENDING_PIECES = frozenset(
    {"evn", "even", "odd", "ps", "psd", "fft", "powerspectrum", "ctf", "diag", "diagnostic"}
    | {"stk", "dw", "dws", "avg", "final", "info", "mic", "background", "rigid", "patch"}
    | {"dose", "exposure", "weighted", "motion", "corrected", "denoised"}
    | {"thumb", "thumbs", "thumbnail", "preview"}
)

#: The series that SerialEM and Tomography 5 write beside its frames (TS_01_000_0.0.mrc).
_TILT = re.compile(r"[-_][0-9]+[-_\[]+-?[0-9]+\.[0-9]+(?![0-9])")

#: Frames of a series without which an image of the series' name is no stack of it.
_MIN_TILTS = 3


def single_image_stems(stems: Iterable[str]) -> Set[str]:
    """Return the stems that single images beside these movies would have, in lower case."""
    endings = ((stem, _MOVIE_ENDING.search(stem)) for stem in stems)
    return {stem[: ending.start()].lower() for stem, ending in endings if ending}


def products(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of images named like another image plus a program's ending."""
    sources = _source_stems(images)
    return {
        image.path
        for image in images
        if any(base in sources for base in _without_ending(image.name, _ENDING_PIECES))
    }


def come_from(marked: Sequence[RemoteFile], others: Sequence[RemoteFile], word: str) -> bool:
    """Return True if any marked image is named like another one plus the word."""
    sources = _source_stems(others)
    words = frozenset(word.split())
    return any(base in sources for file in marked for base in _without_ending(file.name, words))


def tilt_stacks(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of images named like the tilt series of other images."""
    counts: Dict[str, int] = {}
    for image in images:
        tilt = _TILT.search(image.name)
        if tilt:
            series = image.name[: tilt.start()].lower()
            counts[series] = counts.get(series, 0) + 1
    return {
        image.path
        for image in images
        if counts.get(split_extension(image.name)[0].lower(), 0) >= _MIN_TILTS
    }


def copies(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of packed images whose unpacked image is in the same folder."""
    plain = {image.name.lower() for image in images}
    return {image.path for image in images if _unpacked(image.name).lower() in plain}


def sums_of_stacks(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of .mrc images with an .mrcs stack of the same stem in their folder."""
    stacks = {_stem(image) for image in images if image_kind(image.name) == "mrcs"}
    return {
        image.path for image in images if image_kind(image.name) == "mrc" and _stem(image) in stacks
    }


def _unpacked(name: str) -> str:
    # What is not packed has no other name: "" is nobody's.
    return name[: name.rindex(".")] if name.lower().endswith((".bz2", ".gz")) else ""


def _stem(image: RemoteFile) -> str:
    return split_extension(image.name)[0].lower()


def _source_stems(images: Sequence[RemoteFile]) -> Set[str]:
    stems = {_stem(image) for image in images}
    return stems | single_image_stems(stems)


def _without_ending(name: str, pieces: FrozenSet[str]) -> Iterator[str]:
    """Yield the rest of a stem, in lower case, as its ending is removed piece by piece.

    x_001_patch_aligned_DW gives x_001_patch_aligned, x_001_patch and x_001.
    """
    stem, _ = split_extension(name)
    piece = _LAST_PIECE.search(stem)
    is_inside = False
    while piece and (_is_ending(piece[1], pieces) or (is_inside and piece[1] == "0")):
        stem, is_inside = stem[: piece.start()], True
        yield stem.lower()
        piece = _LAST_PIECE.search(stem)


def _is_ending(piece: str, pieces: FrozenSet[str]) -> bool:
    return piece.lower() in pieces or looks_aligned(f"x_{piece}.mrc")
