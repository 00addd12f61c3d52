"""Names of images that a program made from another image of the same folder."""

from __future__ import annotations

import re
from functools import lru_cache
from statistics import median
from typing import (
    Container,
    Dict,
    FrozenSet,
    Iterable,
    Iterator,
    List,
    Optional,
    Sequence,
    Set,
    Tuple,
)

from .aligned_names import looks_aligned
from .image_kinds import split_extension
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
#: RELION (PS, autopick, extract), CTFFIND (diag), Direct Electron (final, info, 0_Sum), cryoSPARC
#: (rigid_aligned, background, ctf_diag_2D), Scipion (aligned_mic, avg_even), SerialEM (powpair),
#: IMOD (preali, rec), EMAN (ctf_flip, hp). The words of aligned images belong to them, too.
_ENDING_PIECES = frozenset(
    {"evn", "even", "odd", "ps", "psd", "fft", "powerspectrum", "powpair", "ctf", "diag"}
    | {"diagnostic", "2d", "stk", "dw", "dws", "avg", "final", "info", "mic", "background"}
    | {"rigid", "patch", "dose", "exposure", "weighted", "motion", "cor", "corr", "corrected"}
    | {"denoised", "deconv", "deconvolved", "topaz", "unblur", "filt", "filtered", "flip", "lp"}
    | {"hp", "preali", "rec", "junk", "mask", "seg", "particles", "autopick", "extract"}
    | {"thumb", "thumbs", "thumbnail", "preview", "vol", "volume", "2nd"}
)

#: How systems call another copy of a file in the same folder.
_COPY = re.compile(
    r"\A(?:copy of )(?P<of>.+)\Z"
    r"|\A(?P<stem>.+?)"
    r"(?: ?- ?(?:copy|kopie|copie|copia)(?: ?\([0-9]+\))?| copy(?: [0-9]+)?| ?\([0-9]+\))\Z"
)

#: Endings with a number of their own: half1, bin2, binned4.
_NUMBERED_ENDING = re.compile(r"(?:half|bin|binned)[0-9]*\Z", re.ASCII)

#: Leginon's first, second and further sums of a movie.
_VERSION = re.compile(r"-[a-e]\Z")

_SEPARATOR = re.compile(r"[-_. ]")
_LETTER = re.compile(r"[a-z]")

#: The series that SerialEM and Tomography 5 write beside its frames (TS_01_000_0.0.mrc).
_TILT = re.compile(r"[-_][0-9]+[-_\[]+-?[0-9]+\.[0-9]+(?![0-9])")

#: Frames of a series without which an image of the series' name is no stack of it.
_MIN_TILTS = 3

#: Images with one ending by which an unknown ending is a program's.
_MIN_ALIKE = 3

#: An image as many times smaller than the one that it is called after was made from it.
MUCH_SMALLER = 4.0


def size_ratio(some: Sequence[RemoteFile], others: Sequence[RemoteFile]) -> Optional[float]:
    """Return the median size of some files over that of others; None if either is unknown."""
    known = [[file.size for file in files if file.size] for files in (some, others)]
    return median(known[0]) / median(known[1]) if all(known) else None


def single_image_stems(stems: Iterable[str]) -> Set[str]:
    """Return the stems that single images beside these movies would have, in lower case."""
    return set(filter(None, map(_single_image_stem, stems)))


@lru_cache(maxsize=1 << 15)  # several rules ask for a folder's names
def _single_image_stem(stem: str) -> str:
    ending = _MOVIE_ENDING.search(stem)
    return stem[: ending.start()].lower() if ending else ""


def products(images: Sequence[RemoteFile], others: Sequence[RemoteFile] = ()) -> Set[str]:
    """Return the paths of images named like another image, or a tilt series, plus an ending.

    The ending is a program's. others: more files that images may be named like.
    """
    sources = _source_stems([*images, *others]) | _series_stems(images)
    return {
        image.path
        for image in images
        if any(base in sources for base in _without_ending(image.name, _ENDING_PIECES))
    }


