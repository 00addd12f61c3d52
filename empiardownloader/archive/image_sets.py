"""Choosing an image set of an entry."""

from __future__ import annotations

import re
from typing import Callable, List, NamedTuple, Sequence

from .entry import Entry, ImageSet
from .errors import EntryNotReleased, NoMovies, NoSuchImageSet

_RELEASED = "REL"
# The codes of the archive's schema, and those of the entries on hold.
_STATUSES = {
    "OBS": "obsolete",
    "WDRN": "withdrawn",
    "UNARCH": "taken out of the archive",
    "PROC": "still being processed",
    "WAIT": "waiting for its depositors",
    "HOLD": "on hold",
    "HPUB": "on hold until its publication",
    "HPRE": "on hold until its preprint",
    "EMDBPUB": "on hold until its map in EMDB is released",
}
_LISTED = 12
_TILT_SERIES = "tilt series"
_NUMBER = re.compile(r"[-+]?[0-9]+(?:\.[0-9]*)?")

Matches = Callable[[ImageSet], bool]


class Contents(NamedTuple):
    """A protocol's kind of images: its label, and the image sets declared to contain it."""

    noun: str
    protocol: str
    is_in: Matches


MOVIES = Contents("movies", "empiar downloader", lambda image_set: image_set.holds_movies)
TILT_SERIES = Contents(
    # Frames of tilt series are often declared as movies.
    "tilt series",
    "empiar tilt series",
    lambda image_set: image_set.holds_movies or _TILT_SERIES in image_set.category.casefold(),
)
MICROGRAPHS = Contents(
    "single-frame micrographs",
    "empiar micrographs",
    lambda image_set: image_set.holds_micrographs,
)


def check_released(entry: Entry) -> None:
    """Raise EntryNotReleased unless the entry's files are public.

    An entry without a status passes: the listing of its files decides.
    """
    if entry.status in ("", _RELEASED):
        return
    meaning = _STATUSES.get(entry.status, "not released")
    raise EntryNotReleased(
        f"{entry.accession} is not public (status {entry.status}: {meaning}): see {_page(entry)} "
        "for its release date or its successor, or choose another entry."
    )


def choose_image_set(entry: Entry, choice: str = "", contents: Contents = MOVIES) -> ImageSet:
    """Return the image set that the user chose, by number (from 1), directory or name.

    Without a choice, the first image set with the ``contents``; a chosen one may hold anything.
    Raises NoMovies if there is none, NoSuchImageSet if a choice fits none or several.
    """
    wanted = choice.strip()
    if not wanted:
        return _first_with(contents, entry)
    for matches in _ways_to_match(wanted):
        fitting = [image_set for image_set in entry.image_sets if matches(image_set)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise NoSuchImageSet(
                f"{wanted!r} fits {len(fitting)} image sets of {entry.accession}, "
                f"{_listed(fitting)}: choose one by its number."
            )
    raise _nothing_fits(entry, wanted)


def tilt_series_sets(entry: Entry, choice: str = "") -> List[ImageSet]:
    """Return the image sets that may hold frames of tilt series, the likeliest first.

    A user's choice is the only one. Otherwise the sets of tilt series come first, then those of
    movies, because frames of tilt series are often declared as movies. Raises as choose_image_set
    does.
    """
    if choice.strip():
        return [choose_image_set(entry, choice)]
    series = [one for one in entry.image_sets if _TILT_SERIES in one.category.casefold()]
    movies = [one for one in entry.movie_sets if one not in series]
    return [*series, *movies] or [choose_image_set(entry)]


def _ways_to_match(wanted: str) -> List[Matches]:
    """Return the ways to match a choice, in order; the first with any match decides."""
    directory = wanted.strip("/")
    name = " ".join(wanted.split())
    folded = name.casefold()
    whole: List[Matches] = [
        lambda s: str(s.number) == wanted.lstrip("0"),
        lambda s: s.directory == directory,
        lambda s: s.directory.casefold() == directory.casefold(),
        lambda s: s.name == name,
        lambda s: s.name.casefold() == folded,
    ]
    # A number that is too high must not find the 9 in 'Movies of 17 June 2019'.
    if _NUMBER.fullmatch(name):
        return whole
    return [
        *whole,
        lambda s: s.name.casefold().startswith(folded),
        lambda s: folded in s.name.casefold(),
    ]


def _first_with(contents: Contents, entry: Entry) -> ImageSet:
    for image_set in entry.image_sets:
        if contents.is_in(image_set):
            return image_set
    if not entry.image_sets:
        raise NoMovies(_no_image_sets(entry))
    raise NoMovies(
        f"According to EMPIAR, {entry.accession} contains no {contents.noun}, only "
        f"{_listed(entry.image_sets)}: choose one by its number if you know better, or choose "
        f"another entry.{_suited(entry, contents)}"
    )


def _suited(entry: Entry, contents: Contents) -> str:
    """Return a sentence on the protocol for what an entry contains instead, '' if there is none."""
    for other in (MOVIES, MICROGRAPHS, TILT_SERIES):
        if other.noun != contents.noun and any(map(other.is_in, entry.image_sets)):
            return f" The protocol '{other.protocol}' is for {other.noun}."
    return ""


def _nothing_fits(entry: Entry, wanted: str) -> NoSuchImageSet:
    if not entry.image_sets:
        return NoSuchImageSet(_no_image_sets(entry))
    return NoSuchImageSet(
        f"{entry.accession} has no image set {wanted!r}, only {_listed(entry.image_sets)}: "
        "choose one by its number, directory or name."
    )


def _no_image_sets(entry: Entry) -> str:
    return f"{entry.accession} lists no image sets: see {_page(entry)}, or choose another entry."


def _listed(image_sets: Sequence[ImageSet]) -> str:
    texts = [_described(image_set) for image_set in image_sets[:_LISTED]]
    more = len(image_sets) - len(texts)
    return ", ".join(texts) + (f" and {more} more" if more else "")


def _described(image_set: ImageSet) -> str:
    title = image_set.name or image_set.directory or "unnamed"
    facts = (image_set.category, image_set.data_format, image_set.directory)
    kind = ", ".join(fact for fact in facts if fact and fact != title)
    return f"{image_set.number} '{title}'" + (f" ({kind})" if kind else "")


def _page(entry: Entry) -> str:
    return f"https://www.ebi.ac.uk/empiar/{entry.accession}/"
