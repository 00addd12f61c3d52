"""What is wrong with a form (errors), and what its user may not expect (warnings)."""

import os
import re
import shutil
from pathlib import Path

from ..archive import ArchiveError, BadEntryId, choose_image_set, entry_number, parse_entry
from ..catalogue import quick_document
from ..settings import addresses
from ..transfer import bytes_text
from .form import GAIN_BY_PATH, GAIN_LOCAL
from .places import check_store, store_of
from .run_record import RunRecord

#: From here on an entry is called very large.
VERY_LARGE = 1e12  # bytes

_UNITS = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15}
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([KMGTP]?B)", re.IGNORECASE)
_ADDRESS = re.compile(r"[a-z]+://", re.IGNORECASE)

# Name, what it is called, lowest and highest value (neither included), and what to do.
_NUMBERS = (
    ("samplingRate", "pixel size", 0, 1000, "Give it in Å/px, such as 0.66"),
    ("voltage", "voltage", 0, 3000, "Give it in kV, such as 300"),
    ("sphericalAberration", "spherical aberration", -1e-9, 100, "Give it in mm, such as 2.7"),
    ("amplitudeContrast", "amplitude contrast", -1e-9, 1, "Give a fraction, such as 0.1"),
    ("magnification", "magnification", 0, 1e8, "Give a number such as 50000"),
    ("doseInitial", "initial dose", -1e-9, 1e4, "Give it in e/Å², usually 0"),
    ("dosePerFrame", "dose per frame", 0, 1e4, "Give it in e/Å², such as 1.2"),
)


def formErrors(form):
    """One sentence for each value that no run could use; asks neither network nor archive."""
    return [
        *_entryErrors(form),
        *_numberErrors(form),
        *_pathErrors("file pattern", _text(form.filePattern), "data/Movies/*.tif"),
        *_braceErrors(_text(form.filePattern)),
        *_gainErrors(form.gainSource.get(), _text(form.gainPath)),
        *_storeErrors(form),
    ]


def _entryErrors(form):
    try:
        entry_number(form.entryId.get(""))
    except BadEntryId as error:
        yield str(error)
    if re.fullmatch(r"0+", _text(form.imageSet)):
        yield "Image sets are counted from 1: give 1 for the first, or nothing."


def _numberErrors(form):
    for name, label, lowest, highest, remedy in _NUMBERS:
        value = getattr(form, name).get()
        if value is not None and not lowest < value < highest:
            yield f"{value:g} cannot be the {label}. {remedy}, or leave it empty."


def _pathErrors(label, text, example):
    """For what has to be a path below the entry."""
    if _ADDRESS.match(text):
        yield (
            f"The {label} is an address: give what follows the entry's number in it, "
            f"for example {example}."
        )
    elif "\\" in text or ".." in re.split(r"[/,]", text):
        yield f"The {label} {text!r} must be a path below the entry, with / and without '..'."


def _braceErrors(pattern):
    if re.search(r"{[^}]*,[^}]*}", pattern):
        yield (
            f"The file pattern {pattern!r} has alternatives in braces, which are not understood: "
            "give them as patterns of their own, separated by commas."
        )


def _gainErrors(source, path):
    if source not in (GAIN_BY_PATH, GAIN_LOCAL):
        return
    if not path:
        yield "Give the path of the gain file, or let it be found in the entry."
    elif source == GAIN_BY_PATH:
        yield from _pathErrors("gain file", path, "data/Movies/gain.mrc")
    elif not os.path.isfile(path):
        yield f"There is no gain file {path}: correct its path."


def _storeErrors(form):
    store = store_of(form)
    try:
        number = entry_number(form.entryId.get(""))
    except BadEntryId:  # said above
        number = ""
    error = store and check_store(store, number)
    if error:
        yield error


def formWarnings(form, free=None):
    """One sentence for each thing that may surprise; ``free`` is the disk's room in bytes.

    Only where all movies are asked for, and no earlier run knows the entry, the archive is asked:
    once, for three seconds at most.
    """
    plan = _Plan(form)
    return [*_threadWarnings(form), *plan.largeWarnings(), *plan.diskWarnings(free)]


def _threadWarnings(form):
    if (form.numberOfThreads.get() or 1) < 3:
        yield (
            "With fewer than three threads the movies are only registered when all have been "
            "fetched: there is no streaming. Set _Scipion threads_ to 3 or more."
        )


class _Plan:
    """How much a run would fetch, as far as its record and the archive's metadata tell."""

    def __init__(self, form):
        self._form = form
        self._record = RunRecord(form._getLogsPath())
        self._selection = ()  # that of an earlier run for the same entry
        self._entry, self._imageSet = self._described()

    def _described(self):
        number, document = self._document()
        if document is None:
            return None, None
        entry = parse_entry(document, number)
        try:
            return entry, choose_image_set(entry, _text(self._form.imageSet))
        except ArchiveError:  # the run itself will say so
            return entry, None

    def _document(self):
        try:
            number = entry_number(self._form.entryId.get(""))
        except BadEntryId:
            return "", None
        kept = self._record.entry()
        if kept is not None and kept["number"] == number:
            self._selection = self._record.selection()
            return number, kept["document"]
        if not self._form.downloadAll.get():
            return number, None
        return number, quick_document(number, addresses())

    def largeWarnings(self):
        """All movies of an entry that is measured in terabytes."""
        if not self._form.downloadAll.get() or self._entry is None:
            return
        size = sizeInBytes(self._entry.dataset_size)
        if size is not None and size >= VERY_LARGE:
            movies = self._imageSet.num_images if self._imageSet else None
            count = f", with {movies} movies in this image set" if movies else ""
            yield (
                f"{self._entry.accession} is {size / 1e12:.1f} TB in all{count}. All movies are "
                "chosen: a smaller number brings the first of them, and more can follow later."
            )

    def diskWarnings(self, free):
        """Less room on the disk than the movies may need."""
        need, sure = self._need()
        if need is None:
            return
        folder = self._folder()
        free = shutil.disk_usage(folder).free if free is None else free
        if need > free:
            needed = ("" if sure else "up to ") + bytes_text(need)
            yield (
                f"The movies need {needed}, and {bytes_text(free)} are free in {folder}: make "
                "room, choose fewer movies, or a download folder on another disk."
            )

    def _need(self):
        """Bytes that are still to come, and whether that is more than the entry's own size."""
        sizes = [wanted.size for wanted in self._selection if wanted.size]
        count = self._count()
        if sizes and count:
            # Raised numbers and other patterns are told by the movies that were chosen before.
            return max(0, count * sum(sizes) / len(sizes) - self._here()), True
        size = sizeInBytes(self._entry.dataset_size) if self._entry else None
        if size is None or not self._form.downloadAll.get():
            return None, False
        return max(0, size - self._here()), False

    def _count(self):
        if not self._form.downloadAll.get():
            return self._form.amountOfImages.get()
        return self._imageSet.num_images if self._imageSet else None

    def _here(self):
        """Bytes that have come to this run."""
        folder = Path(self._form._getExtraPath())
        return sum(file.stat().st_size for file in folder.glob("*") if file.is_file())

    def _folder(self):
        """The nearest folder that exists of where the movies will be."""
        place = Path(store_of(self._form) or self._form._getExtraPath()).absolute()
        return next(folder for folder in (place, *place.parents) if folder.is_dir())


def sizeInBytes(text):
    """'1.9 TB' as 1.9e12, None for what is no size."""
    match = _SIZE.fullmatch(text.strip())
    return float(match.group(1)) * _UNITS[match.group(2).upper()] if match else None


def _text(parameter):
    return parameter.get("").strip()