def much_smaller_versions(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of images named like much larger ones plus an ending of several images."""
    known = [image.size for image in images if image.size]
    if not known or max(known) < MUCH_SMALLER * min(known):
        return set()
    sizes: Dict[str, int] = {}
    for image in images:
        stem = image.stem
        for base in {stem, *single_image_stems([stem])}:
            sizes[base] = max(sizes.get(base, 0), image.size or 0)
    versions: Dict[str, List[Tuple[str, float]]] = {}
    for image in images:
        base, ending = _longest_base(image.stem, sizes)
        if ending and image.size:
            versions.setdefault(ending, []).append((image.path, sizes[base] / image.size))
    return {
        path
        for alike in versions.values()
        if len(alike) >= _MIN_ALIKE and median(ratio for _, ratio in alike) >= MUCH_SMALLER
        for path, _ in alike
    }


def come_from(marked: Sequence[RemoteFile], others: Sequence[RemoteFile], word: str) -> bool:
    """Return True if any marked image is named like another one plus the word."""
    sources = _source_stems(others)
    words = frozenset(word.split())
    return any(base in sources for file in marked for base in _without_ending(file.name, words))


def tilt_stacks(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of images named like the tilt series of other images."""
    series = _series_stems(images)
    return {image.path for image in images if image.stem in series}


def _series_stems(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the names of the tilt series of which some images are the frames."""
    counts: Dict[str, int] = {}
    for image in images:
        tilt = _TILT.search(image.name)
        if tilt:
            series = image.name[: tilt.start()].lower()
            counts[series] = counts.get(series, 0) + 1
    return {series for series, count in counts.items() if count >= _MIN_TILTS}


def copies(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of redundant copies of images, packed or with another extension.

    .tif and .tiff of one stem are copies, too, and 'x - Copy.tif' or 'x (1).tif' of x.tif's size.
    """
    sizes = {image.name.lower(): image.size for image in images}
    known: Set[str] = set()
    found = {image.path for image in images if _is_second_copy(image, sizes)}
    for image in sorted(images, key=is_packed):
        name = _unpacked_name(image)
        if name in known:
            found.add(image.path)
        known.add(name)
    return found


def sums_of_stacks(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of .mrc images with an .mrcs stack of the same stem in their folder."""
    stacks = {image.stem for image in images if image.kind == "mrcs"}
    return {image.path for image in images if image.kind == "mrc" and image.stem in stacks}


def versions_by_letter(images: Sequence[RemoteFile]) -> Set[str]:
    """Return the paths of Leginon's sums of x.frames.mrc, which are x-a.mrc, x-b.mrc and so on."""
    versions = [image for image in images if _VERSION.search(image.stem)]
    bases = single_image_stems(image.stem for image in images) if versions else set()
    return {image.path for image in versions if image.stem[:-2] in bases}


def _is_second_copy(image: RemoteFile, sizes: Dict[str, Optional[int]]) -> bool:
    stem, extension = split_extension(image.name.lower())
    named = _COPY.match(stem)
    if not named:
        return False
    original = (named["of"] or named["stem"]) + extension
    return original in sizes and sizes[original] == image.size


def is_packed(image: RemoteFile) -> bool:
    """Return True if a file's extension is that of packed files."""
    return image.name.lower().endswith((".bz2", ".gz"))


def _longest_base(stem: str, bases: Container[str]) -> Tuple[str, str]:
    """Return the longest beginning of a stem that is one of the bases, and the rest; '' for none.

    A rest without a letter is another image's number.
    """
    for separator in reversed(list(_SEPARATOR.finditer(stem))):
        base, ending = stem[: separator.start()], stem[separator.start() :]
        if base in bases and _LETTER.search(ending):
            return base, ending
    return stem, ""


def _unpacked_name(image: RemoteFile) -> str:
    name = image.name[: image.name.rindex(".")] if is_packed(image) else image.name
    return re.sub(r"\.tiff\Z", ".tif", name)


def _source_stems(images: Sequence[RemoteFile]) -> Set[str]:
    stems = {image.stem for image in images}
    return stems | single_image_stems(stems)


def _without_ending(name: str, pieces: FrozenSet[str]) -> Iterator[str]:
    """Yield the rest of a stem, in lower case, as its ending is removed piece by piece.

    x_001_patch_aligned_DW gives x_001_patch_aligned, x_001_patch and x_001.
    """
    stem, _ = split_extension(name)
    piece = _LAST_PIECE.search(stem)
    is_inside = False
    while piece and (_is_ending(piece[1], pieces) or (is_inside and piece[1] == "0")):
        stem, is_inside = stem[: piece.start()].rstrip("-_. "), True
        yield stem.lower()
        piece = _LAST_PIECE.search(stem)


def _is_ending(piece: str, pieces: FrozenSet[str]) -> bool:
    lower = piece.lower()
    if lower in pieces:
        return True
    if not _LETTER.search(lower):
        return False  # most movies' last piece is a number
    if looks_aligned(f"x_{piece}.mrc"):
        return True
    return pieces is _ENDING_PIECES and _NUMBERED_ENDING.match(lower) is not None
