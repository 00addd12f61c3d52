"""How much a run will download, before it starts."""

import shutil
from pathlib import Path

from ..archive import ArchiveError, BadEntryId, choose_image_set, entry_number, parse_entry
from ..lookup.entry_lookup import quick_document
from ..settings import addresses
from ..units import format_size, size_of_text
from .destinations import store_of
from .options import text_of
from .state import RunState

#: From here on an entry is called very large.
VERY_LARGE = 1e12  # bytes


class _Plan:
    """How much a run would fetch, as far as its record and the archive's metadata tell."""

    def __init__(self, form):
        self._form = form
        self._record = RunState(form._getLogsPath())
        self._selection = ()  # that of an earlier run for the same entry
        self._entry, self._imageSet = self._described()

    @property
    def entry(self):
        """The entry, None where neither an earlier run nor the archive told of it."""
        return self._entry

    def _described(self):
        number, document = self._document()
        if document is None:
            return None, None
        entry = parse_entry(document, number)
        try:
            return entry, choose_image_set(
                entry, text_of(self._form.imageSet), self._form.contents
            )
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
        size = size_of_text(self._entry.dataset_size)
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
            needed = ("" if sure else "up to ") + format_size(need)
            yield (
                f"The movies need {needed}, and {format_size(free)} are free in {folder}: make "
                "room, choose fewer movies, or a download folder on another disk."
            )

    def _need(self):
        """Bytes that are still to come, and whether that is more than the entry's own size."""
        sizes = [wanted.size for wanted in self._selection if wanted.size]
        count = self._count()
        if sizes and count:
            # Raised numbers and other patterns are told by the movies that were chosen before.
            return max(0, count * sum(sizes) / len(sizes) - self._here()), True
        size = size_of_text(self._entry.dataset_size) if self._entry else None
        if size is None or not self._form.downloadAll.get():
            return None, False
        return max(0, size - self._here()), False

    def _count(self):
        if not self._form.hasAttribute("amountOfImages"):  # of tilt series, which differ in size
            return None
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
